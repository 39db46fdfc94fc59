"""Fan out to the viewers that keep up by one bare loop of sends, with one account for all.

The kernel takes a few microseconds to send a message to a viewer, and the objects that Python
touches for each viewer cost as much again: with hundreds of them none is in the processor's cache
when its turn comes. So viewers that keep up ride in a convoy. What it sends is logged once, and
their sockets stand in one `row`. How far a rider may go unheard is known beforehand: so many
bytes, and until when. The convoy goes as far as the least of its riders; whoever can go no further
leaves it, and is served alone until it keeps up again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from streamer.hub.delivery.flight import Log
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.row import Lane, Pages, Row, Short

MAX_LOG = 1024
_FAR = 1 << 63


class Rider(Protocol):
    """A viewer that may ride."""

    def ride(self, log: Log) -> None:
        """From now on, be sent what stands in the log."""
        ...

    def alight(self) -> None:
        """Take what was sent since into an account of its own."""
        ...

    def forgo(self, log: Log, first: int) -> None:
        """Need nothing of the log that was sent before a message."""
        ...

    def allowance(self, now_us: int) -> tuple[int, int]:
        """How many bytes more it may be sent, and until when, if it is not heard of."""
        ...

    def finish(self, message: Message, sent: int) -> None:
        """Send the rest of a message of whose frame only so much was sent; it has left."""
        ...


@dataclass(slots=True)
class _Seat:
    lane: Lane
    max_bytes: int = 0
    until_us: int = 0


class Convoy:
    """The riders of one channel. `on_leave` is called for each that leaves."""

    def __init__(self, on_leave: Callable[[Rider], None]) -> None:
        self._on_leave = on_leave
        self._seats: dict[Rider, _Seat] = {}
        # Their lanes, made when they are needed.
        self._row: Row | None = None
        self._pages = Pages()
        self._log = Log()
        # How many bytes may have been sent, and when the first rider must be looked at.
        self._max_bytes = self._until_us = _FAR

    def board(self, rider: Rider, lane: Lane, now_us: int) -> None:
        """Take a rider in, which was sent the last message alone."""
        seat = self._seats[rider] = _Seat(lane)
        self._row = None
        rider.ride(self._log)
        self._allow(rider, seat, now_us)

    def leave(self, rider: Rider) -> None:
        """Let a rider go; one that is not there is ignored."""
        if self._seats.pop(rider, None) is not None:
            self._row = None
            rider.alight()
            self._on_leave(rider)

    def renew(self, rider: Rider, now_us: int) -> None:
        """Take how far a rider may go from now on; one that may not go on leaves."""
        seat = self._seats.get(rider)
        if seat is not None and not self._allow(rider, seat, now_us):
            self.leave(rider)

    def make_way(self, message: Message) -> None:
        """Let go who may not be sent a message; nobody may be sent an init segment."""
        if not self._seats:
            return
        nbytes, now_us = self._log.bytes + message.size, message.published_us
        if not message.is_picture:
            for rider in tuple(self._seats):
                self.leave(rider)
        elif nbytes > self._max_bytes or now_us >= self._until_us:
            self._review(nbytes, now_us)

    def send(self, message: Message) -> None:
        """Send a message, for which way was made, to all; who leaves meanwhile was sent it."""
        self._log.append(message.number, message.size, message.published_us)
        if self._seats:
            self._send(message)
        if len(self._log) >= MAX_LOG:
            self._trim_log()

    def _send(self, message: Message) -> None:
        row = self._row
        if row is None:
            lanes = (seat.lane for seat in self._seats.values())
            row = self._row = Row(lanes, self._pages)
        short = row.send(message.frame)
        if short:
            self._fall_out(message, short)

    def _fall_out(self, message: Message, short: Short) -> None:
        riders = {seat.lane: rider for rider, seat in self._seats.items()}
        for lane, sent in short:
            rider = riders[lane]
            self.leave(rider)
            rider.finish(message, sent)

    def _review(self, nbytes: int, now_us: int) -> None:
        """Let go who may not be sent so many bytes in all, and look how far the others may go."""
        self._max_bytes = self._until_us = _FAR
        for rider, seat in tuple(self._seats.items()):
            if seat.max_bytes < nbytes or seat.until_us <= now_us:
                self._allow(rider, seat, now_us)
            if seat.max_bytes < nbytes or seat.until_us <= now_us:
                self.leave(rider)
            else:
                self._max_bytes = min(self._max_bytes, seat.max_bytes)
                self._until_us = min(self._until_us, seat.until_us)

    def _allow(self, rider: Rider, seat: _Seat, now_us: int) -> bool:
        nbytes, seat.until_us = rider.allowance(now_us)
        seat.max_bytes = self._log.bytes + nbytes
        # What is allowed to a newcomer may be less than to all others.
        self._max_bytes = min(self._max_bytes, seat.max_bytes)
        self._until_us = min(self._until_us, seat.until_us)
        return nbytes > 0 and seat.until_us > now_us

    def _trim_log(self) -> None:
        """Forget the older half, of which those that keep up need nothing any more.

        For all to alight at once takes long enough for a thousand to be late.
        """
        first = self._log.next - MAX_LOG // 2
        for rider in self._seats:
            rider.forgo(self._log, first)
        self._log.trim(first)
