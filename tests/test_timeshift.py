"""A viewer in the past: what it is sent and when, and that nobody else notices."""

import pytest

from streamer import control
from streamer.control import Ack, Live, Pause, Ping, Quality, Resume, Seek
from streamer.hub.stream import Opened
from streamer.rendition import Description
from streamer.server.allowance import WISHES_AT_ONCE
from streamer.wire import Kind
from tests.media_messages import Ear
from tests.shifting import GROUP, JPEG, Bench, watched


@pytest.fixture
def bench() -> Bench:
    """A viewer that has watched for ten seconds."""
    return watched()


def test_it_is_sent_the_past_from_the_keyframe_on_and_then_at_the_speed_of_life(
    bench: Bench,
) -> None:
    bench.say(Seek(captured_us=bench.at(55)))
    assert bench.sent() == [50, 51, 52, 53, 54, 55]
    (shift,) = bench.told("shift")
    assert (shift["captured_us"], shift["whole"]) == (bench.at(55), True)
    since_us = bench.clock.monotonic_us()
    bench.play(4)
    times = [(at_us - since_us) // 1000 for at_us, each in bench.port.media if each.is_picture]
    assert bench.sent() == list(range(56, 96))
    assert times == [100 * (n + 1) for n in range(40)]


def test_what_is_live_meanwhile_is_not_sent_and_the_others_do_not_notice(bench: Bench) -> None:
    ear = Ear()
    bench.stream.subscribe(bench.stream.channels[0], ear, "")
    before = len(ear.messages)
    bench.say(Seek(behind_ms=5000))
    bench.play(2)
    assert max(bench.sent()) < 80
    assert [each.number - 1 for each in ear.messages[before:]] == list(range(100, 120))
    assert "past" not in str(ear.told)


def test_it_returns_to_what_is_live(bench: Bench) -> None:
    bench.say(Seek(behind_ms=5000))
    bench.sent()
    bench.told("")
    bench.say(Live())
    assert bench.sent() == list(range(90, 100))
    (shift,) = bench.told("shift")
    assert (shift["captured_us"], shift["pts_us"]) == (None, None)
    bench.play(1)
    assert bench.sent() == list(range(100, 110))


def test_who_is_live_is_told_so_and_sent_nothing_twice(bench: Bench) -> None:
    bench.say(Live())
    assert (len(bench.told("shift")), bench.sent()) == (1, [])


def test_a_paused_viewer_keeps_the_past_and_its_place(bench: Bench) -> None:
    """Nobody else watches, and 20 s are longer than the source lingers."""
    bench.say(Pause(keep=True))
    bench.play(20)
    assert bench.sent() == []
    bench.say(Seek(captured_us=bench.at(99)))
    assert bench.sent() == list(range(90, 100))
    bench.play(1)
    assert bench.sent() == list(range(100, 110))
    bench.say(Pause())
    bench.play(2)
    assert bench.sent() == []
    bench.say(Resume())
    assert bench.sent() == [110]
    bench.play(1)
    assert bench.sent() == list(range(111, 121))


def test_a_pause_that_keeps_nothing_ends_the_demand(bench: Bench) -> None:
    bench.say(Pause())
    bench.clock.advance(6_000_000)
    assert bench.stream.demand() == {}
    bench.say(Resume())
    assert bench.stream.demand() == {0: "copy"}
    bench.say(Pause(keep=True))
    bench.clock.advance(6_000_000)
    assert bench.stream.demand() == {0: "copy"}
    bench.viewer.leave()
    bench.clock.advance(6_000_000)
    assert bench.stream.demand() == {}


def test_a_pause_may_keep_from_later_on(bench: Bench) -> None:
    """A page is hidden, and then its viewer pauses it, by a key of the keyboard."""
    bench.say(Pause())
    bench.clock.advance(6_000_000)
    assert bench.stream.demand() == {}
    bench.say(Pause(keep=True))
    assert bench.stream.demand() == {0: "copy"}
    bench.say(Seek(captured_us=bench.at(95)))
    assert bench.sent() == list(range(90, 96))


def test_frame_by_frame(bench: Bench) -> None:
    bench.say(Pause(keep=True))
    bench.play(1)
    bench.say(Seek(captured_us=bench.at(99), frames=-1, paused=True))
    assert bench.sent() == list(range(90, 99))
    bench.say(Seek(captured_us=bench.at(98), frames=1, paused=True))
    assert bench.sent() == [99], "it has what that needs"
    bench.say(Seek(captured_us=bench.at(99), frames=1, paused=True))
    assert bench.sent() == [100]
    bench.say(Seek(captured_us=bench.at(100), frames=-1, paused=True))
    assert bench.sent() == list(range(90, 100))
    assert [each["whole"] for each in bench.told("shift")] == [True, False, True, True]
    bench.say(Seek(captured_us=bench.at(99), paused=True, whole=True))
    assert bench.sent() == list(range(90, 100))
    bench.play(1)
    assert bench.sent() == []


def test_the_newest_picture_is_what_is_live_unless_it_is_to_stand(bench: Bench) -> None:
    bench.say(Seek(behind_ms=0, paused=True))
    assert bench.sent() == list(range(90, 100))
    bench.say(Seek(behind_ms=0))
    (still, live) = bench.told("shift")
    assert (still["captured_us"], live["captured_us"]) == (bench.at(99), None)


def test_of_too_many_places_only_the_newest_is_gone_to(bench: Bench) -> None:
    for _ in range(int(WISHES_AT_ONCE)):
        bench.say(Seek(captured_us=bench.at(99), paused=True))
    bench.sent()
    for picture in (25, 35, 45):
        bench.say(Seek(captured_us=bench.at(picture), paused=True))
    assert bench.sent() == []
    bench.play(0.2, publishes=False)
    assert bench.sent() == list(range(40, 46))
    assert not bench.viewer.waits


@pytest.mark.parametrize(
    ("after", "sent"), [(Pause(), range(20, 26)), (Live(), range(90, 100))], ids=["pause", "live"]
)
def test_a_place_that_waits_is_gone_to_before_what_is_said_next_unless_that_leaves_it(
    bench: Bench, after: control.ClientMessage, sent: range
) -> None:
    for _ in range(int(WISHES_AT_ONCE)):
        bench.say(Seek(captured_us=bench.at(99), paused=True))
    bench.say(Seek(captured_us=bench.at(25)))
    bench.sent()
    bench.say(after)
    bench.play(1, publishes=False)
    assert bench.sent() == list(sent)


def test_before_the_past_begins_is_its_beginning(bench: Bench) -> None:
    bench.play(30)
    bench.sent()
    bench.say(Seek(behind_ms=3_600_000))
    assert bench.sent() == [90]


def test_where_nothing_is_kept_it_is_live() -> None:
    bench = Bench(history_s=0)
    bench.say(Seek(behind_ms=5000))
    assert [each["captured_us"] for each in bench.told("shift")] == [None]


def test_what_is_kept_no_longer_is_passed_over(bench: Bench) -> None:
    bench.say(Seek(captured_us=bench.at(5), paused=True))
    bench.sent()
    bench.play(40)
    bench.say(Resume())
    bench.play(0.2)
    numbers = bench.sent()
    assert numbers[0] % GROUP == 0
    assert numbers[0] >= 190


def test_a_slow_link_is_sent_everything_later(bench: Bench) -> None:
    bench.port.room = 0
    bench.say(Seek(captured_us=bench.at(50)))
    assert len(bench.sent()) <= 1
    bench.play(3)
    assert bench.sent() == []
    bench.port.room = 1 << 40
    bench.play(1)
    numbers = bench.sent()
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) <= 12, "it would catch up at more than the speed of life"


def test_the_end_of_the_past_is_what_is_live(bench: Bench) -> None:
    bench.say(Seek(behind_ms=2000))
    bench.play(3, publishes=False)
    assert [each["captured_us"] is None for each in bench.told("shift")] == [False, True]
    bench.sent()
    bench.play(0.5)
    assert bench.sent() == list(range(100, 105))


def test_another_choice_and_another_source_wait_until_it_is_live(bench: Bench) -> None:
    bench.say(Seek(behind_ms=5000))
    bench.sent()
    bench.say(Quality(("jpeg",), "smaller"))
    bench.stream.open(Opened("h264", 640, 360, 10.0))
    bench.play(1)
    assert len(bench.sent()) == 10
    bench.say(Live())
    bench.publish(JPEG)
    assert [each.kind for _, each in bench.port.media] == [Kind.JPEG]


def test_another_rendition_that_reaches_further_back(bench: Bench) -> None:
    """The viewer came to JPEG a moment ago, and somebody else has watched `copy` for long."""
    bench.stream.subscribe(bench.stream.channels[0], Ear(), "")
    bench.say(Quality(("jpeg",), ""))
    bench.stream.describe(JPEG, Description("jpeg", 640, 360, 10.0))
    bench.publish(JPEG)
    bench.play(1)
    bench.told("")
    bench.say(Seek(captured_us=bench.at(50)))
    (told,) = bench.told("rendition")
    assert told["id"] == "copy"
    assert told["reason"] == "The past is shown, from what the server keeps of it."


def test_how_far_back_it_can_go_is_told_with_the_time(bench: Bench) -> None:
    bench.say(Ping(1, 2))
    assert bench.told("pong")[0]["history_ms"] == 10_000
    bench.play(60)
    bench.say(Ping(1, 2))
    (pong,) = bench.told("pong")
    assert 30_000 <= int(str(pong["history_ms"])) <= 31_000


def test_ages_in_the_past_are_no_latency(bench: Bench) -> None:
    before = bench.stream.tally.staleness
    bench.say(Seek(behind_ms=5000))
    bench.say(Ack(0, 50, 50, 50, staleness_ms=5000.0))
    assert bench.stream.tally.staleness == before


def test_it_leaves_nothing_behind(bench: Bench) -> None:
    bench.say(Seek(behind_ms=5000))
    bench.viewer.leave()
    assert all(channel.subscribers == 0 for channel in bench.stream.channels)


def test_no_past_is_not_less_than_none_when_the_wall_clock_steps_back() -> None:
    bench = Bench()
    bench.publish()
    bench.clock._wall_us -= 10_000_000
    bench.say(Ping(1, 1))
    assert bench.told("pong")[0]["history_ms"] == 0
