"""Credit: which messages a viewer has been sent and has not acknowledged yet. Pure."""

import struct
from collections import deque

from streamer.wire import Kind

JPEG_WINDOW = 3
FRAGMENT_WINDOW = 30
_SEQUENCE = struct.Struct(">I")
_SEQUENCE_AT = 4
_HALF = 1 << 31


class Window:
    """The unacknowledged messages of one viewer on one rendition.

    A client that has never acknowledged anything is not bound: simple clients need no acks.
    """

    def __init__(self) -> None:
        self._flying: deque[int] = deque()
        self._acknowledges = False

    def sent(self, message: bytes | bytearray) -> None:
        """Count one media message as sent."""
        if len(self._flying) > 2 * FRAGMENT_WINDOW:
            self._flying.popleft()
        self._flying.append(_SEQUENCE.unpack_from(message, _SEQUENCE_AT)[0])

    def ack(self, sequence: int) -> None:
        """Everything up to `sequence` (serial number arithmetic, RFC 1982) has arrived."""
        self._acknowledges = True
        while self._flying and (sequence - self._flying[0]) % (1 << 32) < _HALF:
            self._flying.popleft()

    def is_open(self, kind: Kind) -> bool:
        """Whether one more message of this kind may be sent."""
        limit = JPEG_WINDOW if kind is Kind.JPEG else FRAGMENT_WINDOW
        return not self._acknowledges or len(self._flying) < limit
