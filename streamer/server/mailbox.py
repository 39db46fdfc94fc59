"""The port of a viewer whose connection is reached by awaiting: any ASGI server, or plain HTTP."""

from collections import deque
from collections.abc import Callable

import anyio

from streamer.hub.delivery.message import Message


class Mailbox:
    """Holds what was sent until the viewer's task takes it. Pacing bounds the media."""

    def __init__(self) -> None:
        self._items: deque[Message | str] = deque()
        self._bytes = 0
        self._is_closed = False
        self._wake = anyio.Event()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits to be taken."""
        return not self._items

    def send(self, message: Message) -> bool:
        """Hold one media message."""
        self._items.append(message)
        self._bytes += message.size
        self._wake.set()
        return False

    def send_text(self, text: str) -> None:
        """Hold one control message."""
        self._items.append(text)
        self._wake.set()

    def unsent(self) -> int:
        """Bytes of media that nobody has taken yet."""
        return self._bytes

    def lane(self, _on_close: Callable[[], None]) -> None:
        """Whoever takes has to be woken: there is no bare way."""

    def finish(self, frame: bytes, sent: int) -> None:
        """Never called, as there is no lane."""

    def close(self) -> None:
        """End `take` once everything is taken."""
        self._is_closed = True
        self._wake.set()

    async def take(self) -> Message | str | None:
        """The next item; None when closed and empty."""
        while not self._items:
            if self._is_closed:
                return None
            self._wake = anyio.Event()
            await self._wake.wait()
        return self._items.popleft()

    def taken(self, message: Message) -> None:
        """Say that a message has been passed on, so that the next may come."""
        self._bytes -= message.size
