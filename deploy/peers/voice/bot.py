"""What the peers of "parley bench gap" have in common: their arguments, the answer to a question, the voice, and the wire.

A bot serves one caller at a time on a loopback port: binary WebSocket messages of G.711 mu-law at 8 kHz in both directions.
When it can be called it prints one JSON line {"url": "ws://..."}; it ends when its standard input does.
"""

import argparse
import asyncio
import difflib
import json
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from kokoro_onnx import Kokoro

WIRE = 8000  # Hz, G.711
SPOKEN = 24000  # Hz, Kokoro


@dataclass
class Job:
    """What a bot is to do: the script has a greeting and entries with what is asked and the answer."""

    lang: str
    whisper: str
    ready: bool
    model: str
    voices: str
    script: dict

    @property
    def voice(self):
        return "zf_xiaoxiao" if self.lang == "zh" else "af_heart"

    def answer(self, heard):
        """The answer to the question that reads most like what was heard: a language model that takes no time."""
        return max(
            self.script["entries"],
            key=lambda e: difflib.SequenceMatcher(None, e["asked"].lower(), heard.lower()).ratio(),
        )["answer"]


class Voice:
    """Kokoro with the weights that Parley speaks with."""

    def __init__(self, job):
        self._kokoro, self._job = Kokoro(job.model, job.voices), job

    def say(self, text):
        """16 bit samples at SPOKEN Hz."""
        pcm, rate = self._kokoro.create(text, voice=self._job.voice, lang="cmn" if self._job.lang == "zh" else "en-us")
        assert rate == SPOKEN
        return (np.clip(pcm, -1, 1) * 32767).astype("<i2").tobytes()


def ready_answers(job):
    """The sound of every answer, by its text, when the job wants it before the first call."""
    if not job.ready:
        return {}
    voice = Voice(job)
    return {e["answer"]: voice.say(e["answer"]) for e in job.script["entries"]}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def announce(port):
    print(json.dumps({"url": f"ws://127.0.0.1:{port}"}), flush=True)


async def caller_gone():
    """Waits for the end of standard input."""
    await asyncio.to_thread(sys.stdin.read)


def run(serve, about):
    """Reads the arguments and runs serve(job) to its end."""
    p = argparse.ArgumentParser(description=about)
    p.add_argument("--whisper", required=True, help="folder of a faster-whisper model")
    p.add_argument("--models", required=True, help="Parley's weights (PARLEY_MODELS)")
    p.add_argument("--lang", choices=["en", "zh"], required=True)
    p.add_argument("--ready", action="store_true", help="the answers' sound is made before the first call")
    p.add_argument("script", help='JSON: {"greeting": TEXT, "entries": [{"asked": TEXT, "answer": TEXT}]}')
    args = p.parse_args()
    kokoro = Path(args.models) / "kokoro-82m"
    script = json.loads(Path(args.script).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        voices = Path(folder) / "voices.npz"  # the form that kokoro-onnx reads
        np.savez(voices, **{f.stem: np.fromfile(f, dtype=np.float32).reshape(510, 1, 256) for f in (kokoro / "voices").glob("*.bin")})
        job = Job(args.lang, args.whisper, args.ready, str(kokoro / "model.onnx"), str(voices), script)
        asyncio.run(serve(job))
