"""A player behind a simulated link: decodes, skips, paints and acknowledges as `web/` does."""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from streamer import wire
from streamer.clock import ManualClock
from streamer.control import Ack
from streamer.hub.delivery.message import Message
from streamer.wire import Kind

BOUND_MS = 500
DECODE_US = 6_000
# Of `web/engine/acks.js`.
HEALTHY_MS, KEYFRAME_MS, SHIFT_MS, OVERDUE_MS = 3000, 1400, 400, 200


@dataclass
class Acks:
    """The rules of `web/engine/acks.js`."""

    rendition: int = 0
    received: int | None = None
    decoded: int | None = None
    staleness_ms: float = 0.0
    least_ms: tuple[float, float] = (1e9, 1e9)
    since_ms: float = -1e9
    outputs: int = 0
    sent_ms: float = -1e9
    closely_until_ms: float = -1e9
    news: bool = False
    keyframe: bool = False
    keyframe_ms: float = -1e9

    def reset(self, index: int) -> None:
        self.rendition, self.received, self.decoded = index, None, None
        self.outputs, self.news = 0, False

    def painted(self, staleness_ms: float, now_ms: float) -> None:
        self.staleness_ms, self.news = staleness_ms, True
        if now_ms - self.since_ms > 10_000:
            self.least_ms, self.since_ms = (self.least_ms[1], staleness_ms), now_ms
        self.least_ms = (self.least_ms[0], min(self.least_ms[1], staleness_ms))
        if staleness_ms - min(self.least_ms) > 50:
            self.watch_closely(now_ms)

    def watch_closely(self, now_ms: float) -> None:
        self.closely_until_ms = now_ms + 1500

    def is_due(self, now_ms: float) -> bool:
        if not self.news:
            return False
        close = self.outputs <= 12 or now_ms < self.closely_until_ms
        since_ms = now_ms - self.sent_ms
        if self.keyframe:
            group_ms, self.keyframe_ms = now_ms - self.keyframe_ms, now_ms
            self.keyframe = False
            if not close and since_ms + group_ms > HEALTHY_MS:
                if since_ms >= KEYFRAME_MS:
                    return True
                self.sent_ms -= SHIFT_MS
        return close or since_ms >= HEALTHY_MS

    def take(self, now_ms: float) -> Ack:
        self.news, self.sent_ms = False, now_ms
        return Ack(self.rendition, self.received, self.decoded, self.decoded, 0, self.staleness_ms)


@dataclass
class Player:
    """What `<stream-player>` does with what arrives; `acknowledges` is whether it says so."""

    clock: ManualClock
    acknowledges: bool = True
    paints: list[tuple[float, float, int]] = field(default_factory=list)
    moves: list[tuple[float, str, str]] = field(default_factory=list)
    acks: Acks = field(default_factory=Acks)
    last: int | None = None
    waits_for_key: bool = True
    announced: dict[str, Any] = field(default_factory=dict)
    decoding: deque[tuple[int, Message]] = field(default_factory=deque)
    free_us: int = 0
    refused_since_ms: float | None = None

    def receive(self, item: str | Message) -> list[Ack]:
        """Take what arrived; acks that are due at once."""
        if isinstance(item, str):
            return self._control(item)
        now_us = self.clock.monotonic_us()
        if item.kind == Kind.INIT:
            self.last, self.waits_for_key = None, True
            return []
        header = wire.unpack(bytes(item.data[: wire.HEADER_SIZE]))[0]
        if self.last is not None and (header.sequence - self.last) % 2**32 != 1:
            self.waits_for_key = True
            self.acks.watch_closely(now_us / 1000)
        self.last = self.acks.received = header.sequence
        self.waits_for_key = self.waits_for_key and not item.is_key
        if self.waits_for_key:
            self.acks.decoded, self.acks.news = header.sequence, True
            now_ms = now_us / 1000
            return [self.acks.take(now_ms)] if self.acks.is_due(now_ms) else []
        self.free_us = max(self.free_us, now_us) + DECODE_US
        self.decoding.append((self.free_us, item))
        return []

    def tick(self) -> list[Ack]:
        """Paint what is decoded; the acks that go with it."""
        now_us = self.clock.monotonic_us()
        now_ms = now_us / 1000
        is_due = self.acks.news and now_ms - self.acks.sent_ms >= HEALTHY_MS + OVERDUE_MS
        while self.decoding and self.decoding[0][0] <= now_us:
            self._paint(self.decoding.popleft()[1])
            is_due = is_due or self.acks.is_due(now_ms)
        return [self.acks.take(now_ms)] if is_due else []

    def _paint(self, message: Message) -> None:
        now_us = self.clock.monotonic_us()
        header = wire.unpack(bytes(message.data[: wire.HEADER_SIZE]))[0]
        staleness_ms = (self.clock.wall_us() - header.captured_us) / 1000
        self.acks.decoded = header.sequence
        if self._refuses(staleness_ms, now_us / 1000):
            self.acks.news = True
            return
        self.paints.append((now_us / 1000, staleness_ms, header.pts_us))
        self.acks.outputs += 1
        self.acks.keyframe = message.is_key and message.kind == Kind.FRAGMENT
        self.acks.painted(staleness_ms, now_us / 1000)

    def _refuses(self, staleness_ms: float, now_ms: float) -> bool:
        """The rule of `web/engine/sync.js` for pictures of long ago."""
        least_ms = min(self.acks.least_ms)
        if least_ms > 1e8 or staleness_ms - least_ms <= BOUND_MS:
            self.refused_since_ms = None
            return False
        self.acks.watch_closely(now_ms)
        if self.refused_since_ms is None:
            self.refused_since_ms = now_ms
        return now_ms - self.refused_since_ms < 1000

    def _control(self, text: str) -> list[Ack]:
        body = json.loads(text)
        if body["type"] != "rendition":
            return []
        body.pop("padding", None)
        if body != self.announced:
            self.announced = body
            self.acks.reset(body["index"])
            self.decoding.clear()
            self.last, self.waits_for_key = None, True
            now_ms = self.clock.monotonic_us() / 1000
            if not self.moves or self.moves[-1][1] != body["id"]:
                self.moves.append((now_ms, body["id"], body["reason"]))
        return [Ack(self.acks.rendition)]
