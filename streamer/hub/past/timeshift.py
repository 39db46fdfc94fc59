"""One viewer's dealings with the past: whether it is there, where, and how it gets there."""

from streamer.clock import Clock
from streamer.control import Ack, Seek
from streamer.hub.delivery.channel import Channel
from streamer.hub.delivery.subscription import Subscription
from streamer.hub.past import past
from streamer.hub.past.history import Spot, Usable, any_group
from streamer.hub.past.replay import Replay
from streamer.hub.stream import Stream


class TimeShift:
    """Where a viewer is in the past, if it is there. All methods return at once."""

    def __init__(self, stream: Stream, subscription: Subscription, clock: Clock) -> None:
        self._stream = stream
        self._subscription = subscription
        self._clock = clock
        self._replay: Replay | None = None
        self.usable: Usable = any_group  # what the viewer can decode

    @property
    def is_on(self) -> bool:
        """Whether it takes nothing that is live."""
        return self._replay is not None

    @property
    def has_begun(self) -> bool:
        """Whether it has a place in the past, and has not only paused."""
        return self._replay is not None and self._replay.has_begun

    @property
    def waits(self) -> bool:
        """Whether anything is to be sent, now or later."""
        return self._replay is not None and self._replay.waits

    def hold(self, channel: Channel) -> None:
        """Stand still at what is live of a channel, so that its past is kept."""
        self._enter(channel)

    def find(self, wanted: Seek, channel: Channel | None) -> tuple[Channel, Spot] | None:
        """The picture that is wanted, if possible of the channel that it watches.

        None where nothing is kept, or where that is the newest and it wants to go on.
        """
        at_us = wanted.captured_us
        if at_us is None:
            at_us = self._clock.wall_us() - wanted.behind_ms * 1000
        if self._replay is not None:
            channel = self._replay.channel
        found = past.find(self._stream.channels, self.usable, at_us, channel)
        if found is None:
            return None
        channel, spot = found
        spot = channel.history.shift(spot, wanted.frames, self.usable)
        is_newest = spot.message is channel.history.newest
        return None if is_newest and not wanted.paused else (channel, spot)

    def seek(self, channel: Channel, spot: Spot, wanted: Seek) -> None:
        """Go to a picture."""
        replay = self._enter(channel)
        replay.seek(spot, stands=wanted.paused, whole=wanted.whole)

    def stand(self) -> None:
        """Stand still."""
        if self._replay is not None:
            self._replay.stands = True

    def play(self) -> None:
        """Go on from there."""
        if self._replay is not None:
            self._replay.stands = False

    def ack(self, ack: Ack) -> None:
        """Take what the viewer says of its progress; the age of what it paints says nothing."""
        replay = self._replay
        is_ours = replay is not None and ack.rendition in (None, replay.channel.index)
        if ack.done is None or is_ours:
            self._subscription.ack(ack)

    def pump(self) -> bool:
        """Send what is due; False when it has been sent all there is, and wants more."""
        if self._replay is None:
            return True
        self._replay.pump(self._clock.monotonic_us())
        return not self._replay.has_caught_up

    def leave(self) -> None:
        """Be in the past no longer."""
        replay, self._replay = self._replay, None
        if replay is not None:
            self._stream.unsubscribe(replay.channel, replay)

    def _enter(self, channel: Channel) -> Replay:
        replay = self._replay
        if replay is None or replay.channel is not channel:
            self.leave()
            replay = self._replay = Replay(channel, self._subscription, self.usable)
            channel.subscribe(replay)
        return replay
