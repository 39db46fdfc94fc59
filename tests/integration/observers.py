"""A plain viewer in Python that keeps when it was told what, and when pictures came.

It acknowledges as a healthy player does: each of its first pictures, then once a second.
"""

import json
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from streamer.wire import SUBPROTOCOL, Kind, unpack

FIRST_ACKS = 12
ACK_EVERY_S = 1.0
CODECS = ["avc1", "hvc1", "vp09", "av01", "jpeg"]


@dataclass(frozen=True, slots=True)
class Told:
    """One state that a viewer was told, by the monotonic clock."""

    at_s: float
    phase: str
    reason: str | None
    frozen_ms: int | None


class Observer:
    """Watches one stream, in a thread of its own, until it is closed."""

    def __init__(self, port: int, name: str, renditions: tuple[str, ...] = ("auto",)) -> None:
        self.told: list[Told] = []
        self.pictures: list[tuple[float, str]] = []
        self.codec = ""
        self.missed = 0
        self._sequence: int | None = None
        self._acks = 0
        self._acked_s = 0.0
        self.closed = False
        self._renditions = renditions
        url = f"ws://127.0.0.1:{port}/ws/streams/{name}"
        self._open = ExitStack()
        way = connect(
            url, subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None, max_size=None
        )
        self._socket = self._open.enter_context(way)
        self._thread = threading.Thread(target=self._watch, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave."""
        self._open.close()
        self._thread.join(5)

    def told_since(self, at_s: float, *phases: str) -> Told | None:
        """The first of such states that was told since then."""
        return next(
            (each for each in self.told if each.at_s >= at_s and each.phase in phases), None
        )

    def moves_since(self, at_s: float, codecs: str = "", pictures: int = 3) -> float | None:
        """When so many pictures, of codecs that begin like this, had come since then."""
        latest = self.pictures[-500:]
        since = [each for each, codec in latest if each >= at_s and codec.startswith(codecs)]
        return since[pictures - 1] if len(since) >= pictures else None

    def _watch(self) -> None:
        play = {"type": "play", "renditions": self._renditions, "codecs": CODECS}
        try:
            self._say(play | {"max_latency_ms": 10_000})
            while True:
                self._take(self._socket.recv())
        except ConnectionClosed:
            self.closed = True

    def _take(self, message: str | bytes) -> None:
        now_s = time.monotonic()
        if isinstance(message, bytes):
            header, _ = unpack(message)
            if header.kind in (Kind.FRAGMENT, Kind.JPEG):
                self.pictures.append((now_s, self.codec))
            self._count(header.sequence)
            self._acknowledge(header.rendition, header.sequence, now_s)
            return
        body = json.loads(message)
        if body["type"] == "state":
            self.told.append(Told(now_s, body["phase"], body["reason"], body["frozen_ms"]))
        elif body["type"] == "rendition":
            self.codec, self._sequence, self._acks = body["codec"], None, 0
            self._say({"type": "ack", "rendition": body["index"]})

    def _count(self, sequence: int) -> None:
        if self._sequence is not None:
            self.missed += sequence - self._sequence - 1
        self._sequence = sequence

    def _acknowledge(self, rendition: int, number: int, now_s: float) -> None:
        if self._acks >= FIRST_ACKS and now_s - self._acked_s < ACK_EVERY_S:
            return
        self._acks, self._acked_s = self._acks + 1, now_s
        ack = {"received": number, "decoded": number, "painted": number}
        self._say({"type": "ack", "rendition": rendition, **ack})

    def _say(self, body: dict[str, object]) -> None:
        self._socket.send(json.dumps(body))
