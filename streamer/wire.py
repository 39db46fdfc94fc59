"""The binary half of the wire: one 32-byte big-endian header, then the payload. Pure.

The header is the same for every viewer of a channel, so one byte string serves them all. It is
packed once by the worker; the channel fills in what only it knows (`sequence`, `published`, the
discontinuity flag) in place, without copying the payload. `docs/protocol.md` is the reference and
`tests/vectors/wire.json` holds the vectors that this module and `web/wire/wire.js` both satisfy.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from streamer.errors import BadMessage, BadVersion, MessageTooBig

VERSION = 1
SUBPROTOCOL = "streamer.v1"
HEADER_SIZE = 32
MAX_META_BYTES = 64 * 1024

_HEADER = struct.Struct(">BBBBIqQII")
# Where they stand in a message, for who cannot afford to unpack all of the header.
KIND_AT, FLAGS_AT, RENDITION_AT, TIMES_AT = 1, 2, 3, 8
_SEQUENCE = struct.Struct(">I")
_SEQUENCE_AT = 4
_CAPTURED = struct.Struct(">Q")
_CAPTURED_AT = 16
_PUBLISHED = struct.Struct(">I")
_PUBLISHED_AT = 28
_META_SIZE = struct.Struct(">I")
_U32 = 0xFFFFFFFF
_HALF = 1 << 31


class Kind(IntEnum):
    """What the payload is; 4 is reserved.

    A packet goes from a publisher to the server: one picture, or one frame of sound, exactly as
    its encoder gave it.
    """

    INIT = 1
    FRAGMENT = 2
    JPEG = 3
    AUDIO_INIT = 5
    AUDIO_FRAGMENT = 6
    PACKET = 7
    AUDIO_PACKET = 8


class Flags(IntFlag):
    """What a viewer must know before it uses the payload.

    `META`: the payload begins with the metadata of exactly this picture (`unpack_meta`).
    """

    NONE = 0
    KEYFRAME = 1
    DISCONTINUITY = 2
    RENDITION_CHANGED = 4
    META = 8


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


def pack(header: Header, payload: bytes | memoryview, meta: bytes | None = None) -> bytes:
    """One media message: header and payload, with the picture's metadata (JSON) before it.

    Raises:
        MessageTooBig: more metadata than `MAX_META_BYTES`.
    """
    flags = header.flags if meta is None else header.flags | Flags.META
    packed = _HEADER.pack(
        VERSION,
        header.kind,
        flags,
        header.rendition,
        header.sequence & _U32,
        header.pts_us,
        header.captured_us,
        clamp_us(header.encoded_us),
        clamp_us(header.published_us),
    )
    if meta is None:
        return b"".join((packed, payload))
    _check_meta(len(meta))
    return b"".join((packed, _META_SIZE.pack(len(meta)), meta, payload))


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


def unpack_meta(header: Header, payload: memoryview) -> tuple[memoryview | None, memoryview]:
    """The metadata (JSON, None where there is none) and the picture of a payload; both are views.

    Raises:
        BadMessage: the payload is shorter than its metadata.
        MessageTooBig: more metadata than `MAX_META_BYTES`.
    """
    if not header.flags & Flags.META:
        return None, payload
    if len(payload) < _META_SIZE.size:
        raise BadMessage("A media message is shorter than its metadata.")
    (size,) = _META_SIZE.unpack_from(payload)
    _check_meta(size)
    end = _META_SIZE.size + size
    if len(payload) < end:
        raise BadMessage("A media message is shorter than its metadata.")
    return payload[_META_SIZE.size : end], payload[end:]


def _check_meta(size: int) -> None:
    if size > MAX_META_BYTES:
        raise MessageTooBig(
            f"The metadata of a picture has {size} bytes; at most {MAX_META_BYTES} are taken."
        )


def stamp(message: bytearray, sequence: int, wall_us: int, flags: int = 0) -> int:
    """Fill in, in place, what the channel knows: sequence, publish time, additional flags.

    Returns how old the picture is at that time, in microseconds.
    """
    (captured_us,) = _CAPTURED.unpack_from(message, _CAPTURED_AT)
    age_us = clamp_us(wall_us - captured_us)
    message[FLAGS_AT] |= flags
    _SEQUENCE.pack_into(message, _SEQUENCE_AT, sequence & _U32)
    _PUBLISHED.pack_into(message, _PUBLISHED_AT, age_us)
    return age_us


def clamp_us(us: int) -> int:
    """Fit a duration into the header's u32; a clock that stepped back counts as zero."""
    return min(max(us, 0), _U32)


def signed_distance(last: int, following: int) -> int:
    """How far `following` is beyond `last`: sequence numbers wrap, so at most half of them."""
    distance = (following - last) & _U32
    return distance if distance < _HALF else distance - _U32 - 1


def unwrapped(number: int, newest: int) -> int:
    """The sequence number without an end that `number` stands for, at most `newest`."""
    return newest - (newest - number & _U32)


def missing(last: int, following: int) -> int:
    """How many messages are missing between two; zero for the next, or one that went back."""
    return max(0, signed_distance(last, following) - 1)
