"""Who publishes to a stream, and the way of what is published into the stream's worker.

A `Publication` is one publisher's time on a stream, from its admission to its end. The worker
gets one end of a socketpair (`Feed`), the publisher's session writes to the other. So nothing of
what is published is looked into here, and a worker that is behind slows down its publisher alone.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import anyio

from streamer.address import PUBLISHED_BODY, PUBLISHED_MESSAGES, Address
from streamer.control import Keyframe
from streamer.errors import StreamerError
from streamer.publishing import ServerMessage

# What lies here is as stale as it is long, and no publisher can drop it any more.
_FEED_BUFFER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms publishers are let in; `takeover` lets a second replace the first."""

    open: bool = True
    takeover: bool = False


class Feed:
    """A socketpair into one worker. `theirs` is the worker's end."""

    def __init__(self) -> None:
        self._ours, self.theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _FEED_BUFFER)
        self._writes = self._is_closing = False

    async def write(self, data: bytes) -> None:
        """Pass bytes on; waits while the worker is behind.

        Raises:
            OSError: the worker takes no more.
        """
        self._writes = True
        try:
            await asyncio.get_running_loop().sock_sendall(self._ours, data)
        finally:
            self._writes = False
            if self._is_closing:
                self._ours.close()

    def finish(self) -> None:
        """Let the worker come to the end of what was written."""
        with suppress(OSError):
            self._ours.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Write no more. What is being written ends with an error, and then closes the socket."""
        self._is_closing = True
        if self._writes:
            with suppress(OSError):
                self._ours.shutdown(socket.SHUT_RDWR)
        else:
            self._ours.close()


class Publication:
    """One publisher. `tell` sends it a message, `on_end` ends its session; both return at once.

    A publication of messages `resumes`: after its worker failed, another goes on where it was. One
    that is a body is over then, as what a container began with is gone.
    """

    def __init__(
        self,
        tell: Callable[[ServerMessage], None],
        on_end: Callable[[], None],
        *,
        resumes: bool,
    ) -> None:
        self.tell = tell
        self.resumes = resumes
        self.failure: StreamerError | None = None
        self.is_over = False
        self.received = 0
        self._on_end = on_end
        self._preface = b""
        self._told: Feed | None = None
        self._feed: Feed | None = None
        self._fed = anyio.Event()

    @property
    def address(self) -> Address:
        """What a worker is told to open."""
        return PUBLISHED_MESSAGES if self.resumes else PUBLISHED_BODY

    def open_feed(self) -> socket.socket:
        """A new way into a new worker; the caller closes this, the worker's end of it."""
        if self._feed is not None:
            self._feed.close()
            self.tell(Keyframe())
        self._feed = Feed()
        self._fed.set()
        return self._feed.theirs

    async def describe(self, preface: bytes) -> None:
        """Pass on what every worker of this publication must be told first, when it changes."""
        self._preface, self._told = preface, None
        await self.write(b"")

    async def write(self, data: bytes) -> None:
        """Pass bytes on; waits for a worker, and while it is behind.

        Where the worker has failed, they are lost; the hub decides how it goes on.
        """
        self.received += len(data)
        await self._fed.wait()
        feed = self._feed
        assert feed is not None  # noqa: S101  # that is what the event says
        if feed is not self._told:
            self._told, data = feed, self._preface + data
        try:
            await feed.write(data)
        except OSError:
            if feed is self._feed:
                self._fed = anyio.Event()

    async def finish(self) -> None:
        """Say that nothing more comes: the worker ends when it has come to the end of it."""
        await self._fed.wait()
        if self._feed is not None:
            self._feed.finish()

    def end(self, failure: StreamerError | None = None) -> None:
        """End it, for a reason if there is one; the first counts."""
        if self.is_over:
            return
        self.is_over, self.failure = True, failure
        self._on_end()

    def close(self) -> None:
        """Release the way into the worker."""
        if self._feed is not None:
            self._feed.close()
