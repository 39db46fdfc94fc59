"""`streamer bench load` against real servers: its own, and one that was named."""

import json
import signal
import sys
from pathlib import Path
from typing import Any

from streamer.bench.processes import descendants
from tests.integration.conftest import Server, StartProcess
from tests.integration.processes import running, wait_until

SMALL = "pattern:320x180@30"
BRIEF = ("--seconds", "2", "--warm-up", "1")
RUN_S = 60.0


def bench(start: StartProcess, tmp_path: Path, *arguments: str) -> tuple[str, dict[str, Any]]:
    """What a run says, and what it writes."""
    path, page = tmp_path / "load.json", tmp_path / "load.html"
    written = ("--json", str(path), "--html", str(page))
    process = start(sys.executable, "-m", "streamer", "bench", "load", *arguments, *written)
    assert process.wait(RUN_S) == 0, process.output
    assert "second by second" in page.read_text()
    return process.output, json.loads(path.read_text())


def test_a_server_of_its_own(start: StartProcess, tmp_path: Path) -> None:
    arguments = ("--source", SMALL, "--streams", "2", "--viewers", "30", "--generators", "2")
    said, read = bench(start, tmp_path, *arguments, *BRIEF)
    (step,) = read["steps"]
    assert step["viewers"] == 30
    # On a busy machine some may be dropped, but not by the half.
    assert step["delivered"] > 30 * 30
    assert 0 < step["staleness_p50_ms"] <= step["staleness_p99_ms"] < 2000
    assert 0 < step["server_cpu"] < step["server_cpu_with_workers"] < 2.5
    assert 20e6 < step["server_memory"] < step["server_memory_with_workers"]
    assert step["lost"] == 0
    assert len(step["seconds"]) == 2
    assert "server, cores" in said


def test_a_server_that_was_named(server: Server, start: StartProcess, tmp_path: Path) -> None:
    url = ("--url", f"{server.url}/watch/pattern", "--pid", str(server.process.pid))
    arguments = ("--ramp", "--viewers", "2", "--most", "4", "--budget-ms", "5000")
    said, read = bench(start, tmp_path, *url, *arguments, *BRIEF)
    # On a busy machine a number may be tried again, or given up.
    tried = [each["viewers"] for each in read["steps"]]
    assert (tried[0], max(tried) <= 4) == (2, True)
    assert 0 <= read["largest"]["viewers"] <= 4
    assert "within a p99 of 5000 ms" in said
    assert read["steps"][0]["server_memory"] > 20e6


def test_what_was_measured_until_it_is_interrupted(start: StartProcess, tmp_path: Path) -> None:
    path = tmp_path / "load.json"
    command = (sys.executable, "-m", "streamer", "bench", "load", "--source", SMALL)
    process = start(*command, "--viewers", "3", "--warm-up", "1", "--json", str(path))
    process.wait_for(lambda: "3 viewers" in process.output, "progress", 30)
    helpers = set(descendants(process.pid))
    assert len(helpers) >= 2, "a server and a load generator"
    assert process.stop(signal.SIGINT) == 130
    assert "interrupted: only what was measured until then" in process.output
    assert json.loads(path.read_text())["complete"] is False
    wait_until(lambda: not helpers & {pid for pid, _ in running()}, "end of its helpers", 30)


def test_who_cannot_be_watched_is_told(server: Server, start: StartProcess) -> None:
    for url, words in (
        (f"{server.url}/nobody", "No stream"),
        ("https://localhost:1/cam", "speaks TLS"),
        ("http://localhost:1/cam", "cannot be watched"),
    ):
        process = start(sys.executable, "-m", "streamer", "bench", "load", "--url", url)
        assert process.wait(RUN_S) == 2
        assert words in process.output
