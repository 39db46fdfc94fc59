from streamer import wire
from streamer.hub.delivery.cost import Cost
from streamer.hub.delivery.message import Message
from streamer.wire import Flags, Header, Kind


def message(size: int, now_us: int, kind: Kind = Kind.JPEG, age_us: int = 0) -> Message:
    header = Header(kind, Flags.KEYFRAME, 0, 0, 0, 0)
    data = bytearray(wire.pack(header, bytes(size - wire.HEADER_SIZE)))
    return Message(data, 0, now_us, age_us)


def test_nothing_is_known_at_first() -> None:
    cost = Cost()
    cost.add(message(1000, 0))
    assert (cost.rate, cost.fps, cost.picture, cost.messages, cost.bytes) == (0, 0, 1000, 1, 1000)


def test_known_after_half_a_second_and_then_over_two() -> None:
    cost = Cost()
    for index in range(100):
        cost.add(message(1000 if index < 20 else 3000, index * 50_000))
        if index == 11:
            assert cost.rate == 20_000
            assert cost.fps == 20
    assert cost.rate == 60_000


def test_init_segments_are_no_pictures() -> None:
    cost = Cost()
    cost.add(message(700, 0, Kind.INIT))
    assert (cost.picture, cost.messages, cost.bytes) == (0, 1, 700)


def test_a_pause_is_no_slow_stream() -> None:
    cost = Cost()
    for index in range(60):
        cost.add(message(1000, index * 50_000))
    for index in range(12):
        cost.add(message(1000, 60_000_000 + index * 50_000))
    assert cost.rate == 20_000


def test_the_largest_picture_is_slowly_forgotten() -> None:
    cost = Cost()
    cost.add(message(100_000, 0, age_us=7))
    for index in range(400):
        cost.add(message(1000, index * 50_000, age_us=9))
    assert 10_000 < cost.picture < 20_000
    assert cost.age_us == 9
