"""One viewing session: what is said and heard over one connection. Knows no socket.

What comes goes into the inbox. Who takes it from there, to decode it or to hand it on, says when
that is done. Only then is it acknowledged, so that a server is slowed down by a slow machine, too.
"""

from collections.abc import Callable

from streamer.client.heartbeat import Heartbeat
from streamer.client.view.acks import Acks
from streamer.client.view.inbox import Inbox
from streamer.client.view.message import Message
from streamer.clock import Clock
from streamer.control import (
    Ack,
    Catalog,
    ErrorNotice,
    Hello,
    Keyframe,
    Play,
    Pong,
    RenditionChange,
    ServerMessage,
    StateChange,
    dump,
)
from streamer.errors import BadMessage
from streamer.viewing import parse_server
from streamer.wire import Flags, Header, Kind, missing, unpack, unpack_meta

_ASK_EVERY_US = 1_000_000
_PICTURES = (Kind.FRAGMENT, Kind.JPEG)


class Session:
    """An open connection to a server. One thread at a time."""

    def __init__(
        self,
        send: Callable[[str | bytes], None],
        clock: Clock,
        wanted: Play,
        inbox: Inbox,
        *,
        acknowledges: bool = True,
    ) -> None:
        self.has_worked = False
        self.failure: ErrorNotice | None = None
        self._send = send
        self._clock = clock
        self._inbox = inbox
        self._acknowledges = acknowledges
        self._acks = Acks()
        self._heartbeat = Heartbeat(send, clock)
        self._rendition: RenditionChange | None = None
        self._init: bytes | None = None
        self._last: int | None = None
        self._has_lost = False
        self._asked_us: int | None = None
        self._wanted = wanted

    @property
    def is_dead(self) -> bool:
        """Whether the server has not answered for too long."""
        return self._heartbeat.is_dead

    @property
    def next_beat_us(self) -> int:
        """When to call `beat` again, counted from now."""
        return self._heartbeat.next_us

    def begin(self) -> None:
        """Say what is wanted."""
        self._inbox.backlog.clear()
        self._send(dump(self._wanted))
        self._heartbeat.begin()

    def beat(self) -> None:
        """Ping, when it is time to, and send an ack that no picture has given occasion to."""
        self._heartbeat.beat()
        if self._acks.is_overdue(self._clock.monotonic_us()):
            self._acknowledge()

    def hear(self, message: str | bytes) -> None:
        """Take one message.

        Raises:
            BadMessage: it is none.
        """
        received_us = self._clock.wall_us()
        self._heartbeat.heard()
        if isinstance(message, str):
            self._obey(parse_server(message))
        else:
            self._take(message, received_us)

    def shown(self, message: Message, staleness_ms: float) -> None:
        """Take note that the program gets a message's picture now, and how old that is."""
        if self._is_of_now(message):
            now_us = self._clock.monotonic_us()
            self._acks.painted(message.header.sequence, staleness_ms, now_us)

    def done(self, message: Message) -> None:
        """Take note that there is no more use for a message."""
        if self._is_of_now(message):
            is_key_of_group = message.keyframe and not message.stands_alone
            self._acks.done(message.header.sequence, is_key_of_group)
            self._acknowledge_due()

    def _is_of_now(self, message: Message) -> bool:
        return self._rendition is not None and message.rendition.index == self._rendition.index

    def _obey(self, message: ServerMessage) -> None:
        inbox = self._inbox
        match message:
            case Hello():
                self._heartbeat.greet(message)
                inbox.offset = self._heartbeat.offset
            case Pong():
                self._heartbeat.learn(message)
            case Catalog():
                inbox.catalog = message
            case StateChange():
                inbox.state = message
                self.has_worked = True
            case RenditionChange():
                self._change(message)
            case ErrorNotice():
                self.failure = message

    def _change(self, rendition: RenditionChange) -> None:
        """Take another rendition; one that is known only asks how long the way is."""
        if rendition != self._rendition:
            self._rendition = self._inbox.rendition = rendition
            self._inbox.joined_us = self._clock.wall_us()
            self._init = None
            self._acks.reset(rendition.index)
            self._restart()
        self._say(self._acks.empty())

    def _restart(self) -> None:
        """Expect a jump: what comes next begins with a keyframe, and nothing was lost before."""
        self._last = None
        self._has_lost = False
        self._inbox.backlog.needs_keyframe = True

    def _take(self, data: bytes, received_us: int) -> None:
        header, payload = unpack(data)
        if header.kind is Kind.INIT:
            self._init = bytes(payload)
            self._restart()
        if header.kind not in _PICTURES:
            return
        rendition = self._rendition
        if rendition is None:
            raise BadMessage("The server sent a picture before it said what of.")
        meta, payload = unpack_meta(header, payload)
        self._inbox.look(self._clock.wall_us())
        self._inbox.figures.arrived(
            len(data),
            self._clock.monotonic_us(),
            is_of_before=self._inbox.is_of_before(header.captured_us, 0),
        )
        self._acks.received(header.sequence)
        self._look_for_gap(header)
        init = self._init if header.kind is Kind.FRAGMENT else None
        self._keep(Message(header, payload, meta, rendition, init, received_us))

    def _look_for_gap(self, header: Header) -> None:
        gap = 0 if self._last is None else missing(self._last, header.sequence)
        self._last = header.sequence
        if gap:
            self._inbox.figures.dropped["network"] += gap
            self._acks.watch_closely(self._clock.monotonic_us())
        if header.kind is Kind.FRAGMENT and (gap or header.flags & Flags.DISCONTINUITY):
            self._has_lost = True
            self._inbox.backlog.needs_keyframe = True

    def _keep(self, message: Message) -> None:
        inbox = self._inbox
        is_useless = inbox.backlog.needs_keyframe and not message.keyframe
        dropped = inbox.push(message, self._clock.monotonic_us())
        if is_useless:
            self._miss_keyframe()
        else:
            inbox.figures.dropped["late"] += dropped
        if dropped:
            self._give_up(message)

    def _give_up(self, newest: Message) -> None:
        """Something was dropped here: whatever does not wait any more is done with."""
        head = self._inbox.backlog.head
        sequence = newest.header.sequence if head is None else head.item.header.sequence - 1
        self._acks.done(sequence & 0xFFFFFFFF)
        self._acknowledge_due()

    def _miss_keyframe(self) -> None:
        if self._has_lost:
            self._inbox.figures.dropped["network"] += 1
        now_us = self._clock.monotonic_us()
        if self._asked_us is None or now_us - self._asked_us >= _ASK_EVERY_US:
            self._asked_us = now_us
            self._send(dump(Keyframe()))

    def _acknowledge_due(self) -> None:
        if self._acks.is_due(len(self._inbox.backlog), self._clock.monotonic_us()):
            self._acknowledge()

    def _acknowledge(self) -> None:
        queue = len(self._inbox.backlog)
        self._say(self._acks.take(queue, self._clock.monotonic_us()))

    def _say(self, ack: Ack) -> None:
        if self._acknowledges:
            self._send(dump(ack))
