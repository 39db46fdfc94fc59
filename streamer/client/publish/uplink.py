"""The way to a server that comes back by itself: one thread that connects, listens and reconnects.

Encoded pictures come from another thread (an encoder's, a source's), which also writes them to the
socket: handing them over to a third would cost what sending does. The lock orders both. Nothing
connects before there is something to send, as the server lets go of who publishes nothing.
"""

import logging
import math
import random
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection

from streamer.client.dialling import dial, explain
from streamer.client.publish.encoded import Encoded
from streamer.client.publish.session import Figures, Session
from streamer.client.refusal import by_close_code, by_http_status, is_borne
from streamer.client.target import Target
from streamer.clock import Clock
from streamer.errors import BadMessage, PeerError
from streamer.hub.backoff import Backoff

log = logging.getLogger(__name__)

_FLUSH_S = 1.0
_JOIN_S = 3.0

Dial = Callable[[Target], AbstractContextManager[ClientConnection]]


class Uplink:
    """Publishes encoded pictures to one target.

    `ask_keyframe` is called, from either thread, when the next picture should be a keyframe.
    """

    def __init__(
        self,
        target: Target,
        clock: Clock,
        ask_keyframe: Callable[[], None],
        dial: Dial = dial,
    ) -> None:
        self.failure: PeerError | None = None
        self.trouble: str | None = None
        self._target = target
        self._clock = clock
        self._ask_keyframe = ask_keyframe
        self._dial = dial
        self._figures = Figures()
        self._backoff = Backoff(random.random)
        self._refused_us: float | None = None
        self._lock = threading.Condition()
        self._session: Session | None = None
        self._connection: ClientConnection | None = None
        self._wanted = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="streamer-uplink", daemon=True)
        self._thread.start()

    @property
    def figures(self) -> Figures:
        """What was done so far."""
        return replace(self._figures)

    @property
    def is_connected(self) -> bool:
        """Whether the server has said hello."""
        session = self._session
        return session is not None and session.is_greeted

    @property
    def is_over(self) -> bool:
        """Whether nothing will be sent any more: closed, or refused for good."""
        return self._closing or self.failure is not None

    def wait_open(self, timeout_s: float) -> bool:
        """Wait until one more picture would be sent at once; connects if there is need to."""
        return self._wait(lambda session: session.is_open, timeout_s)

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until the server has said hello; connects if there is need to."""
        return self._wait(lambda session: session.is_greeted, timeout_s)

    def push(self, item: Encoded) -> None:
        """Send a picture, or let it wait a moment, or drop it and count it."""
        with self._lock:
            self._want()
            session = self._session
            if session is None or not session.is_greeted:
                self._figures.dropped += 1
                return
            # A connection that breaks here is noticed by the thread that listens.
            with suppress(ConnectionClosed):
                session.push(item)

    def close(self) -> None:
        """Send what waits, for a second at most, and say goodbye."""
        with self._lock:
            self._lock.wait_for(self._is_flushed, _FLUSH_S)
            self._closing = True
            self._lock.notify_all()
            connection = self._connection
        if connection is not None:
            connection.close()
        self._thread.join(_JOIN_S)

    def _is_flushed(self) -> bool:
        return self.is_over or self._session is None or self._session.is_idle

    def _wait(self, is_ready: Callable[[Session], bool], timeout_s: float) -> bool:
        def holds() -> bool:
            if self.is_over:
                return True
            self._want()
            return self._session is not None and is_ready(self._session)

        with self._lock:
            return self._lock.wait_for(holds, timeout_s) and not self.is_over

    def _want(self) -> None:
        if not self._wanted:
            self._wanted = True
            self._lock.notify_all()

    def _run(self) -> None:
        while self._is_called_for():
            error = self._publish()
            if error is not None and not self._bears(error):
                log.error(
                    "event=publishing-refused to=%s reason=%r", self._target.shown, error.sentence
                )
                with self._lock:
                    self.failure = error
                    self._lock.notify_all()
                return
            with self._lock:
                self._lock.wait_for(lambda: self._closing, self._backoff.next_s())

    def _is_called_for(self) -> bool:
        """Wait until there is something to send; False if there never will be."""
        with self._lock:
            self._lock.wait_for(lambda: self._wanted or self._closing)
            return not self._closing

    def _publish(self) -> PeerError | None:
        """Connect and serve one session; what ended it, if another try would end the same."""
        try:
            with self._dial(self._target) as connection:
                return self._serve(connection)
        except (OSError, WebSocketException) as exc:
            self._complain(explain(exc, self._target))
            if isinstance(exc, InvalidStatus):
                return by_http_status(exc.response.status_code, self._target.shown)
            return None

    def _serve(self, connection: ClientConnection) -> PeerError | None:
        session = Session(connection.send, self._clock, self._figures, self._ask_keyframe)
        self._enter(session, connection)
        try:
            self._listen(session, connection)
        except ConnectionClosed:
            return self._ending(session, connection)
        except BadMessage as exc:
            self._complain(f"{self._target.shown}: {exc.sentence}")
        finally:
            self._leave()
        return None

    def _enter(self, session: Session, connection: ClientConnection) -> None:
        with self._lock:
            self._session, self._connection = session, connection
            self._figures.sessions += 1

    def _leave(self) -> None:
        """Whoever waits to send says again that there is something."""
        with self._lock:
            self._session = self._connection = None
            self._wanted = False
            self._figures.viewers = 0
            self._figures.round_trip_us = None
            self._lock.notify_all()

    def _listen(self, session: Session, connection: ClientConnection) -> None:
        while not self._closing:
            text = _receive(connection, session.next_beat_us / 1e6)
            with self._lock:
                if text is not None:
                    session.hear(text)
                session.beat()
                if session.acknowledged:
                    self._rejoice()
                self._lock.notify_all()
            if session.is_dead:
                self._complain(f"{self._target.shown} does not answer any more.")
                return

    def _ending(self, session: Session, connection: ClientConnection) -> PeerError | None:
        """What the server's goodbye means."""
        if self._closing:
            return None
        said = session.failure
        code = said.code if said is not None else connection.close_code
        sentence = said.message if said is not None else connection.close_reason
        sentence = sentence or f"{self._target.shown} closed the connection."
        self._complain(sentence)
        error = by_close_code(code, sentence)
        if error is not None and session.acknowledged:
            self._refused_us = -math.inf
        return error

    def _bears(self, error: PeerError) -> bool:
        now_us = self._clock.monotonic_us()
        if self._refused_us is None:
            self._refused_us = now_us
        return is_borne(error, (now_us - self._refused_us) / 1e6)

    def _rejoice(self) -> None:
        """All is well, and whatever comes next is new trouble."""
        self._backoff.reset()
        self._refused_us = None
        if self.trouble is not None:
            log.warning("event=publishing-again to=%s", self._target.shown)
            self.trouble = None

    def _complain(self, sentence: str) -> None:
        if sentence != self.trouble:
            log.warning("event=not-publishing to=%s reason=%r", self._target.shown, sentence)
        self.trouble = sentence


def _receive(connection: ClientConnection, timeout_s: float) -> str | None:
    try:
        said = connection.recv(timeout_s)
    except TimeoutError:
        return None
    return said if isinstance(said, str) else None
