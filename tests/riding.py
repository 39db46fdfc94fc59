"""Viewers that ride: a channel, subscriptions, and sockets that remember what went out."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from streamer.clock import ManualClock
from streamer.control import Ack
from streamer.hub.delivery.channel import Channel
from streamer.hub.delivery.message import Message, pack_frame
from streamer.hub.delivery.pacing import Pacing
from streamer.hub.delivery.subscription import Subscription
from streamer.rendition import Description, parse
from streamer.wire import HEADER_SIZE, unpack
from tests.media_messages import fragment, init

MS = 1000
PAYLOAD = 100
SIZE = HEADER_SIZE + PAYLOAD
TEXT = 0x81


@dataclass(eq=False)
class Lane:
    """What a convoy sends to."""

    send: Callable[[bytes], int]

    def fileno(self) -> int:
        return -1


class Socket:
    """A port with a lane: the bytes that went out. `takes` is what the next bare sends take."""

    def __init__(self) -> None:
        self.stream = bytearray()
        self.takes: list[int | OSError] = []
        self.backlog = 0
        self.bare = 0
        self.on_finish: Callable[[], None] = lambda: None
        self._on_close: Callable[[], None] | None = None

    def send(self, message: Message) -> bool:
        self._put(message.frame)
        return not self.backlog

    def send_text(self, text: str) -> None:
        self._put(pack_frame(TEXT, text.encode()))

    def unsent(self) -> int:
        return self.backlog

    def lane(self, on_close: Callable[[], None]) -> Lane | None:
        if self.backlog:
            return None
        self._on_close = on_close
        return Lane(self.take)

    def finish(self, frame: bytes, sent: int) -> None:
        self.backlog += len(frame) - sent
        self._put(frame[sent:])
        self.on_finish()

    def close(self) -> None:
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()

    def heard(self) -> list[int | bytes]:
        """The numbers of the pictures so far, and what came between; every frame is whole."""
        return [
            payload.decode()[:9].encode() if opcode == TEXT else _picture(payload)
            for opcode, payload in _frames(bytes(self.stream))
        ]

    def numbers(self) -> list[int]:
        return [each for each in self.heard() if isinstance(each, int)]

    def take(self, frame: bytes) -> int:
        taken = self.takes.pop(0) if self.takes else len(frame)
        if isinstance(taken, OSError):
            raise taken
        self.bare += taken == len(frame)
        self.stream += frame[:taken]
        return taken

    def _put(self, data: bytes) -> None:
        if self.backlog:
            self.close()
        self.stream += data


def _frames(stream: bytes) -> Iterator[tuple[int, bytes]]:
    while stream:
        size, at = stream[1], 2
        if size == 126:
            size, at = struct.unpack(">H", stream[2:4])[0], 4
        assert len(stream) >= at + size, "a frame is not whole"
        yield stream[0], stream[at : at + size]
        stream = stream[at + size :]


def _picture(payload: bytes) -> int | bytes:
    header, body = unpack(payload)
    return b"init" if bytes(body) == b"init" else header.sequence


class Bench:
    """A channel that has begun, and viewers that acknowledge."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.channel = Channel(0, parse("copy"), self.clock)
        self.channel.describe(Description("avc1.42c01f", 640, 360, 30.0))
        self.sockets: list[Socket] = []
        self.viewers: list[Subscription] = []
        self.number = -1

    def join(self, count: int = 1) -> None:
        for _ in range(count):
            socket = Socket()
            viewer = Subscription(
                socket, Pacing(500 * MS), self.clock.monotonic_us, self._nothing, self._nothing
            )
            self.sockets.append(socket)
            self.viewers.append(viewer)
            self.channel.subscribe(viewer)
            self.clock.advance(5 * MS)
            viewer.ack(Ack(0))

    def publish(self, count: int = 1, size: int = PAYLOAD, *, key: bool = False) -> None:
        for _ in range(count):
            self.channel.publish(fragment(bytes(size), key=key))
            self.number += 1

    def begin(self, count: int) -> None:
        """All of them ride once these two messages are sent."""
        self.channel.publish(init())
        self.number += 1
        self.join(count)
        self.publish(2, key=True)
        for socket in self.sockets:
            socket.bare = 0

    def ack(self, viewer: Subscription, number: int | None = None) -> None:
        number = self.number if number is None else number
        viewer.ack(Ack(0, number, number))

    def everything(self) -> list[int]:
        return list(range(1, self.number + 1))

    def _nothing(self) -> None:
        """Nobody pumps here but the test."""
