"""How many RTSP cameras, passed through to one viewer each, one core of this machine carries.

`python -m benchmarks.sources [--counts 20,30,45] [--seconds 20]`, from the root of the tree. The
cameras are one 1080p30 clip of 5 Mbit/s, which GStreamer's RTSP server passes on to all who ask.
The server with its workers has one core to itself, camera and viewers have the other. Prints a
table and appends it to docs/benchmarks-sources.md.

The viewers do not acknowledge, as those that do are moved to an encoded rendition when pictures
come late, which on a core that is full already is the end of passing through.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.counting import held
from benchmarks.fanout.rounds import LOAD_CORE, SERVER_CORE
from benchmarks.reporting import append, title
from streamer.bench.child import Child, python
from streamer.wire import SUBPROTOCOL
from tests.integration.conftest import RTSP_SERVER
from tests.integration.peeking import ask
from tests.integration.processes import Process, answers, free_port, wait_until
from tests.peers import DEBIAN_PYTHON

REPORT = Path("docs/benchmarks-sources.md")
CLIP_S = 90
FPS = 30
MBIT = 5
OPEN_WITHIN_S = 20.0
EVERY_S = 0.4
SETTLE_S = 5.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
INTRO = """# Sources on one core

Written by `python -m benchmarks.sources`.
"""
HEAD = """
## {title}

RTSP over TCP, H.264, 1080p30, {mbit} Mbit/s, a keyframe a second, passed through to one viewer
each, for {seconds:.0f} s. `core` is how busy the server's core was, `of it server` with the
server's own process alone, `viewers` how busy the other core was with them; `delivered` is of what
the camera sent in that time, `dropped` counts fragments that were held back; memory is of the
server and all its workers. Beyond 55 clients the camera's own server stops to answer.

| sources | core | of it server | viewers | delivered | dropped | restarts | MB |
|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Measure each count and append the table."""
    parser = argparse.ArgumentParser(description="Measure how many sources a core carries.")
    parser.add_argument("--counts", default="20,30,45", help="how many sources")
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_clip(folder / "clip.mp4")
        for count in map(int, arguments.counts.split(",")):
            rows.append(measure(folder, count, arguments.seconds))
            print(rows[-1], flush=True)
    write_report(rows, arguments.seconds)


def write_clip(path: Path) -> None:
    """Make the clip: noise enough that the bitrate is reached and kept."""
    picture = f"testsrc2=size=1920x1080:rate={FPS},noise=alls=12:allf=t"
    rate = ("-b:v", f"{MBIT}M", "-minrate", f"{MBIT}M", "-maxrate", f"{MBIT}M")
    command = ("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", picture, "-t", "15")
    encoder = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(FPS))
    once = path.with_name("once.mp4")
    form = ("-pix_fmt", "yuv420p", *rate, "-bufsize", f"{MBIT // 2}M", str(once))
    subprocess.run((*command, *encoder, *form), check=True)
    loop = ("-stream_loop", str(CLIP_S // 15 - 1), "-i", str(once), "-c", "copy", str(path))
    subprocess.run(("ffmpeg", "-v", "error", "-nostdin", *loop), check=True)


def measure(folder: Path, count: int, seconds: float) -> str:
    """One run with so many sources; a row of the table."""
    with ExitStack() as stack:
        camera = Process(
            pinned(LOAD_CORE, DEBIAN_PYTHON, str(RTSP_SERVER), "--copy", str(folder / "clip.mp4")),
            folder / "camera.log",
        )
        stack.callback(camera.clear)
        url = f"rtsp://127.0.0.1:{camera.wait_for_line('ready ')}/copy"
        port = free_port()
        serve = (sys.executable, "-m", "streamer", "serve", "--rtsp-transport", "tcp")
        sources = [f"s{number}={url}" for number in range(count)]
        server = Process(
            pinned(SERVER_CORE, *serve, "--port", str(port), *sources), folder / "server.log"
        )
        stack.callback(server.clear)
        server.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
        load = Child("the viewers", python("streamer.bench.load.generator"), LOAD_CORE)
        stack.callback(load.end)
        for number in range(count):
            open_viewer(load, port, f"/ws/streams/s{number}")
        wait_until(lambda: live(port) == count, "pictures of all", OPEN_WITHIN_S)
        time.sleep(SETTLE_S)
        return watch(server, load, port, count, seconds)


def pinned(core: int, *command: str) -> tuple[str, ...]:
    """A command that stays on one core."""
    return ("taskset", "-c", str(core), *command)


def open_viewer(load: Child, port: int, path: str) -> None:
    """One more viewer; a little later the next may come, as many at once would be a rush."""
    play = json.dumps({"type": "play", "renditions": ["copy"], "codecs": ["avc1"]})
    way: dict[str, Any] = {"protocol": SUBPROTOCOL, "first": play, "until": '"hello"'}
    load.ask(do="open", name="all", count=1, port=port, path=path, **way)
    time.sleep(EVERY_S)


def watch(server: Process, load: Child, port: int, count: int, seconds: float) -> str:
    """Look at a server that works for so long; a row of the table."""
    load.ask(do="watch", name="all", fps=float(FPS), total=round(FPS * seconds))
    before, cpu, own = figures(port), cpu_s(server.members()), cpu_s([server.pid])
    began_s = time.monotonic()
    time.sleep(seconds)
    cpu, own = cpu_s(server.members()) - cpu, cpu_s([server.pid]) - own
    after, took_s = figures(port), time.monotonic() - began_s
    told = load.ask(do="report", name="all")
    sent, dropped = (
        total(after, name) - total(before, name)
        for name in ("streamer_sent_messages_total", "streamer_dropped_messages_total")
    )
    restarts, now = total(after, "streamer_source_restarts_total"), held(server)
    return (
        f"| {count} | {cpu / took_s:.0%} | {own / took_s:.0%} | {told['busy']:.0%} "
        f"| {sent / count / took_s / FPS:.1%} | {dropped:.0f} "
        f"| {restarts:.0f} | {now.server_mb + now.workers_mb:.0f} |"
    )


def live(port: int) -> int:
    """How many streams have sent something to their viewers."""
    sent = "streamer_sent_messages_total"
    return sum(value > 0 for name, value in figures(port).items() if name.startswith(sent))


def figures(port: int) -> dict[str, float]:
    """All samples of the metrics, by name and labels."""
    lines = ask(port, "/metrics").body.decode().splitlines()
    samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


def total(found: dict[str, float], name: str) -> float:
    """A metric's sum over all labels."""
    return sum(value for key, value in found.items() if key.startswith(name))


def cpu_s(pids: Iterable[int]) -> float:
    """Seconds of CPU that processes have taken."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_S


def write_report(rows: list[str], seconds: float) -> None:
    """Append a section with the table."""
    head = HEAD.format(title=title("one of {} cores"), mbit=MBIT, seconds=seconds)
    append(REPORT, INTRO, head, rows)


if __name__ == "__main__":
    main()
