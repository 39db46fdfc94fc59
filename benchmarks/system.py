"""What the operating system says of processes: CPU time, memory, children, buffers of sockets."""

import os
import re
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")


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


class Meter:
    """CPU time of this process, and wall time, from `start` to `stop`."""

    def start(self) -> None:
        """Begin to count."""
        self._wall_ns, self._cpu = time.monotonic_ns(), own_cpu()

    def stop(self) -> dict[str, float]:
        """Microseconds since `start`."""
        cpu = own_cpu() - self._cpu
        wall_us = (time.monotonic_ns() - self._wall_ns) / 1e3
        return {"user_us": cpu.user_us, "system_us": cpu.system_us, "wall_us": wall_us}


def own_cpu() -> Cpu:
    """What this process has taken so far; the sum is exact, the parts may be estimates."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Cpu(usage.ru_utime * 1e6, usage.ru_stime * 1e6)


def cpu_of(pid: int) -> Cpu:
    """What another process has taken so far, its threads included, in ticks of the system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return Cpu(int(fields[11]) * _TICK_US, int(fields[12]) * _TICK_US)


def resident(pid: int) -> int:
    """Bytes that a process has in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(match[1]) * 1024 if match else 0


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    started: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        started.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += started.get(each, [])
    return found[1:]


def in_kernel(port: int) -> tuple[int, int]:
    """Bytes that the kernel holds for a server's connections: on its side, and on the peers'."""
    return sum(buffers(port).values()), sum(_queued(f"dport = :{port}").values())


def buffers(port: int) -> dict[str, int]:
    """Bytes that the kernel holds on a server's side, by the peer's address."""
    return _queued(f"sport = :{port}")


def _queued(which: str) -> dict[str, int]:
    command = ["ss", "-tmnOH", which]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # skmem: r and w are what is queued, f what is kept ready (ss(8)).
    return {
        line.split()[4]: sum(int(number) for number in re.findall(r"\b[rwf](\d+)", line))
        for line in text.splitlines()
    }
