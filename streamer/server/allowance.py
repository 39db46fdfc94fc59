"""How much one viewer may ask of the server. Pure.

Whoever watches acknowledges pictures, asks for the time, and now and then for another place or
rendition. Each of the latter costs the server milliseconds, an acknowledgement microseconds; a
viewer that sends either without end takes them from all others.
"""

from collections.abc import Callable

from streamer.errors import TooManyMessages

# Several times what a player sends that watches 120 pictures a second and catches up with a group.
MESSAGES_PER_S, MESSAGES_AT_ONCE = 500.0, 2000.0
# Quicker than anybody presses keys; whoever drags a place in time is shown these many.
WISHES_PER_S, WISHES_AT_ONCE = 20.0, 60.0
SEND_WITHIN_S = 30.0  # one message; who takes longer is let go of
_LONG_BYTES = 1024  # a message counts once more for each
TOGETHER = (
    50  # are counted at once: to look at the clock for each costs as much as a short message
)


class Bucket:
    """What flows in at a rate, up to a limit, and is taken out."""

    def __init__(self, per_s: float, at_most: float, now_us: Callable[[], int]) -> None:
        self._per_s = per_s
        self._at_most = self._level = at_most
        self._now_us = now_us
        self._filled_us = now_us()

    def take(self, amount: float = 1.0) -> bool:
        """Take so much out, if it is there."""
        now_us = self._now_us()
        flown = self._per_s * (now_us - self._filled_us) / 1e6
        self._level, self._filled_us = min(self._at_most, self._level + flown), now_us
        if amount > self._level:
            return False
        self._level -= amount
        return True


class Allowance:
    """What one viewer may still say, and wish for."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self._messages = Bucket(MESSAGES_PER_S, MESSAGES_AT_ONCE, now_us)
        self._wishes = Bucket(WISHES_PER_S, WISHES_AT_ONCE, now_us)
        self._seeks = Bucket(WISHES_PER_S, WISHES_AT_ONCE, now_us)
        self._heard = 0

    def hear(self, size: int) -> None:
        """Count a message of so many characters.

        Raises:
            TooManyMessages: it has been said too much.
        """
        self._heard += 1 + size // _LONG_BYTES
        if self._heard >= TOGETHER:
            self._count()

    def _count(self) -> None:
        heard, self._heard = self._heard, 0
        if not self._messages.take(heard):
            raise TooManyMessages(
                f"More than {MESSAGES_PER_S:g} messages a second came; send fewer."
            )

    def wish(self) -> None:
        """Count a wish that cannot wait.

        Raises:
            TooManyMessages: it wishes for too much.
        """
        if not self._wishes.take():
            raise TooManyMessages(f"More than {WISHES_PER_S:g} wishes a second came; send fewer.")

    def may_seek(self) -> bool:
        """Count a place in time that is wished for, if it may be gone to now; else it can wait."""
        return self._seeks.take()
