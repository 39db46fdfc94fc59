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


OURS = Contender("ours", python("benchmarks.servers.ours"), {**WATCH, "acks_per_s": 0.5})
CHATTY = Contender("ours, 3 acks/s", OURS.command, {**WATCH, "acks_per_s": 3.0})
BARE = Contender("bare", python("benchmarks.servers.bare"))
ASGI = Contender("asgi", python("benchmarks.servers.asgi"))
DEFLATE = Contender("deflate", python("benchmarks.servers.asgi", "deflate"), {"deflate": True})


def node_ws() -> Contender | None:
    """Node's `ws`, installed under build/; None without Node or the package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    if not (PEERS / "node_modules" / "ws").is_dir():
        PEERS.mkdir(parents=True, exist_ok=True)
        (PEERS / "package.json").write_text('{"private": true}\n')
        install = [npm, "install", "--no-audit", "--no-fund", "--silent", "ws@8"]
        if subprocess.run(install, cwd=PEERS, check=False).returncode:
            return None
    server = Path(__file__).parent / "servers" / "ws.mjs"
    return Contender("ws", [node, str(server), str(PEERS / "index.js")])


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
