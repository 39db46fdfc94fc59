"""The server's clock, by pings."""

from streamer.client.offset import ClockOffset

S = 1_000_000


def test_the_first_word_is_believed_until_a_ping_comes_back() -> None:
    clock = ClockOffset(500)
    assert (clock.offset_us, clock.round_trip_us, clock.error_us) == (500, None, None)
    clock.add(1000, 10_000, 1200)
    assert (clock.offset_us, clock.round_trip_us) == (8900, 200)


def test_the_quickest_of_the_last_half_minute_tells_the_offset() -> None:
    clock = ClockOffset(0)
    clock.add(0, 7010, 20)
    clock.add(S, S + 7400, S + 900)
    assert (clock.offset_us, clock.error_us) == (7000, 10)
    clock.add(30 * S, 30 * S + 7600, 30 * S + 1000)
    assert clock.offset_us == 6950


def test_the_round_trip_is_the_usual_of_the_last_few() -> None:
    clock = ClockOffset(0)
    for number, trip in enumerate([900, 10, 20, 30, 800, 40]):
        clock.add(number * S, 0, number * S + trip)
    assert clock.round_trip_us == 30


def test_a_clock_that_was_set_back_is_no_ping_s_fault() -> None:
    clock = ClockOffset(0)
    clock.add(10 * S, 0, 9 * S)
    assert clock.round_trip_us is None
    clock.add(100 * S, 100 * S, 100 * S)
    clock.add(5 * S, 6 * S, 5 * S + 10)  # the clock was set back: what was before is forgotten
    assert clock.offset_us == S - 5
