"""The results as a page: tables with ratios, how each was measured, on what and when."""

import platform
import re
import statistics
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.contenders import versions
from benchmarks.fanout import BUSY, Sample, costs, ratio
from benchmarks.latency import VIEWERS, Latency
from benchmarks.memory import IDLE, STALLED, Memory

_SHOWN = {
    "ours": "streamer",
    "bare": "bare `send()` loop",
    "asgi": "plain ASGI",
    "ws": "Node `ws`",
    "deflate": "plain ASGI, deflate",
}
# At 200 viewers, by size in KB: the most that our ratio to each should be.
_GOALS = {
    "bare": {4: 1.35, 20: 1.2, 100: 1.2},
    "asgi": {4: 0.5, 20: 0.5, 100: 0.6},
    "ws": {4: 0.9, 20: 0.9, 100: 0.9},
}
_PACKAGES = ("uvicorn", "uvloop", "starlette", "websockets")


@dataclass(frozen=True)
class Results:
    """Everything that was measured in one run."""

    when: datetime
    rounds: int
    samples: list[Sample]
    acks: list[Sample]
    latency: Latency
    memory: Memory


def render(results: Results) -> str:
    """The page."""
    parts = [
        "# Benchmarks of fan-out",
        "Written by `make bench`; a run of one's own replaces it. Losses stand here as wins do.",
        _machine(results),
        "## CPU per delivered message",
        *_tables(results.samples),
        _growth(results.samples),
        "## What acknowledgements cost",
        _acks(results.acks),
        "## Publish to last byte",
        _latency(results.latency),
        "## Memory",
        _memory(results.memory),
        "## How it is measured",
        _METHOD,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _machine(results: Results) -> str:
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    named = {name: version(name) for name in _PACKAGES} | versions()
    listed = ", ".join(f"{name} {number}" for name, number in named.items())
    return (
        f"{results.when:%Y-%m-%d %H:%M} UTC, {results.rounds} rounds; "
        f"{model[1] if model else platform.machine()}, {_cores()} cores, "
        f"Linux {platform.release()}; Python {platform.python_version()}, {listed}."
    )


def _cores() -> int:
    return Path("/proc/cpuinfo").read_text().count("processor\t")


def _tables(samples: list[Sample]) -> list[str]:
    return [_table(samples, viewers) for viewers in sorted({each.viewers for each in samples})]


def _table(samples: list[Sample], viewers: int) -> str:
    here = [each for each in samples if each.viewers == viewers]
    sizes = sorted({each.size for each in here})
    heads = " | ".join(f"{size // 1024} KB | ours to it" for size in sizes)
    lines = [
        f"{viewers} viewers, microseconds of server CPU (median), and the median of the ratios:",
        "",
        f"| | {heads} |",
        f"|---|{'---:|' * 2 * len(sizes)}",
    ]
    for name, shown in _SHOWN.items():
        cells = [_cells(here, name, viewers, size) for size in sizes]
        if any(cells):
            lines.append(f"| {shown} | {' | '.join(each or ' | ' for each in cells)} |")
    return "\n".join([*lines, *_doubts(here)])


def _cells(samples: list[Sample], name: str, viewers: int, size: int) -> str:
    theirs = costs(samples, name, viewers, size)
    if not theirs:
        return ""
    cost = f"{statistics.median(theirs):.1f}"
    ours = ratio(costs(samples, "ours", viewers, size), theirs)
    if name == "ours" or ours is None:
        return f"{cost} | "
    goal = _GOALS.get(name, {}).get(size // 1024) if viewers == 200 else None
    missed = f" (goal {goal})" if goal is not None and ours > goal else ""
    return f"{cost} | {ours:.2f}{missed}"


def _doubts(samples: list[Sample]) -> list[str]:
    short = sum(each.short > 0 for each in samples)
    busy = sum(each.busy > BUSY for each in samples)
    lines = []
    if short:
        lines.append(f"In {short} of {len(samples)} runs a viewer missed a message.")
    if busy:
        lines.append(f"In {busy} of {len(samples)} runs the load generator was the bottleneck.")
    return ["", *lines] if lines else []


def _growth(samples: list[Sample]) -> str:
    lines = []
    for name in ("ours", "bare"):
        for size in sorted({each.size for each in samples if each.viewers == 1000}):
            few, many = (costs(samples, name, viewers, size) for viewers in (50, 1000))
            if few and many:
                grown = statistics.median(many) / statistics.median(few)
                lines.append(f"{_SHOWN[name]} at {size // 1024} KB by {grown:.2f}")
    return f"From 50 to 1,000 viewers the cost per message changes: {'; '.join(lines)}."


def _acks(samples: list[Sample]) -> str:
    viewers, size = samples[0].viewers, samples[0].size
    once = statistics.median(costs(samples, "ours", viewers, size))
    often = statistics.median(costs(samples, "ours, 3 acks/s", viewers, size))
    each = (often - once) / 2
    return (
        f"{viewers} viewers, 30 messages of {size // 1024} KB a second: {once:.1f} us per message "
        f"with one acknowledgement per viewer and second, {often:.1f} with three. So one a second "
        f"costs {each:.2f} us per message, {each / (once - each):.0%} of a server that gets none, "
        f"or {each * 30:.0f} us per acknowledgement."
    )


def _latency(taken: Latency) -> str:
    return (
        f"{VIEWERS} viewers of a live 720p30 stream, another stream being encoded beside it, "
        f"nothing pinned: from the worker's message to the return of the last write "
        f"p50 {taken.p50_ms:.2f} ms, p99 {taken.p99_ms:.2f} ms, of {taken.messages} messages."
    )


def _memory(taken: Memory) -> str:
    kb = [round(each / 1024) for each in (taken.idle, taken.stalled, taken.stalled_kernel)]
    return (
        f"A viewer that watches and is sent nothing takes {kb[0]} KB of the server's memory "
        f"({IDLE} of them). One that stops reading takes {kb[1]} KB more, and {kb[2]} KB in the "
        f"kernel's buffers on the server's side ({STALLED} of them, 20 KB messages, 30 a second); "
        f"on the viewer's side {taken.stalled_peer / 1024:.0f} KB."
    )


_METHOD = """\
- The server runs on one core and the load generator on another, both before everything else on
  the machine where that is allowed. Each server has its viewers open all the time, and they take
  turns of a second; a round has one turn of each at each size, so that whatever disturbs the
  machine disturbs all. A ratio is the median of the rounds' ratios.
- CPU is the process's own, user and system, as the operating system accounts for it, between two
  moments when a message is due, over the messages delivered between. The load generator counts
  messages; a turn in which a viewer missed one is taken again.
- `streamer` is the real stream, channel, subscription, pacing, session and protocol under uvicorn;
  what a worker would send is published in the process. Its viewers acknowledge as the player does;
  the others' viewers are silent, which is in the others' favour.
- The bare loop is Python's `socket.send` of a prepared frame over blocking sockets, and nothing
  else. Plain ASGI is starlette's `send_bytes` from a task and a queue per viewer, on uvicorn's
  defaults but without compression; with it (uvicorn's default where the client offers it) once,
  a message a second. Node `ws` is `client.send` in a loop. Nobody pings.
- 50 and 200 viewers get 30 messages a second, 1,000 viewers 15.
- go2rtc is not measured: no binary was found."""
