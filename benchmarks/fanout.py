"""CPU per delivered message: all servers side by side, in turn, in interleaved rounds."""

import resource
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.child import Child, python
from benchmarks.contenders import Contender

SERVER_CORE, LOAD_CORE = 0, 1
SIZES = (4096, 20480, 102400)
BUSY = 0.9


@dataclass(frozen=True)
class Sample:
    """One run: microseconds of server CPU per delivered message, and what was wrong with it.

    `short` viewers did not get every message; `busy` is the load generator's share of its core.
    """

    contender: str
    viewers: int
    size: int
    cost_us: float
    short: int
    busy: float
    acks: int
    system_us: float = 0.0


class Bench:
    """Servers and a load generator, started; `viewers` are open on each server."""

    def __init__(self, contenders: Iterable[Contender], viewers: int, fps: float) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.viewers = viewers
        self.fps = fps
        self.load = Child("the load generator", python("benchmarks.load"), LOAD_CORE)
        self.servers: dict[str, Child] = {}
        self._contenders = {each.name: each for each in contenders}
        with ExitStack() as stack:
            stack.callback(self.close)
            for each in self._contenders.values():
                self._start(each)
            stack.pop_all()

    def _start(self, contender: Contender) -> None:
        server = self.servers[contender.name] = Child(
            contender.name, contender.command, SERVER_CORE
        )
        port = server.hear()["port"]
        self.load.ask(
            do="open", name=contender.name, port=port, count=self.viewers, **contender.target
        )
        if "first" in contender.target:
            # Big messages, each acknowledged: the links are known and the credit is wide.
            self.run(contender.name, SIZES[-1], warm=0, count=int(self.fps) + 15, every=True)

    def run(
        self, name: str, size: int, *, warm: int, count: int, every: bool = False,
        fps: float | None = None,
    ) -> Sample:  # fmt: skip
        """One timed run on one server."""
        fps = fps or self.fps
        self.load.ask(do="watch", name=name, total=warm + count + 1, fps=fps, every=every)
        answer = self.servers[name].ask(size=size, fps=fps, warm=warm, count=count)
        report = self.load.ask(do="report", name=name)
        cost_us = answer["cpu_us"] / (count * self.viewers)
        short = report["short"]
        if report["lost"]:
            print(name, report)
        return Sample(
            name,
            self.viewers,
            size,
            cost_us,
            short,
            report["busy"],
            report["acks"],
            answer.get("system_us", 0) / (count * self.viewers),
        )

    def close(self) -> None:
        """End every process."""
        for each in (self.load, *self.servers.values()):
            each.end()


def note(text: str) -> None:
    """Show what is being done, on one line."""
    sys.stderr.write(f"\r\x1b[K{text}" if sys.stderr.isatty() else f"{text}\n")
    sys.stderr.flush()
