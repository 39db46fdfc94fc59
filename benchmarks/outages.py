"""How soon viewers are told of an outage, and see pictures move after it: every network source.

`python -m benchmarks.outages`, from the root of the tree; `--help` has what can be chosen. Each
kind has a real counterpart (of publishers: an encoder that calls until it is let in), which is
killed for 1 s, again and again, then as often to come back with another size and with another
codec by turns, then killed for longer, then stopped where it is. All kinds run side by side,
watched by viewers in Python, against one server. Prints a table and appends it to
docs/benchmarks-outages.md.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.counting import Held, held
from benchmarks.reporting import append, title
from tests.integration.counterparts import KINDS, PUSHES, Counterpart, write_clips
from tests.integration.observers import Observer
from tests.integration.outages import Outage, Recovery, suffer
from tests.integration.processes import Process, answers, free_port

REPORT = Path("docs/benchmarks-outages.md")
GOAL_BACK_S = 2.0
SETTLE_S = 5.0
# By then every source's past is as long as the server keeps it.
FILLED_S = 45.0
INTRO = """# Outages

Written by `python -m benchmarks.outages`.
"""
HEAD = """
## {title}

Every source sends a keyframe a second; `--stall-timeout {stall:g}`; SRT is taken by
`exec:srt-live-transmit`. `told` is from the loss to
the moment at which viewers know, the worst of all; `-` means that the source was back before it
counted as dead. `back` is from the return to the third new picture, median and worst; `in time`
counts those within {goal:.0f} s. RTSP that is pulled changes from H.264 to MJPEG, RTMP to H.263,
the others to HEVC, and http-mjpeg is always MJPEG. Who publishes by PUT may be silent for 10 s.

| source | outage | times | told, s | back, s | worst | in time |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What every source goes through."""

    times: int
    changes: int
    long_s: tuple[float, ...]
    freezes_s: tuple[float, ...]
    stall_s: float

    def outages(self) -> Iterator[Outage]:
        """All of them, in order."""
        yield from [Outage("kill", 1.0, "usual")] * self.times
        yield from [Outage("kill", 1.0, "small"), Outage("kill", 1.0, "other")] * self.changes
        for away_s in self.long_s:
            yield Outage("kill", away_s, "usual")
        for away_s in self.freezes_s:
            yield Outage("freeze", away_s, "usual")


def main() -> None:
    """Run everything and append the table."""
    arguments = parse_arguments()
    kinds = arguments.kinds.split(",")
    long_s, freezes_s = seconds(arguments.long), seconds(arguments.freeze)
    plan = Plan(arguments.times, arguments.changes, long_s, freezes_s, arguments.stall_timeout)
    with tempfile.TemporaryDirectory() as folder:
        rows, notes = run(Path(folder), kinds, plan)
    write_report(rows, notes, plan.stall_s)


def seconds(text: str) -> tuple[float, ...]:
    """Numbers with commas between them; none in an empty text."""
    return tuple(float(each) for each in text.split(",") if each)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure recovery from outages.")
    parser.add_argument("--kinds", default=",".join((*KINDS, "srt", *PUSHES)))
    parser.add_argument("--times", type=int, default=20, help="kills of 1 s in a row")
    parser.add_argument("--changes", type=int, default=20, help="and as many to each variant")
    parser.add_argument(
        "--stall-timeout", type=float, default=3.0, help="of the server, in seconds"
    )
    parser.add_argument("--long", default="10,60", help="seconds of the longer kills")
    parser.add_argument("--freeze", default="20", help="seconds of being stopped")
    return parser.parse_args()


def run(folder: Path, kinds: list[str], plan: Plan) -> tuple[list[str], str]:
    """Let every kind go through the plan at once; rows of the table, and what was held."""
    write_clips(folder)
    port = free_port()
    counterparts = [Counterpart(kind, folder, port) for kind in kinds]
    results: dict[str, list[tuple[Outage, Recovery]]] = {}
    try:
        for each in counterparts:
            each.start()
        with serving(folder, counterparts, plan.stall_s, port) as server:
            observers = [Observer(port, each.name) for each in counterparts]
            time.sleep(FILLED_S)
            before = held(server)

            def go(counterpart: Counterpart, observer: Observer) -> None:
                results[counterpart.kind] = go_through(counterpart, observer, plan)

            pairs = zip(counterparts, observers, strict=True)
            in_parallel([partial(go, *pair) for pair in pairs])
            time.sleep(FILLED_S)
            after = held(server)
            for observer in observers:
                observer.close()
    finally:
        for each in counterparts:
            each.kill()
    return [row for kind in kinds for row in rows_of(kind, results[kind])], growth(before, after)


@contextmanager
def serving(
    folder: Path, counterparts: list[Counterpart], stall_s: float, port: int
) -> Iterator[Process]:
    """Serve all counterparts."""
    command = (sys.executable, "-m", "streamer", "serve", "--port", str(port))
    sources = [f"{each.name}={each.url}" for each in counterparts]
    options = ("--allow-exec", "--stall-timeout", str(stall_s))
    server = Process((*command, *options, *sources), folder / "server.log")
    try:
        server.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
        yield server
    finally:
        server.stop()
        server.clear()


def in_parallel(jobs: list[Callable[[], None]]) -> None:
    """Run every job in a thread of its own, until all are done."""
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def go_through(
    counterpart: Counterpart, observer: Observer, plan: Plan
) -> list[tuple[Outage, Recovery]]:
    """Let one source go through the plan."""
    found = []
    for outage in plan.outages():
        recovery = suffer(counterpart, observer, outage)
        found.append((outage, recovery))
        print(counterpart.kind, outage, recovery, flush=True)
        time.sleep(SETTLE_S)
    return found


def rows_of(kind: str, found: list[tuple[Outage, Recovery]]) -> list[str]:
    """The rows of one kind, one for each sort of outage."""
    sorts: dict[str, list[Recovery]] = {}
    for outage, recovery in found:
        sorts.setdefault(outage.words, []).append(recovery)
    return [row(kind, words, recoveries) for words, recoveries in sorts.items()]


def row(kind: str, words: str, recoveries: list[Recovery]) -> str:
    """One row of the table."""
    told = [each.told_s for each in recoveries if each.told_s is not None]
    back = [each.back_s for each in recoveries if each.back_s is not None]
    in_time = sum(each <= GOAL_BACK_S for each in back)
    return (
        f"| {kind} | {words} | {len(recoveries)} | {f'{max(told):.2f}' if told else '-'} "
        f"| {f'{median(back):.2f}' if back else 'never'} "
        f"| {f'{max(back):.2f}' if len(back) == len(recoveries) else 'never'} "
        f"| {in_time} of {len(recoveries)} |"
    )


def growth(before: Held, after: Held) -> str:
    """What the server's processes held before and after, as a sentence."""
    return (
        f"Before and after: {before.processes} and {after.processes} processes, "
        f"{before.descriptors} and {after.descriptors} descriptors, "
        f"{before.server_mb:.0f} and {after.server_mb:.0f} MB in the server, "
        f"{before.workers_mb:.0f} and {after.workers_mb:.0f} MB in its workers."
    )


def write_report(rows: list[str], notes: str, stall_s: float) -> None:
    """Append a section with the table."""
    print(*rows, notes, sep="\n", flush=True)
    head = HEAD.format(title=title(), stall=stall_s, goal=GOAL_BACK_S)
    append(REPORT, INTRO, head, [*rows, "", notes])


if __name__ == "__main__":
    main()
