"""The delays between two tries."""

from streamer.hub.backoff import CAP_S, FIRST_S, Backoff


def test_delays_double_up_to_a_cap() -> None:
    backoff = Backoff(lambda: 0.0)
    assert [backoff.next_s() for _ in range(5)] == [FIRST_S, 0.5, 1.0, CAP_S, CAP_S]


def test_chance_shortens_by_a_half_at_most() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.next_s() for _ in range(4)] == [0.125, 0.25, 0.5, CAP_S / 2]


def test_a_source_that_works_starts_over() -> None:
    backoff = Backoff(lambda: 0.0)
    for _ in range(9):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() == FIRST_S
