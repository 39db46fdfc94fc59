"""What a decoder of sound must know: AAC out of its own headers, Opus out of its header. Pure.

AAC comes with an AudioSpecificConfig (ISO 14496-3, 1.6.2.1), or, in MPEG-TS, with an ADTS header
before each frame (1.A.3.2) that says the same. Opus has an identification header (RFC 7845, 5.1),
whose fields the `dOps` box repeats with the other byte order.
"""

import struct
from dataclasses import dataclass

from streamer.errors import MediaError
from streamer.media.boxer.bits import BitReader
from streamer.media.boxer.codecs import pack_box

RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
OPUS_RATE = 48_000
# AAC Main, LC, SBR and PS, which browsers decode; what else there is becomes Opus.
DECODABLE_AAC = (1, 2, 5, 29)

_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)
_LOW_COMPLEXITY = 2
_ESCAPED_TYPE = 31
_ESCAPED_RATE = 15
_EXTENDED = (5, 29)
_ADTS_HEADER = 7
_AAC_SAMPLES = 1024
_ADTS_WITH_CRC = 9
_MOST_ADTS_FRAMES = 64  # over a second of sound; each becomes a message
_PRE_SKIP = 312  # what libopus looks ahead, at 48 kHz
_OPUS_HEAD = struct.Struct("<8sBBHIhB")
_OBJECT_AAC = 0x40  # ISO 14496-1, 7.2.6.6.2
_AUDIO_STREAM = 0x15


@dataclass(frozen=True, slots=True)
class SoundConfig:
    """One decoder configuration of sound.

    `codec` is the RFC 6381 string, `fourcc` names the sample entry, `box` is the complete
    configuration box.
    """

    codec: str
    fourcc: bytes
    box: bytes
    rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class AdtsFrame:
    """One AAC frame without its ADTS header, and the AudioSpecificConfig that this stands for."""

    config: bytes
    data: bytes


def aac_config(specific: bytes) -> SoundConfig:
    """The configuration that an AudioSpecificConfig says.

    Raises:
        MediaError: it cannot be read, or is of an AAC that browsers do not decode.
    """
    kind, rate, channels = _read_specific(specific)
    if kind not in DECODABLE_AAC:
        raise MediaError(f"AAC of object type {kind} does not pass through.")
    return SoundConfig(f"mp4a.40.{kind}", b"mp4a", _esds(specific), rate, channels)


def opus_config(head: bytes | None, channels: int = 2) -> SoundConfig:
    """The configuration of an identification header, or the usual one for so many channels.

    Raises:
        MediaError: the header cannot be read.
    """
    if not head:
        head = _OPUS_HEAD.pack(b"OpusHead", 1, channels, _PRE_SKIP, OPUS_RATE, 0, 0)
    if len(head) < _OPUS_HEAD.size or not head.startswith(b"OpusHead"):
        raise MediaError("The header of the Opus sound cannot be read.")
    _, _, channels, skip, rate, gain, family = _OPUS_HEAD.unpack_from(head)
    mapping = b"" if family == 0 else head[_OPUS_HEAD.size :]
    if not channels or (family and len(mapping) < 2 + channels):
        raise MediaError("The header of the Opus sound makes no sense.")
    fields = struct.pack(">BBHIhB", 0, channels, skip, rate, gain, family)
    return SoundConfig("opus", b"Opus", pack_box(b"dOps", fields, mapping), OPUS_RATE, channels)


def can_pass(codec: str, extradata: bytes | None) -> bool:
    """Whether sound of FFmpeg's `codec`, so configured, is passed on untouched."""
    try:
        if codec == "aac" and extradata:
            aac_config(extradata)
        if codec == "opus":
            opus_config(extradata)
    except MediaError:
        return False
    return codec in ("aac", "opus")


def is_adts(data: bytes) -> bool:
    """Whether a packet begins with an ADTS header."""
    return len(data) >= _ADTS_HEADER and data[0] == 0xFF and data[1] & 0xF6 == 0xF0


def adts_duration_us(data: bytes) -> int | None:
    """How long the AAC frame lasts that an ADTS header begins; None where it does not say."""
    index = data[2] >> 2 & 0xF
    return _AAC_SAMPLES * 1_000_000 // RATES[index] if index < len(RATES) else None


def split_adts(data: bytes) -> list[AdtsFrame]:
    """The frames of a packet of ADTS, of which there is mostly one.

    Raises:
        MediaError: what follows is no ADTS header, its frame is not all there, or there are more
            frames than a packet of any source holds.
    """
    frames: list[AdtsFrame] = []
    at = 0
    while at < len(data):
        if len(frames) == _MOST_ADTS_FRAMES:
            raise MediaError("A packet of the AAC sound holds too many frames.")
        frame, size = _adts_frame(data[at:])
        frames.append(frame)
        at += size
    return frames


def usual_aac(rate: int, channels: int) -> bytes | None:
    """The AudioSpecificConfig of plain AAC, as most ADTS headers say it; None for odd rates."""
    if rate not in RATES or channels not in _CHANNELS[1:]:
        return None
    return _specific(_LOW_COMPLEXITY, RATES.index(rate), _CHANNELS.index(channels))


def _specific(kind: int, rate: int, channels: int) -> bytes:
    return (kind << 11 | rate << 7 | channels << 3).to_bytes(2)


def _adts_frame(data: bytes) -> tuple[AdtsFrame, int]:
    if not is_adts(data):
        raise MediaError("AAC sound lost its beat: no ADTS header where one should be.")
    header = _ADTS_HEADER if data[1] & 1 else _ADTS_WITH_CRC
    size = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    kind = (data[2] >> 6) + 1
    rate, channels = data[2] >> 2 & 15, (data[2] & 1) << 2 | data[3] >> 6
    if not header < size <= len(data) or rate >= len(RATES) or not channels:
        raise MediaError("An ADTS header of the AAC sound makes no sense.")
    return AdtsFrame(_specific(kind, rate, channels), data[header:size]), size


def _read_specific(specific: bytes) -> tuple[int, int, int]:
    """Object type, samples per second and channels."""
    try:
        bits = BitReader(specific)
        kind, rate = _object_type(bits), _rate(bits)
        channels = _CHANNELS[bits.bits(4)]
        if kind in _EXTENDED:
            rate = _rate(bits)
    except (MediaError, IndexError, ValueError) as exc:
        raise MediaError("The configuration of the AAC sound cannot be read.") from exc
    if not rate or not channels:
        raise MediaError("The configuration of the AAC sound names no rate or no channels.")
    return kind, rate, channels


def _object_type(bits: BitReader) -> int:
    kind = bits.bits(5)
    return 32 + bits.bits(6) if kind == _ESCAPED_TYPE else kind


def _rate(bits: BitReader) -> int:
    index = bits.bits(4)
    return bits.bits(24) if index == _ESCAPED_RATE else RATES[index]


def _esds(specific: bytes) -> bytes:
    """The elementary stream descriptor (ISO 14496-1, 7.2.6.5) around a configuration."""
    decoder = struct.pack(">BB3xII", _OBJECT_AAC, _AUDIO_STREAM, 0, 0)
    config = _descriptor(4, decoder + _descriptor(5, specific))
    return pack_box(b"esds", bytes(4), _descriptor(3, bytes(3) + config + _descriptor(6, b"\2")))


def _descriptor(tag: int, body: bytes) -> bytes:
    if len(body) > 127:
        raise MediaError("The configuration of the AAC sound is too long.")
    return bytes((tag, len(body))) + body
