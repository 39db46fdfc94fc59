"""What the operating system says of this process's CPU time, and of buffers of sockets."""

import re
import resource
import subprocess
import time

from streamer.bench.processes import Cpu


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
