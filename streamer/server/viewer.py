"""One viewer: what it asked for, what it is told, and which rendition it gets. Knows no socket."""

import logging
from collections.abc import Callable
from dataclasses import replace

from streamer import control
from streamer.clock import Clock
from streamer.control import (
    Ack,
    Keyframe,
    Live,
    Pause,
    Ping,
    Play,
    Quality,
    Resume,
    Seek,
    Sound,
    dump,
)
from streamer.errors import BadMessage, PeerError
from streamer.hub.delivery.adaptation import Adaptation
from streamer.hub.delivery.channel import Channel
from streamer.hub.delivery.pacing import Pacing
from streamer.hub.delivery.pump import Pump
from streamer.hub.delivery.scout import Scout
from streamer.hub.delivery.subscription import Port, Subscription
from streamer.hub.past.past import decoding, reach_us
from streamer.hub.past.timeshift import TimeShift
from streamer.hub.state import State
from streamer.hub.stream import Stream
from streamer.rendition import Rendition
from streamer.server.allowance import Allowance
from streamer.server.listening import Listening
from streamer.sound import CODECS

log = logging.getLogger(__name__)


class Viewer:
    """A viewer of one stream, writing to one port.

    `on_end` is called when the session must end; `failure` then says why, if it has a reason.
    """

    def __init__(
        self, stream: Stream, port: Port, clock: Clock, pump: Pump, on_end: Callable[[], None]
    ) -> None:
        self.state = stream.state
        self.failure: PeerError | None = None
        self._stream = stream
        self._port = port
        self._clock = clock
        self._pump = pump
        self._on_end = on_end
        self._play: Play | None = None
        self._channel: Channel | None = None
        self._adaptation: Adaptation | None = None
        self._scout: Scout | None = None
        self._paused = False
        self._left: Channel | None = None  # what it watched when it paused
        self._allowance = Allowance(clock.monotonic_us)
        self._sought: Seek | None = None
        self.subscription = Subscription(
            port, Pacing(0), clock.monotonic_us, self._ask_keyframe, self._wait
        )
        self._shift = TimeShift(stream, self.subscription, clock)
        how = port, clock, self._may_hear, self._wait
        self._listening = Listening(stream, self.subscription, *how)

    @property
    def is_playing(self) -> bool:
        """Whether it has said what it wants."""
        return self._play is not None

    @property
    def waits(self) -> bool:
        """Whether something waits to be sent to it."""
        is_to_move = self._shift.waits or self._sought is not None
        return self.subscription.waits or is_to_move or self._listening.waits

    def enter(self) -> None:
        """Greet, and attach to the stream."""
        self._say(control.Hello(self._stream.name, self._clock.wall_us()))
        self._stream.tally.join(self.subscription)
        self._stream.attach(self)

    def leave(self) -> None:
        """Detach from the stream and its channel."""
        self._pump.discard(self)
        self._unsubscribe()
        self._listening.stop()
        self._stream.tally.leave(self.subscription)
        self._stream.detach(self)

    def state_changed(self, state: State) -> None:
        """Tell the viewer."""
        self.state = state
        self._say(state.message(self._clock.monotonic_us()))

    def catalog_changed(self, catalog: control.Catalog) -> None:
        """Tell the viewer, and choose again."""
        self._say(catalog)
        if not self._shift.is_on:
            self._choose()
        self._tune()

    def fail(self, exc: PeerError) -> None:
        """End the session for this reason."""
        self.failure = self.failure or exc
        self._on_end()

    def receive(self, text: str) -> None:
        """Obey one control message; a bad one ends the session."""
        self._listening.heard()
        try:
            self._allowance.hear(len(text))
            self._obey(control.parse_client(text))
        except PeerError as exc:
            self.fail(exc)

    def play(self, wanted: Play) -> None:
        """Send what is wanted, as soon as the stream has it."""
        self._play = wanted
        self._shift.usable = decoding(wanted.codecs)
        self.subscription.pacing.max_latency_us = wanted.max_latency_ms * 1000
        self._choose()

    def record(self) -> None:
        """Send the sound as well from now on, whatever it is, late rather than not."""
        if not self._listening.is_on:
            self._listening.begin(CODECS, records=True)
            self._tune()

    def pump(self) -> None:
        """Send what waits, and look whether another rendition fits better."""
        if self._sought is not None:
            self._seek_soon(self._sought)
        if self._shift.is_on:
            self._go_on()
            return
        self.subscription.pump()
        self._review()

    def _obey(self, message: control.ClientMessage) -> None:
        self._check_order(message)
        match message:
            case Ack():
                self._acknowledge(message)
            case Ping():
                self._answer(message)
            case Keyframe():
                self._ask_keyframe()
            case Seek():
                self._seek_soon(message)
            case _:
                self._allowance.wish()
                self._fulfil(message)

    def _check_order(self, message: control.ClientMessage) -> None:
        if self._play is None and not isinstance(message, Play | Ping):
            raise BadMessage(f"The first message must be 'play', not '{message.type}'.")

    def _fulfil(self, message: control.ClientMessage) -> None:
        match message:
            case Play():
                self.play(message)
            case Quality():
                self._requalify(message)
            case Sound():
                self._listening.obey(message)
                self._tune()
            case _:
                self._move_in_time(message)

    def _move_in_time(self, message: control.ClientMessage) -> None:
        sought, self._sought = self._sought, None
        if sought is not None and not isinstance(message, Live):
            self._seek(sought)
        match message:
            case Pause():
                self._pause(message)
            case Resume():
                self._resume()
            case Live():
                self._go_live()

    def _seek_soon(self, wanted: Seek) -> None:
        """Of those that come too quickly only the newest is obeyed, as soon as may be."""
        if self._allowance.may_seek():
            self._sought = None
            self._seek(wanted)
        else:
            self._sought = wanted
            self._wait()

    def _answer(self, ping: Ping) -> None:
        now_us = self._clock.wall_us()
        past_us = reach_us(self._stream.channels, self._shift.usable, now_us)
        history_ms = past_us // 1000 if self.is_playing else 0
        self._say(control.Pong(ping.id, ping.client_us, now_us, history_ms))

    def _acknowledge(self, ack: Ack) -> None:
        if self._shift.is_on:
            self._shift.ack(ack)
            self._go_on()
            return
        channel = self._channel
        # Answers are counted, whichever rendition was announced.
        is_ours = channel is not None and ack.rendition in (None, channel.index)
        if ack.done is None or is_ours:
            self.subscription.ack(ack)
            if ack.staleness_ms is not None:
                self._stream.tally.observe(ack.staleness_ms)
            self._review()

    def _requalify(self, message: Quality) -> None:
        log.info("event=quality stream=%s reason=%r", self._stream.name, message.reason)
        if self._play is not None:
            self._play = replace(self._play, renditions=message.renditions)
            if not self._shift.is_on:
                self._choose()

    def _may_hear(self, size: int) -> bool:
        """Whether so much sound may go now."""
        if self._channel is not None:
            return self.subscription.join(size)
        # There is no picture to be late, and nobody acknowledges those that were on their way.
        return self._port.unsent() == 0

    def _tune(self) -> None:
        self._listening.tune(is_live=not self._shift.is_on)

    def _pause(self, pause: Pause) -> None:
        if self._shift.is_on:
            self._shift.stand()
            return
        if not self._paused:
            self._paused, self._left = True, self._channel
            self._choose()
        # It may be said later: a page that was hidden is paused.
        if pause.keep and self._left is not None:
            self._shift.hold(self._left)

    def _resume(self) -> None:
        if self._shift.has_begun:
            self._shift.play()
            self._go_on()
        elif self._paused:
            self._go_live()

    def _seek(self, wanted: Seek) -> None:
        spot = self._shift.find(wanted, self._channel)
        if spot is None:
            self._go_live()
            return
        self._paused = wanted.paused
        if self._channel is not None:
            self._unsubscribe()
        self._shift.seek(*spot, wanted)
        self._tune()
        self._go_on()

    def _go_on(self) -> None:
        """Send what is due of the past; where there is no more, it has become what is live."""
        if not self._shift.pump():
            self._go_live()
        elif self._shift.waits:
            self._wait()

    def _go_live(self) -> None:
        was_away = self._paused or self._shift.is_on
        if self._paused:
            self.subscription.resume()
        self._paused = False
        self._shift.leave()
        self._say(control.Shift())
        if was_away:
            self._tune()
            self._choose()
            if self._adaptation is not None:
                self._adaptation.settle(self._clock.monotonic_us())

    def _choose(self) -> None:
        """Begin at the top: the first rendition of those wanted that fits."""
        self._unsubscribe()
        play = self._play
        if play is None or self._paused:
            return
        try:
            channel = self._stream.choose(play.renditions, play.codecs)
        except BadMessage as exc:
            self.fail(exc)
            return
        if channel is not None:
            self._begin(*channel, decodes_h264="avc1" in play.codecs)

    def _begin(self, top: Channel, reason: str, *, decodes_h264: bool) -> None:
        """Subscribe to the top, or to where this viewer was below the same top."""
        now_us = self._clock.monotonic_us()
        adaptation = self._adaptation
        if adaptation is None or adaptation.top is not top:
            lines, cost = self._stream.lines, self._stream.cost
            self._adaptation = Adaptation(top, lines, decodes_h264, cost, now_us)
            self._subscribe(top, reason)
            return
        adaptation.restart(now_us)
        if adaptation.rendition == top.rendition:
            self._subscribe(top, reason)
        else:
            self._change(adaptation.rendition, adaptation.reason)

    @property
    def _adapts(self) -> bool:
        return self._play is not None and self._play.adapt

    def _review(self) -> None:
        if self._channel is None or self._adaptation is None or not self._adapts:
            return
        now_us = self._clock.monotonic_us()
        if self._adaptation.review(self._channel, self.subscription, now_us):
            self._move(self._adaptation)

    def _move(self, adaptation: Adaptation) -> None:
        """Down at once; up when there is a keyframe to begin with."""
        self._forget_scout()
        if adaptation.is_climbing:
            self._send_scout(adaptation.rendition, adaptation.reason)
        else:
            self._stream.tally.changes["down"] += 1
            self._change(adaptation.rendition, adaptation.reason)

    def _send_scout(self, rendition: Rendition, reason: str) -> None:
        try:
            channel = self._stream.channel(rendition)
        except BadMessage as exc:
            log.warning("event=no-rung stream=%s reason=%r", self._stream.name, exc.sentence)
            return
        usual_us = self._channel.cost.age_us if self._channel is not None else 0
        self._scout = Scout(
            channel,
            usual_us,
            self._clock.wall_us(),
            lambda: self._follow_scout(channel, reason),
        )
        self._stream.subscribe(channel, self._scout, reason, fresh=True)

    def _follow_scout(self, channel: Channel, reason: str) -> None:
        log.info("event=rendition stream=%s to=%s", self._stream.name, channel.rendition)
        self._stream.tally.changes["up"] += 1
        if self._adaptation is not None:
            self._adaptation.arrive(self._clock.monotonic_us())
        self._unsubscribe()
        self._subscribe(channel, reason)

    def _forget_scout(self) -> None:
        if self._scout is not None:
            self._stream.unsubscribe(self._scout.channel, self._scout)
            self._scout = None

    def _change(self, rendition: Rendition, reason: str) -> None:
        log.info("event=rendition stream=%s to=%s reason=%r", self._stream.name, rendition, reason)
        try:
            channel = self._stream.channel(rendition)
        except BadMessage as exc:
            log.warning("event=no-rung stream=%s reason=%r", self._stream.name, exc.sentence)
            return
        if channel is not self._channel:
            self._unsubscribe()
            self._subscribe(channel, reason, fresh=True)

    def _subscribe(self, channel: Channel, reason: str, *, fresh: bool = False) -> None:
        self._channel = channel
        self._stream.subscribe(channel, self.subscription, reason, fresh=fresh)

    def _unsubscribe(self) -> None:
        self._forget_scout()
        self._shift.leave()
        if self._channel is not None:
            self._stream.unsubscribe(self._channel, self.subscription)
            self._channel = None
        self.subscription.begin()

    def _ask_keyframe(self) -> None:
        if self._channel is not None:
            self._stream.request_keyframe(self._channel)

    def _wait(self) -> None:
        self._pump.add(self)

    def _say(self, message: control.ServerMessage) -> None:
        self._port.send_text(dump(message))
