"""A pipecat bot with pipecat's own defaults: Silero, smart-turn v3.2, faster-whisper, and Kokoro."""

import asyncio
import os
import sys

from loguru import logger
from pipecat.audio.utils import create_stream_resampler, pcm_to_ulaw, ulaw_to_pcm
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    AudioRawFrame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.services.kokoro.tts import KokoroTTSService
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transcriptions.language import Language
from pipecat.transports.websocket.server import (
    SingleClientWebsocketServerParams,
    SingleClientWebsocketServerTransport,
)
from pipecat.workers.runner import WorkerRunner

import bot


class MuLaw(FrameSerializer):
    """Sound as bare mu-law bytes: no JSON, no base64."""

    def __init__(self):
        super().__init__()
        self._in, self._out = create_stream_resampler(), create_stream_resampler()
        self._rate = 16000

    async def setup(self, setup):
        self._rate = setup.audio_in_sample_rate

    async def serialize(self, frame):
        if isinstance(frame, AudioRawFrame):
            return await pcm_to_ulaw(frame.audio, frame.sample_rate, bot.WIRE, self._out) or None
        return None

    async def deserialize(self, data):
        pcm = await ulaw_to_pcm(data, bot.WIRE, self._rate, self._in)
        return InputAudioRawFrame(audio=pcm, num_channels=1, sample_rate=self._rate) if pcm else None


class Answers(FrameProcessor):
    """Stands where a language model stands, and answers at once: with text, or with sound that is there."""

    def __init__(self, job):
        super().__init__()
        self._job, self._sound = job, bot.ready_answers(job)

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        heard = str(frame.context.get_messages()[-1]["content"])
        logger.info(f"heard: {heard}")
        answer = self._job.answer(heard)
        await self.push_frame(LLMFullResponseStartFrame())
        if answer in self._sound:
            await self.push_frame(TTSStartedFrame())
            await self.push_frame(TTSAudioRawFrame(self._sound[answer], bot.SPOKEN, 1))
            await self.push_frame(TTSStoppedFrame())
        else:
            await self.push_frame(LLMTextFrame(answer))
        await self.push_frame(LLMFullResponseEndFrame())


async def serve(job):
    language = Language.ZH if job.lang == "zh" else Language.EN
    tts = KokoroTTSService(
        model_path=job.model,
        voices_path=job.voices,
        settings=KokoroTTSService.Settings(voice=job.voice, language=language),
    )
    stt = WhisperSTTService(
        device="cpu",
        compute_type="int8",
        settings=WhisperSTTService.Settings(model=job.whisper, language=language),
    )
    port = bot.free_port()
    transport = SingleClientWebsocketServerTransport(
        host="127.0.0.1",
        port=port,
        params=SingleClientWebsocketServerParams(audio_in_enabled=True, audio_out_enabled=True, serializer=MuLaw()),
    )
    context = LLMContext()
    turns = LLMContextAggregatorPair(context, user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer()))
    worker = PipelineWorker(
        Pipeline([transport.input(), stt, turns.user(), Answers(job), tts, transport.output(), turns.assistant()]),
        params=PipelineParams(audio_in_sample_rate=16000, audio_out_sample_rate=bot.SPOKEN),
        idle_timeout_secs=None,
    )

    @transport.event_handler("on_websocket_ready")
    async def ready(*_):
        bot.announce(port)

    @transport.event_handler("on_client_connected")
    async def greet(*_):
        context.set_messages([])
        await worker.queue_frames([TTSSpeakFrame(job.script["greeting"])])

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    await bot.caller_gone()
    await worker.cancel()
    await running


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level=os.environ.get("PEER_LOG", "ERROR"))
    bot.run(serve, __doc__)
