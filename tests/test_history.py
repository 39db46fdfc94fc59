"""The past of one rendition: what is kept, for how long, in how much, and how it is found."""

import tracemalloc
from collections.abc import Iterator

import pytest

from streamer.hub.delivery.message import Message
from streamer.hub.past.history import OVERHEAD_BYTES, History, Spot
from streamer.rendition import Description
from tests.media_messages import fragment, jpeg

H264 = Description("avc1.42c01f", 640, 360, 30.0)
FRAME_US = 100_000
START_US = 1_000_000_000


def message(number: int, *, key: bool, pts: int | None = None, size: int = 10) -> Message:
    """The picture of that number, ten of which are taken in a second."""
    at_us = number * FRAME_US
    pts_us = at_us if pts is None else pts * FRAME_US
    data = fragment(b"-" * size, key=key, pts_us=pts_us, captured_us=START_US + pts_us)
    return Message(data, number, at_us)


def filled(history: History, count: int, group: int = 10, size: int = 10) -> History:
    for number in range(count):
        each = message(number, key=number % group == 0, size=size)
        if each.is_key:
            history.begin(H264, None, each)
        else:
            history.add(each)
    return history


def numbers(history: History) -> list[int]:
    return [each.number for group in history for each in group.messages]


def spots(history: History) -> Iterator[Spot]:
    for group in history:
        yield from (Spot(group, each) for each in group.shown())


def test_it_keeps_the_last_seconds_from_a_keyframe_on() -> None:
    history = filled(History(3_000_000, 1 << 20), 96)
    kept = numbers(history)
    assert (kept[0], kept[-1], len(kept)) == (60, 95, 36)
    assert history.span_us == 3_500_000


def test_without_a_past_only_the_group_that_is_being_filled_is_kept() -> None:
    history = filled(History(0, 1 << 20), 25)
    assert numbers(history) == [20, 21, 22, 23, 24]
    history.end()
    assert (numbers(history), history.size) == ([], 0)


def test_what_is_added_to_no_more_goes_as_it_ages() -> None:
    history = filled(History(3_000_000, 1 << 20), 30)
    history.end()
    history.trim(3_900_000)
    assert numbers(history) == list(range(10, 30))
    history.trim(5_900_000)
    assert (numbers(history), history.size) == ([], 0)


def test_it_never_takes_more_bytes_than_it_may() -> None:
    history = History(60_000_000, 20 * (1032 + OVERHEAD_BYTES))
    for number in range(95):
        each = message(number, key=number % 10 == 0, size=1000)
        history.begin(H264, None, each) if each.is_key else history.add(each)
        assert history.size <= 20 * (1032 + OVERHEAD_BYTES)
        assert history.size == sum(
            OVERHEAD_BYTES + each.size for g in history for each in g.messages
        )
    assert numbers(history) == list(range(80, 95))


def test_a_group_that_is_too_large_by_itself_is_given_up() -> None:
    history = History(60_000_000, 5 * (1032 + OVERHEAD_BYTES))
    filled(history, 9, size=1000)
    assert (numbers(history), history.group, history.size) == ([], None, 0)
    history.begin(H264, None, message(10, key=True))
    assert numbers(history) == [10]


def test_the_past_survives_an_end_and_goes_on_with_a_keyframe() -> None:
    history = filled(History(60_000_000, 1 << 20), 15)
    history.end()
    history.add(message(15, key=False))
    assert numbers(history)[-1] == 14
    other = Description("hvc1.1.6.L93.B0", 640, 360, 30.0)
    history.begin(other, None, message(16, key=True))
    assert [group.description.codec for group in history] == [H264.codec, H264.codec, other.codec]


def test_what_it_says_of_memory_covers_what_it_takes() -> None:
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    history = History(60_000_000, 1 << 30)
    for number in range(2000):
        each = message(number, key=number % 10 == 0)
        assert each.frame
        history.begin(H264, None, each) if each.is_key else history.add(each)
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken <= history.size < 2 * taken


@pytest.mark.parametrize(("at", "found"), [(14.0, 14), (14.9, 14), (99.0, 24), (-5.0, 0)])
def test_a_picture_is_found_by_when_it_was_taken(at: float, found: int) -> None:
    spot = filled(History(60_000_000, 1 << 20), 25).find(START_US + round(at * FRAME_US))
    assert spot is not None
    assert (spot.message.number, spot.group.number) == (found, found // 10 * 10)


def test_nothing_is_found_in_nothing() -> None:
    history = History(60_000_000, 1 << 20)
    assert (history.find(5), history.after(0), history.newest) == (None, None, None)


@pytest.mark.parametrize("frames", [-30, -12, -10, -1, 0, 1, 5, 9, 11, 30])
def test_pictures_are_counted_across_groups(frames: int) -> None:
    history = filled(History(60_000_000, 1 << 20), 30)
    for at, spot in enumerate(spots(history)):
        wanted = min(max(at + frames, 0), 29)
        assert history.shift(spot, frames).message.number == wanted


def test_pictures_are_counted_as_they_are_shown() -> None:
    """Those between two references are sent after the second of them."""
    history = History(60_000_000, 1 << 20)
    shown = [0, 3, 1, 2]
    history.begin(H264, None, message(0, key=True, pts=0))
    for number, pts in enumerate(shown[1:], 1):
        history.add(message(number, key=False, pts=pts))
    first = history.find(START_US)
    assert first is not None
    order = [history.shift(first, frames).message.number for frames in range(4)]
    assert order == [0, 2, 3, 1]


def test_a_picture_is_the_one_with_exactly_its_time() -> None:
    """Cameras' pictures are stamped as they arrive, which need not be the order they are shown."""
    history = History(60_000_000, 1 << 20)
    for number, pts in enumerate([0, 3, 1, 2]):
        at_us = START_US + number * FRAME_US
        data = fragment(b"-", key=number == 0, pts_us=pts * FRAME_US, captured_us=at_us)
        each = Message(data, number, at_us)
        history.begin(H264, None, each) if number == 0 else history.add(each)
    found = [history.find(START_US + n * FRAME_US) for n in range(4)]
    assert [spot and spot.message.number for spot in found] == [0, 1, 2, 3]


def test_pictures_between_others_are_found() -> None:
    history = History(60_000_000, 1 << 20)
    history.begin(H264, None, message(0, key=True, pts=0))
    for number, pts in enumerate([3, 1, 2], 1):
        history.add(message(number, key=False, pts=pts))
    found = history.find(START_US + 2 * FRAME_US)
    assert found is not None
    assert found.message.number == 3


def test_it_is_read_on_from_any_number() -> None:
    history = filled(History(2_000_000, 1 << 20), 35)
    history.end()
    history.begin(H264, None, message(40, key=True))
    assert numbers(history)[0] == 20

    def found(number: int) -> int | None:
        place = history.after(number)
        return place and place[0].messages[place[1]].number

    assert [found(each) for each in (0, 20, 27, 34, 35, 40, 41)] == [20, 20, 27, 34, 40, 40, None]


def test_a_message_keeps_one_copy_of_its_bytes() -> None:
    kept = Message(jpeg(b"picture"), 0, 0)
    before = bytes(kept.data)
    assert kept.frame.endswith(before)
    assert isinstance(kept.data, memoryview)
    assert (kept.data.obj is kept.frame, bytes(kept.data)) == (True, before)
