"""When a viewer acknowledges: as the player does (`tests/web/engine/acks.test.js`)."""

from itertools import pairwise

import pytest

from streamer.client.view.acks import FIRST_OUTPUTS, HEALTHY_US, Acks
from streamer.control import Ack

MS = 1000


def picture(
    acks: Acks, sequence: int, staleness_ms: float, now_ms: int, key: bool = False
) -> None:
    acks.received(sequence)
    acks.painted(sequence, staleness_ms, now_ms * MS)
    acks.done(sequence, key)


def settled() -> Acks:
    """Acks that are past the beginning, in which each picture is acknowledged."""
    acks = Acks()
    acks.reset(3)
    for sequence in range(20):
        picture(acks, sequence, 40, 0)
    acks.take(0, 0)
    return acks


def times(acks: Acks, until_ms: int, keyframe_every: int = 0) -> list[int]:
    """When acks were sent, of a picture every 33 ms."""
    found = []
    for number, now_ms in enumerate(range(1, until_ms, 33)):
        is_key = keyframe_every > 0 and number % keyframe_every == 0
        picture(acks, 20 + number, 40 + number % 7, now_ms, is_key)
        if acks.is_due(0, now_ms * MS):
            found.append(now_ms)
            acks.take(0, now_ms * MS)
    return found


def test_nothing_new_nothing_to_say() -> None:
    acks = Acks()
    acks.received(1)
    assert not acks.is_due(0, 1_000_000_000)


def test_each_of_the_first_pictures() -> None:
    acks = Acks()
    acks.reset(3)
    for sequence in range(FIRST_OUTPUTS):
        picture(acks, sequence, 41.27, 1 + sequence)
        assert acks.is_due(1, (1 + sequence) * MS)
        assert acks.take(1, (1 + sequence) * MS) == Ack(3, sequence, sequence, sequence, 1, 41.3)
        assert not acks.is_due(0, (1 + sequence) * MS)
    picture(acks, FIRST_OUTPUTS, 41, 30)
    assert not acks.is_due(0, 30 * MS)


def test_every_three_seconds_while_all_is_well() -> None:
    found = times(settled(), 9000)
    assert len(found) == 2
    assert found[1] - found[0] >= HEALTHY_US / MS


def test_on_a_keyframe_where_one_comes() -> None:
    found = times(settled(), 20_000, keyframe_every=60)
    late = [at for at in found if at > 7_000]
    assert len(late) >= 6
    assert all((at - 1) // 33 % 60 == 0 for at in late), late


@pytest.mark.parametrize("every", [10, 30, 40, 80])
def test_on_the_last_keyframe_before_it_is_due(every: int) -> None:
    found = times(settled(), 60_000, keyframe_every=every)
    late = [at for at in found if at > 20_000]
    assert all((at - 1) // 33 % every == 0 for at in late), late
    steps = [at - before for before, at in pairwise(late)]
    assert HEALTHY_US / MS - every * 33 - 33 < min(steps) <= max(steps) <= HEALTHY_US / MS


def test_each_once_they_come_late_and_for_a_while_after() -> None:
    acks = settled()
    for sequence, staleness_ms, now_ms in ((21, 95, 100), (22, 40, 133)):
        picture(acks, sequence, staleness_ms, now_ms)
        assert acks.is_due(0, now_ms * MS)
        acks.take(0, now_ms * MS)
    picture(acks, 23, 40, 1700)
    assert not acks.is_due(0, 1700 * MS)
    assert acks.is_due(3, 1700 * MS), "much waits"


def test_what_was_young_long_ago_is_forgotten() -> None:
    acks = settled()
    for now_s, is_late in ((11, True), (12, True), (25, False)):
        picture(acks, 2 * now_s, 200, now_s * 1000)
        acks.take(0, now_s * 1_000_000)
        picture(acks, 2 * now_s + 1, 210, now_s * 1000 + 100)
        assert acks.is_due(0, (now_s * 1000 + 100) * MS) == is_late
        acks.take(0, (now_s * 1000 + 100) * MS)


def test_an_ack_that_the_server_may_be_waiting_for() -> None:
    acks = settled()
    assert not acks.is_overdue(9_000_000)
    picture(acks, 21, 40, 10)
    assert not acks.is_overdue(3_100_000)
    assert acks.is_overdue(3_200_000)


def test_numbers_begin_anew_with_a_rendition_and_wrap() -> None:
    acks = settled()
    acks.reset(5)
    assert acks.empty() == Ack(rendition=5)
    assert not acks.is_due(0, 0)
    acks.done(0xFFFFFFFF)
    acks.done(0)
    acks.done(0xFFFFFFFE)
    assert acks.take(0, 0).decoded == 0
