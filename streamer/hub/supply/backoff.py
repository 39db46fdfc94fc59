"""How long to wait before a source is tried again: capped, exponential, jittered. Pure."""

from collections.abc import Callable

FIRST_S = 0.25
WATCHED_CAP_S = 0.5
UNWATCHED_CAP_S = 10.0


class Backoff:
    """Delays that double from `first_s` to a cap, each shortened at random by up to a half.

    The cap is low while somebody watches, as it decides how soon a camera that came back is seen,
    and a try costs a millisecond and a connection; it is high while nobody does. `random` gives a
    number from 0 to 1.
    """

    def __init__(
        self,
        random: Callable[[], float],
        first_s: float = FIRST_S,
        most_s: float = UNWATCHED_CAP_S,
    ) -> None:
        self._random = random
        self._first_s = self._full_s = first_s
        self._most_s = most_s

    def next_s(self, cap_s: float = WATCHED_CAP_S) -> float:
        """The delay before the next try, in seconds."""
        full_s = min(cap_s, self._full_s)
        self._full_s = min(self._most_s, 2 * self._full_s)
        return full_s * (1 - self._random() / 2)

    def reset(self) -> None:
        """Start over: the source proved to work."""
        self._full_s = self._first_s
