"""Releasing samples at the speed of their timestamps."""

from streamer.clock import ManualClock
from streamer.media.pacer import LATE_US, SLICE_US, Pacer


class Waiting:
    """A pacer whose sleep moves its clock, and what it did."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.idles = 0
        self.slept: list[float] = []
        self.pacer = Pacer(self.clock, self._sleep, self._idle)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(round(seconds * 1e6))

    def _idle(self) -> None:
        self.idles += 1

    def until(self, media_us: int) -> int:
        self.pacer.wait(media_us)
        return self.clock.monotonic_us()


def test_the_first_sample_sets_the_pace() -> None:
    waiting = Waiting()
    assert [waiting.until(us) for us in (70_000, 110_000, 150_000)] == [0, 40_000, 80_000]


def test_what_is_due_does_not_wait() -> None:
    waiting = Waiting()
    waiting.until(0)
    waiting.clock.advance(50_000)
    assert waiting.until(40_000) == 50_000
    assert waiting.until(80_000) == 80_000


def test_long_waits_show_that_we_are_alive() -> None:
    waiting = Waiting()
    waiting.until(0)
    assert waiting.until(1_100_000) == 1_100_000
    assert max(waiting.slept) <= SLICE_US / 1e6
    assert waiting.idles == len(waiting.slept) == 5


def test_a_little_lateness_is_caught_up() -> None:
    waiting = Waiting()
    waiting.until(0)
    waiting.clock.advance(LATE_US)
    assert [waiting.until(us) for us in (0, 1_000_000, 1_040_000)] == [LATE_US, LATE_US, 1_040_000]


def test_much_lateness_is_not_raced() -> None:
    waiting = Waiting()
    waiting.until(0)
    waiting.clock.advance(LATE_US + 40_001)
    begun = waiting.until(40_000)
    assert waiting.until(80_000) == begun + 40_000
