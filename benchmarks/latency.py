"""From the worker's message to the last byte handed to the kernel, while two sources encode."""

import json
import statistics
from dataclasses import dataclass

from benchmarks.child import Child, python
from benchmarks.fanout import note
from benchmarks.servers.live import BESIDE, WATCHED
from streamer.wire import SUBPROTOCOL

VIEWERS = 50
_PLAY = json.dumps({"type": "play", "renditions": ["h264"], "codecs": ["avc1"]})
_SETTLE_S = 3.0


@dataclass(frozen=True)
class Latency:
    """Milliseconds, and of how many messages."""

    messages: int
    p50_ms: float
    p99_ms: float


def measure(seconds: float) -> Latency:
    """Time publishing to `VIEWERS` healthy viewers of a live stream, with another beside it."""
    server = Child("the live server", python("benchmarks.servers.live"))
    load = Child("the load generator", python("benchmarks.load"))
    try:
        port = server.hear()["port"]
        for name, count in ((WATCHED, VIEWERS), (BESIDE, 1)):
            note(f"publish to last byte: opening {count} on {name}")
            target = {"protocol": SUBPROTOCOL, "first": _PLAY, "until": '"type":"rendition"'}
            path = f"/ws/streams/{name}"
            load.ask(
                do="open", name=name, port=port, path=path, count=count, acks_per_s=0.5, **target
            )
        server.ask(seconds=_SETTLE_S)
        note(f"publish to last byte: {seconds:g} s")
        taken_us = server.ask(within_s=seconds + 30, seconds=seconds)["taken_us"]
    finally:
        load.end()
        server.end()
    cuts = statistics.quantiles(taken_us, n=100)
    return Latency(len(taken_us), cuts[49] / 1e3, cuts[98] / 1e3)
