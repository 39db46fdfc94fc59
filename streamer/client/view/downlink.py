"""The way of a stream to a program, which takes what sessions that come and go leave."""

from collections.abc import Callable
from contextlib import suppress
from threading import Condition

from websockets.exceptions import ConnectionClosed

from streamer.client.connection import Connection, Send
from streamer.client.role import VIEWER
from streamer.client.target import Target
from streamer.client.view.inbox import Inbox
from streamer.client.view.message import Message
from streamer.client.view.session import Session
from streamer.clock import Clock
from streamer.control import Play
from streamer.errors import PeerError

_ENDED = "ended"
_LONGEST_SKIP_US = 100_000


class Downlink:
    """Watches one target. One thread takes messages; another may show their pictures."""

    def __init__(
        self,
        target: Target,
        clock: Clock,
        wanted: Play,
        inbox: Inbox,
        *,
        acknowledges: bool = True,
    ) -> None:
        self._clock = clock
        self._inbox = inbox
        self._in_hand: tuple[Session, Message] | None = None
        self._last_shown_us = 0

        def open_session(send: Send) -> Session:
            return Session(send, clock, wanted, inbox, acknowledges=acknowledges)

        self._connection = Connection(target, VIEWER, clock, open_session)

    @property
    def failure(self) -> PeerError | None:
        """Why nothing will come any more."""
        return self._connection.failure

    @property
    def trouble(self) -> str | None:
        """Why there is no connection, as a sentence."""
        return self._connection.trouble

    @property
    def is_connected(self) -> bool:
        """Whether the server has told of the stream."""
        session = self._connection.session
        return session is not None and session.has_worked

    @property
    def sessions(self) -> int:
        """How many connections there were."""
        return self._connection.sessions

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come: the stream has ended, or the connection is over."""
        state = self._inbox.state
        has_ended = state is not None and state.phase == _ENDED
        return (has_ended or self._connection.is_over) and not self._inbox.backlog

    @property
    def is_replaced(self) -> bool:
        """Whether what was taken will have something newer follow it at once.

        Not for long: who decodes more slowly than pictures come must still see that they move.
        """
        since_us = self._clock.monotonic_us() - self._last_shown_us
        return bool(self._inbox.backlog) and since_us < _LONGEST_SKIP_US

    @property
    def changed(self) -> Condition:
        """To be held by who looks at the inbox."""
        return self._connection.changed

    def is_of_before(self, message: Message) -> bool:
        """Whether its picture was taken before this viewer joined."""
        return self._inbox.is_of_before(message.header.captured_us, 0)

    def take(
        self, timeout_s: float | None, is_enough: Callable[[], bool] = lambda: False
    ) -> Message | None:
        """The next message; None if none came in time, or none will. The last is done with."""
        self.finish()
        message: Message | None = None

        def ready() -> bool:
            nonlocal message
            message = self._inbox.pop(self._clock.monotonic_us())
            return message is not None or self.is_over or is_enough()

        connection = self._connection
        with connection.changed:
            connection.changed.wait_for(ready, timeout_s)
            if message is not None and connection.session is not None:
                self._in_hand = connection.session, message
        return message

    def show(self, message: Message) -> float:
        """Note that a message's picture is handed out now; how old it is, in milliseconds."""
        now_us = self._last_shown_us = self._clock.monotonic_us()
        server_us = self._clock.wall_us() + self._inbox.offset.offset_us
        staleness_ms = (server_us - message.header.captured_us) / 1000
        is_old = self._inbox.is_of_before(message.header.captured_us)
        with self._connection.changed:
            self._inbox.figures.showed(
                None if is_old else staleness_ms, now_us, is_of_before=self.is_of_before(message)
            )
            if (session := self._connection.session) is not None:
                session.shown(message, staleness_ms)
        return staleness_ms

    def drop(self, reason: str) -> None:
        """Count what was taken and never handed out."""
        with self._connection.changed:
            self._inbox.figures.dropped[reason] += 1

    def finish(self) -> None:
        """Note that what was taken last is done with."""
        in_hand, self._in_hand = self._in_hand, None
        if in_hand is None:
            return
        session, message = in_hand
        # A connection that breaks here is noticed by the thread that listens.
        with self._connection.changed, suppress(ConnectionClosed):
            if session is self._connection.session:
                session.done(message)

    def close(self) -> None:
        """Say goodbye."""
        self.finish()
        self._connection.close()
