"""Whose turn it is, and whether a round leaves any hope."""

from dataclasses import replace

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
    assert each.pass_on(FAILED, retryable=True, now_us=0)
    assert each.source == SECOND
    assert not each.pass_on(FAILED, retryable=True, now_us=0)
    assert each.source == FIRST


def test_what_did_not_fail_begins_with_the_first() -> None:
    each = turns()
    each.pass_on(FAILED, retryable=True, now_us=0)
    assert not each.pass_on(State(Phase.IDLE), retryable=True, now_us=0)
    assert each.source == FIRST
    assert not each.has_hope
    assert not each.take_hope(retryable=False)


def test_a_fallback_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    each = turns()
    for _ in range(6):
        each.pass_on(FAILED, retryable=True, now_us=0)
    assert caplog.text.count("event=fallback") == 1
    each.proved()
    each.pass_on(FAILED, retryable=True, now_us=0)
    assert caplog.text.count("event=fallback") == 2


def test_one_source_that_may_come_back_is_hope_for_one_round() -> None:
    each = turns()
    each.pass_on(FAILED, retryable=True, now_us=0)
    each.pass_on(FAILED, retryable=False, now_us=0)
    assert [each.take_hope(retryable=False) for _ in range(2)] == [True, False]


def test_the_first_that_may_come_back_is_what_is_missing() -> None:
    each = turns()
    each.pass_on(State(Phase.OFFLINE, "The camera is away."), retryable=True, now_us=0)
    assert each.has_hope
    assert each.missing == State(Phase.OFFLINE, "The camera is away.")


def test_one_that_no_retry_can_help_is_not_missing() -> None:
    each = turns()
    each.pass_on(FAILED, retryable=False, now_us=0)
    assert not each.has_hope


def test_one_that_is_passed_over_may_come_back() -> None:
    each = turns()
    each.rest(60)
    each.pass_on(FAILED, retryable=True, now_us=0)
    each.pass_on(State(Phase.IDLE), retryable=True, now_us=1)
    each.begin(1)
    assert each.missing == FAILED
    assert each.take_hope(retryable=False)


def test_those_that_are_missed_are_before_the_one_whose_turn_it_is() -> None:
    third = SourceSpec(parse("rtsp://third/"))
    each = Turns(StreamSpec("cam", FIRST, fallbacks=(SECOND, third)))
    for _ in range(2):
        each.pass_on(FAILED, retryable=True, now_us=0)
    assert each.missed(0) == ((0, FIRST), (1, SECOND))
    each.rest(60, 0)
    assert (each.missed(59), each.missed(60)) == (((1, SECOND),), ((0, FIRST), (1, SECOND)))
    each.go_back(1)
    assert (each.source, each.missed(60)) == (SECOND, ((0, FIRST),))
    each.give_up(0)
    assert (each.missed(60), each.has_hope) == ((), False)


def test_one_that_rests_is_passed_over_while_there_are_others() -> None:
    each = turns()
    each.rest(60)
    assert each.pass_on(FAILED, retryable=True, now_us=0)
    # The next try begins with the first: when nobody watched, or the fallback failed.
    for now_us, begins in ((1, SECOND), (59, SECOND), (60, FIRST)):
        each.pass_on(State(Phase.IDLE), retryable=True, now_us=now_us)
        assert each.coming(now_us) == begins
        each.begin(now_us)
        assert each.source == begins


def test_where_all_rest_they_keep_their_turns() -> None:
    each = turns()
    each.rest(60)
    assert each.pass_on(FAILED, retryable=True, now_us=0)
    each.rest(70)
    assert not each.pass_on(FAILED, retryable=True, now_us=10)
    each.begin(10)
    assert each.source == FIRST


def test_a_fallback_that_rests_is_not_gone_on_to() -> None:
    each = turns()
    each.pass_on(FAILED, retryable=True, now_us=0)
    each.rest(60)
    assert not each.pass_on(FAILED, retryable=True, now_us=0)
    each.begin(1)
    assert each.source == FIRST
    assert not each.pass_on(FAILED, retryable=True, now_us=1)


def test_what_was_live_is_remembered_of_each_source() -> None:
    each = turns()
    each.pass_on(FAILED, retryable=True, now_us=0)
    each.prove_live(True)
    assert each.source == replace(SECOND, was_live=True)
    each.pass_on(FAILED, retryable=True, now_us=0)
    assert each.source == each.coming(now_us=0) == FIRST
    each.pass_on(FAILED, retryable=True, now_us=0)
    each.prove_live(False)
    assert each.source == SECOND
