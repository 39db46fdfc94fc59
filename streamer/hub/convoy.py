"""Fan out to the viewers that keep up by one bare loop of writes, with one account for all.

The kernel takes a few microseconds to send a message to a viewer, and the objects that Python
touches for each viewer cost as much again: with hundreds of them none is in the processor's cache
when its turn comes. So viewers that keep up ride in a convoy. What it sends is logged once, and a
rider's own account catches up with the log when somebody looks at it, which is mostly when its
acknowledgement comes. How far a rider may go until then is known beforehand: so many bytes, and
until when. The convoy goes as far as the least of its riders; whoever can go no further leaves
it, and is served alone until it keeps up again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from streamer.hub.message import Message

MAX_LOG = 256


class Sent(NamedTuple):
    """What a rider has to know of a message that was sent to it."""

    number: int
    size: int
    sent_us: int


class Rider(Protocol):
    """A viewer that may ride. It is told before `leave` returns what it was sent."""

    def catch_up(self, sent: Sequence[Sent]) -> None:
        """Take what was sent since the last call into account."""
        ...

    def allowance(self, now_us: int) -> tuple[int, int]:
        """How many bytes more it may be sent, and until when, if it is not heard of."""
        ...

    def finish(self, message: Message, written: int) -> None:
        """Send the rest of a message of whose frame only so much was written; it has left."""
        ...


@dataclass(slots=True)
class _Seat:
    write: Callable[[bytes], int]
    logged: int
    max_bytes: int = 0
    until_us: int = 0


class Convoy:
    """The riders of one channel. `on_leave` is called for each that leaves."""

    def __init__(self, on_leave: Callable[[Rider], None]) -> None:
        self._on_leave = on_leave
        self._seats: dict[Rider, _Seat] = {}
        # The seats in a row, made when they are needed.
        self._writes: list[Callable[[bytes], int]] = []
        self._log: list[Sent] = []
        # Bytes sent since ever, and where and when the first rider must be looked at.
        self._bytes = 0
        self._max_bytes = 0
        self._until_us = 0

    def board(self, rider: Rider, write: Callable[[bytes], int], now_us: int) -> None:
        """Take a rider in. `write` takes a WebSocket frame and says how much of it was sent."""
        seat = self._seats[rider] = _Seat(write, len(self._log))
        self._writes = []
        self._allow(rider, seat, now_us)

    def leave(self, rider: Rider) -> None:
        """Let a rider go; one that is not there is ignored."""
        seat = self._seats.pop(rider, None)
        if seat is not None:
            self._writes = []
            self._tell(rider, seat)
            self._on_leave(rider)

    def look_up(self, rider: Rider) -> None:
        """Bring a rider's account up to date; one that is not there has its own."""
        seat = self._seats.get(rider)
        if seat is not None:
            self._tell(rider, seat)

    def renew(self, rider: Rider, now_us: int) -> None:
        """Take how far a rider may go from now on; one that may not go on leaves."""
        seat = self._seats.get(rider)
        if seat is not None and not self._allow(rider, seat, now_us):
            self.leave(rider)

    def make_way(self, message: Message) -> None:
        """Let go who may not be sent a message; nobody may be sent an init segment."""
        if not self._seats:
            return
        now_us, nbytes = message.published_us, self._bytes + message.size
        if not message.is_picture:
            self._dissolve()
        elif nbytes > self._max_bytes or now_us >= self._until_us:
            self._review(nbytes, now_us)

    def send(self, message: Message) -> None:
        """Send a message, for which way was made, to all; who leaves meanwhile was sent it."""
        if not self._seats:
            return
        self._bytes += message.size
        self._log.append(Sent(message.number, message.size, message.published_us))
        self._write(message)
        if len(self._log) >= MAX_LOG:
            self._clear_log()

    def _write(self, message: Message) -> None:
        writes = self._writes
        if not writes:
            writes = self._writes = [seat.write for seat in self._seats.values()]
        frame = message.frame
        whole = len(frame)
        short: list[tuple[int, int]] = []
        for index, write in enumerate(writes):
            try:
                written = write(frame)
            except OSError:  # the socket is full, or broken, which its transport finds out
                written = 0
            if written != whole:
                short.append((index, written))
        if short:
            self._fall_out(message, short)

    def _fall_out(self, message: Message, short: list[tuple[int, int]]) -> None:
        riders = tuple(self._seats)
        for index, written in short:
            self.leave(riders[index])
            riders[index].finish(message, written)

    def _review(self, nbytes: int, now_us: int) -> None:
        """Let go who may not be sent so many bytes in all, and look how far the others may go."""
        self._max_bytes = self._until_us = 1 << 63
        for rider, seat in tuple(self._seats.items()):
            if seat.max_bytes < nbytes or seat.until_us <= now_us:
                self._tell(rider, seat)
                self._allow(rider, seat, now_us)
            if seat.max_bytes < nbytes or seat.until_us <= now_us:
                self.leave(rider)
            else:
                self._max_bytes = min(self._max_bytes, seat.max_bytes)
                self._until_us = min(self._until_us, seat.until_us)

    def _allow(self, rider: Rider, seat: _Seat, now_us: int) -> bool:
        nbytes, seat.until_us = rider.allowance(now_us)
        seat.max_bytes = self._bytes + nbytes
        # What is allowed to a newcomer may be less than to all others.
        self._max_bytes = min(self._max_bytes, seat.max_bytes)
        self._until_us = min(self._until_us, seat.until_us)
        return nbytes > 0 and seat.until_us > now_us

    def _tell(self, rider: Rider, seat: _Seat) -> None:
        if seat.logged < len(self._log):
            rider.catch_up(self._log[seat.logged :])
            seat.logged = len(self._log)

    def _clear_log(self) -> None:
        for rider, seat in self._seats.items():
            self._tell(rider, seat)
            seat.logged = 0
        self._log.clear()

    def _dissolve(self) -> None:
        for rider in tuple(self._seats):
            self.leave(rider)
        self._log.clear()
