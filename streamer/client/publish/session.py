"""One publishing session: what is said, sent and heard over one connection. Knows no socket.

`send` takes text and bytes and may wait; all else returns at once. How much may be under way is
`hub.pacing`'s business, as it is for viewers: the server acknowledges each packet that its worker
took.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from streamer.client.backlog import Backlog, Waiting
from streamer.client.heartbeat import Heartbeat
from streamer.client.publish.encoded import Encoded
from streamer.client.publish.sounds import EncodedSound
from streamer.clock import Clock
from streamer.control import ErrorNotice, Hello, Keyframe, Pong, StateChange, dump
from streamer.hub.delivery.pacing import Pacing
from streamer.publishing import Audience, Publish, Receipt, ServerMessage, parse_server
from streamer.wire import Flags, Header, Kind, pack, unwrapped

log = logging.getLogger(__name__)

MAX_LATENCY_US = 500_000
_ACK_WITHIN_US = 1_000_000  # the server acknowledges each packet once its worker took it


@dataclass(slots=True)
class Figures:
    """What was done so far, over all sessions; `round_trip_us` and `viewers` are the newest."""

    sent: int = 0
    sent_bytes: int = 0
    dropped: int = 0
    sessions: int = 0
    viewers: int = 0
    round_trip_us: int | None = None


class Session:
    """An open connection to a server. One thread at a time."""

    def __init__(
        self,
        send: Callable[[str | bytes], None],
        clock: Clock,
        figures: Figures,
        ask_keyframe: Callable[[], None],
    ) -> None:
        self.has_worked = False
        self.failure: ErrorNotice | None = None
        self.told: StateChange | None = None
        self._send = send
        self._clock = clock
        self._figures = figures
        self._ask_keyframe = ask_keyframe
        self._pacing = Pacing(MAX_LATENCY_US, _ACK_WITHIN_US)
        self._backlog: Backlog[Encoded] = Backlog()
        self._counted = 0
        self._heartbeat = Heartbeat(send, clock)
        self._form: Publish | None = None
        self._usual_bytes = 0
        self._newest = -1

    @property
    def is_open(self) -> bool:
        """Whether one more picture of the usual size would be sent at once."""
        if not self.is_greeted or self._backlog:
            return False
        return self._pacing.may_send(self._usual_bytes, self._clock.monotonic_us())

    @property
    def is_greeted(self) -> bool:
        """Whether the server said hello."""
        return self._heartbeat.is_greeted

    @property
    def is_idle(self) -> bool:
        """Whether all that was pushed has arrived."""
        return not self._backlog and not self._pacing.flying

    @property
    def is_dead(self) -> bool:
        """Whether the server has not answered for too long."""
        return self._heartbeat.is_dead

    @property
    def next_beat_us(self) -> int:
        """When to call `beat` again, counted from now."""
        return self._heartbeat.next_us

    def begin(self) -> None:
        """Say nothing: the first word goes with the first picture."""

    def push(self, item: Encoded) -> None:
        """Send a picture now, or as soon as the server has taken those before, or not at all."""
        self._backlog.push(item, self._clock.monotonic_us())
        self.pump()

    def push_sound(self, sound: EncodedSound) -> None:
        """Send sound now, or not at all: it is the first that a slow link leaves out."""
        has_said = self._form is not None and self._form.sound is not None
        now_us = self._clock.monotonic_us()
        if self._backlog or not (has_said and self._pacing.may_send(len(sound.data), now_us)):
            return
        sequence = self._backlog.count()
        times = self._times(sound.captured_us)
        header = Header(Kind.AUDIO_PACKET, Flags.KEYFRAME, 0, sequence, sound.pts_us, *times)
        self._dispatch(sequence, pack(header, sound.data))

    def pump(self) -> None:
        """Send what waits and may be sent, and drop what is late."""
        self._backlog.drop_late(self._is_late)
        while (head := self._backlog.head) is not None and self._may_send(head.item):
            self._transmit(self._backlog.pop())
        if dropped := self._backlog.dropped - self._counted:
            self._counted += dropped
            self._figures.dropped += dropped
            if self._backlog.needs_keyframe:
                self._ask_keyframe()

    def beat(self) -> None:
        """Ping, when it is time to."""
        self._heartbeat.beat()

    def hear(self, message: str | bytes) -> None:
        """Obey one control message; a server has no other for us.

        Raises:
            BadMessage: it is none.
        """
        self._heartbeat.heard()
        if isinstance(message, str):
            self._obey(parse_server(message))

    def _obey(self, message: ServerMessage) -> None:
        match message:
            case Hello():
                self._heartbeat.greet(message)
                self._ask_keyframe()
            case Receipt():
                self._receive(message)
            case Pong():
                self._learn(message)
            case Keyframe():
                self._ask_keyframe()
            case Audience():
                self._figures.viewers = message.viewers
            case StateChange():
                self.told = message
            case ErrorNotice():
                self.failure = message

    def _receive(self, receipt: Receipt) -> None:
        self.has_worked = True
        # The wire's sequence wraps; the backlog's does not.
        received = unwrapped(receipt.received, self._newest)
        self._pacing.acked(received, self._clock.monotonic_us(), decoded=False)
        self.pump()

    def _learn(self, pong: Pong) -> None:
        self._heartbeat.learn(pong)
        self._figures.round_trip_us = self._heartbeat.offset.round_trip_us

    def _is_late(self, waiting: Waiting[Encoded]) -> bool:
        # What stands alone and is the newest is never too late: nothing better is there.
        if waiting.item.stands_alone:
            return False
        now_us = self._clock.monotonic_us()
        return self._pacing.is_late(now_us - waiting.since_us, waiting.item.size, now_us)

    def _may_send(self, item: Encoded) -> bool:
        if not self.is_greeted:
            return False
        return self._pacing.may_send(item.size, self._clock.monotonic_us())

    def _transmit(self, waiting: Waiting[Encoded]) -> None:
        item = waiting.item
        self._announce(item)
        header = Header(
            Kind.PACKET,
            Flags.KEYFRAME if item.keyframe else Flags.NONE,
            0,
            waiting.sequence,
            item.moment.pts_us,
            *self._times(item.moment.captured_us),
        )
        message = pack(header, item.data, item.moment.meta)
        self._usual_bytes = len(message)
        self._figures.sent += 1
        self._dispatch(waiting.sequence, message)

    def _times(self, captured_us: int) -> tuple[int, int]:
        """When something was captured by the server's clock, and how long ago."""
        told_us = max(0, captured_us + self._heartbeat.offset.offset_us)
        return told_us, self._clock.wall_us() - captured_us

    def _dispatch(self, sequence: int, message: bytes) -> None:
        self._newest = sequence
        self._pacing.sent(sequence, len(message), self._clock.monotonic_us())
        self._figures.sent_bytes += len(message)
        self._send(message)

    def _announce(self, item: Encoded) -> None:
        if item.form == self._form:
            return
        is_first, self._form = self._form is None, item.form
        self._send(dump(item.form))
        if is_first:
            self._heartbeat.begin()
