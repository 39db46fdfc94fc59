"""Pictures as they were seen, and the figures that they come to. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from streamer.bench.latency.spread import Spread, jitter, spread
from streamer.media.picture.mark import SEQUENCES, Mark, age_us

_AHEAD_US = 1_000


@dataclass(frozen=True, slots=True)
class Sighting:
    """One picture and when it was seen, by this machine's wall clock.

    `mark` is None where none could be read. `worked_us` is how long decoding and reading took,
    None where that is not known.
    """

    at_us: int
    mark: Mark | None
    worked_us: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the pictures come to: ages in ms, counts, and how evenly they came.

    `missed` never came; `repeated` came again, or after a later one; `unread` bore no mark that
    could be read. `longest_ms` is the longest time without a new picture, `work` the time that
    decoding took, in ms.
    """

    age: Spread
    jitter_ms: float
    pictures: int
    seconds: float
    fps: float
    missed: int
    repeated: int
    unread: int
    longest_ms: float
    work: Spread

    @property
    def is_ahead(self) -> bool:
        """Whether pictures came before they were made: the clocks are not in step."""
        return self.age.p50 * 1000 < -_AHEAD_US


class Tally:
    """Takes sightings in order, and leaves out those of the first `warm_up_s` after the first."""

    def __init__(self, warm_up_s: float) -> None:
        self._warm_up_us = round(warm_up_s * 1e6)
        self._begins_us: int | None = None
        self._last: Mark | None = None
        self._new: list[tuple[int, int]] = []
        self._work: list[int] = []
        self._missed = self._repeated = self._unread = 0
        self.without_mark = 0

    @property
    def has_begun(self) -> bool:
        """Whether any mark was read."""
        return self._begins_us is not None

    def seconds(self, now_us: int) -> float:
        """For how long it has measured by now, the warm-up left out."""
        return 0.0 if self._begins_us is None else max(0, now_us - self._begins_us) / 1e6

    @property
    def ages_ms(self) -> list[float]:
        """The age of each new picture when it was seen."""
        return [age / 1000 for _, age in self._new]

    def add(self, sightings: Iterable[Sighting]) -> None:
        """Take what was seen."""
        for each in sightings:
            if each.mark is None:
                self.without_mark += 1
            elif self._begins_us is None:
                self._begins_us = each.at_us + self._warm_up_us
            if self._begins_us is not None and each.at_us >= self._begins_us:
                self._count(each)
            elif each.mark is not None:
                self._last = each.mark

    def _count(self, seen: Sighting) -> None:
        if seen.worked_us is not None:
            self._work.append(seen.worked_us)
        if seen.mark is None:
            self._unread += 1
            return
        step = _step(self._last, seen.mark)
        if step <= 0:
            self._repeated += 1
            return
        self._missed += step - 1
        self._last = seen.mark
        self._new.append((seen.at_us, age_us(seen.mark, seen.at_us)))

    def figures(self) -> Figures:
        """What all came to so far."""
        times = [at_us for at_us, _ in self._new]
        lasted_us = times[-1] - times[0] if times else 0
        steps = [later - earlier for earlier, later in pairwise(times)]
        return Figures(
            age=spread(self.ages_ms),
            jitter_ms=jitter(self.ages_ms),
            pictures=len(times),
            seconds=lasted_us / 1e6,
            fps=len(steps) * 1e6 / lasted_us if lasted_us else 0.0,
            missed=self._missed,
            repeated=self._repeated,
            unread=self._unread,
            longest_ms=max(steps, default=0) / 1000,
            work=spread([us / 1000 for us in self._work]),
        )


def _step(last: Mark | None, mark: Mark) -> int:
    """How many pictures `mark` is after `last`: 1 for the next, not above 0 for none that is new.

    A pattern that started again counts from 0; its time tells.
    """
    if last is None:
        return 1
    if age_us(last, mark.time_us) <= 0:
        return 0
    step = (mark.sequence - last.sequence) % SEQUENCES
    return step if 0 < step < SEQUENCES // 2 else 1
