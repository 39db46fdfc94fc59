"""What fake servers for clients share: the real WebSocket on loopback, sessions, and waiting."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from streamer.clock import SystemClock
from streamer.control import ErrorNotice, Hello, dump
from streamer.wire import SUBPROTOCOL

TIMEOUT_S = 10.0
AHEAD_US = 3_600_000_000


def server_us() -> int:
    """The server's clock, which is an hour ahead."""
    return SystemClock().wall_us() + AHEAD_US


@dataclass
class Visit:
    """One session: who came, and whether it is over."""

    connection: ServerConnection
    path: str
    token: str | None
    ended: bool = False

    def say(self, message: Any) -> None:
        self.connection.send(dump(message))

    def take(self, message: str | bytes) -> None:
        """Keep what was said, and answer."""
        raise NotImplementedError

    def greet(self) -> None:
        """Say what comes after the hello."""


V = TypeVar("V", bound=Visit)


class FakeServer(Generic[V]):
    """Keeps all that it hears; refuses everybody while `refusal` is set."""

    def __init__(self, visit: type[V]) -> None:
        self.visits: list[V] = []
        self.refusal: ErrorNotice | None = None
        self.port = 0
        self._visit = visit
        self._changed = threading.Condition()
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def last(self) -> V:
        return self.visits[-1]

    def open(self) -> None:
        """Listen, on the port of before if there was one."""
        server = serve(
            self._serve,
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

    def prepare(self, visit: V) -> None:
        """Set up a visit before it is greeted."""

    def _serve(self, connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        visit = self._visit(connection, request.path, request.headers.get("Authorization"))
        self.prepare(visit)
        self._note(lambda: self.visits.append(visit))
        try:
            if self.refusal is not None:
                visit.say(self.refusal)
                connection.close(self.refusal.code, self.refusal.message)
                return
            visit.say(Hello("cam", server_us()))
            visit.greet()
            for message in connection:
                self._note(partial(visit.take, message))
        except ConnectionClosed:
            return
        finally:
            self._note(lambda: setattr(visit, "ended", True))

    def _note(self, change: Callable[[], object]) -> None:
        with self._changed:
            change()
            self._changed.notify_all()
