"""The fan-out of one rendition: what a newcomer gets, and what is remembered for the next."""

import pytest

from streamer.clock import ManualClock
from streamer.hub.delivery import channel as module
from streamer.hub.delivery.channel import Channel
from streamer.rendition import Description, parse
from streamer.wire import Flags
from tests.media_messages import Ear, fragment, init, jpeg

H264 = Description("avc1.42c01f", 640, 360, 30.0)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(wall_us=5_000)


@pytest.fixture
def channel(clock: ManualClock) -> Channel:
    return Channel(2, parse("h264-360"), clock)


def start(channel: Channel) -> None:
    channel.describe(H264)
    for message in (init(), fragment(b"k1", key=True), fragment(b"d1"), fragment(b"d2")):
        channel.publish(message)


def test_everybody_gets_the_same_object(channel: Channel) -> None:
    ears = [Ear(), Ear()]
    for ear in ears:
        channel.subscribe(ear)
    start(channel)
    assert ears[0].heard == [b"init", b"k1", b"d1", b"d2"]
    assert all(a is b for a, b in zip(ears[0].messages, ears[1].messages, strict=True))


def test_messages_are_stamped(channel: Channel) -> None:
    ear = Ear()
    channel.subscribe(ear)
    start(channel)
    assert [header.sequence for header in ear.headers] == [0, 1, 2, 3]
    assert {header.published_us for header in ear.headers} == {5_000}
    assert [message.number for message in ear.messages] == [0, 1, 2, 3]


def test_a_newcomer_gets_the_group_so_far(channel: Channel) -> None:
    start(channel)
    ear = Ear()
    channel.subscribe(ear, "As asked for.")
    channel.publish(fragment(b"d3"))
    assert ear.heard == [b"init", b"k1", b"d1", b"d2", b"d3"]
    (told,) = ear.told
    assert told == {
        "type": "rendition",
        "index": 2,
        "id": "h264-360",
        "codec": "avc1.42c01f",
        "width": 640,
        "height": 360,
        "fps": 30.0,
        "reason": "As asked for.",
    }


def test_a_fresh_newcomer_gets_no_past(channel: Channel) -> None:
    start(channel)
    ear = Ear()
    channel.subscribe(ear, fresh=True)
    channel.publish(fragment(b"k2", key=True))
    assert ear.heard == [b"init", b"k2"]


def test_a_newcomer_to_nothing_is_told_later(channel: Channel) -> None:
    ear = Ear()
    channel.subscribe(ear, "why")
    assert (ear.told, ear.heard) == ([], [])
    channel.describe(H264)
    assert [(each["codec"], each["reason"]) for each in ear.told] == [("avc1.42c01f", "why")]


def test_whoever_subscribes_twice_gets_everything_once(channel: Channel) -> None:
    start(channel)
    ear = Ear()
    channel.subscribe(ear)
    channel.subscribe(ear)
    channel.publish(fragment(b"d3"))
    assert ear.heard == [b"init", b"k1", b"d1", b"d2", b"d3"]
    assert (channel.subscribers, len(ear.told)) == (1, 1)


def test_a_keyframe_begins_the_group_anew(channel: Channel) -> None:
    start(channel)
    channel.publish(fragment(b"k2", key=True))
    ear = Ear()
    channel.subscribe(ear)
    assert ear.heard == [b"init", b"k2"]


def test_an_init_segment_ends_the_group(channel: Channel) -> None:
    start(channel)
    channel.publish(init(b"new"))
    channel.publish(fragment(b"lost"))
    ear = Ear()
    channel.subscribe(ear)
    assert ear.heard == [b"new"]
    assert not channel.is_running


def test_of_jpeg_only_the_newest_is_kept(channel: Channel) -> None:
    for name in (b"1", b"2", b"3"):
        channel.publish(jpeg(name))
    ear = Ear()
    channel.subscribe(ear)
    assert ear.heard == [b"3"]


@pytest.mark.parametrize("limit", ["CACHE_MAX_MESSAGES", "CACHE_MAX_BYTES"])
def test_a_group_without_end_is_not_kept(
    channel: Channel, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(fragment(b"k1"))
    monkeypatch.setattr(module, limit, 3 if limit == "CACHE_MAX_MESSAGES" else 3 * size)
    start(channel)
    kept = [channel.is_running]
    for name in (b"d3", b"d4"):
        channel.publish(fragment(name))
        kept.append(channel.is_running)
    assert kept == [True, False, False]


def test_after_a_restart_nothing_old_is_sent(channel: Channel) -> None:
    start(channel)
    ear = Ear()
    channel.restart()
    channel.subscribe(ear)
    assert ear.heard == []
    channel.publish(init())
    channel.publish(fragment(b"k", key=True))
    channel.publish(fragment(b"d"))
    flags = [header.flags for header in ear.headers]
    assert flags == [Flags.NONE, Flags.KEYFRAME | Flags.DISCONTINUITY, Flags.NONE]


def test_a_first_start_is_no_discontinuity(channel: Channel) -> None:
    channel.restart()
    ear = Ear()
    channel.subscribe(ear)
    channel.publish(jpeg(b"1"))
    assert ear.headers[0].flags == Flags.KEYFRAME


def test_at_rest_only_the_configuration_is_kept(channel: Channel) -> None:
    start(channel)
    channel.rest()
    ear = Ear()
    channel.subscribe(ear)
    assert ear.heard == [b"init"]


def test_a_sink_may_leave_while_it_is_offered_something(channel: Channel) -> None:
    class Leaver(Ear):
        def offer(self, message: object) -> None:
            channel.unsubscribe(self)

    ear = Ear()
    channel.subscribe(Leaver())
    channel.subscribe(ear)
    channel.publish(jpeg(b"1"))
    assert (ear.heard, channel.subscribers) == ([b"1"], 1)


def test_idle_is_counted_from_the_last_one_who_left(channel: Channel, clock: ManualClock) -> None:
    ear = Ear()
    assert channel.idle_since_us is None
    channel.unsubscribe(ear)
    assert channel.idle_since_us is None
    channel.subscribe(ear)
    clock.advance(7)
    channel.unsubscribe(ear)
    clock.advance(7)
    channel.unsubscribe(ear)
    assert channel.idle_since_us == 7
