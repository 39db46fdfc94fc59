"""The newest picture there is, for a program that may be slower than the stream.

A thread of its own decodes all that comes, so that the server hears how quickly it comes and is
decoded here, and nothing of how long the program looks at each picture. One picture waits for the
program; each takes the place of the last.

Of a group that was joined in its middle only the last picture is handed out. That it was the last
shows by what follows, or by nothing that follows.
"""

import atexit
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from av.video.frame import VideoFrame

from streamer.client.view.downlink import Downlink
from streamer.client.view.message import Message
from streamer.clock import Clock
from streamer.errors import StreamerError

log = logging.getLogger(__name__)

_FOLLOWS_S = 0.1  # what is of a group that goes on comes sooner
_JOIN_S = 3.0

Decode = Callable[[Message], Iterable[tuple[VideoFrame, Message]]]


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture, the message that it came in, and when it was decoded, by our wall clock."""

    picture: VideoFrame
    message: Message
    decoded_us: int


class Newest:
    """Decodes what `downlink` has, from when it is made until `close`; one thread takes."""

    def __init__(self, downlink: Downlink, clock: Clock, decode: Decode) -> None:
        self._downlink = downlink
        self._clock = clock
        self._decode = decode
        self._changed = threading.Condition()
        self._waiting: Decoded | None = None
        self._failure: StreamerError | None = None
        self._has_ended = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="streamer-decoding", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def take(self, timeout_s: float | None) -> Decoded | None:
        """The newest picture that was not taken yet; None if none came in time, or none will."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._has_ended, timeout_s)
            taken, self._waiting = self._waiting, None
            if taken is None and self._failure is not None:
                raise self._failure
            return taken

    def close(self) -> None:
        """Decode no more."""
        atexit.unregister(self.close)
        with self._downlink.changed:
            self._closing = True
            self._downlink.changed.notify_all()
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        failure: StreamerError | None = None
        try:
            self._decode_all()
        except Exception:
            # Whoever waits for this thread would wait for ever.
            log.exception("event=decoding-failed")
            failure = StreamerError("This viewer failed; see its log, make a new one.")
        with self._changed:
            self._failure, self._has_ended = failure, True
            self._changed.notify_all()

    def _decode_all(self) -> None:
        joined: Decoded | None = None
        while (message := self._next(joined)) is not None or joined is not None:
            if message is None and joined is not None:
                self._offer(joined)
                joined = None
            elif message is not None:
                joined = self._take(message, joined)

    def _take(self, message: Message, joined: Decoded | None) -> Decoded | None:
        """Decode a message; the picture to hold back until it is known what follows."""
        for picture, source in self._decode(message):
            joined = None
            decoded = Decoded(picture, source, self._clock.wall_us())
            if self._downlink.is_of_before(source):
                joined = decoded
            else:
                self._offer(decoded)
        return joined

    def _next(self, joined: Decoded | None) -> Message | None:
        timeout_s = None if joined is None else _FOLLOWS_S
        return self._downlink.take(timeout_s, lambda: self._closing)

    def _offer(self, decoded: Decoded) -> None:
        """Let it wait, unless something newer follows at once."""
        if self._downlink.is_replaced:
            self._downlink.drop("late")
            return
        with self._changed:
            is_late = self._waiting is not None
            self._waiting = decoded
            self._changed.notify_all()
        if is_late:
            self._downlink.drop("late")
