"""The short way in for what viewers say: one small, whole, masked text frame. Pure.

A healthy viewer sends one acknowledgement a second, and a thousand of them send a thousand. The
general parser takes as long for each as sending two pictures does. Nearly all are one frame in
one segment, which takes a few slices; anything else is left to the parser, and so that it is
never passed by in the middle of a frame, `Boundary` keeps account of where frames end.
"""

FIN_TEXT = 0x81
_FIN, _MASKED = 0x80, 0x80
_TWO_BYTES, _EIGHT_BYTES = 126, 127
_MASK_SIZE = 4


def whole_text(data: bytes) -> bytes | None:
    """The payload, if `data` is exactly one final, masked text frame of less than 64 KB."""
    if len(data) < 6 or data[0] != FIN_TEXT or not data[1] & _MASKED:
        return None
    size, at = data[1] & 0x7F, 2
    if size == _EIGHT_BYTES:
        return None
    if size == _TWO_BYTES:
        size, at = data[2] << 8 | data[3], 4
    if len(data) != at + _MASK_SIZE + size:
        return None
    return unmask(data[at : at + _MASK_SIZE], data[at + _MASK_SIZE :])


def unmask(mask: bytes, payload: bytes) -> bytes:
    """Apply a mask (RFC 6455 section 5.3), as one operation on one large number."""
    size = len(payload)
    repeated = (mask * (size // _MASK_SIZE + 1))[:size]
    number = int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")
    return number.to_bytes(size, "little")


class Boundary:
    """Whether the bytes so far end where a message ends."""

    def __init__(self) -> None:
        self._missing = 0
        self._is_known = True

    @property
    def is_here(self) -> bool:
        """Whether the next byte begins a message."""
        return self._is_known and not self._missing

    def passed(self, data: bytes) -> None:
        """Take bytes into account.

        After a frame's head in pieces or a message in several frames, which our player never
        sends, it is not known any more.
        """
        at = self._missing
        while self._is_known and at < len(data):
            end = _end(data, at)
            self._is_known = end is not None
            at = end or 0
        self._missing = at - len(data)


def _end(data: bytes, at: int) -> int | None:
    """Where the frame that begins there ends; None if its head does not say."""
    head = data[at : at + 10]
    if len(head) < 2 or not head[0] & _FIN:
        return None
    size, length = head[1] & 0x7F, 2
    if size >= _TWO_BYTES:
        length = 4 if size == _TWO_BYTES else 10
        size = int.from_bytes(head[2:length], "big")
    if len(head) < length:
        return None
    return at + length + (_MASK_SIZE if head[1] & _MASKED else 0) + size
