"""A stream's phases, as viewers are told them."""

import pytest

from streamer.control import StateChange
from streamer.hub.state import IDLE, WAITING, Phase, State


@pytest.mark.parametrize(
    ("state", "final"),
    [
        (State(Phase.IDLE), False),
        (State(Phase.CONNECTING), False),
        (State(Phase.LIVE), False),
        (State(Phase.OFFLINE, "Gone.", 5), False),
        (State(Phase.OFFLINE, "Gone."), True),
        (State(Phase.ENDED), True),
        (WAITING, False),
        (IDLE, False),
    ],
)
def test_what_is_final(state: State, final: bool) -> None:
    assert state.is_final is final


@pytest.mark.parametrize(
    ("now_us", "left_ms"), [(0, 2000), (500_000, 1500), (1_999_500, 0), (9_000_000, 0)]
)
def test_the_next_try_is_counted_down(now_us: int, left_ms: int) -> None:
    state = State(Phase.OFFLINE, "Gone.", 2_000_000)
    assert state.message(now_us) == StateChange("offline", "Gone.", left_ms)


def test_no_try_is_no_number() -> None:
    assert State(Phase.LIVE).message(7) == StateChange("live", None, None)
