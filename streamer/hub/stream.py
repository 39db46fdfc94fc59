"""A named thing to watch: its state, its watchers, and the channels of its renditions.

A stream decides nothing about processes; `supervisor` runs its source and tells it what happens.
All methods return at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import anyio

from streamer.address import SourceSpec
from streamer.clock import Clock
from streamer.control import Catalog, Offer
from streamer.errors import BadMessage, MediaError, NameTaken, PeerError
from streamer.hub.delivery.channel import Channel, Sink
from streamer.hub.delivery.choice import choose, offered, untouched
from streamer.hub.delivery.cost import Cost
from streamer.hub.delivery.tally import Tally
from streamer.hub.past.history import History
from streamer.hub.past.soundtrack import Soundtrack
from streamer.hub.sound.channel import Sound
from streamer.hub.spec import StreamSpec
from streamer.hub.state import IDLE, WAITING, Phase, State
from streamer.hub.supply.publication import Publication
from streamer.hub.supply.stage import KEYFRAME_EVERY_US, Stage
from streamer.publishing import Audience
from streamer.rendition import Description, Format, Rendition
from streamer.sound import form_at
from streamer.wire import HEADER_SIZE, RENDITION_AT

MAX_RENDITIONS = 16


class Watcher(Protocol):
    """Somebody who watches a stream, whatever rendition. The calls return at once."""

    def state_changed(self, state: State) -> None:
        """The stream went into another phase."""
        ...

    def catalog_changed(self, catalog: Catalog) -> None:
        """The stream offers something else: the time to choose a rendition."""
        ...

    def fail(self, exc: PeerError) -> None:
        """The stream is over for every watcher: take your leave."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """What the worker found in the source: FFmpeg's codec name, pixels, frames per second.

    `sound` is FFmpeg's name as well, empty where there is none. `starts` says whether a decoder
    can begin with its own pictures, as far as is known.
    """

    codec: str
    width: int
    height: int
    fps: float
    sound: str = ""
    starts: bool = True


class Stream:
    """One stream of the hub."""

    def __init__(self, spec: StreamSpec, clock: Clock) -> None:
        self.spec = spec
        self.name = spec.name
        self.state = IDLE if spec.pulled else WAITING
        self.opened: Opened | None = None
        self.playing: SourceSpec | None = None  # of its sources, the one that is open
        self.arrivals = 0
        self.tally = Tally()
        self._clock = clock
        self._watchers: dict[Watcher, None] = {}
        self._left_us = clock.monotonic_us() - round(spec.linger_s * 1e6)
        self._channels: list[Channel] = []
        self._keyframes: dict[int, int] = {}
        self._asked_us: dict[int, int] = {}
        self._changed = anyio.Event()
        self.stage = Stage(spec.name, clock, self.poke)
        track = Soundtrack(spec.history_mb << 20, self._kept_since_us)
        self.sound = Sound(clock, self.poke, track)

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._watchers)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """All channels that were ever asked for, by catalog index."""
        return tuple(self._channels)

    def attach(self, watcher: Watcher) -> None:
        """Add a watcher: tell it the state and, if it is known, the catalog.

        A stream that is over starts again for whoever comes new, unless it is read once.
        """
        is_over = self.state.phase is Phase.ENDED and self.spec.is_read_once
        if self.state.is_final and not is_over:
            self.enter(State(Phase.CONNECTING))
        self._watchers[watcher] = None
        self.arrivals += 1
        self.stage.tell(Audience(self.viewers))
        watcher.state_changed(self.state)
        if self.opened is not None:
            watcher.catalog_changed(self.catalog())
        self.poke()

    def detach(self, watcher: Watcher) -> None:
        """Remove a watcher; unknown ones are ignored."""
        if watcher not in self._watchers:
            return
        del self._watchers[watcher]
        self._left_us = self._clock.monotonic_us()
        self.stage.tell(Audience(self.viewers))
        self._forget_unwatched()
        self.poke()

    def catalog(self) -> Catalog:
        """The renditions on offer; empty while the source is not known."""
        if self.opened is None:
            return Catalog()
        opened = self.opened
        standing = [self._have(each) for each in offered(opened.codec, starts=opened.starts)]
        extra = [each for each in self._channels if each.subscribers and each not in standing]
        offers = tuple(self._offer(channel, opened) for channel in standing + extra)
        return Catalog(offers, self.sound.offered())

    @property
    def lines(self) -> int:
        """The source's height in pixels, zero while it is not known."""
        return 0 if self.opened is None else self.opened.height

    def choose(
        self, wanted: tuple[str, ...], codecs: tuple[str, ...]
    ) -> tuple[Channel, str] | None:
        """The channel of the first rendition that fits, and why; None while nothing is known.

        Raises:
            BadMessage: none fits, or the stream has too many renditions.
        """
        if self.opened is None:
            return None
        opened = self.opened
        rendition, reason = choose(wanted, codecs, opened.codec, starts=opened.starts)
        return self.channel(rendition), reason

    def cost(self, rendition: Rendition) -> Cost | None:
        """What a rendition was measured to cost; None if it was never asked for."""
        return next((each.cost for each in self._channels if each.rendition == rendition), None)

    def subscribe(self, channel: Channel, sink: Sink, reason: str, *, fresh: bool = False) -> None:
        """Subscribe `sink`; `fresh` leaves out the group so far and asks for a keyframe."""
        was_running = channel.is_running
        channel.subscribe(sink, reason, fresh=fresh)
        if fresh and was_running:
            self.request_keyframe(channel)
        # What is encoded anew needs one to begin with, and a group may have grown long.
        self.stage.ask_keyframe()
        self.poke()

    def unsubscribe(self, channel: Channel, sink: Sink) -> None:
        """End a subscription."""
        channel.unsubscribe(sink)
        self.poke()

    def request_keyframe(self, channel: Channel) -> None:
        """Ask who encodes for a keyframe, once a second at most: for h264 we, else a publisher."""
        if channel.rendition.format is Format.COPY:
            self.stage.ask_keyframe()
        now = self._clock.monotonic_us()
        since = now - self._asked_us.get(channel.index, now - KEYFRAME_EVERY_US)
        if channel.rendition.format is Format.H264 and since >= KEYFRAME_EVERY_US:
            self._asked_us[channel.index] = now
            self._keyframes[channel.index] = now
            self.poke()

    def admit(self, publication: Publication, *, takeover: bool) -> None:
        """Let a publisher in.

        Raises:
            NameTaken: the stream is made of something else.
            PublisherExists: another publishes, and may not be replaced.
        """
        if self.spec.published is None:
            raise NameTaken(f"'{self.name}' has a source of its own; publish under another name.")
        self.stage.enter(publication, takeover=takeover)

    def is_abandoned(self, after_us: int) -> bool:
        """Whether it was made for a publisher, and nobody has been there for so long."""
        if not self.spec.temporary or self._watchers:
            return False
        left_us = self._clock.monotonic_us() - self._left_us
        return min(left_us, self.stage.empty_us()) >= after_us

    # What the supervisor needs.

    @property
    def resting(self) -> State:
        """The state while nothing runs."""
        return IDLE if self.spec.pulled else WAITING

    @property
    def wanted(self) -> bool:
        """Whether the source should run; a publisher is reason enough, and needed if alone."""
        if self.stage.publication is not None or not self.spec.pulled:
            return self.stage.publication is not None
        lingers = self._clock.monotonic_us() - self._left_us < self.spec.linger_s * 1e6
        return self.spec.always or bool(self._watchers) or lingers

    def demand(self) -> dict[int, str]:
        """The renditions that the worker should make, by catalog index; others come to rest."""
        if self._recorded is not None:
            self._have(self._recorded)
        for channel in self._channels:
            if not self._is_demanded(channel):
                channel.rest()
        demanded = list(filter(self._is_demanded, self._channels))
        # It goes into clips, of which JPEGs make none.
        makes_clips = any(each.rendition.format is not Format.JPEG for each in demanded)
        self.sound.keep(makes_clips and self.spec.history_s > 0)
        return {channel.index: str(channel.rendition) for channel in demanded}

    def take_keyframes(self) -> tuple[int, ...]:
        """The channels for which a keyframe was asked since the last call."""
        taken, self._keyframes = tuple(self._keyframes), {}
        return taken

    def enter(self, state: State) -> None:
        """Go into a state and tell every watcher."""
        if state == self.state:
            return
        self.state = state
        self._forget_unwatched()
        self.stage.tell(state.message(self._clock.monotonic_us()))
        for watcher in self._present():
            watcher.state_changed(state)

    def open(self, opened: Opened) -> None:
        """Take what the source turned out to be, and let every watcher choose."""
        self.opened = opened
        self.sound.codec = opened.sound
        catalog = self.catalog()
        for watcher in self._present():
            watcher.catalog_changed(catalog)

    def describe(self, index: int, description: Description) -> None:
        """Take what a rendition's next messages are.

        Raises:
            MediaError: there is no such rendition.
        """
        self._at(index).describe(description)

    def publish(self, message: bytearray) -> None:
        """Fan out one wire message of the worker.

        Raises:
            MediaError: not a message, or of no rendition.
        """
        if len(message) < HEADER_SIZE:
            raise MediaError(f"A worker sent a media message of {len(message)} bytes.")
        index = message[RENDITION_AT]
        if form_at(index) is not None:
            self.sound.publish(message)
            return
        channel = self._at(index)
        channel.publish(message)
        if not self._is_demanded(channel):
            channel.rest()

    def restart(self) -> None:
        """Forget what the last worker sent."""
        self.playing = None
        for channel in self._channels:
            channel.restart()
        self.sound.restart()

    def dismiss(self, exc: PeerError) -> None:
        """Send every watcher and the publisher away."""
        self.stage.dismiss(exc)
        for watcher in self._present():
            watcher.fail(exc)

    def poke(self) -> None:
        """Wake the supervisor: something that it looks at has changed."""
        self._changed.set()

    async def changed(self, timeout_s: float | None) -> None:
        """Wait for a poke, at most `timeout_s`."""
        with anyio.move_on_after(timeout_s):
            await self._changed.wait()
        self._changed = anyio.Event()

    def channel(self, rendition: Rendition) -> Channel:
        """The channel of a rendition, made if it is new.

        Raises:
            BadMessage: the stream has too many renditions.
        """
        known = any(channel.rendition == rendition for channel in self._channels)
        busy = sum(self._is_demanded(channel) for channel in self._channels)
        if not known and busy >= MAX_RENDITIONS:
            raise BadMessage(
                f"'{self.name}' has {MAX_RENDITIONS} renditions already; choose one of them."
            )
        return self._have(rendition)

    def _have(self, rendition: Rendition) -> Channel:
        for channel in self._channels:
            if channel.rendition == rendition:
                return channel
        return self._replace_idle(rendition) or self._append(rendition)

    def _append(self, rendition: Rendition) -> Channel:
        channel = self._new_channel(len(self._channels), rendition)
        self._channels.append(channel)
        return channel

    def _new_channel(self, index: int, rendition: Rendition) -> Channel:
        past = round(self.spec.history_s * 1e6), self.spec.history_mb << 20
        history = History(*past) if past[0] else None
        return Channel(index, rendition, self._clock, history=history)

    def _replace_idle(self, rendition: Rendition) -> Channel | None:
        """A channel in place of one that nobody uses, once there are many."""
        if len(self._channels) < MAX_RENDITIONS:
            return None
        idle = (each for each in self._channels if not self._is_demanded(each))
        if (old := next(idle, None)) is None:
            return None
        channel = self._channels[old.index] = self._new_channel(old.index, rendition)
        return channel

    def _present(self) -> Iterator[Watcher]:
        """Those who watch; whoever is sent away while another is told is left out."""
        for watcher in list(self._watchers):
            if watcher in self._watchers:
                yield watcher

    def _at(self, index: int) -> Channel:
        if not 0 <= index < len(self._channels):
            raise MediaError(f"A worker sent something of rendition {index}, which is not there.")
        return self._channels[index]

    @property
    def _recorded(self) -> Rendition | None:
        """What is kept though nobody watches: what comes untouched from a source always open."""
        if self.opened is None or not (self.spec.always and self.spec.history_s):
            return None
        return untouched(self.opened.codec, starts=self.opened.starts)

    def _forget_unwatched(self) -> None:
        """Keep no past of a stream that rests and that nobody watches."""
        if self.state == self.resting and not self._watchers:
            for channel in self._channels:
                channel.forget()
            self.sound.past.clear()

    def _kept_since_us(self) -> int:
        """When the oldest picture that is kept was published; without one, how far one may be."""
        oldest = (each.history.oldest() for each in self._channels)
        since_us = self._clock.monotonic_us() - round(self.spec.history_s * 1e6)
        return min((each.published_us for each in oldest if each is not None), default=since_us)

    def _is_demanded(self, channel: Channel) -> bool:
        if channel.subscribers or channel.rendition == self._recorded:
            return True
        since_us = channel.idle_since_us
        now_us = self._clock.monotonic_us()
        return since_us is not None and now_us - since_us < self.spec.linger_s * 1e6

    @staticmethod
    def _offer(channel: Channel, opened: Opened) -> Offer:
        if channel.description.codec:
            return channel.offered
        codec = "jpeg" if channel.rendition.format is Format.JPEG else ""
        return Offer(
            channel.index, str(channel.rendition), codec, opened.width, opened.height, opened.fps
        )
