"""A bot on LiveKit's agents with their own defaults: Silero, end of turn by silence, faster-whisper, and Kokoro.

LiveKit's server and its network are left out: the session gets its sound from the WebSocket and gives it to it.
"""

import asyncio
import audioop
import logging
import os

import numpy as np
from faster_whisper import WhisperModel
from livekit import rtc
from livekit.agents import Agent, AgentSession, llm, stt, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.voice import io
from livekit.plugins import silero
from websockets.asyncio.server import serve as listen

import bot

HEARD = 16000  # Hz, whisper


class Ears(stt.STT):
    """faster-whisper, one stretch of speech at a time."""

    def __init__(self, job):
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self._lang, self._model = job.lang, WhisperModel(job.whisper, device="cpu", compute_type="int8")

    async def _recognize_impl(self, buffer, *, language=None, conn_options=None):
        frame = rtc.combine_audio_frames(buffer)
        pcm = np.frombuffer(frame.data, dtype=np.int16).astype(np.float32) / 32768
        text = await asyncio.to_thread(self._read, pcm)
        logging.info("heard: %s", text)
        return stt.SpeechEvent(
            type=stt.SpeechEventType.FINAL_TRANSCRIPT,
            alternatives=[stt.SpeechData(language=self._lang, text=text, confidence=1.0)],
        )

    def _read(self, pcm):
        segments, _ = self._model.transcribe(pcm, language=self._lang)
        return "".join(s.text for s in segments).strip()


class Mouth(tts.TTS):
    """Kokoro, a sentence at a time; what is ready is not said again."""

    def __init__(self, job):
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=bot.SPOKEN, num_channels=1)
        self.voice, self.sound = bot.Voice(job), bot.ready_answers(job)

    def synthesize(self, text, *, conn_options=DEFAULT_API_CONNECT_OPTIONS):
        return Said(tts=self, input_text=text, conn_options=conn_options)


class Said(tts.ChunkedStream):
    async def _run(self, output_emitter):
        output_emitter.initialize(
            request_id=utils.shortuuid(), sample_rate=bot.SPOKEN, num_channels=1, mime_type="audio/pcm"
        )
        output_emitter.push(await asyncio.to_thread(self._tts.voice.say, self.input_text))
        output_emitter.flush()


class NoModel(llm.LLM):
    """The session asks for a language model; the agent answers in its place."""

    def chat(self, **_):
        raise NotImplementedError


class Answerer(Agent):
    def __init__(self, job, mouth):
        super().__init__(instructions="")
        self._job, self._mouth = job, mouth

    async def llm_node(self, chat_ctx, tools, model_settings):
        heard = [i.text_content for i in chat_ctx.items if getattr(i, "role", "") == "user"][-1]
        return self._job.answer(heard or "")

    async def tts_node(self, text, model_settings):
        if not self._mouth.sound:
            async for frame in Agent.default.tts_node(self, text, model_settings):
                yield frame
            return
        whole = "".join([t async for t in text])
        pcm = self._mouth.sound.get(whole) or await asyncio.to_thread(self._mouth.voice.say, whole)
        step = bot.SPOKEN // 50 * 2
        for at in range(0, len(pcm) - step + 1, step):
            yield rtc.AudioFrame(pcm[at : at + step], bot.SPOKEN, 1, step // 2)


class FromWire(io.AudioInput):
    def __init__(self):
        super().__init__(label="wire")
        self.frames, self._state = asyncio.Queue(), None

    def put(self, payload):
        pcm, self._state = audioop.ratecv(audioop.ulaw2lin(payload, 2), 2, 1, bot.WIRE, HEARD, self._state)
        self.frames.put_nowait(rtc.AudioFrame(pcm, HEARD, 1, len(pcm) // 2))

    async def __anext__(self):
        return await self.frames.get()


class ToWire(io.AudioOutput):
    """Sends sound as soon as it is there; the caller's end plays it."""

    def __init__(self, socket):
        super().__init__(label="wire", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=bot.SPOKEN)
        self._socket, self._state, self._pushed, self._over = socket, None, 0.0, None

    async def capture_frame(self, frame):
        await super().capture_frame(frame)
        pcm, self._state = audioop.ratecv(bytes(frame.data), 2, 1, bot.SPOKEN, bot.WIRE, self._state)
        await self._socket.send(audioop.lin2ulaw(pcm, 2))
        self._pushed += frame.duration

    def flush(self):
        super().flush()
        pushed, self._pushed = self._pushed, 0.0
        if pushed:
            self._over = asyncio.get_running_loop().call_later(pushed, self._finish, pushed, False)

    def clear_buffer(self):
        if self._over and not self._over.cancelled():
            self._over.cancel()
            self._finish(0.0, True)

    def _finish(self, position, interrupted):
        self._over = None
        self.on_playback_finished(playback_position=position, interrupted=interrupted)


async def serve(job):
    ears, mouth, vad = Ears(job), Mouth(job), silero.VAD.load()

    async def call(socket):
        wire = FromWire()
        session = AgentSession(stt=ears, vad=vad, llm=NoModel(), tts=mouth, turn_handling={"turn_detection": "vad"})
        session.input.audio, session.output.audio = wire, ToWire(socket)
        await session.start(Answerer(job, mouth), record=False)
        session.say(job.script["greeting"], allow_interruptions=False)
        async for payload in socket:
            wire.put(payload)
        await session.aclose()

    port = bot.free_port()
    async with listen(call, "127.0.0.1", port):
        bot.announce(port)
        await bot.caller_gone()


if __name__ == "__main__":
    logging.basicConfig(level=os.environ.get("PEER_LOG", "ERROR"))
    bot.run(serve, __doc__)
