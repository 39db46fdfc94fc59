"""The sound that is kept with the past: for how long, in how much, and how it is found."""

from streamer.hub.delivery.message import Message
from streamer.hub.past.history import OVERHEAD_BYTES
from streamer.hub.past.soundtrack import Soundtrack
from tests.media_messages import sound, sound_init

FRAME_US = 20_000
SECOND_US = 1_000_000


def message(number: int) -> Message:
    """The frame of sound of that number, of 20 ms, published when it begins."""
    at_us = number * FRAME_US
    return Message(sound(b"-", pts_us=at_us), number, at_us)


def init() -> Message:
    return Message(sound_init(b"init"), 0, 0)


class Bench:
    """A soundtrack, and since when pictures are kept."""

    def __init__(self, max_bytes: int = 1 << 20) -> None:
        self.oldest_us = 0
        self.track = Soundtrack(max_bytes, lambda: self.oldest_us)
        self.first = init()

    def play(self, first: int, end: int, known: Message | None = None) -> None:
        for number in range(first, end):
            self.track.add(known or self.first, message(number))

    @property
    def kept(self) -> list[int]:
        return [each.number for stretch in self.track for each in stretch.messages]


def test_sound_is_kept_as_far_back_as_pictures_are() -> None:
    bench = Bench()
    bench.play(0, 500)
    assert bench.kept == list(range(500))
    bench.oldest_us = 6 * SECOND_US
    bench.play(500, 551)
    assert bench.kept[0] == 5 * SECOND_US // FRAME_US, "it may be there before its picture"
    bench.oldest_us = 60 * SECOND_US
    bench.track.trim()
    assert (bench.kept, bench.track.size, list(bench.track)) == ([], 0, [])


def test_it_takes_no_more_than_it_may() -> None:
    bench = Bench(10_000)
    bench.play(0, 100)
    size = message(0).size + OVERHEAD_BYTES
    assert len(bench.kept) == 10_000 // size
    assert bench.track.size == len(bench.kept) * size
    assert bench.kept[-1] == 99
    bench.track.clear()
    assert (bench.kept, bench.track.size) == ([], 0)


def test_it_is_found_by_the_pictures_beside_which_it_was_heard() -> None:
    bench, other = Bench(), init()
    bench.play(0, 100)
    bench.play(250, 350, other)

    def heard(first: int, last: int) -> Message | None:
        stretch = bench.track.along(message(first), message(last))
        return None if stretch is None else stretch.init

    assert heard(0, 100) is bench.first
    assert heard(90, 190) is bench.first
    assert heard(120, 190) is None
    assert heard(220, 400) is other
    assert heard(0, 400) is other
    assert heard(351, 400) is None


def test_what_is_under_way_when_a_picture_is_shown_belongs_to_it() -> None:
    bench = Bench()
    bench.play(0, 100)
    (stretch,) = bench.track
    found = stretch.between(10 * FRAME_US + 5_000, 15 * FRAME_US)
    assert [each.number for each in found] == [10, 11, 12, 13, 14]
    assert stretch.between(200 * FRAME_US, 300 * FRAME_US) == []
