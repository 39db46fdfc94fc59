"""How long to wait before a source is tried again: capped, exponential, jittered. Pure."""

from collections.abc import Callable

FIRST_S = 0.25
WATCHED_CAP_S = 0.5
UNWATCHED_CAP_S = 10.0


class Backoff:
    """Delays that double from `FIRST_S` to a cap, each shortened at random by up to a half.

    The cap is low while somebody watches, as it decides how soon a camera that came back is seen,
    and a try costs a millisecond and a connection; it is high while nobody does. `random` gives a
    number from 0 to 1.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._full_s = FIRST_S

    def next_s(self, cap_s: float = WATCHED_CAP_S) -> float:
        """The delay before the next try, in seconds."""
        full_s = min(cap_s, self._full_s)
        self._full_s = min(UNWATCHED_CAP_S, 2 * self._full_s)
        return full_s * (1 - self._random() / 2)

    def reset(self) -> None:
        """Start over: the source proved to work."""
        self._full_s = FIRST_S
