"""What one viewer is sent: pacing applied, synchronously, to every published message.

While a viewer keeps up, a message goes to its port the moment it is published and nothing is
kept here. Otherwise messages wait, JPEG newest-wins. When the oldest has become too late to be
painted in time, everything before the newest keyframe is dropped; if there is none, everything,
and the encoder is asked for one. Text is never dropped and keeps its place among the media.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from streamer.control import Ack
from streamer.hub.delivery.convoy import Convoy
from streamer.hub.delivery.flight import STEP, Log
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.pacing import Pacing
from streamer.hub.delivery.row import Lane
from streamer.wire import Kind, unwrapped

MAX_WAITING_BYTES = 16 * 1024 * 1024
ANSWER_WITHIN_US = 1_000_000


class Port(Protocol):
    """The near end of one viewer's connection. Nothing here waits."""

    def send(self, message: Message) -> bool:
        """Send one media message; False when not all of it has left this process."""
        ...

    def send_text(self, text: str) -> None:
        """Send one control message."""
        ...

    def unsent(self) -> int:
        """Bytes that have been handed over and have not left this machine."""
        ...

    def lane(self, on_close: Callable[[], None]) -> Lane | None:
        """The bare way to the viewer: its socket, to which frames may be sent.

        That holds while nothing that was handed over is unsent, until `on_close` is called. None
        where there is no such way.
        """
        ...

    def finish(self, frame: bytes, sent: int) -> None:
        """Send the rest of a frame that the lane did not take."""
        ...


class Waiting(NamedTuple):
    """A message that waits, and since when its picture counts as old (monotonic)."""

    item: Message | str
    since_us: int


class Subscription:
    """One viewer's share of a channel. Every method returns at once.

    `on_gap` is called when a keyframe is needed, `on_wait` when something waits or was dropped, so
    that `pump` is called before long. `now_us` gives the monotonic clock.
    """

    def __init__(
        self,
        port: Port,
        pacing: Pacing,
        now_us: Callable[[], int],
        on_gap: Callable[[], None],
        on_wait: Callable[[], None],
    ) -> None:
        self.dropped: Counter[str] = Counter()
        self.pacing = pacing
        # What sends small things beside the pictures, when they may go too.
        self.beside: Callable[[], None] | None = None
        self._joined_bytes = 0
        self._sent = 0
        self._sent_bytes = 0
        self._port = port
        self._now_us = now_us
        self._on_gap = on_gap
        self._on_wait = on_wait
        self._waiting: deque[Waiting] = deque()
        self._waiting_bytes = 0
        self._needs_keyframe = False
        self._is_blocked = False
        self._joined_us = now_us()
        # Keys grow across renditions: a message's is its number plus `_offset`, times `STEP`;
        # those of announcements stand between.
        self._offset = 1
        self._newest = 0
        self._announcement = ""
        self._announced: deque[int] = deque(maxlen=STEP - 1)
        # Answers to announcements of before, which are on their way; and whether what is
        # acknowledged by number is of now.
        self._owed = 0
        self._is_answered = True
        self._convoy: Convoy | None = None

    @property
    def sent(self) -> int:
        """Media messages that were sent."""
        ride = self.pacing.flight.ride
        return self._sent + (ride.sent if ride else 0)

    @property
    def sent_bytes(self) -> int:
        """Bytes of media that were sent."""
        ride = self.pacing.flight.ride
        return self._sent_bytes + (ride.sent_bytes if ride else 0)

    @property
    def rides(self) -> bool:
        """Whether it is served by a convoy, as it keeps up."""
        return self.pacing.flight.ride is not None

    @property
    def waits(self) -> bool:
        """Whether anything waits to be sent."""
        return bool(self._waiting)

    def waiting_us(self) -> int:
        """For how long the oldest picture that waits has been old."""
        oldest = next((since_us for item, since_us in self._waiting if _is_picture(item)), None)
        return 0 if oldest is None else self._now_us() - oldest

    def join(self, size: int) -> bool:
        """Whether something small may go beside the pictures now; it is then on its way.

        As it is not acknowledged, it counts as under way until a picture is.
        """
        if self._port.unsent() > 0:
            return False
        if self.rides:
            return True
        now_us = self._now_us()
        joined = self.pacing.may_send(self._joined_bytes + size, now_us)
        if joined:
            self._joined_bytes += size
        else:
            self._hurry(now_us)
        return joined

    def begin(self) -> None:
        """Start on another rendition, or again after a pause: what waits is of no use."""
        self._waiting.clear()
        self._waiting_bytes = 0
        self._needs_keyframe = True
        self._announcement = ""
        self._offset = self._newest // STEP + 2
        self._newest = self._offset * STEP - STEP // 2
        self._owed += len(self._announced)
        self._announced.clear()
        self._is_answered = not self.pacing.flight
        self._joined_us = self._now_us()

    def resume(self) -> None:
        """Go on after a pause, in which no acknowledgement was heard."""
        self.pacing.forgive(self._newest, self._now_us())

    def tell(self, text: str) -> None:
        """Announce a rendition, in its place among the media; the viewer acknowledges that too."""
        self._announcement = text
        if self._waiting:
            self._waiting.append(Waiting(text, 0))
        else:
            self._send_text(text, self._now_us())

    def say(self, text: str) -> None:
        """Send control text that is no announcement; nothing waits before it."""
        self._port.send_text(text)

    def announce(self, text: str) -> None:
        """Announce a rendition, unless that is what was announced last."""
        if text != self._announcement:
            self.tell(text)

    def replay(self, message: Message) -> bool:
        """Send a message of the past, if the link takes it now; it is never kept or dropped."""
        now_us = self._now_us()
        if self._waiting or not self._may_send(message, now_us):
            return False
        self._send(message, now_us)
        return True

    def probe(self, padding: int) -> None:
        """Announce once more, so much longer: what needs no decoding shows what a link carries."""
        if self._announcement and not self._waiting:
            text = f'{self._announcement[:-1]},"padding":"{"-" * padding}"}}'
            self._send_text(text, self._now_us())

    def offer(self, message: Message) -> "Subscription | None":
        """Take one media message: send it, keep it, or drop it. Itself, if it may ride."""
        # What a channel kept for newcomers was published long before it is sent to this one.
        now_us = max(message.published_us, self._joined_us)
        if (
            not self._waiting
            and not self._needs_keyframe
            and not self._is_blocked
            and self.pacing.is_easy(message.size, now_us)
        ):
            self._send(message, now_us)
            return None if self._is_blocked else self
        self._offer_slowly(message)
        return None

    def board(self, convoy: Convoy) -> bool:
        """Ride in a convoy, if there is a bare way to the viewer."""
        lane = self._port.lane(self._leave_convoy)
        if lane is None:
            return False
        self._convoy = convoy
        convoy.board(self, lane, self._now_us())
        return True

    def ride(self, log: Log) -> None:
        """From now on, be sent what stands in the log."""
        self.pacing.flight.board(log, self._offset * STEP)

    def alight(self) -> None:
        """Take what was sent since into account."""
        ride = self.pacing.flight.ride
        if ride is not None:
            self._sent += ride.sent
            self._sent_bytes += ride.sent_bytes
            self._newest = ride.newest
            self.pacing.flight.alight()

    def forgo(self, log: Log, first: int) -> None:
        """Need nothing of the log that was sent before a message."""
        ride = self.pacing.flight.ride
        if ride is not None and ride.oldest < first:
            self.alight()
            self.ride(log)

    def allowance(self, now_us: int) -> tuple[int, int]:
        """How many bytes more it may be sent, and until when, if it is not heard of."""
        return self.pacing.allowance(now_us)

    def finish(self, message: Message, sent: int) -> None:
        """Send the rest of a message that did not fit into the socket."""
        self._is_blocked = True
        self._port.finish(message.frame, sent)

    def ack(self, ack: Ack) -> None:
        """Take what the viewer says of its progress: an ack without numbers is an answer."""
        done = ack.done
        now_us = self._now_us()
        key = self._answered() if done is None else self._done(done, now_us)
        if key is None:
            return
        self.pacing.acked(key, now_us, decoded=done is not None)
        self._joined_bytes = 0
        if self._convoy is not None:
            self._convoy.renew(self, now_us)
        self.pump()

    def _answered(self) -> int | None:
        """The key of the announcement that is answered; None if it is one of before."""
        if self._owed:
            self._owed -= 1
            return None
        if not self._announced:
            return None
        self._is_answered = True
        return self._announced.popleft()

    def _done(self, number: int, now_us: int) -> int | None:
        """The key of a message; None while the number is of what was sent before.

        What is said comes in order: after `begin` the announcement is answered first. Who does
        not answer is heard again after a while.
        """
        if not self._is_answered and now_us - self._joined_us < ANSWER_WITHIN_US:
            return None
        # The wire's sequence wraps; the number does not.
        ride = self.pacing.flight.ride
        newest = (ride.newest if ride else self._newest) // STEP - self._offset
        return (self._offset + unwrapped(number, newest)) * STEP

    def pump(self) -> None:
        """Send what waits, as far as pacing allows; drop what is too late."""
        if self.beside is not None:
            self.beside()
        if not self._waiting:
            return
        now_us = self._now_us()
        self._drop_late(now_us)
        while self._waiting:
            item = self._waiting[0].item
            if isinstance(item, str):
                self._send_text(item, now_us)
            elif self._may_send(item, now_us):
                self._waiting_bytes -= item.size
                self._send(item, now_us)
            else:
                self._on_wait()
                return
            self._waiting.popleft()

    def _offer_slowly(self, message: Message) -> None:
        if message.kind == Kind.JPEG:
            self._drop_before(message.number, "newer")
        if self._needs_keyframe and message.kind == Kind.FRAGMENT and not message.is_key:
            self.dropped["waiting-for-keyframe"] += 1
            # One that could not be sent would only cost the others.
            if self._may_send(message, message.published_us):
                self._on_gap()
            self._on_wait()
            return
        self._needs_keyframe = self._needs_keyframe and not message.is_key
        # A picture that came old from its source is not the link's fault.
        age_us = min(message.age_us, self.pacing.max_latency_us // 2)
        since_us = max(message.published_us - age_us, self._joined_us)
        self._waiting.append(Waiting(message, since_us))
        self._waiting_bytes += message.size
        self.pump()

    def _may_send(self, message: Message, now_us: int) -> bool:
        if not message.is_picture:
            return True
        if not self.pacing.may_send(message.size, now_us):
            self._hurry(now_us)
            return False
        self._is_blocked = self._port.unsent() > 0
        return not self._is_blocked

    def _hurry(self, now_us: int) -> None:
        """Ask for an acknowledgement where nothing may go before one comes."""
        if self._announced or not self.pacing.must_ask(now_us):
            return  # it is asked already, or will acknowledge by itself
        if self._announcement and not any(isinstance(item, str) for item, _ in self._waiting):
            self._send_text(self._announcement, now_us)

    def _leave_convoy(self) -> None:
        if self._convoy is not None:
            self._convoy.leave(self)

    def _send_text(self, text: str, now_us: int) -> None:
        self._leave_convoy()  # which numbers what was sent before
        self._newest += 1
        self._announced.append(self._newest)
        self.pacing.sent(self._newest, len(text), now_us)
        self._port.send_text(text)

    def _send(self, message: Message, now_us: int) -> None:
        # Init segments are not acknowledged.
        self._newest = (self._offset + message.number) * STEP
        if message.is_picture:
            self.pacing.sent(self._newest, message.size, now_us)
        self._sent += 1
        self._sent_bytes += message.size
        if not self._port.send(message):
            self._is_blocked = True

    def _drop_late(self, now_us: int) -> None:
        first = next(self._pictures(), None)
        if first is None or not self._is_too_much(*first, now_us):
            return
        pictures = list(self._pictures())
        in_time = [
            message.number
            for message, since_us in pictures
            if message.is_key and not self.pacing.is_late(now_us - since_us, message.size, now_us)
        ]
        if in_time:
            self._drop_before(in_time[-1], "late")
            return
        self._drop_before(pictures[-1][0].number + 1, "late")
        self._needs_keyframe = True
        self._on_wait()

    def _is_too_much(self, oldest: Message, since_us: int, now_us: int) -> bool:
        is_late = self.pacing.is_late(now_us - since_us, oldest.size, now_us)
        return is_late or self._waiting_bytes > MAX_WAITING_BYTES

    def _pictures(self) -> Iterator[tuple[Message, int]]:
        for item, since_us in self._waiting:
            if isinstance(item, Message) and item.is_picture:
                yield item, since_us

    def _drop_before(self, number: int, reason: str) -> None:
        kept: deque[Waiting] = deque()
        size = 0
        for each in self._waiting:
            item = each.item
            if isinstance(item, str) or not item.is_picture or item.number >= number:
                kept.append(each)
                size += 0 if isinstance(item, str) else item.size
        self.dropped[reason] += len(self._waiting) - len(kept)
        self._waiting, self._waiting_bytes = kept, size


def _is_picture(item: Message | str) -> bool:
    return not isinstance(item, str) and item.is_picture
