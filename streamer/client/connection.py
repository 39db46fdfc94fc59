"""A session with a server that comes back by itself: one thread connects, listens, reconnects.

Who has something to say does so from a thread of its own, straight to the socket: handing it over
to a third would cost what sending does. The condition `changed` orders both, and tells of news.
"""

import logging
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection

from streamer.client.dialling import dial, explain, is_foreign
from streamer.client.refusal import Refusal, by_close_code, by_http_status
from streamer.client.role import Role
from streamer.client.target import Target
from streamer.clock import Clock
from streamer.control import ErrorNotice
from streamer.errors import BadMessage, PeerError, Unauthorized
from streamer.hub.supply.backoff import Backoff

log = logging.getLogger(__name__)

_JOIN_S = 3.0

Send = Callable[[str | bytes], None]


class Session(Protocol):
    """What is said over one connection. `has_worked` once the other side has shown that it does.

    `next_beat_us` is when to call `beat` again, counted from now; `failure` what the server said
    before it closed.
    """

    failure: ErrorNotice | None

    @property
    def has_worked(self) -> bool: ...  # noqa: D102

    @property
    def is_dead(self) -> bool: ...  # noqa: D102

    @property
    def next_beat_us(self) -> int: ...  # noqa: D102

    def begin(self) -> None:
        """Say what comes before anything is heard."""
        ...

    def hear(self, message: str | bytes) -> None:
        """Take one message.

        Raises:
            BadMessage: it follows no protocol of ours.
        """
        ...

    def beat(self) -> None:
        """Do what is due."""
        ...


T = TypeVar("T", bound=Session)


class Connection(Generic[T]):
    """Keeps there being a session; `session` is None while there is none.

    `failure` is why none will ever be again, `trouble` why there is none now, as a sentence.
    """

    def __init__(
        self,
        target: Target,
        role: Role,
        clock: Clock,
        open_session: Callable[[Send], T],
    ) -> None:
        self.changed = threading.Condition()
        self.session: T | None = None
        self.sessions = 0
        self.failure: PeerError | None = None
        self.trouble: str | None = None
        self._logged: str | None = None
        self._target = target
        self._role = role
        self._clock = clock
        self._open_session = open_session
        self._socket: ClientConnection | None = None
        self._backoff = Backoff(random.random)
        self._refused_us: int | None = None
        self._had_worked = self._ever_worked = False
        self._wanted = not role.on_demand
        self._closing = False
        name = f"streamer-{role.doing}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether there will be no session any more: closed, or refused for good."""
        return self._closing or self.failure is not None

    def want(self) -> None:
        """Connect, where that waits for something to send. `changed` is held."""
        if not self._wanted:
            self._wanted = True
            self.changed.notify_all()

    def close(self) -> None:
        """Say goodbye."""
        with self.changed:
            self._closing = True
            self.changed.notify_all()
            socket = self._socket
        if socket is not None:
            socket.close()
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        try:
            self._run_sessions()
        except Exception:
            # Whoever waits for this thread would wait for ever.
            log.exception("event=%s-failed at=%s", self._role.doing, self._target.shown)
            self._fail(PeerError(f"{self._target.shown}: this client failed; see its log."))

    def _run_sessions(self) -> None:
        while self._is_called_for():
            error = self._connect()
            if error is not None and not self._bears(error):
                doing, shown = self._role.doing, self._target.shown
                log.error("event=%s-refused at=%s reason=%r", doing, shown, error.sentence)
                self._fail(error)
                return
            self._log_trouble()
            with self.changed:
                pause_s = self._backoff.next_s(self._role.pause_s)
                self.changed.wait_for(lambda: self._closing, pause_s)

    def _fail(self, error: PeerError) -> None:
        with self.changed:
            self.failure = error
            self.changed.notify_all()

    def _is_called_for(self) -> bool:
        """Wait until a session is wanted; False if none ever will be."""
        with self.changed:
            self.changed.wait_for(lambda: self._wanted or self._closing)
            return not self._closing

    def _connect(self) -> PeerError | None:
        """Connect and serve one session; what ended it, if another try would end the same."""
        self._had_worked = False
        try:
            with dial(self._target, self._role) as socket:
                return self._serve(socket)
        except (OSError, WebSocketException) as exc:
            if is_foreign(exc):
                return BadMessage(
                    f"{self._target.shown} is no streamer server; check the address."
                )
            self._complain(explain(exc, self._target))
            if isinstance(exc, InvalidStatus):
                return self._refused(exc.response.status_code)
            return None
        except (ValueError, ImportError) as exc:
            return BadMessage(
                f"{self._target.shown} cannot be connected to ({exc}); check the host's name, and "
                "the proxy that the environment names."
            )

    def _refused(self, status: int) -> PeerError | None:
        role = self._role
        sentence = f"{self._target.shown} refuses to be {role.done_to} (HTTP {status})."
        return by_http_status(role.final, status, sentence)

    def _serve(self, socket: ClientConnection) -> PeerError | None:
        session = self._open_session(socket.send)
        self._enter(session, socket)
        try:
            with suppress(ConnectionClosed):  # what was said before is still to be read
                session.begin()
            self._listen(session, socket)
        except ConnectionClosed:
            return self._ending(session, socket)
        except PeerError as exc:
            self._complain(f"{self._target.shown}: {exc.sentence}")
            return None if isinstance(exc, BadMessage) else exc
        finally:
            self._leave()
        return None

    def _enter(self, session: T, socket: ClientConnection) -> None:
        with self.changed:
            self.session, self._socket = session, socket
            self.sessions += 1

    def _leave(self) -> None:
        """Whoever waits to send says again that there is something."""
        with self.changed:
            self.session = self._socket = None
            self._wanted = not self._role.on_demand
            self.changed.notify_all()

    def _listen(self, session: T, socket: ClientConnection) -> None:
        while not self._closing:
            message = _receive(socket, session.next_beat_us / 1e6)
            with self.changed:
                if message is not None:
                    session.hear(message)
                session.beat()
                if session.has_worked:
                    self._rejoice()
                self.changed.notify_all()
            if session.is_dead:
                self._complain(f"{self._target.shown} does not answer any more.")
                return

    def _ending(self, session: T, socket: ClientConnection) -> PeerError | None:
        """What the server's goodbye means."""
        if self._closing:
            return None
        said = session.failure
        code = said.code if said is not None else socket.close_code
        sentence = said.message if said is not None else socket.close_reason
        sentence = sentence or f"{self._target.shown} closed the connection."
        if code == Unauthorized.close_code:
            sentence = self._target.explain_token()
        self._complain(sentence)
        return by_close_code(self._role.final, code, sentence)

    def _bears(self, error: PeerError) -> bool:
        now_us = self._clock.monotonic_us()
        if self._refused_us is None:
            self._refused_us = now_us
        since_s = (now_us - self._refused_us) / 1e6
        return self._role.bears(Refusal(error, since_s, self._had_worked, self._ever_worked))

    def _rejoice(self) -> None:
        """All is well, and whatever comes next is new trouble."""
        self._backoff.reset()
        self._refused_us = None
        self._had_worked = self._ever_worked = True
        if self.trouble is not None:
            log.warning("event=%s-again at=%s", self._role.doing, self._target.shown)
            self.trouble = self._logged = None

    def _complain(self, sentence: str) -> None:
        self.trouble = sentence

    def _log_trouble(self) -> None:
        """Log why there is no connection, if that is news."""
        if self.trouble is not None and self.trouble != self._logged:
            doing, shown = self._role.doing, self._target.shown
            log.warning("event=not-%s at=%s reason=%r", doing, shown, self.trouble)
        self._logged = self.trouble


def _receive(socket: ClientConnection, timeout_s: float) -> str | bytes | None:
    try:
        return socket.recv(timeout_s)
    except TimeoutError:
        return None
