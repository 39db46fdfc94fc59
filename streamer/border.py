"""Framing between a worker process and the server, over one socketpair. Pure.

Each record is a 5-byte big-endian head (payload length u32, type u8) and a payload: a JSON object
(`CONTROL`) or a ready wire message (`MEDIA`). Both sides are ours, so a malformed record means a
broken worker: the reader raises and the worker is replaced.
"""

import json
import struct
from typing import Any

from streamer.errors import MediaError

CONTROL = 0
MEDIA = 1
HEAD = struct.Struct(">IB")
MAX_RECORD = 64 * 1024 * 1024


def pack_control(body: dict[str, Any]) -> bytes:
    """One control record."""
    payload = json.dumps(body, separators=(",", ":")).encode()
    return HEAD.pack(len(payload), CONTROL) + payload


def pack_media_head(size: int) -> bytes:
    """The head of a media record of `size` bytes; the message follows it."""
    return HEAD.pack(size, MEDIA)


class RecordReader:
    """Collect records from a byte stream without copying payloads.

    The caller asks `buffer()` where the next bytes go, reads into it, and tells `filled(n)`, which
    returns a finished record `(type, payload)` or None. Each payload is a `bytearray` of its own.
    """

    def __init__(self) -> None:
        self._head = bytearray(HEAD.size)
        self._body: bytearray | None = None
        self._type = CONTROL
        self._at = 0

    def buffer(self) -> memoryview:
        """Where the next bytes belong; never empty."""
        target = self._head if self._body is None else self._body
        return memoryview(target)[self._at :]

    def filled(self, count: int) -> tuple[int, bytearray] | None:
        """Account for `count` bytes written into `buffer()`."""
        self._at += count
        if self._body is None:
            if self._at == HEAD.size:
                self._open_body()
            return None
        if self._at < len(self._body):
            return None
        record = (self._type, self._body)
        self._body = None
        self._at = 0
        return record

    def _open_body(self) -> None:
        size, self._type = HEAD.unpack(self._head)
        if not 0 < size <= MAX_RECORD or self._type not in (CONTROL, MEDIA):
            raise MediaError(f"A worker sent a broken record ({size} bytes, type {self._type}).")
        self._body = bytearray(size)
        self._at = 0


def parse_control(payload: bytes | bytearray) -> dict[str, Any]:
    """The body of a control record.

    Raises:
        MediaError: not a JSON object.
    """
    try:
        body = json.loads(payload)
    except ValueError as exc:
        raise MediaError("A worker sent a control record that is not JSON.") from exc
    if not isinstance(body, dict):
        raise MediaError("A worker sent a control record that is not an object.")
    return body
