"""MP4 files taken apart by their own tables, for the tests that read what was written."""

import struct
from dataclasses import dataclass
from itertools import accumulate

from streamer.media.boxer.boxes import children, inside
from streamer.media.boxer.codecs import DecoderConfig, pack_box
from streamer.media.boxer.codecs_sound import opus_config
from streamer.media.boxer.fragment import init_segment, sound_init_segment

CONFIG = DecoderConfig("avc1.42c01f", b"avc1", pack_box(b"avcC", b"record"), 640, 360)
INIT = init_segment(CONFIG)
OTHER_INIT = init_segment(DecoderConfig("avc1.42c01f", b"avc1", CONFIG.box, 320, 180))
SOUND_INIT = sound_init_segment(opus_config(None, 1))


@dataclass(frozen=True, slots=True)
class Reel:
    """One track: what its samples are and when each is shown, in microseconds of the film."""

    handler: bytes
    samples: list[bytes]
    shown_us: list[int]
    keys: list[int] | None
    lasts_us: int


def reels(film: bytes) -> list[Reel]:
    """The tracks of a plain MP4."""
    found: list[Reel] = []
    moov = children(film[: film.index(b"mdat") - 4])[b"moov"][8:]
    at = 0
    while at < len(moov):
        size, kind = struct.unpack_from(">I4s", moov, at)
        if kind == b"trak":
            found.append(_reel(film, moov[at : at + size]))
        at += size
    assert children(moov)[b"mvhd"][-4:] == struct.pack(">I", len(found) + 1)
    return found


def _reel(film: bytes, trak: bytes) -> Reel:
    boxes = inside(trak)
    mdia = inside(boxes[b"mdia"])
    stbl = inside(inside(mdia[b"minf"])[b"stbl"])
    sizes = _numbers(stbl[b"stsz"][20:], "I")
    places = _numbers(stbl[b"co64"][16:], "Q")
    times = [0, *accumulate(_runs(stbl[b"stts"]))]
    offsets = _runs(stbl[b"ctts"]) if b"ctts" in stbl else [0] * len(sizes)
    assert int.from_bytes(stbl[b"stsz"][16:20]) == len(sizes) == len(places) == len(times) - 1
    begin_us = _begins(boxes)
    return Reel(
        mdia[b"hdlr"][16:20],
        [film[at : at + size] for at, size in zip(places, sizes, strict=True)],
        [time + offset + begin_us for time, offset in zip(times[:-1], offsets, strict=True)],
        _numbers(stbl[b"stss"][16:], "I") if b"stss" in stbl else None,
        _numbers(boxes[b"tkhd"][28:32], "I")[0],
    )


def _begins(boxes: dict[bytes, bytes]) -> int:
    """When the track's own time is zero on the film's, by its edit list."""
    if b"edts" not in boxes:
        return 0
    edits = _numbers(inside(boxes[b"edts"])[b"elst"][16:], "i")
    waited_us = edits[0] if edits[1] == -1 else 0
    return waited_us - edits[-2]


def _numbers(content: bytes, kind: str) -> list[int]:
    size = struct.calcsize(f">{kind}")
    return list(struct.unpack(f">{len(content) // size}{kind}", content))


def _runs(box: bytes) -> list[int]:
    numbers = _numbers(box[16:], "I")
    return [v for n, v in zip(numbers[::2], numbers[1::2], strict=True) for _ in range(n)]
