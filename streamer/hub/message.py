"""One published media message, as every subscription sees it."""

from streamer import wire
from streamer.wire import Flags, Kind

_KIND_AT = 1
_FLAGS_AT = 2


class Message:
    """A stamped wire message with the facts that fan-out looks at.

    One object serves all viewers, and nothing in it changes but `frame`: the server's place to
    keep the WebSocket frame, built for the first viewer and shared by the rest. `number` is the
    channel's sequence before it wraps, `published_us` the monotonic clock's time and `age_us` how
    old the picture was then.
    """

    __slots__ = ("age_us", "data", "frame", "is_key", "kind", "number", "published_us", "size")

    def __init__(self, data: bytearray, number: int, published_us: int) -> None:
        self.data = data
        self.number = number
        self.published_us = published_us
        self.age_us = wire.published_us(data)
        self.size = len(data)
        self.kind = data[_KIND_AT]
        self.is_key = bool(data[_FLAGS_AT] & Flags.KEYFRAME)
        self.frame: bytes | None = None

    @property
    def is_picture(self) -> bool:
        """Whether it may be dropped: init segments may not."""
        return self.kind == Kind.FRAGMENT or self.kind == Kind.JPEG
