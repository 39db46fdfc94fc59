"""Clips with sound of any codec, made for the tests: grey pictures and a tone."""

import io
import math
from array import array
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.audio.stream import AudioStream

from streamer.clock import SystemClock
from streamer.media.picture.pattern import Pattern
from streamer.media.sound import beep

FPS = 10
_TONE_HZ = 440


def make_clip(path: Path, codec: str, rate: int = 48_000, seconds: float = 2.0) -> Path:
    """A clip with H.264 pictures and sound of FFmpeg's `codec`, in `path`'s format."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = 128, 96, "yuv420p"
        video.options = {"preset": "ultrafast", "tune": "zerolatency"}
        audio = cast(AudioStream, container.add_stream(codec, rate=rate))
        audio.layout = "mono"
        for index in range(int(seconds * FPS)):
            frame = av.VideoFrame(128, 96, "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(video.encode(frame))
            container.mux(audio.encode(_tone(rate, index * rate // FPS, rate // FPS)))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


def make_flashes(path: Path, seconds: int = 6) -> Path:
    """The test pattern with its beeps, as H.264 and AAC."""
    pattern = Pattern(320, 180, 30, SystemClock(), flashes=True)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=30)
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        video.options = {"preset": "ultrafast", "tune": "zerolatency"}
        audio = container.add_stream("aac", rate=beep.RATE)
        audio.layout = "mono"
        for index in range(seconds * 30):
            frame = pattern.frame(index, 0)
            frame.pts, frame.time_base = index, Fraction(1, 30)
            container.mux(video.encode(frame))
        for first in range(0, seconds * beep.RATE, beep.BLOCK):
            container.mux(audio.encode(_frame(beep.block(first, 1_000_000), first, beep.RATE)))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


def _frame(samples: bytes, first: int, rate: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
    frame.planes[0].update(samples)
    frame.sample_rate, frame.pts = rate, first
    return frame


def _tone(rate: int, first: int, count: int) -> av.AudioFrame:
    wave = (math.sin(math.tau * _TONE_HZ * (first + at) / rate) for at in range(count))
    return _frame(array("h", (round(8000 * value) for value in wave)).tobytes(), first, rate)


def decode_sound(file: bytes) -> tuple[str, int, list[tuple[int, int]]]:
    """Codec and rate of an MP4's sound, and each decoded frame's microseconds and samples."""
    with av.open(io.BytesIO(file), "r") as container:
        stream = container.streams.audio[0]
        frames: list[Any] = list(container.decode(stream))
        times = [round(float(frame.pts * frame.time_base) * 1e6) for frame in frames]
        counts = [frame.samples for frame in frames]
        context = stream.codec_context
        return (
            context.codec.canonical_name,
            context.sample_rate,
            list(zip(times, counts, strict=True)),
        )
