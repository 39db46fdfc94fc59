from itertools import pairwise

from streamer.hub.delivery.pacing import (
    DRAIN_EVERY_US,
    HEALTHY_ACK_US,
    MARGIN_US,
    QUEUE_US,
    START_BYTES,
    TRIAL_US,
    TRY_AGAIN_US,
    Extreme,
    Pacing,
)

MS = 1000
BOUND_US = 500 * MS


def healthy(way_us: int = 20 * MS) -> Pacing:
    """A pacing whose viewer has acknowledged a few messages that took `way_us`."""
    pacing = Pacing(BOUND_US)
    for key in range(4):
        pacing.sent(key, 200, key * 100 * MS)
        pacing.acked(key, key * 100 * MS + way_us, decoded=False)
    return pacing


def test_extremes_are_forgotten_after_two_windows() -> None:
    least = Extreme(1000)
    assert not least.is_known
    assert least.value == 0
    for now_us, value, expected in ((0, 5, 5), (500, 9, 5), (1600, 8, 5), (2800, 7, 7)):
        least.add(value, now_us)
        assert least.value == expected
    most = Extreme(1000, -1)
    for now_us, value, expected in ((0, 5, 5), (500, 9, 9), (1600, 3, 9), (2800, 4, 4)):
        most.add(value, now_us)
        assert most.value == expected


def test_a_new_viewer_gets_no_more_than_a_start() -> None:
    pacing = Pacing(BOUND_US)
    pacing.sent(0, 100_000, 0)
    assert not pacing.may_send(1, 1)
    assert not pacing.is_easy(1, 1)
    small = Pacing(BOUND_US)
    small.sent(0, START_BYTES - 10, 0)
    assert small.may_send(10, 1)
    assert not small.may_send(11, 1)


def test_who_never_acknowledges_is_bound_by_its_port_alone() -> None:
    pacing = Pacing(BOUND_US)
    for key in range(1000):
        pacing.sent(key, 100_000, key)
    assert not pacing.may_send(1, TRIAL_US)
    assert pacing.may_send(1, TRIAL_US + 1)
    assert pacing.flying <= 512


def test_the_way_is_the_shortest_delay() -> None:
    pacing = healthy(20 * MS)
    assert pacing.base_us == 20 * MS
    assert pacing.queueing_us == 0
    pacing.sent(9, 1000, 1_000 * MS)
    pacing.acked(9, 1_070 * MS)
    assert pacing.base_us == 20 * MS
    assert pacing.queueing_us == 50 * MS
    assert not pacing.is_behind


def test_credit_covers_a_second_of_a_healthy_viewer() -> None:
    """A viewer that is well acknowledges once a second; until then nothing may hold."""
    pacing = healthy()
    now_us, key = 1_000 * MS, 10
    for _ in range(5):
        for _ in range(30):
            assert pacing.is_easy(50_000, now_us), key
            pacing.sent(key, 50_000, now_us)
            now_us += 33 * MS
            key += 1
            if key < 16:
                pacing.acked(key - 1, now_us)
        pacing.acked(key - 1, now_us)


def test_what_waits_takes_the_credit_away() -> None:
    pacing = healthy()
    for key in range(10, 40):
        pacing.sent(key, 10_000, 1_000 * MS)
    for key in range(10, 40):
        pacing.acked(key, 1_020 * MS + (key - 9) * 100 * MS)  # 100 KB/s
    assert pacing.is_behind
    assert pacing.rate is not None
    assert 90_000 < pacing.rate < 110_000
    pacing.sent(50, 5_000, 5_000 * MS)
    assert pacing.may_send(4_000, 5_000 * MS)
    assert not pacing.may_send(8_000, 5_000 * MS)
    assert not pacing.is_easy(1, 5_000 * MS)


def test_a_large_message_tells_the_rate_by_what_it_takes_longer() -> None:
    pacing = healthy(100 * MS)
    pacing.sent(9, 50_000, 1_000 * MS)
    pacing.acked(9, 1_150 * MS)  # 50 ms longer, of which some may be decoding
    assert pacing.rate is not None
    assert 700_000 < pacing.rate < 1_000_000


def test_patience_ends_when_nothing_is_acknowledged() -> None:
    pacing = healthy(50 * MS)
    pacing.sent(9, 2_000, 0)
    patience_us = HEALTHY_ACK_US + 100 * MS + MARGIN_US
    assert pacing.may_send(1, patience_us)
    assert not pacing.may_send(1, patience_us + 1)
    assert not pacing.is_easy(1, patience_us + 1)
    assert pacing.may_send(1, TRY_AGAIN_US + 1), "an ack may have been lost for good"


def test_an_announcement_holds_no_keyframe_up() -> None:
    pacing = healthy()
    for key in range(10, 40):
        pacing.sent(key, 10_000, 1_000 * MS)
        pacing.acked(key, 1_500 * MS)
    pacing.sent(40, 200, 2_000 * MS)
    assert pacing.may_send(500_000, 2_001 * MS)


def test_a_queue_that_never_empties_is_drained_now_and_then() -> None:
    """Otherwise the shortest delay, and with it all that is allowed, would grow unseen."""
    pacing = healthy()
    emptied = []
    for tick in range(1_000, 12_000, 20):
        if pacing.may_send(2_000, tick * MS):
            pacing.sent(tick, 2_000, tick * MS)
        pacing.acked(tick - 80, tick * MS)
        if not pacing.flying:
            emptied.append(tick * MS)
    assert emptied
    assert max(b - a for a, b in pairwise([1_000 * MS, *emptied])) < DRAIN_EVERY_US + 200 * MS


def test_who_acknowledges_seldom_is_asked_once_the_link_has_had_the_time() -> None:
    pacing = healthy(100 * MS)
    pacing.sent(9, 3_000, 1_000 * MS)
    pacing.acked(9, 1_190 * MS)
    assert pacing.is_behind
    assert pacing.rate is not None
    pacing.sent(10, 3_000, 1_200 * MS)
    carried_us = round(3_000 * 1e6 / pacing.rate)
    answered_us = pacing.base_us + carried_us + 2 * pacing.queueing_us
    assert not pacing.must_ask(1_200 * MS + answered_us)
    assert pacing.must_ask(1_201 * MS + answered_us)


def test_who_is_behind_has_time_to_acknowledge_by_itself() -> None:
    pacing = healthy(100 * MS)
    pacing.sent(9, 3_000, 1_000 * MS)
    assert not pacing.must_ask(9_000 * MS), "nothing is known of the link yet"
    pacing.acked(9, 2_100 * MS)
    pacing.sent(10, 3_000, 2_200 * MS)
    assert not pacing.must_ask(4_200 * MS)


def test_lateness_counts_the_way_and_what_a_picture_takes() -> None:
    pacing = healthy(100 * MS)
    now_us = pacing.flight.sent_us + 500 * MS
    assert not pacing.is_late(400 * MS, 1, now_us)
    assert pacing.is_late(401 * MS, 1, now_us)
    for key in range(10, 20):
        pacing.sent(key, 10_000, 1_000 * MS)
        pacing.acked(key, 1_300 * MS + key * 100 * MS)
    pacing.sent(30, 1000, 3_000 * MS)
    assert pacing.queueing_us > QUEUE_US
    assert pacing.is_late(350 * MS, 10_000, 3_000 * MS)
    assert not pacing.is_late(200 * MS, 1_000, 3_000 * MS)


def test_where_nothing_is_sent_for_long_a_way_that_is_longer_than_the_bound_does_not_count() -> (
    None
):
    """It may be of another time; and who cannot be sent young pictures is sent old ones."""
    pacing = healthy(600 * MS)
    now_us = pacing.flight.sent_us + 500 * MS
    assert pacing.is_late(0, 1, now_us)
    assert not pacing.is_late(250 * MS, 1, now_us + 1)
    assert pacing.is_late(251 * MS, 1, now_us + 1)


def test_with_nothing_under_way_a_slow_link_is_tried_again() -> None:
    pacing = healthy()
    for key in range(10, 20):
        pacing.sent(key, 10_000, 1_000 * MS)
    pacing.acked(19, 20_000 * MS)
    assert pacing.flying == 0
    assert not pacing.is_late(100 * MS, 1_000_000, 20_000 * MS)


def test_the_ceiling_of_a_link_that_has_shown_nothing_yet() -> None:
    pacing = Pacing(BOUND_US)
    pacing.sent(0, 200, 0)
    pacing.acked(0, 10 * MS, decoded=False)
    assert pacing.rate is None
    pacing.sent(1, 50_000, 10 * MS)
    assert 99_000 < pacing.ceiling(520 * MS) < 101_000


def test_silence_begins_with_the_last_news() -> None:
    pacing = healthy()
    assert pacing.silent_us(9_000 * MS) == 0
    pacing.sent(9, 10, 1_000 * MS)
    pacing.sent(10, 10, 1_100 * MS)
    assert pacing.silent_us(1_600 * MS) == 600 * MS
    pacing.acked(9, 1_500 * MS)
    assert pacing.silent_us(1_600 * MS) == 100 * MS
