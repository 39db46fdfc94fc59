"""What one viewer is sent: a bounded, lossy, counted queue in front of its socket.

Text is never dropped. Media is bounded twice: by what waits here, and by credit, the number of
messages that may be sent without being acknowledged, because the kernel's and the browser's
buffers are queues too, in which nobody can drop anything. JPEG is newest-wins. Where a fragment
had to be dropped, nothing can be decoded before the next keyframe, so all up to it goes as well.
"""

from collections import Counter, deque
from collections.abc import Callable

import anyio

from streamer.errors import TooManyViewers
from streamer.hub.window import Window
from streamer.wire import Flags, Kind

MAX_WAITING = 30
MAX_TEXTS = 256
_KIND_AT = 1
_FLAGS_AT = 2


class Subscription:
    """One viewer's queue. All methods but `next` return at once.

    `on_gap` is called when fragments were dropped: the moment to ask for a keyframe.
    """

    def __init__(self, on_gap: Callable[[], None]) -> None:
        self.dropped: Counter[str] = Counter()
        self.sent = 0
        self._on_gap = on_gap
        self._urgent: deque[str] = deque()
        self._waiting: deque[str | bytearray] = deque()
        self._media = 0
        self._bursting = 0
        self._needs_keyframe = False
        self._closed = False
        self._window = Window()
        self._wake = anyio.Event()

    def say(self, text: str) -> None:
        """Send a control message as soon as possible, ahead of waiting media.

        Raises:
            TooManyViewers: the viewer takes nothing; it should be disconnected.
        """
        if len(self._urgent) >= MAX_TEXTS:
            raise TooManyViewers("This viewer reads too slowly, even for control messages.")
        self._urgent.append(text)
        self._wake.set()

    def tell(self, text: str) -> None:
        """Send a control message in its place among the media."""
        self._waiting.append(text)
        self._wake.set()

    def offer(self, message: bytearray, burst: bool) -> None:
        """Take one media message, or drop it."""
        if message[_KIND_AT] == Kind.JPEG:
            self._drop_waiting("newer", Kind.JPEG)
        elif message[_KIND_AT] == Kind.FRAGMENT and not self._admit_fragment(message, burst):
            self.dropped["behind"] += 1
            return
        self._waiting.append(message)
        self._media += 1
        self._bursting += burst
        self._wake.set()

    def ack(self, sequence: int) -> None:
        """The viewer is done with everything up to `sequence`."""
        self._window.ack(sequence)
        self._wake.set()

    def clear(self) -> None:
        """Forget all waiting media: another rendition begins, or the viewer pauses."""
        self._waiting.clear()
        self._media = self._bursting = 0
        self._needs_keyframe = False
        self._window = Window()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting and not self._urgent

    def close(self) -> None:
        """Send nothing more: `next` returns None from now on."""
        self._closed = True
        self._wake.set()

    async def next(self) -> str | bytearray | None:
        """The next message to send, when there is one; None once closed."""
        while not self._closed:
            if self._urgent:
                return self._urgent.popleft()
            if self._waiting and self._may_send(self._waiting[0]):
                return self._pop()
            self._wake = anyio.Event()
            await self._wake.wait()
        return None

    def _admit_fragment(self, message: bytearray, burst: bool) -> bool:
        keyframe = bool(message[_FLAGS_AT] & Flags.KEYFRAME)
        if burst:
            return True
        if self._media - self._bursting >= MAX_WAITING or (keyframe and self._needs_keyframe):
            self._drop_waiting("behind", Kind.FRAGMENT)
            self._needs_keyframe = True
        if self._needs_keyframe and not keyframe:
            self._on_gap()
            return False
        self._needs_keyframe = False
        return True

    def _drop_waiting(self, reason: str, kind: Kind) -> None:
        kept = [each for each in self._waiting if isinstance(each, str) or each[_KIND_AT] != kind]
        self.dropped[reason] += len(self._waiting) - len(kept)
        self._waiting = deque(kept)
        self._media = sum(not isinstance(each, str) for each in kept)
        self._bursting = 0

    def _may_send(self, item: str | bytearray) -> bool:
        if isinstance(item, str) or self._bursting:
            return True
        return self._window.is_open(Kind(item[_KIND_AT]))

    def _pop(self) -> str | bytearray:
        item = self._waiting.popleft()
        if isinstance(item, str):
            return item
        self._media -= 1
        self.sent += 1
        if self._bursting:
            self._bursting -= 1
        else:
            self._window.sent(item)
        return item
