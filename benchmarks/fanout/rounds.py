"""CPU per delivered message: all servers side by side, one at work at a time, in rounds."""

import statistics
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.fanout.contenders import Contender
from streamer.bench.child import Child, python
from streamer.bench.processes import Cpu
from streamer.descriptors import raise_limit

SERVER_CORE, LOAD_CORE = 0, 1
SIZES = (4096, 20480, 102400)
BUSY = 0.9
_WARM_S, _COUNT_S = 0.33, 1.0
_TRIES = 4


@dataclass(frozen=True)
class Sample:
    """One run: the server's CPU time per delivered message, and what was wrong with it.

    `short` viewers did not get every message; `busy` is the load generator's share of its core.
    """

    contender: str
    viewers: int
    size: int
    cost: Cpu
    short: int
    busy: float
    acks: int


class Bench:
    """Servers and a load generator, started; `viewers` are open on each server."""

    def __init__(self, contenders: Iterable[Contender], viewers: int, fps: float) -> None:
        raise_limit()
        self.viewers = viewers
        self.fps = fps
        self.samples: list[Sample] = []
        self.load = Child("the load generator", python("streamer.bench.load.generator"), LOAD_CORE)
        self.servers: dict[str, Child] = {}
        with ExitStack() as stack:
            stack.callback(self.close)
            for each in contenders:
                self._start(each)
            stack.pop_all()

    def _start(self, contender: Contender) -> None:
        name = contender.name
        server = self.servers[name] = Child(name, contender.command, SERVER_CORE)
        port = server.hear()["port"]
        self.load.ask(do="open", name=name, port=port, count=self.viewers, **contender.target)
        if "first" in contender.target:
            # Big messages, each acknowledged: the links are known and the credit is wide.
            self._run(name, SIZES[-1], 0, int(self.fps) + 15, every=True)

    def measure(self, name: str, size: int) -> Sample:
        """One sample of one server; a run in which a viewer missed something is run again."""
        warm, count = round(self.fps * _WARM_S), round(self.fps * _COUNT_S)
        for _ in range(_TRIES):
            sample = self._run(name, size, warm, count)
            if not sample.short:
                break
        self.samples.append(sample)
        return sample

    def _run(self, name: str, size: int, warm: int, count: int, *, every: bool = False) -> Sample:
        total, fps = warm + count + 1, self.fps
        self.load.ask(do="watch", name=name, total=total, every=every)
        answer = self.servers[name].ask(size=size, fps=fps, warm=warm, count=count)
        report = self.load.ask(do="report", name=name)
        cost = Cpu(answer["user_us"], answer["system_us"]).over(count * self.viewers)
        short = report["short"] + report["lost"]
        return Sample(name, self.viewers, size, cost, short, report["busy"], report["acks"])

    def close(self) -> None:
        """End every process."""
        for each in (self.load, *self.servers.values()):
            each.end()


def compare(
    contenders: Iterable[Contender], viewers: int, fps: float, sizes: Iterable[int], rounds: int
) -> list[Sample]:
    """Samples of all contenders, round by round: what disturbs the machine disturbs all."""
    contenders = list(contenders)
    bench = Bench(contenders, viewers, fps)
    try:
        for number in range(rounds):
            for size in sizes:
                for each in contenders:
                    note(f"{viewers} viewers, round {number + 1} of {rounds}: {each.name}, {size}")
                    bench.measure(each.name, size)
    finally:
        bench.close()
    return bench.samples


def costs(samples: Iterable[Sample], name: str, viewers: int, size: int) -> list[float]:
    """What one contender costs in microseconds per message, round by round."""
    wanted = (name, viewers, size)
    return [
        each.cost.total_us
        for each in samples
        if (each.contender, each.viewers, each.size) == wanted
    ]


def ratio(over: list[float], under: list[float]) -> float | None:
    """The median of the rounds' ratios; None without any."""
    pairs = list(zip(over, under, strict=False))
    return statistics.median(a / b for a, b in pairs) if pairs else None


def note(text: str) -> None:
    """Show what is being done, on one line."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
