"""The sound of the test pattern."""

from array import array

import pytest

from streamer.media.sound.beep import BLOCK, RATE, Beeps, block


def loud(first: int, period_us: int) -> list[int]:
    samples = array("h", block(first, period_us))
    return [first + at for at, value in enumerate(samples) if value]


def test_each_period_begins_with_a_beep() -> None:
    heard = [at for first in range(0, 3 * RATE, BLOCK) for at in loud(first, 1_000_000)]
    for onset in (0, RATE, 2 * RATE):
        beep = [at for at in heard if onset <= at < onset + RATE]
        assert onset < beep[0] < onset + 3
        assert 4_700 < beep[-1] - onset < 4_800


def test_a_period_that_blocks_do_not_fit_into() -> None:
    heard = [at for first in range(0, 3 * RATE, BLOCK) for at in loud(first, 999_990)]
    assert min(at for at in heard if at > RATE) == pytest.approx(47_999, abs=96)
    second = [at for at in heard if 10_000 < at < 60_000]
    assert second[0] - 1 == pytest.approx(999_990 * RATE / 1e6, abs=1)


def test_what_was_not_asked_for_is_left_out() -> None:
    beeps = Beeps(1_000_000)
    assert [each.pts_us for each in beeps.until(40_000, 5)] == [0, 20_000]
    assert [each.captured_us for each in beeps.until(50_000, 5)] == [40_005]
    assert [each.pts_us for each in beeps.until(9_000_000, 5)] == [8_980_000]
