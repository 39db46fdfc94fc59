"""What is fed from a file, and what only looks like it."""

import pytest

from streamer.clock import ManualClock
from streamer.media.ingest.pace import Pace


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def pictures(pace: Pace, clock: ManualClock, seconds: int, speed: float) -> int:
    """The second in which a pace of so many times the speed of life counts as a file; or -1."""
    for second in range(seconds):
        if pace.is_file(round(second * speed * 1e6)):
            return second
        clock.advance(1_000_000)
    return -1


def test_what_is_faster_than_life_is_a_file(clock: ManualClock) -> None:
    assert pictures(Pace(clock, was_live=False), clock, 5, speed=10) == 1
    slow = Pace(clock, was_live=False)
    assert pictures(slow, clock, 60, speed=1.1) == 31
    assert not slow.is_live


def test_a_file_stays_one(clock: ManualClock) -> None:
    pace = Pace(clock, was_live=False)
    assert pace.is_file(3_000_001)
    clock.advance(120_000_000)
    assert pace.is_file(3_000_002)
    assert not pace.is_live


def test_what_keeps_to_life_is_live_and_its_clock_may_be_fast(clock: ManualClock) -> None:
    pace = Pace(clock, was_live=False)
    assert not pace.is_file(2_900_000)  # what its sender had kept
    assert not pace.is_live
    assert pictures(pace, clock, 36_000, speed=1.001) == -1  # 36 s ahead after ten hours
    assert pace.is_live


def test_a_silence_makes_no_file(clock: ManualClock) -> None:
    pace = Pace(clock, was_live=False)
    assert not pace.is_file(0)
    clock.advance(20_000_000)
    assert not pace.is_live  # as far as one picture shows
    assert not pace.is_file(20_000_000)
    assert pace.is_live


def test_what_was_live_may_catch_up(clock: ManualClock) -> None:
    pace = Pace(clock, was_live=True)
    assert pace.is_live
    assert not pace.is_file(20_000_000)
    assert pace.is_live
