"""Pictures and sound in one fragmented file, though each has its own init segment on the wire.

The file has one for both, and sound is its track 2. Pure.
"""

import struct

from streamer.media.boxer.boxes import children, inside, movie_header, track_defaults
from streamer.media.boxer.codecs import pack_box
from streamer.media.boxer.fragment import TRACK_AT

SECOND = 2

_NUMBER = struct.Struct(">I")
_NUMBER_AT = 8 + 8 + 12  # in a `trak`: its head, that of `tkhd`, version, flags and two times


def join(init: bytes, sound_init: bytes) -> bytes:
    """One init segment for the fragments of both, those of the second as of `as_second`."""
    top = children(init)
    trak = inside(top[b"moov"])[b"trak"]
    sound = numbered(inside(children(sound_init)[b"moov"])[b"trak"], SECOND)
    mvex = pack_box(b"mvex", track_defaults(1), track_defaults(SECOND))
    return top[b"ftyp"] + pack_box(b"moov", movie_header(0, SECOND), trak, sound, mvex)


def as_second(fragment: bytes) -> bytes:
    """A fragment of ours as one of track 2."""
    return _with_number(fragment, TRACK_AT, SECOND)


def numbered(trak: bytes, number: int) -> bytes:
    """A `trak` of ours as that of another number."""
    return _with_number(trak, _NUMBER_AT, number)


def _with_number(data: bytes, at: int, number: int) -> bytes:
    return b"".join((data[:at], _NUMBER.pack(number), data[at + _NUMBER.size :]))
