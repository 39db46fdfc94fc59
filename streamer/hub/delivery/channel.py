"""The live fan-out of one rendition: init segment, group cache, subscriptions.

`publish` runs for every message and never waits. It fills in what only the channel knows
(sequence, publish time, discontinuity) in place, keeps the message in its history, and offers the
same bytes to every subscription. Whoever subscribes in mid-group is given the init segment and the
whole group first, and so has a picture at once.
"""

from collections.abc import Sequence
from typing import Protocol

from streamer import wire
from streamer.clock import Clock
from streamer.control import Offer, RenditionChange, dump
from streamer.hub.delivery.convoy import Convoy, Rider
from streamer.hub.delivery.cost import Cost
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.subscription import Subscription
from streamer.hub.past.history import History
from streamer.rendition import Description, Rendition
from streamer.wire import KIND_AT, Flags, Kind

CACHE_MAX_BYTES = 16 * 1024 * 1024
CACHE_MAX_MESSAGES = 600
STALE_US = 1_000_000


class Sink(Protocol):
    """Where a channel's messages go. Both calls return at once and may drop media, not text."""

    def tell(self, text: str) -> None:
        """Take one control message."""
        ...

    def offer(self, message: Message) -> Subscription | None:
        """Take one media message; who kept up and may be served together with others says so."""
        ...


class Channel:
    """One rendition of one stream, live; `index` is its place in the catalog."""

    def __init__(
        self,
        index: int,
        rendition: Rendition,
        clock: Clock,
        history: History | None = None,
    ) -> None:
        self.index = index
        self.rendition = rendition
        self.description = Description()
        self.cost = Cost()
        self.history = History(0, CACHE_MAX_BYTES) if history is None else history
        self._clock = clock
        self._sinks: dict[Sink, str] = {}
        # Those of the sinks that do not ride in the convoy, in order.
        self._alone: dict[Sink, None] = {}
        self._convoy = Convoy(self._left)
        self._sequence = 0
        self._init: Message | None = None
        self._discontinuity = False
        self.idle_since_us: int | None = None

    @property
    def subscribers(self) -> int:
        """How many subscriptions there are."""
        return len(self._sinks)

    @property
    def offered(self) -> Offer:
        """This channel's entry in the catalog."""
        return Offer(self.index, str(self.rendition), **self.description.as_json())

    @property
    def is_running(self) -> bool:
        """Whether there is a group so far."""
        return bool(self._group_so_far())

    def subscribe(self, sink: Sink, reason: str = "", *, fresh: bool = False) -> None:
        """Add a subscription; it gets the description, init segment and group so far at once.

        `fresh` leaves the group out: the newcomer's link is too slow for a past that it will not
        show, and a keyframe is on its way. One that is there already is left alone.
        """
        if sink in self._sinks:
            return
        if self._is_stale():
            self.history.end()
        self._sinks[sink] = reason
        self._alone[sink] = None
        if self.description.codec:
            sink.tell(self._announcement(reason))
        if self._init is not None:
            sink.offer(self._init)
        for message in () if fresh else tuple(self._group_so_far()):
            sink.offer(message)

    def unsubscribe(self, sink: Sink) -> None:
        """Remove a subscription; unknown ones are ignored."""
        if isinstance(sink, Subscription):
            self._convoy.leave(sink)
        self._alone.pop(sink, None)
        if self._sinks.pop(sink, None) is not None:
            self.idle_since_us = self._clock.monotonic_us()

    def describe(self, description: Description) -> None:
        """Take what the next messages are, and tell every subscription."""
        self.description = description
        for sink, reason in list(self._sinks.items()):
            sink.tell(self._announcement(reason))

    def publish(self, data: bytearray) -> None:
        """Stamp, cache and fan out one wire message from the worker."""
        message = self._stamp(data)
        self._remember(message)
        self._convoy.make_way(message)
        # Whom the convoy leaves behind while it sends was sent the message by it.
        alone = tuple(self._alone)
        self._convoy.send(message)
        for sink in alone:
            if sink not in self._alone:  # it left while others were served
                continue
            rider = sink.offer(message)
            if rider is not None and sink in self._alone and rider.board(self._convoy):
                del self._alone[sink]

    def rest(self) -> None:
        """Nobody is asked to go on with the group; what is kept of the past goes as it ages."""
        self.history.end()
        self.history.trim(self._clock.monotonic_us())

    def forget(self) -> None:
        """Forget the past: nobody watches any more."""
        self.history.clear()

    def restart(self) -> None:
        """Forget what the last worker sent; the next message will be a discontinuity."""
        self._init = None
        self.history.end()
        self._discontinuity = self._sequence > 0

    def _left(self, rider: Rider) -> None:
        if isinstance(rider, Subscription):
            self._alone[rider] = None

    def _stamp(self, data: bytearray) -> Message:
        flags = 0
        if self._discontinuity and data[KIND_AT] != Kind.INIT:
            flags = Flags.DISCONTINUITY
            self._discontinuity = False
        number, clock = self._sequence, self._clock
        age_us = wire.stamp(data, number, clock.wall_us(), flags)
        message = Message(data, number, clock.monotonic_us(), age_us)
        self._sequence += 1
        self.cost.add(message)
        return message

    def _remember(self, message: Message) -> None:
        if message.is_key:
            self.history.begin(self.description, self._init, message)
        elif message.is_picture:
            self.history.add(message)
        else:
            self._init = message
            self.history.end()

    def _group_so_far(self) -> Sequence[Message]:
        """What a newcomer begins with; nothing where that would be too much."""
        group = self.history.group
        if group is None or group.size > CACHE_MAX_BYTES:
            return ()
        return group.messages if len(group.messages) <= CACHE_MAX_MESSAGES else ()

    def _is_stale(self) -> bool:
        """Whether the group is of a time when somebody last watched, and not the live one."""
        group = self._group_so_far()
        if self._sinks or not group:
            return False
        return self._clock.monotonic_us() - group[-1].published_us > STALE_US

    def _announcement(self, reason: str) -> str:
        offer = self.offered
        change = RenditionChange(
            offer.index, offer.id, offer.codec, offer.width, offer.height, offer.fps, reason
        )
        return dump(change)
