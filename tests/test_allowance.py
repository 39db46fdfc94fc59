"""How much one viewer may ask: what is counted, and what becomes of too much."""

import pytest

from streamer.clock import ManualClock
from streamer.errors import TooManyMessages
from streamer.server.allowance import (
    MESSAGES_AT_ONCE,
    MESSAGES_PER_S,
    TOGETHER,
    WISHES_AT_ONCE,
    WISHES_PER_S,
    Allowance,
    Bucket,
)


def test_a_bucket_fills_at_its_rate_and_not_over_its_brim() -> None:
    clock = ManualClock()
    bucket = Bucket(10.0, 4.0, clock.monotonic_us)
    assert [bucket.take() for _ in range(5)] == [True] * 4 + [False]
    clock.advance(99_000)
    assert not bucket.take()
    clock.advance(1_000)
    assert bucket.take()
    clock.advance(60_000_000)
    assert bucket.take(4.0)
    assert not bucket.take()


def test_a_player_at_120_pictures_a_second_is_never_refused() -> None:
    clock = ManualClock()
    allowance = Allowance(clock.monotonic_us)
    for _ in range(60 * 120):
        allowance.hear(120)
        clock.advance(8_333)


def hear_together(allowance: Allowance, size: int) -> None:
    for _ in range(TOGETHER):
        allowance.hear(size)


@pytest.mark.parametrize(("size", "cost"), [(100, 1), (65_000, 64)])
def test_messages_without_end_are_too_many_and_long_ones_sooner(size: int, cost: int) -> None:
    allowance = Allowance(ManualClock().monotonic_us)
    for _ in range(int(MESSAGES_AT_ONCE) // cost):
        allowance.hear(size)
    with pytest.raises(TooManyMessages, match=f"More than {MESSAGES_PER_S:g} messages a second"):
        hear_together(allowance, size)


def test_wishes_without_end_are_too_many() -> None:
    allowance = Allowance(ManualClock().monotonic_us)
    for _ in range(int(WISHES_AT_ONCE)):
        allowance.wish()
    assert allowance.may_seek(), "that is counted apart, as whoever drags wishes for much"
    with pytest.raises(TooManyMessages, match=f"More than {WISHES_PER_S:g} wishes a second"):
        allowance.wish()
