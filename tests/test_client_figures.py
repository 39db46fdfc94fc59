"""Figures of the last seconds."""

import pytest

from streamer.client.view.figures import Figures, quantile

S = 1_000_000


def test_rates_are_of_the_last_two_seconds() -> None:
    figures = Figures()
    for number in range(300):
        now_us = number * S // 30
        figures.arrived(1000, now_us)
        figures.showed(20 + number % 10, now_us)
    assert figures.fps(10 * S) == pytest.approx(30, abs=1)
    assert figures.bitrate_bps(10 * S) == pytest.approx(240_000, rel=0.05)
    assert (figures.received, figures.received_bytes, figures.shown) == (300, 300_000, 300)
    assert figures.fps(13 * S) == 0


def test_a_beginning_is_not_taken_for_a_slow_stream() -> None:
    figures = Figures()
    assert (figures.fps(9 * S), figures.bitrate_bps(9 * S)) == (0, 0)
    for number in range(15):
        figures.arrived(1000, 10 * S + number * S // 30)
        figures.showed(20, 10 * S + number * S // 30)
    assert figures.fps(10 * S + S // 2) == pytest.approx(30, abs=1)


def test_pictures_whose_age_tells_nothing_count_as_pictures_alone() -> None:
    figures = Figures()
    for number in range(60):
        figures.arrived(1000, number * S // 30)
        figures.showed(None if number < 30 else 20, number * S // 30)
    assert figures.staleness_ms(0.95, 2 * S) == 20
    assert figures.staleness_ms(0, 2 * S) == 20
    assert figures.fps(2 * S) == pytest.approx(30, abs=1)


def test_rates_leave_out_the_group_that_was_joined_in_its_middle() -> None:
    figures = Figures()
    for _ in range(60):
        figures.arrived(1000, 0, is_of_before=True)
        figures.showed(None, 0, is_of_before=True)
    assert (figures.fps(0), figures.bitrate_bps(0)) == (0, 0)
    for number in range(31):
        figures.arrived(1000, number * S // 30)
        figures.showed(20, number * S // 30)
    assert figures.fps(S) == pytest.approx(30, abs=1)
    assert figures.bitrate_bps(S) == pytest.approx(240_000, rel=0.05)
    assert (figures.received, figures.shown) == (91, 91)


def test_staleness_is_of_the_last_ten_seconds() -> None:
    figures = Figures()
    figures.showed(5000, 0)
    assert figures.staleness_ms(0.5, 0) == 5000
    for number in range(100):
        figures.showed(number, 11 * S)
    assert figures.staleness_ms(0.5, 11 * S) == 50
    assert figures.staleness_ms(0.95, 11 * S) == 95
    assert figures.staleness_ms(0.95, 22 * S) is None


def test_quantiles_of_few() -> None:
    assert quantile([], 0.5) is None
    assert quantile([3], 1.0) == 3
