"""A scout looks out for a live keyframe of another rendition, and for nothing else."""

from streamer import wire
from streamer.clock import ManualClock
from streamer.hub.delivery.channel import Channel
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.scout import FRESH_US, Scout
from streamer.rendition import Description, parse
from streamer.wire import Flags, Header, Kind
from tests.media_messages import fragment, init, jpeg

MS = 1000
USUAL_US = 40 * MS


class Lookout:
    """A channel, a scout that is subscribed to it, and how often it has called."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.channel = Channel(0, parse("h264-480"), self.clock)
        self.calls = 0
        self.scout = Scout(self.channel, USUAL_US, self.clock.wall_us(), self._call)

    def publish(self, kind: Kind, flags: Flags, age_us: int) -> None:
        """Publish a message whose picture is so old."""
        header = Header(kind, flags, 0, 0, 0, self.clock.wall_us() - age_us)
        self.channel.publish(bytearray(wire.pack(header, b"picture")))

    def _call(self) -> None:
        self.calls += 1


def look(kind: Kind, flags: Flags, age_us: int) -> int:
    lookout = Lookout()
    lookout.channel.subscribe(lookout.scout, fresh=True)
    lookout.publish(kind, flags, age_us)
    return lookout.calls


def test_it_calls_at_a_live_keyframe() -> None:
    assert look(Kind.FRAGMENT, Flags.KEYFRAME, USUAL_US) == 1
    assert look(Kind.FRAGMENT, Flags.KEYFRAME | Flags.DISCONTINUITY, USUAL_US) == 1
    assert look(Kind.JPEG, Flags.KEYFRAME, USUAL_US) == 1


def test_it_waits_where_nobody_could_begin() -> None:
    assert look(Kind.FRAGMENT, Flags.NONE, USUAL_US) == 0
    assert look(Kind.INIT, Flags.KEYFRAME, USUAL_US) == 0


def test_what_is_older_than_what_the_viewer_gets_is_not_followed() -> None:
    assert look(Kind.FRAGMENT, Flags.KEYFRAME, USUAL_US + FRESH_US) == 1
    assert look(Kind.FRAGMENT, Flags.KEYFRAME, USUAL_US + FRESH_US + 1) == 0


def test_a_keyframe_that_is_long_on_its_way_to_us_is_live_all_the_same() -> None:
    lookout = Lookout()
    lookout.channel.subscribe(lookout.scout, fresh=True)
    age_us = USUAL_US + FRESH_US + 1
    lookout.clock.advance(age_us - 1)
    lookout.publish(Kind.FRAGMENT, Flags.KEYFRAME, age_us)
    assert lookout.calls == 0, "it was taken before the scout left"
    lookout.clock.advance(1)
    lookout.publish(Kind.FRAGMENT, Flags.KEYFRAME, age_us)
    assert lookout.calls == 1


def test_the_group_has_the_keyframe_when_it_calls() -> None:
    """Who follows a scout is given the group, and must find in it what the scout has seen."""
    lookout = Lookout()
    found: list[list[Message]] = []

    def look() -> None:
        found.extend(list(group.messages) for group in lookout.channel.history)

    scout = Scout(lookout.channel, USUAL_US, lookout.clock.wall_us(), look)
    lookout.channel.subscribe(scout, fresh=True)
    lookout.channel.publish(fragment(b"delta"))
    lookout.publish(Kind.FRAGMENT, Flags.KEYFRAME, 0)
    ((first,),) = found
    assert first.is_key


def test_it_may_be_called_home_from_its_own_call() -> None:
    lookout = Lookout()
    channel = lookout.channel

    def follow() -> None:
        lookout.calls += 1
        channel.unsubscribe(scout)

    scout = Scout(channel, USUAL_US, lookout.clock.wall_us(), follow)
    channel.subscribe(scout, fresh=True)
    for _ in range(3):
        lookout.publish(Kind.FRAGMENT, Flags.KEYFRAME, 0)
    assert lookout.calls == 1
    assert channel.subscribers == 0


def test_it_never_rides_and_has_nobody_to_tell() -> None:
    lookout = Lookout()
    lookout.channel.describe(Description("avc1.42c01f", 640, 480, 30.0))
    lookout.channel.subscribe(lookout.scout, fresh=True)
    lookout.channel.describe(Description("avc1.42c01f", 640, 480, 15.0))
    for data in (init(), fragment(b"key", key=True), jpeg(b"picture")):
        assert lookout.scout.offer(Message(data, 0, 0)) is None
    assert lookout.channel.subscribers == 1
