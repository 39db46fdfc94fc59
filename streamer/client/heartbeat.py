"""The pings of one session: they tell the server's clock, the round trip, and whether it lives."""

from collections.abc import Callable

from streamer.client.offset import ClockOffset
from streamer.clock import Clock
from streamer.control import Hello, Ping, Pong, dump
from streamer.errors import BadMessage

EVERY_US = 1_000_000
FIRST_EVERY_US = 100_000
SILENT_US = 5_000_000
_FIRST_PINGS = 5


class Heartbeat:
    """Pings a server once it has `begun`, often at first."""

    def __init__(self, send: Callable[[str | bytes], None], clock: Clock) -> None:
        self.has_begun = False
        self._send = send
        self._clock = clock
        self._offset: ClockOffset | None = None
        self._pings = 0
        self._ping_us = 0
        self._heard_us = clock.monotonic_us()

    @property
    def is_greeted(self) -> bool:
        """Whether the server said hello."""
        return self._offset is not None

    @property
    def offset(self) -> ClockOffset:
        """The server's clock; taken for ours until it says hello."""
        return self._offset or ClockOffset(0)

    @property
    def is_dead(self) -> bool:
        """Whether the server has not answered for too long."""
        if self.is_greeted and not self.has_begun:
            return False  # it was asked nothing yet
        return self._clock.monotonic_us() - self._heard_us > SILENT_US

    @property
    def next_us(self) -> int:
        """When to call `beat` again, counted from now."""
        if not self.has_begun:
            return FIRST_EVERY_US
        every_us = FIRST_EVERY_US if self._pings < _FIRST_PINGS else EVERY_US
        return max(0, self._ping_us + every_us - self._clock.monotonic_us())

    def begin(self) -> None:
        """Ping for the first time; nothing was to be heard until now."""
        self.has_begun = True
        self._heard_us = self._clock.monotonic_us()
        self._ping()

    def beat(self) -> None:
        """Ping, when it is time to."""
        if self.has_begun and not self.next_us:
            self._ping()

    def heard(self) -> None:
        """Note that the server lives."""
        self._heard_us = self._clock.monotonic_us()

    def greet(self, hello: Hello) -> None:
        """Take the server's time from its first word, until a ping tells it better."""
        self._offset = ClockOffset(hello.server_us - self._clock.wall_us())

    def learn(self, pong: Pong) -> None:
        """Take what a ping tells.

        Raises:
            BadMessage: the server has not said hello.
        """
        if self._offset is None:
            raise BadMessage("The server answered before it said hello.")
        self._offset.add(pong.client_us, pong.server_us, self._clock.wall_us())

    def _ping(self) -> None:
        self._pings += 1
        self._ping_us = self._clock.monotonic_us()
        self._send(dump(Ping(self._pings, self._clock.wall_us())))
