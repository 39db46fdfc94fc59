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
_OURS = {"protocol": SUBPROTOCOL, "first": _PLAY, "until": '"type":"rendition"'}
PEERS = ROOT / "build" / "peers"


@dataclass(frozen=True)
class Contender:
    """One server under test; `target` is how its viewers are opened."""

    name: str
    command: list[str]
    target: dict[str, Any] = field(default_factory=dict)


OURS = Contender("ours", python("benchmarks.servers.ours"), {**_OURS, "acks_per_s": 1.0})
SILENT = Contender("ours, no acks", OURS.command, _OURS)
CHATTY = Contender("ours, 4 acks/s", OURS.command, {**_OURS, "acks_per_s": 4.0})
BARE = Contender("bare send()", python("benchmarks.servers.bare"))
ASGI = Contender("plain ASGI", python("benchmarks.servers.asgi"))
DEFLATE = Contender(
    "ASGI, deflate", python("benchmarks.servers.asgi", "deflate"), {"deflate": True}
)


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
    return Contender("Node ws", [node, str(server), str(PEERS / "index.js")])
