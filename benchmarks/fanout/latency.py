"""From the worker's message to the last byte handed to the kernel, while two sources decode."""

import json
import statistics
from dataclasses import dataclass
from typing import Any

from benchmarks.clips import camera_clip
from benchmarks.fanout.rounds import note
from benchmarks.servers.live import BESIDE, WATCHED
from streamer.bench.child import Child, python
from streamer.bench.load.fleet import ACKS_PER_S
from streamer.wire import SUBPROTOCOL

VIEWERS = 50
_SETTLE_S = 3.0


@dataclass(frozen=True)
class Latency:
    """Milliseconds, of how many messages, and how many pictures were decoded beside a second."""

    messages: int
    p50_ms: float
    p99_ms: float
    decoded_per_s: float


def play(rendition: str, codec: str) -> dict[str, Any]:
    """How a viewer asks for a rendition, and what tells that it gets it."""
    first = {"type": "play", "renditions": [rendition], "codecs": [codec]}
    return {
        "protocol": SUBPROTOCOL,
        "first": json.dumps(first),
        "until": '"type":"rendition"',
    }


def measure(seconds: float) -> Latency:
    """Time publishing to `VIEWERS` healthy viewers of a live stream, with two others beside it."""
    clip = camera_clip(4_000_000)
    server = Child("the live server", python("benchmarks.servers.live", str(clip)))
    load = Child("the load generator", python("streamer.bench.load.generator"))
    try:
        port = server.hear()["port"]
        _open(load, port, WATCHED, VIEWERS, play("h264", "avc1"))
        for name in BESIDE:
            _open(load, port, name, 1, play("jpeg", "jpeg"))
        server.ask(seconds=_SETTLE_S)
        note(f"publish to last byte: {seconds:g} s")
        answer = server.ask(within_s=seconds + 30, seconds=seconds)
    finally:
        load.end()
        server.end()
    cuts = statistics.quantiles(answer["taken_us"], n=100)
    decoded_per_s = answer["decoded"] / seconds
    return Latency(len(answer["taken_us"]), cuts[49] / 1e3, cuts[98] / 1e3, decoded_per_s)


def _open(load: Child, port: int, name: str, count: int, target: dict[str, Any]) -> None:
    note(f"publish to last byte: opening {count} on {name}")
    path = f"/ws/streams/{name}"
    load.ask(
        do="open", name=name, port=port, path=path, count=count, acks_per_s=ACKS_PER_S, **target
    )
