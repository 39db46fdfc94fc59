"""The sound of a stream's last seconds, kept as the very messages that were fanned out.

It lies in stretches, each with the init segment that decodes it. A stretch ends where the source
begins anew or its sound becomes another. What is older than the oldest picture goes.
"""

from collections import deque
from collections.abc import Callable, Iterator

from streamer.hub.delivery.message import Message
from streamer.hub.past.history import OVERHEAD_BYTES

TRIM_US = 1_000_000  # how often, and by how much sound may come before its picture
_LONGEST_US = 150_000  # of any frame of sound


class Stretch:
    """Messages of sound that one init segment decodes, and what they take."""

    __slots__ = ("init", "messages")

    def __init__(self, init: Message) -> None:
        self.init = init
        self.messages: deque[Message] = deque()

    def between(self, begin_us: int, end_us: int) -> list[Message]:
        """Those from one media time to another, with the one that is under way at `begin_us`."""
        found: deque[Message] = deque()
        for each in reversed(self.messages):
            pts_us = each.pts_us
            if pts_us < end_us and pts_us > begin_us - _LONGEST_US:
                found.appendleft(each)
            if pts_us <= begin_us:
                break
        return list(found)


class Soundtrack:
    """The stretches that go with the pictures, in at most `max_bytes`.

    `oldest_us` says when the oldest picture that is kept was published (monotonic), or since when
    sound is of use where there is none.
    """

    def __init__(self, max_bytes: int, oldest_us: Callable[[], int]) -> None:
        self.size = 0
        self._max_bytes = max_bytes
        self._oldest_us = oldest_us
        self._stretches: deque[Stretch] = deque()
        self._trimmed_us = 0

    def __iter__(self) -> Iterator[Stretch]:
        return iter(self._stretches)

    def add(self, init: Message, message: Message) -> None:
        """Keep one message, which that init segment decodes."""
        if not self._stretches or self._stretches[-1].init is not init:
            self._stretches.append(Stretch(init))
        self._stretches[-1].messages.append(message)
        self.size += message.size + OVERHEAD_BYTES
        if message.published_us - self._trimmed_us >= TRIM_US:
            self._trimmed_us = message.published_us
            self.trim()
        while self.size > self._max_bytes:
            self._drop()

    def trim(self) -> None:
        """Forget what is older than the pictures."""
        oldest_us = self._oldest_us() - TRIM_US
        while self._stretches and self._stretches[0].messages[0].published_us < oldest_us:
            self._drop()

    def clear(self) -> None:
        """Forget everything."""
        self._stretches.clear()
        self.size = 0

    def along(self, first: Message, last: Message) -> Stretch | None:
        """The stretch that was heard while pictures were published; None where there was none."""
        for stretch in reversed(self._stretches):
            messages = stretch.messages
            if messages[0].published_us <= last.published_us + TRIM_US:
                return stretch if messages[-1].published_us >= first.published_us else None
        return None

    def _drop(self) -> None:
        oldest = self._stretches[0]
        self.size -= oldest.messages.popleft().size + OVERHEAD_BYTES
        if not oldest.messages:
            self._stretches.popleft()
