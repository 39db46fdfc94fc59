"""A server to publish to, on loopback: the real wire, and as unfriendly as a test wants it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from streamer import publishing
from streamer.clock import SystemClock
from streamer.control import ErrorNotice, Hello, Ping, Pong, dump
from streamer.publishing import Publish, Receipt
from streamer.wire import SUBPROTOCOL, Flags, Header, unpack

TIMEOUT_S = 10.0
AHEAD_US = 3_600_000_000


def server_us() -> int:
    """The server's clock, which is an hour ahead."""
    return SystemClock().wall_us() + AHEAD_US


@dataclass
class Visit:
    """One session: what was asked for, said and sent in it."""

    connection: ServerConnection
    path: str
    token: str | None
    said: list[Publish | Ping] = field(default_factory=list)
    packets: list[tuple[Header, bytes]] = field(default_factory=list)
    ended: bool = False

    @property
    def forms(self) -> list[Publish]:
        return [each for each in self.said if isinstance(each, Publish)]

    def say(self, message: Any) -> None:
        self.connection.send(dump(message))


class PublishServer:
    """Keeps all that it hears; acknowledges unless told not to."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self.acknowledges = True
        self.refusal: ErrorNotice | None = None
        self._changed = threading.Condition()
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def last(self) -> Visit:
        return self.visits[-1]

    @property
    def packets(self) -> list[tuple[Header, bytes]]:
        return [packet for visit in self.visits for packet in visit.packets]

    def open(self) -> None:
        """Listen, on the port of before if there was one."""
        server = serve(
            self._visit,
            "127.0.0.1",
            self.port,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            ping_interval=None,
            max_size=None,
        )
        self._server = server
        self.port = server.socket.getsockname()[1]
        self._thread = threading.Thread(target=server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """Stop, as a server does that is killed: without a word to anybody."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join(TIMEOUT_S)
        for visit in self.visits:
            visit.connection.close_socket()
        self._server = None
        self.wait(lambda: all(visit.ended for visit in self.visits), "end of the sessions")

    def wait(self, holds: Callable[[], object], what: str = "what was waited for") -> None:
        with self._changed:
            assert self._changed.wait_for(holds, TIMEOUT_S), f"no {what} in time"

    def _visit(self, connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        visit = Visit(connection, request.path, request.headers.get("Authorization"))
        self._note(lambda: self.visits.append(visit))
        try:
            if self.refusal is not None:
                visit.say(self.refusal)
                connection.close(self.refusal.code, self.refusal.message)
                return
            visit.say(Hello("cam", server_us()))
            for message in connection:
                self._note(partial(self._take, visit, message))
        except ConnectionClosed:
            return
        finally:
            self._note(lambda: setattr(visit, "ended", True))

    def _take(self, visit: Visit, message: str | bytes) -> None:
        if isinstance(message, bytes):
            header, payload = unpack(message)
            visit.packets.append((header, bytes(payload)))
            if self.acknowledges:
                visit.say(Receipt(header.sequence))
            return
        said = publishing.parse_publisher(message)
        visit.said.append(said)
        if isinstance(said, Ping):
            visit.say(Pong(said.id, said.client_us, server_us()))

    def _note(self, change: Callable[[], object]) -> None:
        with self._changed:
            change()
            self._changed.notify_all()


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
