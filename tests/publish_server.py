"""A server to publish to, on loopback: the real wire, and as unfriendly as a test wants it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from streamer import publishing
from streamer.control import Ping, Pong
from streamer.publishing import Publish, Receipt
from streamer.wire import Flags, Header, unpack
from tests.fake_server import AHEAD_US, TIMEOUT_S, FakeServer, Visit, server_us

__all__ = ["AHEAD_US", "TIMEOUT_S", "PublishServer", "publish_server", "server_us", "split"]


@dataclass
class PublishVisit(Visit):
    """One session: what was asked for, said and sent in it; acknowledges unless told not to."""

    acknowledges: bool = True
    said: list[Publish | Ping] = field(default_factory=list)
    packets: list[tuple[Header, bytes]] = field(default_factory=list)

    @property
    def forms(self) -> list[Publish]:
        return [each for each in self.said if isinstance(each, Publish)]

    def take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            header, payload = unpack(message)
            self.packets.append((header, bytes(payload)))
            if self.acknowledges:
                self.say(Receipt(header.sequence))
            return
        said = publishing.parse_publisher(message)
        self.said.append(said)
        if isinstance(said, Ping):
            self.say(Pong(said.id, said.client_us, server_us()))


class PublishServer(FakeServer[PublishVisit]):
    """Keeps all that it hears; acknowledges unless told not to."""

    def __init__(self) -> None:
        super().__init__(PublishVisit)
        self.acknowledges = True

    @property
    def packets(self) -> list[tuple[Header, bytes]]:
        return [packet for visit in self.visits for packet in visit.packets]

    def prepare(self, visit: PublishVisit) -> None:
        visit.acknowledges = self.acknowledges


@contextmanager
def publish_server() -> Iterator[PublishServer]:
    server = PublishServer()
    server.open()
    try:
        yield server
    finally:
        server.close()


def split(packet: tuple[Header, bytes]) -> tuple[bytes | None, bytes]:
    """The metadata and the picture of a packet."""
    header, payload = packet
    if not header.flags & Flags.META:
        return None, payload
    size = int.from_bytes(payload[:4])
    return payload[4 : 4 + size], payload[4 + size :]
