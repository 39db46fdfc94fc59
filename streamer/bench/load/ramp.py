"""The largest number of viewers with which all is well: by doubling, then by halving. Pure.

Whatever else happens on a machine makes things worse, never better. So a number of which all was
well once is carried, and one of which it was not is tried again, unless it went badly for long.
"""

from dataclasses import dataclass
from enum import Enum

_TRIES = 2
_CLOSE = 0.05


class Verdict(Enum):
    """How it went with a number of viewers.

    `HOPELESS` is badly for so long that it was no chance; `UNKNOWN` means that the measurement
    itself was the limit.
    """

    WELL = "well"
    BADLY = "badly"
    HOPELESS = "hopeless"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """The largest number with which all was well; `is_limit` if 5 % more are known not to go well.

    `too_many` is the least number that is known not to.
    """

    viewers: int
    is_limit: bool
    too_many: int | None = None


class Search:
    """Looks for it, from `first` on and never beyond `most`, to 5 %.

    `count` is how many viewers to try next, None when it is over; `take` how that went. Of what
    was tried so far the answer is known at any time.
    """

    def __init__(self, first: int, most: int) -> None:
        self.count: int | None = min(first, most)
        self._most = most
        self._good = 0
        self._bad: int | None = None
        self._tries = 0

    @property
    def found(self) -> Found:
        """What is known so far."""
        return Found(self._good, self._is_close(), self._bad)

    def take(self, verdict: Verdict, viewers: int) -> None:
        """Learn how it went with so many, which are fewer than asked for if more was hopeless.

        What goes badly though more went well says nothing of so few, but of more.
        """
        if viewers <= self._good and self.count is not None:
            viewers = self.count
        self._tries += 1
        if verdict is Verdict.BADLY and self._tries < _TRIES:
            self.count = viewers
            return
        self._tries = 0
        if verdict is Verdict.WELL:
            self._good = viewers
        elif verdict is not Verdict.UNKNOWN:
            self._bad = viewers
        is_over = verdict is Verdict.UNKNOWN or self._good == self._most or self._is_close()
        self.count = None if is_over else self._next()

    def _next(self) -> int:
        if self._bad is None:
            return min(2 * self._good, self._most)
        return (self._good + self._bad) // 2

    def _is_close(self) -> bool:
        return self._bad is not None and self._bad - self._good <= max(1, _CLOSE * self._good)
