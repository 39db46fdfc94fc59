"""What waits to be sent or looked at: bounded, and never anything that could not be decoded. Pure.

Pictures that stand alone are newest-wins: each takes the place of what waits. Others are kept in
order until the first of them is too late, or there are too many. Then all go up to the next
keyframe that waits, or, without one, all that waits and what follows up to a keyframe.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

MAX_BYTES = 16 * 1024 * 1024


class Picture(Protocol):
    """An encoded picture, with its size in bytes.

    One that stands alone needs no other, nor does any other need it.
    """

    @property
    def keyframe(self) -> bool: ...  # noqa: D102

    @property
    def stands_alone(self) -> bool: ...  # noqa: D102

    @property
    def size(self) -> int: ...  # noqa: D102


T = TypeVar("T", bound=Picture)


@dataclass(frozen=True, slots=True)
class Waiting(Generic[T]):
    """A picture, its sequence number, and since when it waits."""

    sequence: int
    item: T
    since_us: int


class Backlog(Generic[T]):
    """Encoded pictures, in order."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting[T]] = deque()
        self._bytes = 0
        self._sequence = 0
        self.dropped = 0
        self.needs_keyframe = True

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def head(self) -> Waiting[T] | None:
        """What is to be sent next."""
        return self._waiting[0] if self._waiting else None

    def push(self, item: T, now_us: int) -> None:
        """Let one more wait, if it is of any use."""
        sequence = self._sequence
        self._sequence += 1
        if self.needs_keyframe and not item.keyframe:
            self.dropped += 1
            return
        self.needs_keyframe = False
        if item.stands_alone:
            self._drop(len(self._waiting))
        self._waiting.append(Waiting(sequence, item, now_us))
        self._bytes += item.size
        if self._bytes > MAX_BYTES:
            self.skip()

    def count(self) -> int:
        """A number for what does not wait, after the last picture's."""
        self._sequence += 1
        return self._sequence - 1

    def pop(self) -> Waiting[T]:
        """Take the head."""
        head = self._waiting.popleft()
        self._bytes -= head.item.size
        return head

    def drop_late(self, is_late: Callable[[Waiting[T]], bool]) -> None:
        """Drop what is of no use any more, if the head is late."""
        while self._waiting and is_late(self._waiting[0]):
            self.skip()

    def skip(self) -> None:
        """Drop up to the next keyframe that waits, or everything and what follows up to one."""
        for at, waiting in enumerate(self._waiting):
            if at and waiting.item.keyframe:
                self._drop(at)
                return
        self.clear()

    def clear(self) -> None:
        """Drop everything, and what follows up to a keyframe."""
        self._drop(len(self._waiting))
        self.needs_keyframe = True

    def _drop(self, count: int) -> None:
        for _ in range(count):
            self.pop()
        self.dropped += count
