"""Who is compared: how each server is started and how a viewer of it is opened."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers import ws_index
from streamer.bench.child import python
from streamer.bench.load.fleet import ACKS_PER_S
from streamer.wire import SUBPROTOCOL

_PLAY = json.dumps({"type": "play", "renditions": ["copy"], "codecs": ["avc1"]})
WATCH = {"protocol": SUBPROTOCOL, "first": _PLAY, "until": '"type":"rendition"'}


@dataclass(frozen=True)
class Contender:
    """One server under test; `target` is how its viewers are opened."""

    name: str
    command: list[str]
    target: dict[str, Any] = field(default_factory=dict)


MANY_ACKS_PER_S = 2.5
OURS = Contender("ours", python("benchmarks.servers.ours"), {**WATCH, "acks_per_s": ACKS_PER_S})
CHATTY = Contender("ours, many acks", OURS.command, {**WATCH, "acks_per_s": MANY_ACKS_PER_S})
LOOP = Contender("loop", python("benchmarks.servers.loop"))
BARE = Contender("bare", python("benchmarks.servers.bare"))
ASGI = Contender("asgi", python("benchmarks.servers.asgi"))
DEFLATE = Contender("deflate", python("benchmarks.servers.asgi", "deflate"), {"deflate": True})


def contenders() -> dict[str, Contender]:
    """Who is compared at all sizes and numbers of viewers, by name; Node where it is there."""
    there = [OURS, BARE, LOOP, ASGI, node_ws()]
    return {each.name: each for each in there if each is not None}


def node_ws() -> Contender | None:
    """Node's `ws`; None without Node or the package."""
    node, index = shutil.which("node"), ws_index()
    if node is None or index is None:
        return None
    server = Path(__file__).parent.parent / "servers" / "ws.mjs"
    return Contender("ws", [node, str(server), str(index)])
