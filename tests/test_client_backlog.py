"""What waits is bounded and can always be decoded."""

from streamer.client import backlog
from streamer.client.backlog import Backlog
from streamer.client.publish.encoded import Encoded, Moment
from streamer.publishing import Publish

JPEG, H264 = Publish("jpeg"), Publish("avc1.42E01F")


def item(keyframe: bool = False, form: Publish = H264, size: int = 10) -> Encoded:
    return Encoded(form, bytes(size), keyframe or form is JPEG, Moment(0, 0))


def filled(keyframes: str) -> Backlog[Encoded]:
    """Holds a picture for each letter: k is a keyframe."""
    waiting: Backlog[Encoded] = Backlog()
    for at, letter in enumerate(keyframes):
        waiting.push(item(letter == "k"), at)
    return waiting


def sequences(waiting: Backlog[Encoded]) -> list[int]:
    return [waiting.pop().sequence for _ in range(len(waiting))]


def test_it_begins_with_a_keyframe() -> None:
    waiting = filled("--k-k-")
    assert (waiting.dropped, sequences(waiting)) == (2, [2, 3, 4, 5])


def test_pictures_that_stand_alone_are_newest_wins() -> None:
    waiting: Backlog[Encoded] = Backlog()
    for _ in range(3):
        waiting.push(item(form=JPEG), 0)
    assert (waiting.dropped, sequences(waiting)) == (2, [2])


def test_what_is_late_goes_up_to_the_next_keyframe() -> None:
    waiting = filled("k--k-k-")
    waiting.drop_late(lambda each: each.since_us < 2)
    assert (waiting.dropped, waiting.needs_keyframe) == (3, False)
    assert sequences(waiting) == [3, 4, 5, 6]


def test_without_a_keyframe_everything_goes_and_what_follows_too() -> None:
    waiting = filled("k--")
    waiting.drop_late(lambda each: True)
    assert (len(waiting), waiting.dropped, waiting.needs_keyframe) == (0, 3, True)
    waiting.push(item(), 3)
    waiting.push(item(keyframe=True), 4)
    assert (waiting.dropped, sequences(waiting)) == (4, [4])


def test_it_is_bounded() -> None:
    waiting = filled("k--k-")
    waiting.push(item(size=backlog.MAX_BYTES), 5)
    assert sequences(waiting) == [3, 4, 5]
    waiting.push(item(keyframe=True, size=backlog.MAX_BYTES + 1), 6)
    assert (len(waiting), waiting.needs_keyframe) == (0, True)


def test_bytes_are_counted_off_again() -> None:
    waiting = filled("k")
    for _ in range(3):
        waiting.push(item(size=backlog.MAX_BYTES // 2), 0)
        waiting.pop()
        waiting.pop() if len(waiting) > 1 else None
    assert waiting.dropped == 0
