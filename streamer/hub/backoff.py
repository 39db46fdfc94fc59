"""How long to wait before a source is tried again: capped, exponential, jittered. Pure."""

from collections.abc import Callable

FIRST_S = 0.25
CAP_S = 1.6


class Backoff:
    """Delays that double from `FIRST_S` to `CAP_S`, each shortened at random by up to a half.

    The cap is low because a retry happens only while somebody watches, costs one connection, and
    decides how soon a camera that came back is seen. `random` gives a number from 0 to 1.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._full_s = FIRST_S

    def next_s(self) -> float:
        """The delay before the next try, in seconds."""
        full = self._full_s
        self._full_s = min(CAP_S, 2 * full)
        return full * (1 - self._random() / 2)

    def reset(self) -> None:
        """Start over: the source proved to work."""
        self._full_s = FIRST_S
