"""Clips whose container says that they lie on their side."""

import struct
from pathlib import Path

from tests.fake_border import SAMPLES

ROTATIONS = (90, 180, 270)
_MATRICES = {90: (0, 1, 0, -1, 0), 180: (-1, 0, 0, 0, -1), 270: (0, -1, 0, 1, 0)}


def rotated(folder: Path, rotation: int, name: str = "h264.mp4") -> Path:
    """A sample clip with another matrix in its track header: turn it clockwise so far."""
    data = bytearray((SAMPLES / name).read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 20 + 16
    matrix = [number << 16 for number in _MATRICES[rotation]]
    struct.pack_into(">9i", data, at, *matrix, 0, 0, 0, 0x40000000)
    path = folder / f"rotated-{rotation}.mp4"
    path.write_bytes(data)
    return path
