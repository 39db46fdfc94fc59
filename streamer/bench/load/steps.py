"""The steps of a ramp: so many viewers, and as soon as it can be told, how that goes.

Viewers come quickly while the server has room. When it shows strain, as pictures are late or many
viewers have been moved to a cheaper rendition, nobody comes until all is well again, and then they
come at half the pace; if it does not become well before long, so many are too many. Of those that
were moved a few may take a minute to come back, though nothing ails the server; others take their
place. Fewer are had by letting some go, those that were moved first.
"""

from collections.abc import Callable
from typing import Protocol

from streamer.bench.load.outcome import Outcome, Second
from streamer.bench.load.ramp import Verdict

_TURN_S = 1.0
_PATIENCE, _MOST_TURNS = 6, 24  # without fewer being unwell, and in all
_RENEW_EVERY = 3  # turns
_SLOW_S = 5.0  # for what should take one
_LEAST_JOINS = 25.0
_STRAINED = 0.05  # of the viewers were moved
_NEWCOMERS = 4  # times as many: what these are sent of the group so far weighs little then


class Crowd(Protocol):
    """The viewers (`Fleet`)."""

    count: int

    def join(self, many: int, per_s: float) -> None:
        """Let more watch, one after the other."""

    def shrink(self, count: int) -> None:
        """Let some go, until there are `count`."""

    def renew(self) -> None:
        """Let others take the place of those that were moved or are gone."""


Look = Callable[[str, float], Second]


class Steps:
    """Goes from one number of viewers to the next.

    `look` waits so long, and tells what came since the last look; its words say what goes on.
    `outcome` is what came out last, for how many.
    """

    def __init__(
        self, crowd: Crowd, look: Look, budget_ms: float, seconds: float, joins_per_s: float
    ) -> None:
        self._crowd = crowd
        self._look = look
        self._budget_ms = budget_ms
        self._turns = max(1, round(seconds / _TURN_S))
        self._joins_per_s = joins_per_s
        self.outcome = Outcome(0, ())

    def judge(self, viewers: int) -> Verdict:
        """Let so many watch, or as many as may come, and say how that goes."""
        if viewers < self._crowd.count:
            self._crowd.shrink(viewers)
            self._look("settling", 0.0)
        if self._reach(viewers) and self._settles():
            return self._measure()
        return Verdict.UNKNOWN if self.outcome.is_limited_here else Verdict.HOPELESS

    def _measure(self) -> Verdict:
        self._note(*[self._look("", _TURN_S) for _ in range(self._turns)])
        if self.outcome.stays_within(self._budget_ms):
            return Verdict.WELL
        return Verdict.UNKNOWN if self.outcome.is_limited_here else Verdict.BADLY

    def _reach(self, viewers: int) -> bool:
        """Whether all may come, and any strain passes."""
        crowd = self._crowd
        while crowd.count < viewers:
            many = min(max(1, round(self._joins_per_s * _TURN_S)), viewers - crowd.count)
            crowd.join(many, self._joins_per_s)
            self._note(second := self._look("opening", 0.0))
            if self._is_strained(second, many):
                if not self._settles():
                    return False
                self._joins_per_s = max(_LEAST_JOINS, self._joins_per_s / 2)
        return True

    def _settles(self) -> bool:
        """Whether a turn passes before long in which all is well."""
        least, least_turn = self._crowd.count + 1, 0
        for turn in range(1, _MOST_TURNS + 1):
            self._note(self._look("settling", _TURN_S))
            if self.outcome.stays_within(self._budget_ms):
                return True
            unwell = self.outcome.moved + self.outcome.lost
            if unwell < least:
                least, least_turn = unwell, turn
            elif turn - least_turn >= _PATIENCE:
                return False
            if turn % _RENEW_EVERY == 0:
                self._renew(unwell)
        return False

    def _renew(self, unwell: int) -> None:
        """Replace them where they are few."""
        if 0 < unwell <= _STRAINED * self._crowd.count:
            self._crowd.renew()
            self._look("settling", 0.0)  # who comes is sent what is old

    def _note(self, *seconds: Second) -> None:
        self.outcome = Outcome(self._crowd.count, seconds)

    def _is_strained(self, second: Second, came: int) -> bool:
        """Whether the server is behind, though some of what comes is old as so many have come."""
        taken, count = second.taken, self._crowd.count
        is_old = taken.ages.percentile_ms(0.5) > self._budget_ms and count > _NEWCOMERS * came
        is_moved = taken.moved > _STRAINED * count
        return second.lasted_s > _SLOW_S or is_old or is_moved or taken.lost > 0
