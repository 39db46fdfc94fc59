"""One published media message, as every subscription sees it."""

import struct

from streamer.wire import FLAGS_AT, KIND_AT, TIMES_AT, Flags, Kind

_TIMES = struct.Struct(">qQ")
_BINARY = 0x82
# Plain numbers: an enumeration's arithmetic takes longer than all the rest of a message's making.
_KEYFRAME = int(Flags.KEYFRAME)
_DISCONTINUITY = int(Flags.DISCONTINUITY)
_PICTURES = (int(Kind.FRAGMENT), int(Kind.JPEG))


def pack_frame(opcode: int, payload: bytes | bytearray | memoryview) -> bytes:
    """One unmasked, final WebSocket frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        head = struct.pack(">BB", opcode, size)
    elif size < 1 << 16:
        head = struct.pack(">BBH", opcode, 126, size)
    else:
        head = struct.pack(">BBQ", opcode, 127, size)
    return b"".join((head, payload))


class Message:
    """A stamped wire message with the facts that fan-out looks at.

    One object serves all viewers. `number` is the channel's sequence before it wraps,
    `published_us` the monotonic clock's time and `age_us` how old the picture was then. A picture
    may be dropped, an init segment may not. Once there is a frame, `data` is a part of it.
    """

    __slots__ = (
        "_frame",
        "age_us",
        "data",
        "is_key",
        "is_picture",
        "kind",
        "number",
        "published_us",
        "size",
    )

    def __init__(self, data: bytearray, number: int, published_us: int, age_us: int = 0) -> None:
        self.data: bytearray | memoryview = data
        self.number = number
        self.published_us = published_us
        self.age_us = age_us
        self.size = len(data)
        self.kind = data[KIND_AT]
        self.is_key = data[FLAGS_AT] & _KEYFRAME != 0
        self.is_picture = self.kind in _PICTURES
        self._frame: bytes | None = None

    @property
    def frame(self) -> bytes:
        """It as a WebSocket frame, built for the first viewer and shared by the rest."""
        if self._frame is None:
            self._frame = pack_frame(_BINARY, self.data)
            self.data = memoryview(self._frame)[-self.size :]
        return self._frame

    @property
    def begins_anew(self) -> bool:
        """Whether its times do not go on from those of the message before."""
        return self.data[FLAGS_AT] & _DISCONTINUITY != 0

    @property
    def pts_us(self) -> int:
        """The stream's media time."""
        pts_us: int = _TIMES.unpack_from(self.data, TIMES_AT)[0]
        return pts_us

    @property
    def captured_us(self) -> int:
        """When the picture was taken, by the wall clock."""
        captured_us: int = _TIMES.unpack_from(self.data, TIMES_AT)[1]
        return captured_us
