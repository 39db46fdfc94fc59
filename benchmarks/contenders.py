"""Who is compared: how each server is started and how a viewer of it is opened."""

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.child import ROOT, python
from streamer.wire import SUBPROTOCOL

_PLAY = json.dumps({"type": "play", "renditions": ["copy"], "codecs": ["avc1"]})
WATCH = {"protocol": SUBPROTOCOL, "first": _PLAY, "until": '"type":"rendition"'}
PEERS = ROOT / "build" / "peers"


@dataclass(frozen=True)
class Contender:
    """One server under test; `target` is how its viewers are opened."""

    name: str
    command: list[str]
    target: dict[str, Any] = field(default_factory=dict)


# As the player does while all is well (`web/acks.js`), and much more often.
ACKS_PER_S, MANY_ACKS_PER_S = 0.5, 2.5
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
    """Node's `ws`, installed under build/; None without Node or the package."""
    node = shutil.which("node")
    if node is None:
        return None
    if not (PEERS / "node_modules" / "ws").is_dir():
        PEERS.mkdir(parents=True, exist_ok=True)
        (PEERS / "package.json").write_text('{"private": true}\n')
        install = [*_npm(node), "install", "--no-audit", "--no-fund", "--silent", "ws@8"]
        try:
            subprocess.run(install, cwd=PEERS, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
    server = Path(__file__).parent / "servers" / "ws.mjs"
    return Contender("ws", [node, str(server), str(PEERS / "index.js")])


def _npm(node: str) -> list[str]:
    """How to call npm: the one that came with this Node, which its wheel cannot start itself."""
    script = Path(node).resolve().parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    return [node, str(script)] if script.is_file() else ["npm"]


def versions() -> dict[str, str]:
    """The versions of what is not ours, where it is there."""
    found = {}
    node = shutil.which("node")
    if node is not None:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        found["Node"] = answer.stdout.strip().lstrip("v")
    package = PEERS / "node_modules" / "ws" / "package.json"
    if package.is_file():
        found["ws"] = json.loads(package.read_text())["version"]
    return found
