"""A whole MP4 file of what was sent in fragments: its tables first, then the samples. Pure.

Browsers play fragments, but many editors refuse them, and no player can seek in them before it has
read them all. What is known to its end is therefore given as a plain file, whose tables say where
each sample lies.

Both tracks are shown from the first picture on, which is the time zero. What a decoder needs but
nobody is to see or hear is left out by edit lists (ISO 14496-12, 8.6.6): the time that passes
before the first picture where pictures are reordered, and the beginning of a frame of sound that
is under way then. Sound that begins later waits for so long.
"""

import struct
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from streamer.media.boxer.boxes import children, full_box, inside, movie_header
from streamer.media.boxer.codecs import pack_box
from streamer.media.boxer.fragment import Sample
from streamer.media.boxer.tracks import numbered

_FTYP = pack_box(b"ftyp", b"isom", b"\0\0\2\0", b"isomiso2mp41")
_DURATION = struct.Struct(">I")
_TKHD_DURATION_AT = 8 + 20
_MDHD_DURATION_AT = 8 + 16
_NOTHING = -1
_LARGE = 1 << 32


class Track(NamedTuple):
    """One track: the init segment that was sent for it, and its samples in decoding order."""

    init: bytes
    samples: Sequence[Sample]


class Film(NamedTuple):
    """All that comes before the first sample, and which follow: each one's track and number.

    `size` is what the samples take.
    """

    head: bytes
    order: Sequence[tuple[int, int]]
    size: int


def lay_out(tracks: Sequence[Track]) -> Film:
    """The file that the tracks make; the first are the pictures, and neither is empty."""
    zero_us = min(each.time_us + each.offset_us for each in tracks[0].samples)
    order = sorted(
        ((number, index) for number, track in enumerate(tracks) for index in _range(track)),
        key=lambda at: tracks[at[0]].samples[at[1]].time_us,
    )
    size = sum(tracks[number].samples[index].size for number, index in order)
    mdat = _mdat_head(size)
    places = _places(tracks, order)
    # Where the samples lie depends on how large the tables are, and not the other way round.
    ahead = len(_FTYP) + len(_moov(tracks, zero_us, places)) + len(mdat)
    moved = [[place + ahead for place in each] for each in places]
    return Film(_FTYP + _moov(tracks, zero_us, moved) + mdat, order, size)


def _range(track: Track) -> range:
    return range(len(track.samples))


def _mdat_head(size: int) -> bytes:
    if size + 8 < _LARGE:
        return struct.pack(">I4s", size + 8, b"mdat")
    return struct.pack(">I4sQ", 1, b"mdat", size + 16)


def _places(tracks: Sequence[Track], order: Iterable[tuple[int, int]]) -> list[list[int]]:
    """How far each sample of each track is from the first of the file."""
    places = [[0] * len(track.samples) for track in tracks]
    at = 0
    for number, index in order:
        places[number][index] = at
        at += tracks[number].samples[index].size
    return places


def _moov(tracks: Sequence[Track], zero_us: int, places: Sequence[Sequence[int]]) -> bytes:
    traks: list[bytes] = []
    longest_us = 0
    for number, (track, lie) in enumerate(zip(tracks, places, strict=True), 1):
        steps = _steps(track.samples)
        skipped_us = zero_us - track.samples[0].time_us + _lift(track.samples)
        shown_us = max(0, sum(steps) - skipped_us)
        longest_us = max(longest_us, shown_us)
        traks.append(_trak(number, track, steps, skipped_us, lie))
    return pack_box(b"moov", movie_header(longest_us, len(tracks)), *traks)


def _trak(
    number: int, track: Track, steps: Sequence[int], skipped_us: int, places: Sequence[int]
) -> bytes:
    duration_us = sum(steps)
    moov = children(track.init)[b"moov"]
    trak = inside(numbered(inside(moov)[b"trak"], number))
    tkhd = _lasting(trak[b"tkhd"], _TKHD_DURATION_AT, max(0, duration_us - skipped_us))
    mdia = inside(trak[b"mdia"])
    mdhd = _lasting(mdia[b"mdhd"], _MDHD_DURATION_AT, duration_us)
    *media_head, stbl = inside(mdia[b"minf"]).values()
    tables = inside(stbl)[b"stsd"], *_tables(track.samples, steps, places)
    minf = pack_box(b"minf", *media_head, pack_box(b"stbl", *tables))
    edits = _edits(skipped_us, duration_us)
    return pack_box(b"trak", tkhd, *edits, pack_box(b"mdia", mdhd, mdia[b"hdlr"], minf))


def _lasting(header: bytes, at: int, duration_us: int) -> bytes:
    return b"".join((header[:at], _DURATION.pack(duration_us), header[at + _DURATION.size :]))


def _edits(skipped_us: int, duration_us: int) -> tuple[bytes, ...]:
    """What is not shown of a track's beginning or, below zero, for how long it is not there."""
    if skipped_us == 0:
        return ()
    wait = [(-skipped_us, _NOTHING)] if skipped_us < 0 else []
    begin_us = max(0, skipped_us)
    edits = [*wait, (max(0, duration_us - begin_us), begin_us)]
    packed = b"".join(struct.pack(">IiI", *edit, 0x10000) for edit in edits)
    return (pack_box(b"edts", full_box(b"elst", struct.pack(">I", len(edits)), packed)),)


def _tables(
    samples: Sequence[Sample], steps: Sequence[int], places: Sequence[int]
) -> Iterable[bytes]:
    """How long each sample lasts, when it is shown, whether it is a keyframe, and where it is."""
    count = len(samples)
    yield full_box(b"stts", *_runs(steps))
    lift_us = _lift(samples)
    offsets = [each.offset_us + lift_us for each in samples]
    if any(offsets):
        yield full_box(b"ctts", *_runs(offsets))
    keys = [number for number, each in enumerate(samples, 1) if each.is_key]
    if len(keys) < count:
        yield full_box(b"stss", struct.pack(f">{len(keys) + 1}I", len(keys), *keys))
    # Pictures and sound take turns, so each sample is a chunk by itself.
    yield full_box(b"stsc", struct.pack(">4I", 1, 1, 1, 1))
    sizes = [each.size for each in samples]
    yield full_box(b"stsz", struct.pack(f">{count + 2}I", 0, count, *sizes))
    yield full_box(b"co64", struct.pack(f">I{count}Q", count, *places))


def _runs(values: Iterable[int]) -> tuple[bytes, bytes]:
    """Values as pairs of how often each follows upon itself, and their count before them."""
    runs = [struct.pack(">II", sum(1 for _ in same), value) for value, same in groupby(values)]
    return struct.pack(">I", len(runs)), b"".join(runs)


def _steps(samples: Sequence[Sample]) -> list[int]:
    """From each sample to the next; the last lasts as long as it says."""
    times = [each.time_us for each in samples]
    steps = [max(0, following - before) for before, following in pairwise(times)]
    return [*steps, samples[-1].duration_us]


def _lift(samples: Iterable[Sample]) -> int:
    """By how much offsets are too low, where pictures are said to be shown before decoding."""
    return max(0, -min(each.offset_us for each in samples))
