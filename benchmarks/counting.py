"""What a server's processes hold: how many there are, descriptors, resident memory."""

from dataclasses import dataclass
from pathlib import Path

from tests.integration.processes import Process

_PAGE_KB = 4


@dataclass(frozen=True, slots=True)
class Held:
    """Totals over a server, its workers and what they share."""

    processes: int
    descriptors: int
    server_mb: float
    workers_mb: float


def held(server: Process) -> Held:
    """What the processes of a server's session hold now."""
    pids = server.members()
    descriptors = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
    resident = {pid: resident_mb(pid) for pid in pids}
    workers_mb = sum(mb for pid, mb in resident.items() if pid != server.pid)
    return Held(len(pids), descriptors, resident[server.pid], workers_mb)


def resident_mb(pid: int) -> float:
    """A process's own resident memory, without what it shares with files."""
    fields = Path(f"/proc/{pid}/statm").read_text().split()
    return (int(fields[1]) - int(fields[2])) * _PAGE_KB / 1024
