"""The clips that benchmarks play as a camera would send them, made once and kept in build/."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av

from benchmarks import ROOT
from tests.integration.impaired import write_clip

FPS = 30
_SECONDS = 12
_FOLDER = ROOT / "build" / "benchmarks"


def camera_clip(bitrate_bps: int) -> Path:
    """A short 720p30 H.264 file of about this rate, without B-frames."""
    name = f"camera-{bitrate_bps // 1000}k"
    return _made(name, lambda path: write_clip(path, _SECONDS, bitrate_bps))


def long_clip(bitrate_bps: int, seconds: int) -> Path:
    """The same over and over for so long, its packets untouched."""
    clip = camera_clip(bitrate_bps)
    return _made(f"{clip.stem}-{seconds}s", lambda path: _repeat(clip, path, seconds))


def _made(name: str, make: Callable[[Path], None]) -> Path:
    path = _FOLDER / f"{name}.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part.mp4")
        make(half)
        half.replace(path)
    return path


def _repeat(clip: Path, path: Path, seconds: int) -> None:
    with av.open(str(clip)) as source, av.open(str(path), "w") as longer:
        video = longer.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux(video=0) if packet.size]
        data = [(bytes(packet), packet.is_keyframe) for packet in packets]
        for number in range(seconds * FPS):
            payload, is_key = data[number % len(data)]
            packet = av.Packet(payload)
            packet.stream, packet.is_keyframe = video, is_key
            packet.pts = packet.dts = number
            packet.time_base = Fraction(1, FPS)
            longer.mux(packet)
