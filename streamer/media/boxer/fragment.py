"""The fMP4 boxer: an init segment per configuration, one fragment per packet. Pure.

libavformat's muxer gives out a fragment only when the next packet has come, one frame late; this
one needs nothing but the packet. A fragment is `moof` + `mdat` with one sample: 112 bytes beside
the payload. Init segment and fragments one after another are a valid file (ISO 14496-12), and may
each be appended to a Media Source buffer.

The boxes of a fragment always have the same sizes, so its header is one precomputed struct.
"""

import struct
from typing import NamedTuple

from streamer.errors import MediaError
from streamer.media.boxer.boxes import (
    TIMESCALE,
    UPRIGHT,
    full_box,
    movie_header,
    track_defaults,
)
from streamer.media.boxer.codecs import DecoderConfig, pack_box
from streamer.media.boxer.codecs_sound import SoundConfig

TRACK_ID = 1
OVERHEAD = 112

_LANGUAGE_UNDETERMINED = 0x55C4
_SYNC_SAMPLE = 0x02000000
_DEPENDENT_SAMPLE = 0x01010000
_HEADER = struct.Struct(
    ">I4s"  # moof
    "I4sII"  # mfhd
    "I4s"  # traf
    "I4sII"  # tfhd
    "I4sIQ"  # tfdt
    "I4sIIiIIIi"  # trun
    "I4s"  # mdat
)
_BOX = struct.Struct(">I4s")
_MOOF_SIZE = _HEADER.size - 8
_TIME = struct.Struct(">Q")
_TIME_AT = 8 + 16 + 8 + 16 + 12  # moof, mfhd, traf, tfhd, and the head of tfdt
TRACK_AT = 8 + 16 + 8 + 12  # moof, mfhd, traf, and the head of tfhd with its flags
_TFHD_BASE_IS_MOOF = 0x020000
_TFDT_VERSION_1 = 0x01000000
# Version 1 (signed composition offsets); data offset, duration, size, flags, composition offset.
_TRUN_FLAGS = 0x01000F01


class Sample(NamedTuple):
    """What a fragment says of its sample; it is shown `offset_us` after `time_us`."""

    time_us: int
    duration_us: int
    size: int
    is_key: bool
    offset_us: int


def init_segment(config: DecoderConfig, rotation: int = 0) -> bytes:
    """`ftyp` + `moov`: one video track, timescale 1,000,000, samples in fragments.

    `rotation` (0, 90, 180, 270 degrees clockwise) makes its pictures stand upright.
    """
    media_header = full_box(b"vmhd", bytes(8), flags=1)
    mdia = _mdia(b"vide", b"VideoHandler", media_header, _sample_entry(config))
    return _movie(_tkhd(config, rotation), mdia)


def sound_init_segment(config: SoundConfig) -> bytes:
    """`ftyp` + `moov`: one track of sound, timescale 1,000,000, samples in fragments."""
    media_header = full_box(b"smhd", bytes(4))
    mdia = _mdia(b"soun", b"SoundHandler", media_header, _sound_entry(config))
    return _movie(_sound_tkhd(), mdia)


def fragment(
    sequence: int,
    decode_time_us: int,
    duration_us: int,
    composition_offset_us: int,
    keyframe: bool,
    sample: bytes,
) -> bytes:
    """`moof` + `mdat` around one sample; times as of `timeline.Stamps`, the offset may be < 0."""
    size = len(sample)
    header = _HEADER.pack(
        _MOOF_SIZE, b"moof",
        16, b"mfhd", 0, sequence & 0xFFFFFFFF,
        _MOOF_SIZE - 24, b"traf",
        16, b"tfhd", _TFHD_BASE_IS_MOOF, TRACK_ID,
        20, b"tfdt", _TFDT_VERSION_1, decode_time_us,
        36, b"trun", _TRUN_FLAGS, 1, OVERHEAD, duration_us, size,
        _SYNC_SAMPLE if keyframe else _DEPENDENT_SAMPLE, composition_offset_us,
        8 + size, b"mdat",
    )  # fmt: skip
    return header + sample


def sample_of(fragment: memoryview) -> memoryview:
    """What is in the `mdat` of a fragment: the sample alone, as a decoder takes it.

    Raises:
        MediaError: there is none.
    """
    at = 0
    while at + 8 <= len(fragment):
        size, kind = _BOX.unpack_from(fragment, at)
        if size < 8 or at + size > len(fragment):
            break
        if kind == b"mdat":
            return fragment[at + 8 : at + size]
        at += size
    raise MediaError("A fragment holds no sample.")


def facts_of(packed: bytes | memoryview) -> Sample:
    """What a fragment of ours says of its sample."""
    fields = _HEADER.unpack_from(packed)
    duration_us, size, flags, offset_us = fields[-6:-2]
    return Sample(fields[-12], duration_us, size, flags == _SYNC_SAMPLE, offset_us)


def decode_time_us(packed: bytes) -> int:
    """The decode time of a fragment of ours."""
    time_us: int = _TIME.unpack_from(packed, _TIME_AT)[0]
    return time_us


def moved(packed: bytes, by_us: int) -> bytes:
    """A fragment of ours at another time, as in a file that begins at zero."""
    time = _TIME.pack(decode_time_us(packed) + by_us)
    return b"".join((packed[:_TIME_AT], time, packed[_TIME_AT + _TIME.size :]))


def _movie(tkhd: bytes, mdia: bytes) -> bytes:
    ftyp = pack_box(b"ftyp", b"iso6", b"\0\0\2\0", b"iso6mp41")
    mvex = pack_box(b"mvex", track_defaults(TRACK_ID))
    return ftyp + pack_box(b"moov", movie_header(0, 1), pack_box(b"trak", tkhd, mdia), mvex)


def _tkhd(config: DecoderConfig, rotation: int) -> bytes:
    across, down = config.pixel_aspect
    shown_width = min(config.width * across // down, 0xFFFF)
    return full_box(
        b"tkhd",
        struct.pack(">5I", 0, 0, TRACK_ID, 0, 0),
        bytes(16),
        _turned(rotation, shown_width, config.height),
        struct.pack(">II", shown_width << 16, config.height << 16),
        flags=3,  # enabled, in the movie
    )


def _sound_tkhd() -> bytes:
    volume = struct.pack(">8xhhHxx", 0, 0, 0x100)  # layer, alternate group, full volume
    times = struct.pack(">5I", 0, 0, TRACK_ID, 0, 0)
    return full_box(b"tkhd", times, volume, UPRIGHT, bytes(8), flags=3)


def _turned(rotation: int, width: int, height: int) -> bytes:
    """The matrix that turns pictures clockwise about a corner and moves them back into view."""
    if rotation == 0:
        return UPRIGHT
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[rotation]
    x, y = {90: (height, 0), 180: (width, height), 270: (0, width)}[rotation]
    numbers = (cosine, sine, 0, -sine, cosine, 0, x, y)
    return struct.pack(">9i", *(number << 16 for number in numbers), 0x40000000)


def _mdhd() -> bytes:
    return full_box(b"mdhd", struct.pack(">4I2H", 0, 0, TIMESCALE, 0, _LANGUAGE_UNDETERMINED, 0))


def _mdia(handler: bytes, name: bytes, media_header: bytes, entry: bytes) -> bytes:
    hdlr = full_box(b"hdlr", bytes(4), handler, bytes(12), name + b"\0")
    return pack_box(b"mdia", _mdhd(), hdlr, _minf(media_header, entry))


def _minf(media_header: bytes, entry: bytes) -> bytes:
    here = full_box(b"url ", flags=1)  # the media is in this very file
    dinf = pack_box(b"dinf", full_box(b"dref", b"\0\0\0\1", here))
    empty = (
        full_box(b"stts", bytes(4)),
        full_box(b"stsc", bytes(4)),
        full_box(b"stsz", bytes(8)),
        full_box(b"stco", bytes(4)),
    )
    stsd = full_box(b"stsd", b"\0\0\0\1", entry)
    return pack_box(b"minf", media_header, dinf, pack_box(b"stbl", stsd, *empty))


def _sample_entry(config: DecoderConfig) -> bytes:
    fields = struct.pack(
        ">6xH16xHHIIIH32sHh",
        1,  # data_reference_index
        config.width,
        config.height,
        0x480000,  # 72 dpi
        0x480000,
        0,
        1,  # frames per sample
        b"",
        24,
        -1,
    )
    across, down = config.pixel_aspect
    pasp = b"" if across == down else pack_box(b"pasp", struct.pack(">II", across, down))
    return pack_box(config.fourcc, fields, config.box, pasp)


def _sound_entry(config: SoundConfig) -> bytes:
    # ISO 14496-12, 12.2.3; rates beyond 16 bits are in the configuration alone.
    rate = config.rate if config.rate < 1 << 16 else 0
    fields = struct.pack(">6xH8xHHxxxxI", 1, config.channels, 16, rate << 16)
    return pack_box(config.fourcc, fields, config.box)
