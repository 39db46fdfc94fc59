"""What the operating system says of processes: who started whom, CPU time, memory.

Linux tells it in /proc; elsewhere nothing is known, and figures are NaN.
"""

import math
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_GONE = (FileNotFoundError, ProcessLookupError)


@dataclass(frozen=True, slots=True)
class Cpu:
    """Microseconds of CPU time, in user space and in the kernel."""

    user_us: float = 0.0
    system_us: float = 0.0

    @property
    def total_us(self) -> float:
        """Both."""
        return self.user_us + self.system_us

    def __sub__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.user_us - other.user_us, self.system_us - other.system_us)

    def __add__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.user_us + other.user_us, self.system_us + other.system_us)

    def over(self, count: float) -> "Cpu":
        """The share of one of so many."""
        return Cpu(self.user_us / count, self.system_us / count)


def exists(pid: int) -> bool:
    """Whether there is such a process."""
    return pid > 0 and (_PROC / str(pid)).exists()


def cpu_of(pid: int) -> Cpu:
    """What another process has taken so far, its threads included, in ticks of the system."""
    tick_us = 1_000_000 // os.sysconf("SC_CLK_TCK")
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return Cpu(int(fields[11]) * tick_us, int(fields[12]) * tick_us)


def resident(pid: int) -> int:
    """Bytes that a process has in memory."""
    status = (_PROC / str(pid) / "status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(match[1]) * 1024 if match else 0


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    started: dict[int, list[int]] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except _GONE:
            continue
        started.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += started.get(each, [])
    return found[1:]


def tree(pid: int) -> list[int]:
    """A process and all that it has started."""
    return [pid, *descendants(pid)]


def cpu_s(pids: Sequence[int]) -> float:
    """Seconds of CPU time of these processes, those that are gone left out; NaN if unknown."""
    if not _PROC.is_dir():
        return math.nan
    return sum(_cpu_by_pid(pids).values())


def _cpu_by_pid(pids: Sequence[int]) -> dict[int, float]:
    taken_s = {}
    for pid in pids:
        with suppress(*_GONE):
            taken_s[pid] = cpu_of(pid).total_us / 1e6
    return taken_s


class TreeCpu:
    """The CPU time of a process and of all that it starts, of those that ended since, too."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._taken_s: dict[int, float] = {}

    def seconds(self) -> float:
        """What they have taken so far, as much as was seen of it; NaN if that is not told."""
        if not _PROC.is_dir():
            return math.nan
        self._taken_s |= _cpu_by_pid(tree(self._pid))
        return sum(self._taken_s.values())
