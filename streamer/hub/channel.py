"""The live fan-out of one rendition: init segment, group cache, subscriptions.

`publish` runs for every message and never waits. It fills in what only the channel knows
(sequence, publish time, discontinuity) in place, remembers the group so far, and offers the same
bytes to every subscription. Whoever subscribes in mid-group is given the init segment and the
whole group first, and so has a picture at once.
"""

from typing import Protocol

from streamer import wire
from streamer.clock import Clock
from streamer.control import Offer, RenditionChange, dump
from streamer.rendition import Description, Rendition
from streamer.wire import Flags, Kind

CACHE_MAX_BYTES = 16 * 1024 * 1024
CACHE_MAX_MESSAGES = 600
_KIND_AT = 1
_FLAGS_AT = 2


class Sink(Protocol):
    """Where a channel's messages go. Both calls return at once and may drop media, not text."""

    def tell(self, text: str) -> None:
        """Take one control message."""
        ...

    def offer(self, message: bytearray, burst: bool) -> None:
        """Take one media message; `burst` marks the group so far, given to a newcomer."""
        ...


class Channel:
    """One rendition of one stream, live. `index` is its place in the catalog."""

    def __init__(self, index: int, rendition: Rendition, clock: Clock) -> None:
        self.index = index
        self.rendition = rendition
        self.description = Description()
        self.published = 0
        self.published_bytes = 0
        self._clock = clock
        self._sinks: dict[Sink, str] = {}
        self._sequence = 0
        self._init: bytearray | None = None
        self._group: list[bytearray] = []
        self._group_bytes = 0
        self._discontinuity = False
        self.idle_since_us = clock.monotonic_us()

    @property
    def subscribers(self) -> int:
        """How many subscriptions there are."""
        return len(self._sinks)

    @property
    def offered(self) -> Offer:
        """This channel's entry in the catalog."""
        return Offer(self.index, str(self.rendition), **self.description.as_json())

    @property
    def newest(self) -> bytearray | None:
        """The last message of the group so far, if there is one."""
        return self._group[-1] if self._group else None

    def subscribe(self, sink: Sink, reason: str = "") -> None:
        """Add a subscription; it gets the description, init segment and group so far at once."""
        self._sinks[sink] = reason
        if self.description.codec:
            sink.tell(self._announcement(reason))
        if self._init is not None:
            sink.offer(self._init, True)
        for message in self._group:
            sink.offer(message, True)

    def unsubscribe(self, sink: Sink) -> None:
        """Remove a subscription; unknown ones are ignored."""
        self._sinks.pop(sink, None)
        self.idle_since_us = self._clock.monotonic_us()

    def describe(self, description: Description) -> None:
        """Take what the next messages are, and tell every subscription."""
        self.description = description
        for sink, reason in list(self._sinks.items()):
            sink.tell(self._announcement(reason))

    def publish(self, message: bytearray) -> None:
        """Stamp, cache and fan out one wire message from the worker."""
        self._stamp(message)
        self._remember(message)
        for sink in list(self._sinks):
            sink.offer(message, False)

    def restart(self) -> None:
        """Forget what the last worker sent; the next message will be a discontinuity."""
        self._init = None
        self._forget_group()
        self._discontinuity = self.published > 0

    def _stamp(self, message: bytearray) -> None:
        flags = Flags.NONE
        if self._discontinuity and message[_KIND_AT] != Kind.INIT:
            flags = Flags.DISCONTINUITY
            self._discontinuity = False
        wire.stamp(message, self._sequence, self._clock.wall_us(), flags)
        self._sequence += 1
        self.published += 1
        self.published_bytes += len(message)

    def _remember(self, message: bytearray) -> None:
        if message[_KIND_AT] == Kind.INIT:
            self._init = message
            self._forget_group()
            return
        if message[_FLAGS_AT] & Flags.KEYFRAME:
            self._forget_group()
        elif not self._group:
            return
        self._group.append(message)
        self._group_bytes += len(message)
        if len(self._group) > CACHE_MAX_MESSAGES or self._group_bytes > CACHE_MAX_BYTES:
            self._forget_group()

    def _forget_group(self) -> None:
        self._group = []
        self._group_bytes = 0

    def _announcement(self, reason: str) -> str:
        offer = self.offered
        change = RenditionChange(
            offer.index, offer.id, offer.codec, offer.width, offer.height, offer.fps, reason
        )
        return dump(change)
