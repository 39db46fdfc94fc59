"""Clips with sound of any codec, made for the tests: grey pictures and a tone."""

import io
import math
from array import array
from pathlib import Path
from typing import Any, cast

import av
from av.audio.stream import AudioStream

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
            container.mux(video.encode(frame))
            container.mux(audio.encode(_tone(rate, index * rate // FPS, rate // FPS)))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


def _tone(rate: int, first: int, count: int) -> av.AudioFrame:
    wave = (math.sin(math.tau * _TONE_HZ * (first + at) / rate) for at in range(count))
    frame = av.AudioFrame(format="s16", layout="mono", samples=count)
    frame.planes[0].update(array("h", (round(8000 * value) for value in wave)).tobytes())
    frame.sample_rate, frame.pts = rate, first
    return frame


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
