"""The clocks: the machine's, and the one that tests own."""

import time

import pytest

from streamer.clock import Clock, ManualClock, SystemClock


def test_manual_clock_stands_still() -> None:
    clock = ManualClock(wall_us=5)
    assert [clock.wall_us(), clock.wall_us(), clock.monotonic_us()] == [5, 5, 0]


def test_manual_clock_moves_both_readings() -> None:
    clock = ManualClock(wall_us=5)
    clock.advance(10)
    clock.advance(1)
    assert (clock.wall_us(), clock.monotonic_us()) == (16, 11)


def test_system_clock_reads_microseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_790_000_000_123_456_789)
    monkeypatch.setattr(time, "monotonic_ns", lambda: 7_654_321)
    clock = SystemClock()
    assert (clock.wall_us(), clock.monotonic_us()) == (1_790_000_000_123_456, 7_654)


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock()], ids=["system", "manual"])
def test_each_reads_whole_microseconds(clock: Clock) -> None:
    assert isinstance(clock.wall_us(), int)
    assert isinstance(clock.monotonic_us(), int)
