"""The way of encoded pictures to a server, from the thread of an encoder or a source.

Nothing connects before there is something to send, as the server lets go of who publishes nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from websockets.exceptions import ConnectionClosed

from streamer.client.connection import Connection, Send
from streamer.client.publish.encoded import Encoded
from streamer.client.publish.session import Figures, Session
from streamer.client.publish.sounds import EncodedSound
from streamer.client.role import PUBLISHER
from streamer.client.target import Target
from streamer.clock import Clock
from streamer.errors import PeerError

_FLUSH_S = 1.0


class Uplink:
    """Publishes encoded pictures to one target.

    `ask_keyframe` is called, from either thread, when the next picture should be a keyframe.
    """

    def __init__(
        self,
        target: Target,
        clock: Clock,
        ask_keyframe: Callable[[], None],
    ) -> None:
        figures = self._figures = Figures()

        def open_session(send: Send) -> Session:
            return Session(send, clock, figures, ask_keyframe)

        self._connection = Connection(target, PUBLISHER, clock, open_session)

    @property
    def figures(self) -> Figures:
        """What was done so far."""
        connection = self._connection
        figures = replace(self._figures, sessions=connection.sessions)
        if connection.session is None:
            figures.viewers, figures.round_trip_us = 0, None
        return figures

    @property
    def failure(self) -> PeerError | None:
        """Why nothing will be sent any more."""
        return self._connection.failure

    @property
    def trouble(self) -> str | None:
        """Why nothing is sent now, as a sentence."""
        return self._connection.trouble

    @property
    def is_connected(self) -> bool:
        """Whether the server has said hello."""
        session = self._connection.session
        return session is not None and session.is_greeted

    @property
    def is_over(self) -> bool:
        """Whether nothing will be sent any more: closed, or refused for good."""
        return self._connection.is_over

    def wait_open(self, timeout_s: float) -> bool:
        """Wait until one more picture would be sent at once; connects if there is need to."""
        return self._wait(lambda session: session.is_open, timeout_s)

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until the server has said hello; connects if there is need to."""
        return self._wait(lambda session: session.is_greeted, timeout_s)

    def push(self, item: Encoded) -> None:
        """Send a picture, or let it wait a moment, or drop it and count it."""
        with self._connection.changed:
            self._connection.want()
            session = self._connection.session
            if session is None or not session.is_greeted:
                self._figures.dropped += 1
                return
            # A connection that breaks here is noticed by the thread that listens.
            with suppress(ConnectionClosed):
                session.push(item)

    def push_sound(self, sound: EncodedSound) -> None:
        """Send sound, where there is a connection that takes it at once."""
        with self._connection.changed:
            session = self._connection.session
            if session is not None and session.is_greeted:
                with suppress(ConnectionClosed):
                    session.push_sound(sound)

    def close(self) -> None:
        """Send what waits, for a second at most, and say goodbye."""
        with self._connection.changed:
            self._connection.changed.wait_for(self._is_flushed, _FLUSH_S)
        self._connection.close()

    def _is_flushed(self) -> bool:
        session = self._connection.session
        return self.is_over or session is None or session.is_idle

    def _wait(self, is_ready: Callable[[Session], bool], timeout_s: float) -> bool:
        connection = self._connection

        def holds() -> bool:
            if connection.is_over:
                return True
            connection.want()
            return connection.session is not None and is_ready(connection.session)

        with connection.changed:
            return connection.changed.wait_for(holds, timeout_s) and not connection.is_over
