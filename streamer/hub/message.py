"""One published media message, as every subscription sees it."""

import struct

from streamer import wire
from streamer.wire import Flags, Kind

_KIND_AT = 1
_FLAGS_AT = 2
_BINARY = 0x82


def pack_frame(opcode: int, payload: bytes | bytearray) -> bytes:
    """One unmasked, final WebSocket frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        head = struct.pack(">BB", opcode, size)
    elif size < 1 << 16:
        head = struct.pack(">BBH", opcode, 126, size)
    else:
        head = struct.pack(">BBQ", opcode, 127, size)
    return head + payload


class Message:
    """A stamped wire message with the facts that fan-out looks at.

    One object serves all viewers. `number` is the channel's sequence before it wraps,
    `published_us` the monotonic clock's time and `age_us` how old the picture was then.
    """

    __slots__ = ("_frame", "age_us", "data", "is_key", "kind", "number", "published_us", "size")

    def __init__(self, data: bytearray, number: int, published_us: int) -> None:
        self.data = data
        self.number = number
        self.published_us = published_us
        self.age_us = wire.published_us(data)
        self.size = len(data)
        self.kind = data[_KIND_AT]
        self.is_key = bool(data[_FLAGS_AT] & Flags.KEYFRAME)
        self._frame: bytes | None = None

    @property
    def frame(self) -> bytes:
        """It as a WebSocket frame, built for the first viewer and shared by the rest."""
        if self._frame is None:
            self._frame = pack_frame(_BINARY, self.data)
        return self._frame

    @property
    def is_picture(self) -> bool:
        """Whether it may be dropped: init segments may not."""
        return self.kind == Kind.FRAGMENT or self.kind == Kind.JPEG
