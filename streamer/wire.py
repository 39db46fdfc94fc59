"""The binary half of the wire: one 32-byte big-endian header, then the payload. Pure.

The header is the same for every viewer of a channel, so one byte string serves them all. It is
packed once by the worker; the channel fills in what only it knows (`sequence`, `published`, the
discontinuity flag) in place, without copying the payload. `docs/protocol.md` is the reference and
`tests/vectors/wire.json` holds the vectors that this module and `web/wire.js` both satisfy.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from streamer.errors import BadMessage, BadVersion

VERSION = 1
SUBPROTOCOL = "streamer.v1"
HEADER_SIZE = 32

_HEADER = struct.Struct(">BBBBIqQII")
_FLAGS_AT = 2
_SEQUENCE = struct.Struct(">I")
_SEQUENCE_AT = 4
_CAPTURED = struct.Struct(">Q")
_CAPTURED_AT = 16
_PUBLISHED = struct.Struct(">I")
_PUBLISHED_AT = 28
_U32 = 0xFFFFFFFF


class Kind(IntEnum):
    """What the payload is."""

    INIT = 1
    FRAGMENT = 2
    JPEG = 3
    METADATA = 4
    AUDIO_INIT = 5
    AUDIO_FRAGMENT = 6


class Flags(IntFlag):
    """What a viewer must know before it uses the payload."""

    NONE = 0
    KEYFRAME = 1
    DISCONTINUITY = 2
    RENDITION_CHANGED = 4


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of one media message; `*_us` are microseconds.

    `encoded_us` and `published_us` count from `captured_us`, and stop at 2**32 - 1.
    """

    kind: Kind
    flags: Flags
    rendition: int
    sequence: int
    pts_us: int
    captured_us: int
    encoded_us: int = 0
    published_us: int = 0


def pack(header: Header, payload: bytes | memoryview) -> bytes:
    """One media message: header and payload."""
    packed = _HEADER.pack(
        VERSION,
        header.kind,
        header.flags,
        header.rendition,
        header.sequence & _U32,
        header.pts_us,
        header.captured_us,
        clamp_us(header.encoded_us),
        clamp_us(header.published_us),
    )
    return b"".join((packed, payload))


def unpack(message: bytes | bytearray | memoryview) -> tuple[Header, memoryview]:
    """Header and payload of one media message; the payload is a view, not a copy.

    Raises:
        BadMessage: shorter than a header, or a kind that this version does not know.
        BadVersion: another wire version.
    """
    if len(message) < HEADER_SIZE:
        raise BadMessage(f"A media message of {len(message)} bytes is shorter than its header.")
    version, kind, flags, *rest = _HEADER.unpack_from(message)
    if version != VERSION:
        raise BadVersion(f"Wire version {version} is not spoken here; use version {VERSION}.")
    if kind not in Kind._value2member_map_:
        raise BadMessage(f"Media message of unknown kind {kind}.")
    header = Header(Kind(kind), Flags(flags), *rest)
    return header, memoryview(message)[HEADER_SIZE:]


def stamp(message: bytearray, sequence: int, wall_us: int, flags: Flags = Flags.NONE) -> None:
    """Fill in, in place, what the channel knows: sequence, publish time, additional flags."""
    (captured_us,) = _CAPTURED.unpack_from(message, _CAPTURED_AT)
    message[_FLAGS_AT] |= flags
    _SEQUENCE.pack_into(message, _SEQUENCE_AT, sequence & _U32)
    _PUBLISHED.pack_into(message, _PUBLISHED_AT, clamp_us(wall_us - captured_us))


def published_us(message: bytes | bytearray) -> int:
    """How old a message's picture was when it was fanned out, in microseconds."""
    (age_us,) = _PUBLISHED.unpack_from(message, _PUBLISHED_AT)
    return int(age_us)


def clamp_us(us: int) -> int:
    """Fit a duration into the header's u32; a clock that stepped back counts as zero."""
    return min(max(us, 0), _U32)
