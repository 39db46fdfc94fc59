"""A server to watch, on loopback: the real wire, and what a test wants it to send."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from streamer.control import (
    Ack,
    Keyframe,
    Ping,
    Play,
    Pong,
    RenditionChange,
    StateChange,
    parse_client,
)
from streamer.wire import Flags, Header, Kind, pack
from tests.fake_server import FakeServer, Visit, server_us

H264 = RenditionChange(0, "h264", "avc1.42c01f", 64, 48, 30.0, "As asked for.")
JPEG = RenditionChange(1, "jpeg", "jpeg", 64, 48, 30.0, "As asked for.")
MS = 1000


def media(
    kind: Kind,
    sequence: int = 0,
    payload: bytes = b"picture",
    *,
    keyframe: bool = False,
    flags: Flags = Flags.NONE,
    age_ms: int = 20,
    meta: bytes | None = None,
) -> bytes:
    """One media message whose picture was taken a while ago, by the server's clock."""
    flags |= Flags.KEYFRAME if keyframe or kind is Kind.JPEG else Flags.NONE
    captured_us = server_us() - age_ms * MS
    return pack(Header(kind, flags, 0, sequence, sequence * 33 * MS, captured_us), payload, meta)


@dataclass
class ViewVisit(Visit):
    """One session: what the viewer said in it."""

    said: list[Any] = field(default_factory=list)

    @property
    def play(self) -> Play | None:
        return next((each for each in self.said if isinstance(each, Play)), None)

    @property
    def acks(self) -> list[Ack]:
        """Those with numbers."""
        return [each for each in self.said if isinstance(each, Ack) and each.decoded is not None]

    @property
    def answers(self) -> list[Ack]:
        """Those that answer an announcement."""
        return [each for each in self.said if isinstance(each, Ack) and each.decoded is None]

    @property
    def requests(self) -> list[Keyframe]:
        return [each for each in self.said if isinstance(each, Keyframe)]

    def greet(self) -> None:
        self.say(StateChange("live"))

    def take(self, message: str | bytes) -> None:
        assert isinstance(message, str)
        said = parse_client(message)
        self.said.append(said)
        if isinstance(said, Ping):
            self.say(Pong(said.id, said.client_us, server_us()))

    def send(self, *messages: bytes) -> None:
        for each in messages:
            self.connection.send(each)


@contextmanager
def view_server() -> Iterator[FakeServer[ViewVisit]]:
    server = FakeServer(ViewVisit)
    server.open()
    try:
        yield server
    finally:
        server.close()
