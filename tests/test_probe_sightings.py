"""What pictures come to that were seen: ages, and what was missed, repeated or unreadable."""

import pytest

from streamer.bench.probe.sightings import Sighting, Tally
from streamer.media.picture.mark import PERIOD_US, Mark

FRAME_US = 40_000
NOW_US = 1_700_000_000_000_000


def seen(index: int, age_ms: float = 30.0, sequence: int | None = None) -> Sighting:
    """Picture `index` of 25 a second, seen when it was so old."""
    made_us = NOW_US + index * FRAME_US
    number = index if sequence is None else sequence
    return Sighting(round(made_us + age_ms * 1000), Mark(made_us % PERIOD_US, number % 4096), 2000)


def tally(*sightings: Sighting, warm_up_s: float = 0.0) -> Tally:
    found = Tally(warm_up_s)
    found.add(sightings)
    return found


def test_ages_and_rate() -> None:
    found = tally(*(seen(index, 30 + index % 2 * 4) for index in range(101))).figures()
    assert (found.age.p50, found.age.p99, found.jitter_ms) == (30, 34, 4)
    assert (found.pictures, found.seconds, found.fps) == (101, 4, 25)
    assert (found.missed, found.repeated, found.unread) == (0, 0, 0)
    assert (found.longest_ms, found.work.p50) == (44, 2)


def test_what_never_came_and_what_came_again() -> None:
    found = tally(seen(0), seen(1), seen(1, 50), seen(5), seen(4, 99), seen(6)).figures()
    assert (found.pictures, found.missed, found.repeated) == (4, 3, 2)
    assert found.longest_ms == 160


def test_numbers_that_wrap_are_no_gap() -> None:
    assert tally(seen(4094), seen(4095), seen(4096), seen(4098)).figures().missed == 1


def test_a_pattern_that_began_again_is_no_gap() -> None:
    assert tally(seen(900), seen(905, sequence=0), seen(906, sequence=1)).figures().missed == 0


def test_the_warm_up_is_left_out() -> None:
    blank = Sighting(NOW_US + 5 * FRAME_US, None)
    found = tally(seen(0, 500), seen(1, 400), blank, seen(40), seen(41), warm_up_s=1)
    assert found.figures().age.max == 30
    assert (found.figures().missed, found.figures().unread) == (38, 0)
    assert found.seconds(NOW_US + 2_500_000) == pytest.approx(1.0)


def test_nothing_readable() -> None:
    found = tally(Sighting(NOW_US, None), Sighting(NOW_US + 1, None))
    assert (found.has_begun, found.without_mark, found.figures().pictures) == (False, 2, 0)
    assert found.seconds(NOW_US) == 0
    found.add([seen(0), Sighting(NOW_US + FRAME_US, None)])
    assert (found.has_begun, found.figures().unread) == (True, 1)


def test_clocks_that_are_not_in_step_are_noticed() -> None:
    assert tally(seen(0, -5), seen(1, -5)).figures().is_ahead
    assert not tally(seen(0, -0.5), seen(1, 4)).figures().is_ahead
