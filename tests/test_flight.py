"""What is under way: a viewer's own account, the shared log, and one turned into the other."""

import random

import pytest

from streamer.hub.delivery.flight import MAX_FLYING, STEP, Flight, Landed, Log

KEY = 3 * STEP  # the key of the message numbered 0


def log_of(count: int, first: int = 0) -> Log:
    log = Log()
    for number in range(first, first + count):
        log.append(number, 100 + number, 1000 * number)
    return log


def test_own_messages_land_in_order() -> None:
    flight = Flight()
    assert (len(flight), flight.nbytes, flight.oldest_us) == (0, 0, None)
    for number in range(4):
        flight.add(KEY + number * STEP, 10 * (number + 1), 1000 + number)
    assert (len(flight), flight.nbytes, flight.oldest_us) == (4, 100, 1000)
    assert flight.land(KEY + 2 * STEP) == Landed(1002, 30, 60)
    assert flight.land(KEY + 2 * STEP) is None
    assert (len(flight), flight.nbytes, flight.oldest_us) == (1, 40, 1003)


def test_too_many_of_its_own_push_the_oldest_out() -> None:
    flight = Flight()
    for number in range(MAX_FLYING + 5):
        flight.add(number, 1, number)
    assert (len(flight), flight.nbytes, flight.oldest_us) == (MAX_FLYING, MAX_FLYING, 5)


def test_a_ride_knows_what_the_log_holds() -> None:
    log, flight = log_of(5), Flight()
    flight.board(log, KEY)
    assert (len(flight), flight.oldest_us) == (0, None)
    log.append(5, 50, 7000)
    log.append(6, 60, 8000)
    assert (len(flight), flight.nbytes, flight.oldest_us) == (2, 110, 7000)
    assert flight.land(KEY + 4 * STEP) is None, "sent before it boarded"
    assert flight.land(KEY + 5 * STEP) == Landed(7000, 50, 50)
    assert (len(flight), flight.nbytes, flight.oldest_us) == (1, 60, 8000)
    assert flight.land(KEY + 9 * STEP) == Landed(8000, 60, 60), "no more than was sent"
    assert flight.ride is not None
    assert (flight.ride.sent, flight.ride.sent_bytes) == (2, 110)
    assert flight.ride.newest == KEY + 6 * STEP


def test_what_landed_of_a_ride_covers_what_was_sent_before() -> None:
    log, flight = log_of(0), Flight()
    flight.add(KEY - 1, 7, 1)
    flight.board(log, KEY)
    log.append(0, 10, 2)
    log.append(1, 20, 3)
    assert (len(flight), flight.nbytes, flight.oldest_us) == (3, 37, 1)
    assert flight.land(KEY - 1) == Landed(1, 7, 7)
    flight.add(KEY - 1, 7, 1)
    assert flight.land(KEY + STEP) == Landed(3, 20, 37)
    assert (len(flight), flight.nbytes) == (0, 0)


def test_after_a_gap_the_log_begins_anew() -> None:
    log = log_of(3)
    log.append(9, 4, 90_000)
    assert (len(log), log.next, log.bytes) == (1, 10, 100 + 101 + 102 + 4)
    assert log.before(9) == 303
    assert log.before(10) == 307
    assert log.sent_us(9) == 90_000


@pytest.mark.parametrize("seed", range(20))
def test_riding_and_being_served_alone_come_to_the_same(seed: int) -> None:
    """Whatever happens, a rider's account is that of a viewer that was told each message."""
    chance = random.Random(seed)
    log, rider, alone = Log(), Flight(), Flight()
    number = 0
    for now_us in range(1, 400):
        match chance.choice("sssssasbl"):
            case "s":
                size = chance.randrange(1, 1000)
                log.append(number, size, now_us)
                alone.add(KEY + number * STEP, size, now_us)
                if rider.ride is None:
                    rider.add(KEY + number * STEP, size, now_us)
                number += 1
            case "a":
                key = KEY + chance.randrange(-1, number + 1) * STEP
                assert rider.land(key) == alone.land(key)
            case "b" if rider.ride is None:
                rider.board(log, KEY)
            case "l":
                rider.alight()
        assert len(rider) == len(alone)
        assert (rider.nbytes, rider.oldest_us) == (alone.nbytes, alone.oldest_us)
