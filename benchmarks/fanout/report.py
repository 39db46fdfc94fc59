"""The results as a page: what was promised and what came out, then tables, method and machine."""

import platform
import re
import statistics
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks.fanout import camera, goals
from benchmarks.fanout.camera import Taken
from benchmarks.fanout.contenders import MANY_ACKS_PER_S
from benchmarks.fanout.latency import VIEWERS, Latency
from benchmarks.fanout.memory import IDLE, STALLED, Memory
from benchmarks.fanout.method import METHOD
from benchmarks.fanout.results import Results
from benchmarks.fanout.rounds import BUSY, Sample, costs, ratio
from benchmarks.peers import versions
from streamer.bench.load.fleet import ACKS_PER_S

CHART = "images/fanout.svg"
SHOWN = {
    "ours": "streamer",
    "bare": "bare `send()` loop",
    "loop": "the same in a server",
    "asgi": "plain ASGI",
    "ws": "Node `ws`",
    "deflate": "plain ASGI, deflate",
    "go2rtc": "go2rtc",
}
_PACKAGES = ("uvicorn", "uvloop", "starlette", "websockets")
_ELSEWHERE = """\
How old pictures are on a page: [side by side](benchmarks-side-by-side.md) with others.
Thirty tiles of 360p15 on one page have 14.6 fps and more, on two cores without a GPU: small
tiles are made from the decoder's samples, [as many tiles need](benchmarks-wall.md)."""
_MARKS = {True: "✓", False: "✗"}


def render(results: Results) -> str:
    """The page."""
    parts = [
        "# Benchmarks of fan-out",
        "Written by `make bench`; a run of one's own replaces it. Losses stand here as wins do.",
        _ELSEWHERE,
        _machine(results),
        "## What was promised, and what came out",
        _ratios(results),
        _others(results),
        *_fanout(results.samples),
        *_section("One camera through us and through go2rtc", _camera(results.camera)),
        *_section("What acknowledgements cost", _acks(results.acks)),
        *_section("Publish to last byte", _latency(results.latency)),
        *_section("Memory", _memory(results.memory)),
        *_section("A viewer that stops reading", _stalls(results)),
        *_section("Ten minutes", _soaks(results)),
        "## How it is measured",
        METHOD,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, text: str) -> Iterator[str]:
    if text:
        yield f"## {title}"
        yield text


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


def _ratios(results: Results) -> str:
    """Our ratios to the others, and the most that they should be."""
    rows = []
    for name, by_size in goals.RATIOS.items():
        cells = [_ratio(results, name, kb, most) for kb, most in by_size.items()]
        if any(cells):
            rows.append(f"| {SHOWN[name]} | {' | '.join([*cells, ''][:3])} |")
    if not rows:
        return ""
    head = "| ours to | 4 KB | 20 KB | 100 KB |\n|---|---|---|---|\n"
    said = f"CPU of the server per delivered message at {goals.VIEWERS} viewers, ours to another's"
    return (
        f"{said}, and the most that it should be:\n\n{head}" + "\n".join(rows) + _without(results)
    )


def _without(results: Results) -> str:
    if any(each.contender == camera.GO2RTC for each in results.camera):
        return ""
    return "\n\ngo2rtc is not compared: no binary of it was found."


def _ratio(results: Results, name: str, kb: int, most: float) -> str:
    found = goals.ours_to(results, name, kb * 1024)
    return "" if found is None else f"{_MARKS[found <= most]} **{found:.2f}** of {most:g}"


def _others(results: Results) -> str:
    found = goals.others(results)
    if not found:
        return ""
    rows = [
        f"| {each.what} | {_MARKS[each.is_reached]} **{_figure(each.value)}** {each.unit} "
        f"| {each.most:g} {each.unit} |"
        for each in found
    ]
    return "\n".join(["| | measured | at most |", "|---|---|---|", *rows])


def _figure(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 20 or value == int(value) else f"{value:.2f}"


def _fanout(samples: list[Sample]) -> Iterator[str]:
    if not samples:
        return
    yield "## CPU per delivered message"
    yield f"![CPU per delivered message at {goals.VIEWERS} viewers]({CHART})"
    yield "Microseconds as user + system = both, medians; behind them the median of our ratios."
    for viewers in sorted({each.viewers for each in samples}):
        yield _table(samples, viewers)
    yield _growth(samples)


def _table(samples: list[Sample], viewers: int) -> str:
    here = [each for each in samples if each.viewers == viewers]
    sizes = sorted({each.size for each in here})
    heads = " | ".join(f"{size // 1024} KB | ours to it" for size in sizes)
    lines = [f"| {viewers} viewers | {heads} |", f"|---|{'---:|' * 2 * len(sizes)}"]
    for name, shown in SHOWN.items():
        cells = [_cells(here, name, viewers, size) for size in sizes]
        if any(cells):
            lines.append(f"| {shown} | {' | '.join(each or ' | ' for each in cells)} |")
    return "\n".join([*lines, *_doubts(here)])


def _cells(samples: list[Sample], name: str, viewers: int, size: int) -> str:
    theirs = [each for each in samples if (each.contender, each.size) == (name, size)]
    if not theirs:
        return ""
    user = statistics.median(each.cost.user_us for each in theirs)
    whole = statistics.median(each.cost.total_us for each in theirs)
    cost = f"{user:.1f} + {whole - user:.1f} = **{whole:.1f}**"
    ours = ratio(costs(samples, "ours", viewers, size), [each.cost.total_us for each in theirs])
    return f"{cost} | " + ("" if name == "ours" or ours is None else f"{ours:.2f}")


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
        for size in sorted({each.size for each in samples}):
            grown = goals.growth(samples, name, size)
            if grown is not None:
                lines.append(f"{SHOWN[name]} at {size // 1024} KB by {grown:.2f}")
    if not lines:
        return ""
    return f"From 50 to 1,000 viewers the cost per message changes: {'; '.join(lines)}."


def _camera(taken: list[Taken]) -> str:
    if not taken:
        return ""
    lines = [
        f"Microseconds of CPU per frame and viewer, {camera.VIEWERS} viewers: the server alone,",
        "and with the process that reads the camera, which go2rtc has inside.",
        "",
        "| | frames of | server | with the worker | messages per frame |",
        "|---|---|---:|---:|---:|",
    ]
    lines += [
        _camera_row(taken, name, size)
        for size in sorted({each.size for each in taken})
        for name in (camera.OURS, camera.GO2RTC)
        if camera.of(taken, name, size)
    ]
    return "\n".join(lines)


def _camera_row(taken: list[Taken], name: str, size: int) -> str:
    own = camera.median(taken, name, size, lambda each: each.per_frame_us)
    whole = camera.median(taken, name, size, lambda each: each.all_per_frame_us)
    messages = camera.median(
        taken, name, size, lambda each: each.per_frame_us / each.per_message_us
    )
    return f"| {SHOWN[name]} | {size // 1024} KB | {own:.1f} | {whole:.1f} | {messages:.2f} |"


def _acks(samples: list[Sample]) -> str:
    found = goals.ack_share(samples)
    if found is None:
        return ""
    usual, often, share = found
    viewers, size = samples[0].viewers, samples[0].size
    return (
        f"{viewers:,} viewers, 30 messages of {size // 1024} KB a second: {usual:.1f} us per "
        f"message with {ACKS_PER_S:.2g} acknowledgements per viewer and second, {often:.1f} with "
        f"{MANY_ACKS_PER_S:g}. So the usual ones add {share:.0%} to a server that gets none, and "
        f"one costs {(often - usual) * 30 / (MANY_ACKS_PER_S - ACKS_PER_S):.0f} us."
    )


def _latency(taken: Latency | None) -> str:
    if taken is None:
        return ""
    return (
        f"{VIEWERS} viewers of a live 720p30 stream that is encoded for them, while two 720p30 "
        f"sources are decoded and sent as JPEG beside it ({taken.decoded_per_s:.0f} pictures a "
        f"second), nothing pinned: from the worker's message to the return of the last write "
        f"p50 {taken.p50_ms:.2f} ms, p99 {taken.p99_ms:.2f} ms, of {taken.messages} messages."
    )


def _memory(taken: Memory | None) -> str:
    if taken is None:
        return ""
    kb = [round(each / 1024) for each in (taken.idle, taken.stalled, taken.stalled_kernel)]
    return (
        f"A viewer that watches and is sent nothing takes {kb[0]} KB of the server's memory "
        f"({IDLE} of them). One that stops reading takes {kb[1]} KB more, and {kb[2]} KB in the "
        f"kernel's buffers on the server's side ({STALLED} of them, 20 KB messages, 30 a second); "
        f"on the viewer's side {taken.stalled_peer / 1024:.0f} KB."
    )


def _stalls(results: Results) -> str:
    if not results.stalls:
        return ""
    lines = [
        "A page in Chromium among 50 healthy viewers of a live 720p30 stream; times in ms:",
        "",
        "| it reads nothing, as | server | kernel | others' p99 | before | missed | then shown |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {each.how} | {each.own / 1024:.0f} KB | {each.kernel / 1024:.0f} KB "
        f"| {each.p99_with_us / 1e3:.2f} | {each.p99_without_us / 1e3:.2f} | {each.missed} "
        f"| {each.again_ms:.0f} old |"
        for each in results.stalls
    ]
    return "\n".join(lines)


def _soaks(results: Results) -> str:
    if not results.soaks:
        return ""
    lines = [
        "30 messages a second to each viewer. Memory is the server's; delays are the longest for",
        "which the server, then the load generator, was kept from its work.",
        "",
        "| viewers | message | minutes | messages | missed | memory | last third | CPU | delays |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for each in results.soaks:
        third = len(each.resident) // 3
        memory = statistics.median(each.resident[third:]) / 1e6
        lines.append(
            f"| {each.viewers:,} | {each.size // 1024} KB | {each.seconds / 60:.0f} "
            f"| {each.delivered:,} of {each.due:,} | {each.missed} | {memory:.1f} MB "
            f"| {each.growth / 1024:+.0f} KB | {each.share:.0%} "
            f"| {each.server_late_s * 1e3:.0f}, {each.load_pause_s * 1e3:.0f} ms |"
        )
    return "\n".join(lines)
