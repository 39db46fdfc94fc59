import pytest

from streamer.hub.delivery.ladder import (
    BETTER_WAIT_US,
    FAILED_WITHIN_US,
    FIRST_SETTLE_US,
    FIRST_WAIT_US,
    MAX_WAIT_US,
    SETTLE_US,
    Ladder,
    Rung,
    estimate,
    measured,
    renditions_below,
)
from streamer.rendition import Rendition, parse

BOUND_US = 500_000
S = 1_000_000
RUNGS = tuple(
    Rung(parse(name), rate, picture)
    for name, rate, picture in (
        ("h264", 500_000, 80_000),
        ("h264-480", 200_000, 30_000),
        ("h264-360", 100_000, 15_000),
        ("h264-180-r8", 10_000, 3_000),
    )
)


def settled(rung: int, rate: float) -> Ladder:
    """A ladder whose viewer has moved down to `rung` at time 1 s."""
    ladder = Ladder(0)
    ladder.rung = rung - 1
    assert ladder.behind(RUNGS, rate, BOUND_US, S) == rung
    return ladder


def easy_until(ladder: Ladder, rate: float, start_us: int, end_us: int) -> int | None:
    """When the viewer is moved up, if nothing waits meanwhile."""
    for now_us in range(start_us, end_us, 250_000):
        if ladder.easy(RUNGS, rate, BOUND_US, now_us) is not None:
            return now_us
    return None


def test_rungs_are_below_the_top_and_the_source() -> None:
    names = [str(each) for each in renditions_below(Rendition(parse("copy").format), 720, True)]
    assert names == ["h264-480", "h264-360", "h264-240-r15", "h264-180-r8"]
    assert [str(each) for each in renditions_below(parse("h264"), 360, True)] == names[2:]
    jpegs = renditions_below(parse("copy"), 720, False)
    assert {each.format for each in jpegs} == {parse("jpeg").format}
    assert [str(each) for each in renditions_below(parse("jpeg-180"), 720, True)] == [
        "jpeg-120-q25"
    ]


def test_no_rung_has_more_pictures_or_better_ones_than_the_top() -> None:
    for top, below in (
        ("jpeg-240-r5", ["jpeg-180-r5-q35", "jpeg-120-r5-q25"]),
        ("jpeg-240-q30", ["jpeg-180-q30", "jpeg-120-q25"]),
        ("h264-360-r5", ["h264-240-r5", "h264-180-r5"]),
        ("h264-360-r10", ["h264-240-r10", "h264-180-r8"]),
    ):
        rungs = renditions_below(parse(top), 720, True)
        assert [str(each) for each in rungs] == below
        like = measured(parse(top), 60_000, 9_000)
        costs = [estimate(each, like, 240, 30.0).rate for each in rungs]
        assert 60_000 > costs[0] > costs[1]


def test_few_pictures_cost_as_much_as_those_they_are_compared_to() -> None:
    like = measured(parse("jpeg-240-r5"), 60_000, 9_000)
    assert estimate(like.rendition, like, 240, 30.0) == like
    full = estimate(parse("jpeg-240"), like, 240, 30.0)
    assert full.rate == pytest.approx(6 * like.rate)


def test_straight_down_to_what_fits() -> None:
    ladder = Ladder(0)
    assert ladder.behind(RUNGS, 130_000, BOUND_US, FIRST_SETTLE_US) == 2
    assert ladder.rung == 2


def test_the_lowest_rung_is_for_whoever_fits_nowhere() -> None:
    ladder = Ladder(0)
    assert ladder.behind(RUNGS, 1, BOUND_US, S) == 3
    assert ladder.behind(RUNGS, 1, BOUND_US, 100 * S) is None


def test_a_keyframe_must_pass_in_time_too() -> None:
    slow = Rung(parse("h264"), 1_000, 40_000)
    assert slow.fits(200_000, BOUND_US, 0.8)
    assert not slow.fits(100_000, BOUND_US, 0.8)


def test_after_a_move_it_settles_first() -> None:
    ladder = Ladder(0)
    assert ladder.behind(RUNGS, 130_000, BOUND_US, FIRST_SETTLE_US - 1) is None
    assert ladder.behind(RUNGS, 300_000, BOUND_US, S) == 1
    assert ladder.behind(RUNGS, 130_000, BOUND_US, S + SETTLE_US - 1) is None
    assert ladder.behind(RUNGS, 130_000, BOUND_US, S + SETTLE_US) == 2


def test_up_as_far_as_the_link_carries_after_a_wait() -> None:
    ladder = settled(3, 90_000)
    climbed_us = easy_until(ladder, 170_000, S, 60 * S)
    assert climbed_us is not None
    assert FIRST_WAIT_US <= climbed_us - S - SETTLE_US <= FIRST_WAIT_US + 250_000
    assert ladder.rung == 2


def test_much_more_room_shortens_the_wait() -> None:
    ladder = settled(3, 20_000)
    climbed_us = easy_until(ladder, 2_000_000, S, 60 * S)
    assert climbed_us is not None
    assert climbed_us - S - SETTLE_US <= BETTER_WAIT_US + 250_000
    assert ladder.rung == 0


def test_no_climb_on_a_link_that_carries_no_more() -> None:
    ladder = settled(2, 130_000)
    assert easy_until(ladder, 135_000, S, 300 * S) is None


def test_one_step_on_a_link_that_carries_more_than_it_shows() -> None:
    ladder = settled(2, 130_000)
    assert easy_until(ladder, 200_000, S, 60 * S) is not None
    assert ladder.rung == 1


def test_no_step_on_which_all_that_is_known_of_the_link_would_not_do() -> None:
    ladder = settled(3, 20_000)
    assert easy_until(ladder, 95_000, S, 300 * S) is None, "`h264-360` takes 100,000"


def test_a_climb_that_fails_doubles_the_wait() -> None:
    ladder = settled(3, 90_000)
    waits, now_us = [], S
    for _ in range(7):
        climbed_us = easy_until(ladder, 170_000, now_us, now_us + 200 * S)
        assert climbed_us is not None
        waits.append(climbed_us - now_us)
        ladder.arrive(climbed_us)
        now_us = climbed_us + SETTLE_US
        assert ladder.behind(RUNGS, 90_000, BOUND_US, now_us) == 3
    assert waits == sorted(waits)
    assert waits[1] >= 2 * FIRST_WAIT_US
    assert waits[-1] >= MAX_WAIT_US


def test_a_climb_fails_within_a_while_of_its_keyframe() -> None:
    """Which may be long in coming: until then nothing more is sent than before."""
    ladder = settled(3, 90_000)
    climbed_us = easy_until(ladder, 170_000, S, 60 * S)
    assert climbed_us is not None
    arrived_us = climbed_us + 3 * FAILED_WITHIN_US
    assert easy_until(ladder, 170_000, climbed_us, arrived_us) is None
    ladder.arrive(arrived_us)
    ladder.settle(arrived_us)
    assert ladder.behind(RUNGS, 90_000, BOUND_US, arrived_us + SETTLE_US - 1) is None
    assert ladder.behind(RUNGS, 90_000, BOUND_US, arrived_us + SETTLE_US) == 3
    assert ladder._wait_us == 2 * FIRST_WAIT_US


def test_a_climb_that_holds_resets_the_wait() -> None:
    ladder = settled(3, 90_000)
    ladder._wait_us = MAX_WAIT_US
    first_us = easy_until(ladder, 170_000, S, 100 * S)
    assert first_us is not None
    ladder.arrive(first_us)
    easy_until(ladder, 170_000, first_us, first_us + 3 * FAILED_WITHIN_US)
    assert ladder._wait_us == FIRST_WAIT_US


def test_lateness_starts_the_wait_anew() -> None:
    ladder = settled(3, 90_000)
    assert easy_until(ladder, 170_000, S, 5 * S) is None
    ladder.behind(RUNGS, 90_000, BOUND_US, 5 * S)
    assert easy_until(ladder, 170_000, 5 * S, 5 * S + FIRST_WAIT_US) is None


@pytest.mark.parametrize("name", ["h264-480", "h264-240-r15", "jpeg-480", "jpeg-180-q35"])
def test_estimates_shrink_with_the_picture(name: str) -> None:
    top = Rung(parse("copy"), 500_000, 80_000)
    found = estimate(parse(name), top, 720, 30.0)
    assert 0 < found.rate < top.rate * 0.7
    assert 0 < found.picture < top.picture * 0.7


def test_estimates_know_the_limit_of_our_encoder() -> None:
    noisy = Rung(parse("copy"), 5_000_000, 800_000)
    assert estimate(parse("h264-180-r8"), noisy, 720, 30.0).rate <= 67_000 / 8


def test_jpegs_may_lose_some() -> None:
    assert measured(parse("jpeg"), 100, 10).rate == 80
    assert measured(parse("h264"), 100, 10).rate == 100
