"""Boxes of ISO 14496-12 that several files here pack, and reading those of our own init segments.

Pure.
"""

import struct

from streamer.media.boxer.codecs import pack_box

TIMESCALE = 1_000_000
UPRIGHT = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)

_BOX = struct.Struct(">I4s")


def full_box(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box with version and flags."""
    return pack_box(kind, (version << 24 | flags).to_bytes(4), *parts)


def movie_header(duration_us: int, tracks: int) -> bytes:
    """The `mvhd` of a movie with so many tracks."""
    times = struct.pack(">4I", 0, 0, TIMESCALE, duration_us)
    rate_volume = struct.pack(">IH10x", 0x10000, 0x100)
    return full_box(b"mvhd", times, rate_volume, UPRIGHT, bytes(24), struct.pack(">I", tracks + 1))


def track_defaults(track: int) -> bytes:
    """The `trex` of a track whose samples come in fragments."""
    return full_box(b"trex", struct.pack(">5I", track, 1, 0, 0, 0))


def children(content: bytes) -> dict[bytes, bytes]:
    """The boxes that follow each other in `content`, by kind and with their headers."""
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(content):
        size, kind = _BOX.unpack_from(content, at)
        found[kind] = content[at : at + size]
        at += size
    return found


def inside(box: bytes) -> dict[bytes, bytes]:
    """The boxes within a box."""
    return children(box[_BOX.size :])
