"""What is under way to one viewer: sent, and not acknowledged. Pure.

A viewer that is served alone has a list of its own. One that rides in a convoy shares the convoy's
log, which is written once for all riders, and knows only from where: neither sending a message nor
acknowledging a hundred of them touches anything that belongs to one viewer and one message.

Messages carry a key that grows from one to the next, across renditions. Those of neighbouring
numbers are `STEP` apart, so that announcements have room between them.
"""

from collections import deque
from typing import NamedTuple

STEP = 1 << 10
MAX_FLYING = 512


class Landed(NamedTuple):
    """What an acknowledgement says: of the newest message, and bytes of all that it covers."""

    sent_us: int
    size: int
    nbytes: int


class Log:
    """What was sent to all riders of a convoy; messages are numbered without a gap."""

    def __init__(self) -> None:
        self.bytes = 0
        self.next = 0
        self._first = 0
        self._before: list[int] = []
        self._sent_us: list[int] = []

    def __len__(self) -> int:
        return len(self._before)

    def append(self, number: int, size: int, now_us: int) -> None:
        """Take one message; after a gap in the numbers, of which no rider knows, begin anew."""
        if number != self.next:
            self.clear(number)
        self._before.append(self.bytes)
        self._sent_us.append(now_us)
        self.bytes += size
        self.next = number + 1

    def clear(self, number: int) -> None:
        """Forget everything; the next message will have this number."""
        self._first = self.next = number
        self._before.clear()
        self._sent_us.clear()

    def trim(self, number: int) -> None:
        """Forget what was sent before a message."""
        count = number - self._first
        del self._before[:count], self._sent_us[:count]
        self._first = number

    def before(self, number: int) -> int:
        """How many bytes were sent before a message, or before the next one."""
        return self._before[number - self._first] if number < self.next else self.bytes

    def sent_us(self, number: int) -> int:
        """When a message was sent."""
        return self._sent_us[number - self._first]


class Ride:
    """A share of a log from its present end on; `key` is that of a message numbered 0."""

    def __init__(self, log: Log, key: int) -> None:
        self._log = log
        self._key = key
        self._boarded = self._begin = log.next
        self._boarded_bytes = self._landed_bytes = log.bytes

    @property
    def newest(self) -> int:
        """The key of the last message, which may have been sent before it boarded."""
        return self._key + (self._log.next - 1) * STEP

    @property
    def sent(self) -> int:
        """Messages since it boarded."""
        return self._log.next - self._boarded

    @property
    def sent_bytes(self) -> int:
        """Bytes since it boarded."""
        return self._log.bytes - self._boarded_bytes

    @property
    def oldest(self) -> int:
        """The number of the oldest message that may be asked for."""
        return self._begin

    @property
    def flying(self) -> int:
        """Messages under way."""
        return self._log.next - self._begin

    @property
    def flying_bytes(self) -> int:
        """Bytes under way."""
        return self._log.bytes - self._landed_bytes

    @property
    def oldest_us(self) -> int:
        """When the oldest message under way was sent; there must be one."""
        return self._log.sent_us(self._begin)

    def land(self, key: int) -> Landed | None:
        """Everything up to `key` is acknowledged; None if that is nothing new of this ride."""
        log = self._log
        number = min((key - self._key) // STEP, log.next - 1)
        if number < self._begin:
            return None
        landed_bytes = log.before(number + 1)
        size = landed_bytes - log.before(number)
        landed = Landed(log.sent_us(number), size, landed_bytes - self._landed_bytes)
        self._begin, self._landed_bytes = number + 1, landed_bytes
        return landed

    def left(self) -> list[tuple[int, int, int]]:
        """Key, time sent and bytes of each message that is still under way."""
        log = self._log
        numbers = range(max(self._begin, log.next - MAX_FLYING), log.next)
        return [
            (self._key + n * STEP, log.sent_us(n), log.before(n + 1) - log.before(n))
            for n in numbers
        ]


class Flight:
    """One viewer's messages under way: its own, which are older, and those of its ride."""

    def __init__(self) -> None:
        self.ride: Ride | None = None
        # When a message was last sent to it alone, and when there was last nothing under way.
        self.sent_us = self.emptied_us = 0
        self._own: deque[tuple[int, int, int]] = deque()
        self._own_bytes = 0

    def __len__(self) -> int:
        return len(self._own) + (self.ride.flying if self.ride else 0)

    @property
    def nbytes(self) -> int:
        """Bytes under way."""
        return self._own_bytes + (self.ride.flying_bytes if self.ride else 0)

    @property
    def oldest_us(self) -> int | None:
        """When the oldest was sent; None if nothing is under way."""
        if self._own:
            return self._own[0][1]
        return self.ride.oldest_us if self.ride and self.ride.flying else None

    def add(self, key: int, size: int, now_us: int) -> None:
        """Count a message of its own as under way."""
        own = self._own
        if not own:
            self.emptied_us = now_us
        elif len(own) >= MAX_FLYING:
            self._own_bytes -= own.popleft()[2]
        own.append((key, now_us, size))
        self._own_bytes += size
        self.sent_us = now_us

    def land(self, key: int) -> Landed | None:
        """Everything up to `key` has arrived; None if that is nothing new."""
        landed = self.ride.land(key) if self.ride else None
        if landed is not None:
            own_bytes, self._own_bytes = self._own_bytes, 0
            self._own.clear()
            return landed._replace(nbytes=landed.nbytes + own_bytes) if own_bytes else landed
        last, before = None, self._own_bytes
        while self._own and self._own[0][0] <= key:
            last = self._own.popleft()
            self._own_bytes -= last[2]
        return Landed(last[1], last[2], before - self._own_bytes) if last else None

    def board(self, log: Log, key: int) -> None:
        """Share a log from now on; `key` is that of its message numbered 0."""
        self.ride = Ride(log, key)

    def alight(self) -> None:
        """Take what is under way of the ride for its own, and share the log no more."""
        ride, self.ride = self.ride, None
        for key, sent_us, size in ride.left() if ride else ():
            self.add(key, size, sent_us)
