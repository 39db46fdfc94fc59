"""How long a source may keep its reader waiting, whatever it connects to meanwhile."""

import pytest

from streamer.clock import ManualClock
from streamer.media.ingest.patience import Patience


def test_it_ends_so_long_after_the_last_beginning() -> None:
    clock = ManualClock()
    patience = Patience(clock, 3.0)
    clock.advance(2_900_000)
    assert not patience.is_over
    patience.begin()
    clock.advance(2_900_000)
    assert not patience.is_over
    clock.advance(100_000)
    assert patience.is_over


@pytest.mark.parametrize(
    ("waited_s", "timeout_s", "bound_s"), [(0, 5, 3), (0, 1, 1), (2.5, 5, 0.5), (9, 5, 0.1)]
)
def test_no_timeout_is_longer_than_what_is_left(
    waited_s: float, timeout_s: float, bound_s: float
) -> None:
    clock = ManualClock()
    patience = Patience(clock, 3.0)
    clock.advance(round(waited_s * 1e6))
    assert patience.bound(timeout_s) == pytest.approx(bound_s)
