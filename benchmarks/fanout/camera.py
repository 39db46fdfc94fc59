"""One RTSP camera, many viewers: what does each server cost as its users start it?

`python -m benchmarks.fanout.camera [--rounds 5]`, from the root of the tree; part of `make bench`.
The camera plays a clip untouched, `streamer serve` and go2rtc (`peers` brings it) pass it on as it
is: ours over its WebSocket, go2rtc over its WebSocket for Media Source Extensions. CPU time is the
operating system's for their processes. Viewers are open on one server at a time, in turns.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.clips import FPS, long_clip
from benchmarks.fanout.contenders import WATCH
from benchmarks.fanout.rounds import LOAD_CORE, SERVER_CORE, note
from benchmarks.peers import go2rtc_binary
from benchmarks.program import Program, streamer
from streamer.bench.child import Child, python
from streamer.bench.load.fleet import ACKS_PER_S
from streamer.bench.processes import Cpu, cpu_of, descendants
from streamer.descriptors import raise_limit
from streamer.errors import ChildFailed
from tests.integration.conftest import RTSP_SERVER
from tests.integration.processes import Process, free_port
from tests.peers import DEBIAN_PYTHON

VIEWERS = 200
SIZES = (4096, 20480)
OURS, GO2RTC = "ours", "go2rtc"
_NAME = "camera"
_SETTLE_S, _COUNT_S = 2.0, 5.0
_TURN_S = 12  # with opening and closing, at the most


@dataclass(frozen=True)
class Taken:
    """One turn: CPU time of the server, of its worker (ours has one), and what was delivered."""

    contender: str
    size: int
    server: Cpu
    worker: Cpu
    delivered: int
    seconds: float
    busy: float

    @property
    def per_message_us(self) -> float:
        """The server's own CPU time for each message that came."""
        return self.server.total_us / self.delivered

    @property
    def per_frame_us(self) -> float:
        """The server's own CPU time for each frame and viewer."""
        return self.server.total_us / (self.seconds * FPS * VIEWERS)

    @property
    def all_per_frame_us(self) -> float:
        """The same with the worker's."""
        return (self.server + self.worker).total_us / (self.seconds * FPS * VIEWERS)


@dataclass
class Contender:
    """A server that can be started for a camera; `target` is how its viewers are opened."""

    name: str
    start: Callable[[str], Program]
    target: dict[str, Any] = field(default_factory=dict)


def contenders() -> list[Contender]:
    """Who is there: always ours."""

    def ours(url: str) -> Program:
        return streamer(f"{_NAME}={url}", core=SERVER_CORE)

    target = {**WATCH, "acks_per_s": ACKS_PER_S, "path": f"/ws/streams/{_NAME}"}
    found = [Contender(OURS, ours, target)]
    if go2rtc_binary() is not None:
        first = json.dumps({"type": "mse", "value": "avc1.640029"})
        target = {"path": f"/api/ws?src={_NAME}", "first": first, "until": '"mse"'}
        found.append(Contender(GO2RTC, _start_go2rtc, target))
    return found


def _start_go2rtc(url: str) -> Program:
    port = free_port()
    config = {
        "api": {"listen": f"127.0.0.1:{port}"},
        "rtsp": {"listen": ""},
        "webrtc": {"listen": ""},
        "srtp": {"listen": ""},
        "log": {"level": "error"},
        "streams": {_NAME: url},
    }
    command = [go2rtc_binary() or GO2RTC, "-config", json.dumps(config)]
    return Program(command, port, "/api", SERVER_CORE)


def measure(rounds: int, sizes: Iterable[int] = SIZES) -> list[Taken]:
    """Every contender in turn, round by round, for messages of about these sizes."""
    raise_limit()
    there = contenders()
    taken = []
    for size in sizes:
        seconds = _TURN_S * rounds * len(there)
        clip = long_clip(size * 8 * FPS, seconds)
        with ExitStack() as stack:
            url = _start_camera(stack, clip)
            load = Child("the load generator", python("streamer.bench.load.generator"), LOAD_CORE)
            stack.callback(load.end)
            started = [(each, stack.enter_context(each.start(url))) for each in there]
            for number in range(rounds):
                for contender, server in started:
                    note(f"camera, round {number + 1} of {rounds}: {contender.name}, {size}")
                    taken.append(_turn(contender, server, load, size))
    return taken


def _start_camera(stack: ExitStack, clip: Path) -> str:
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    log = Path(folder) / "camera.log"
    camera = Process((DEBIAN_PYTHON, str(RTSP_SERVER), "--copy", str(clip)), log)
    stack.callback(camera.clear)
    port = camera.wait_for_line("ready ")
    os.sched_setaffinity(camera.pid, {LOAD_CORE})
    return f"rtsp://127.0.0.1:{port}/copy"


def _turn(contender: Contender, server: Program, load: Child, size: int) -> Taken:
    """Open viewers on one server, count for a while, and close them."""
    load.ask(do="open", name=contender.name, port=server.port, count=VIEWERS, **contender.target)
    time.sleep(_SETTLE_S)
    load.ask(do="count", name=contender.name)
    workers = descendants(server.pid)
    before = cpu_of(server.pid), _sum(workers)
    begin_s = time.monotonic()
    time.sleep(_COUNT_S)
    after = cpu_of(server.pid), _sum(workers)
    seconds = time.monotonic() - begin_s
    counted = load.ask(do="count", name=contender.name)
    load.ask(do="close", name=contender.name)
    if counted["lost"] or not counted["delivered"]:
        raise ChildFailed(f"{contender.name} did not serve every viewer of the camera.")
    own, worker = after[0] - before[0], after[1] - before[1]
    delivered, busy = counted["delivered"], counted["busy"]
    return Taken(contender.name, size, own, worker, delivered, seconds, busy)


def _sum(pids: list[int]) -> Cpu:
    return sum((cpu_of(pid) for pid in pids), Cpu())


def median(taken: Iterable[Taken], name: str, size: int, what: Callable[[Taken], float]) -> float:
    """The median over the rounds."""
    return statistics.median(what(each) for each in of(taken, name, size))


def of(taken: Iterable[Taken], name: str, size: int) -> list[Taken]:
    """The turns of one contender."""
    return [each for each in taken if (each.contender, each.size) == (name, size)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="One camera, many viewers.")
    parser.add_argument("--rounds", type=int, default=5)
    for each in measure(parser.parse_args().rounds):
        note("")
        print(f"{each} {each.per_message_us:.1f} {each.per_frame_us:.1f}")


if __name__ == "__main__":
    main()
