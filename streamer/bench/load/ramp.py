"""The largest number of viewers with which all is well: by doubling, then by halving. Pure.

Whatever else happens on a machine makes things worse, never better. So a number of which all was
well once is carried, and one of which it was not is tried again, unless it went badly for long.
"""

from collections.abc import Callable
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
    """The largest number with which all was well; `is_limit` if more is known not to go well."""

    viewers: int
    is_limit: bool


def search(judge: Callable[[int], Verdict], first: int, most: int) -> Found:
    """Look for it, from `first` on and never beyond `most`, to 5 %."""
    good, bad, count = 0, None, min(first, most)
    while True:
        verdict = _judge(judge, count)
        if verdict is Verdict.WELL:
            good = count
        elif verdict is Verdict.UNKNOWN:
            return Found(good, is_limit=False)
        else:
            bad = count
        if good == most:
            return Found(good, is_limit=False)
        if bad is not None and bad - good <= max(1, _CLOSE * good):
            return Found(good, is_limit=True)
        count = min(2 * good, most) if bad is None else (good + bad) // 2


def _judge(judge: Callable[[int], Verdict], count: int) -> Verdict:
    for _ in range(_TRIES):
        verdict = judge(count)
        if verdict is not Verdict.BADLY:
            return verdict
    return Verdict.BADLY
