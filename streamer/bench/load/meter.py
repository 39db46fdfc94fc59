"""What the server and the machine do, from one look to the next."""

import math
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from streamer.bench.load.outcome import Usage
from streamer.bench.processes import cpu_s, resident, tree

_STAT = Path("/proc/stat")
_IDLE = slice(3, 5)  # idle, and waiting for disks (proc(5))


@dataclass(frozen=True, slots=True)
class _Look:
    at_s: float
    own: list[int]
    everyone: list[int]
    own_s: float
    all_s: float
    machine: tuple[int, ...]


class Meter:
    """Looks at a server's process and its workers; without a `pid` at the machine alone."""

    def __init__(self, pid: int | None) -> None:
        self._pid = pid
        self._last = self._look()

    def take(self) -> tuple[Usage, Usage, float]:
        """Since the last time: the process, the same with its workers, the idle share."""
        before, now = self._last, self._look()
        self._last = now
        elapsed_s = max(now.at_s - before.at_s, 1e-9)
        return (
            Usage((now.own_s - before.own_s) / elapsed_s, _resident(now.own)),
            Usage((now.all_s - before.all_s) / elapsed_s, _resident(now.everyone)),
            _idle(before.machine, now.machine),
        )

    def _look(self) -> _Look:
        own = [] if self._pid is None else [self._pid]
        everyone = [] if self._pid is None else tree(self._pid)
        return _Look(time.monotonic(), own, everyone, _cpu(own), _cpu(everyone), _machine())


def _cpu(pids: Sequence[int]) -> float:
    return cpu_s(pids) if pids else math.nan


def _resident(pids: Sequence[int]) -> float:
    found = 0
    for pid in pids:
        with suppress(OSError):
            found += resident(pid)
    return found or math.nan


def _machine() -> tuple[int, ...]:
    """What all cores did so far, in ticks: for users, politely, in the kernel, nothing ..."""
    try:
        return tuple(map(int, _STAT.read_text().split("\n", 1)[0].split()[1:9]))
    except OSError:
        return ()


def _idle(before: Sequence[int], now: Sequence[int]) -> float:
    ticks = [late - early for early, late in zip(before, now, strict=True)]
    return sum(ticks[_IDLE]) / sum(ticks) if sum(ticks) else math.nan
