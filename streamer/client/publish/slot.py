"""A place for one thing between two threads: the newest wins, and what it replaces is counted."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Slot(Generic[T]):
    """Holds at most one thing."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: T | None = None
        self._closed = False
        self.replaced = 0

    @property
    def is_done(self) -> bool:
        """Whether it is closed and empty: nothing will come any more."""
        return self._closed and self._held is None

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is put in."""
        return self._closed

    def put(self, thing: T) -> None:
        """Leave `thing` there, in the place of what was not taken yet."""
        with self._changed:
            self.replaced += self._held is not None
            self._held = thing
            self._changed.notify_all()

    def wait(self, timeout_s: float | None) -> bool:
        """Wait until there is something, or nothing will come; whether there is."""
        with self._changed:
            self._changed.wait_for(lambda: self._held is not None or self._closed, timeout_s)
            return self._held is not None

    def take(self) -> T | None:
        """What is there."""
        with self._changed:
            thing, self._held = self._held, None
            return thing

    def close(self) -> None:
        """Nothing more will be put in."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
