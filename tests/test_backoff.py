"""The delays between two tries."""

from streamer.hub.supply.backoff import FIRST_S, UNWATCHED_CAP_S, WATCHED_CAP_S, Backoff


def test_delays_double_up_to_a_cap() -> None:
    backoff = Backoff(lambda: 0.0)
    assert [backoff.next_s() for _ in range(5)] == [FIRST_S, 0.5, 0.5, 0.5, 0.5]


def test_chance_shortens_by_a_half_at_most() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.next_s() for _ in range(4)] == [0.125, 0.25, 0.25, WATCHED_CAP_S / 2]


def test_nobody_is_kept_waiting_long_by_what_failed_while_nobody_watched() -> None:
    backoff = Backoff(lambda: 0.0)
    unwatched = [backoff.next_s(UNWATCHED_CAP_S) for _ in range(7)]
    assert unwatched == [FIRST_S, 0.5, 1.0, 2.0, 4.0, 8.0, UNWATCHED_CAP_S]
    assert backoff.next_s() == WATCHED_CAP_S


def test_delays_may_begin_longer_and_grow_further() -> None:
    backoff = Backoff(lambda: 0.0, 4.0, 60.0)
    for _ in range(2):
        assert [backoff.next_s(60.0) for _ in range(6)] == [4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
        backoff.reset()


def test_a_source_that_works_starts_over() -> None:
    backoff = Backoff(lambda: 0.0)
    for _ in range(9):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() == FIRST_S
