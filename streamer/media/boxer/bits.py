"""Bits of parameter sets: a reader, a writer, Exp-Golomb codes, emulation prevention. Pure."""

from streamer.errors import MediaError

_MAX_GOLOMB_ZEROS = 32


def unescape(nal: bytes) -> bytes:
    """Remove the emulation prevention bytes of a NAL unit (H.264 section 7.4.1)."""
    at = nal.find(b"\0\0\3")
    if at < 0:
        return nal
    parts = []
    start = 0
    while at >= 0:
        parts.append(nal[start : at + 2])
        start = at + 3
        at = nal.find(b"\0\0\3", start)
    parts.append(nal[start:])
    return b"".join(parts)


def escape(raw: bytes) -> bytes:
    """Insert the emulation prevention bytes that a NAL unit needs."""
    escaped = bytearray()
    zeros = 0
    for byte in raw:
        if zeros >= 2 and byte <= 3:
            escaped.append(3)
            zeros = 0
        escaped.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    if escaped and escaped[-1] == 0:
        escaped.append(3)
    return bytes(escaped)


class BitReader:
    """Reads bits, most significant first, from bytes without emulation prevention.

    Every method raises MediaError at the end of the data.
    """

    __slots__ = ("_data", "_end", "position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._end = len(data) * 8
        self.position = 0

    def bits(self, count: int) -> int:
        """An unsigned number of `count` bits."""
        start, stop = self.position, self.position + count
        if stop > self._end:
            raise MediaError("The video's configuration ends in the middle of a field.")
        self.position = stop
        last = (stop + 7) >> 3
        word = int.from_bytes(self._data[start >> 3 : last])
        return (word >> (last * 8 - stop)) & ((1 << count) - 1)

    def flag(self) -> bool:
        """One bit."""
        return self.bits(1) == 1

    def skip(self, count: int) -> None:
        """Pass over `count` bits."""
        self.bits(count)

    def ue(self) -> int:
        """An unsigned Exp-Golomb code (H.264 section 9.1)."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > _MAX_GOLOMB_ZEROS:
                raise MediaError("The video's configuration holds a number that is too large.")
        return (1 << zeros) - 1 + self.bits(zeros)

    def se(self) -> int:
        """A signed Exp-Golomb code."""
        code = self.ue()
        return (code + 1) >> 1 if code & 1 else -(code >> 1)


class BitWriter:
    """Collects bits, most significant first."""

    __slots__ = ("_count", "_value")

    def __init__(self) -> None:
        self._value = 0
        self._count = 0

    def bits(self, value: int, count: int) -> None:
        """Append an unsigned number of `count` bits."""
        self._value = (self._value << count) | value
        self._count += count

    def ue(self, value: int) -> None:
        """Append an unsigned Exp-Golomb code."""
        self.bits(value + 1, 2 * (value + 1).bit_length() - 1)

    def close(self) -> bytes:
        """Everything written, closed by the stop bit and zeros (rbsp_trailing_bits)."""
        self.bits(1, 1)
        self.bits(0, -self._count % 8)
        return self._value.to_bytes(self._count // 8)
