"""Whose turn it is, and whether a round leaves any hope."""

import pytest

from streamer.address import SourceSpec
from streamer.hub.spec import StreamSpec
from streamer.hub.state import Phase, State
from streamer.hub.supply.turns import Turns
from streamer.parsing import parse

FAILED = State(Phase.OFFLINE, "No answer.")
FIRST, SECOND = (SourceSpec(parse(f"rtsp://{name}/")) for name in ("first", "second"))


def turns() -> Turns:
    published = SourceSpec(parse("publish:"))
    return Turns(StreamSpec("cam", FIRST, fallbacks=(published, SECOND)))


def test_the_sources_that_are_pulled_have_their_turns() -> None:
    each = turns()
    assert each.source == FIRST
    assert each.pass_on(FAILED, retryable=True)
    assert each.source == SECOND
    assert not each.pass_on(FAILED, retryable=True)
    assert each.source == FIRST


def test_what_did_not_fail_begins_with_the_first() -> None:
    each = turns()
    each.pass_on(FAILED, retryable=True)
    assert not each.pass_on(State(Phase.ENDED), retryable=True)
    assert each.source == FIRST
    assert not each.take_hope(retryable=False)


def test_a_fallback_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    each = turns()
    for _ in range(6):
        each.pass_on(FAILED, retryable=True)
    assert caplog.text.count("event=fallback") == 1
    each.proved()
    each.pass_on(FAILED, retryable=True)
    assert caplog.text.count("event=fallback") == 2


def test_one_source_that_may_come_back_is_hope_for_one_round() -> None:
    each = turns()
    each.pass_on(FAILED, retryable=True)
    each.pass_on(FAILED, retryable=False)
    assert [each.take_hope(retryable=False) for _ in range(2)] == [True, False]
