"""What a browser that a test started holds: its processes are those below the test's own."""

import os
import time
from pathlib import Path

_PAGE_KB = 4
_SETTLE_S, _PAUSE_S = 5.0, 0.2


def browser_pids(program: bytes = b"chromium") -> list[int]:
    """The processes of a browser that descend from this one."""
    parents = dict(_parents())
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return [pid for pid in found if program in _command(pid)]


def browser_mb() -> float:
    """Their own resident memory, without what they share with files."""
    return sum(map(_own_mb, browser_pids()))


def least_mb() -> float:
    """The least of some moments, as the process of a page that was closed may take its time."""
    found = [browser_mb()]
    end_s = time.monotonic() + _SETTLE_S
    while time.monotonic() < end_s:
        found.append(browser_mb())
        time.sleep(_PAUSE_S)
    return min(found)


def _parents() -> list[tuple[int, int]]:
    stats = (_read(path) for path in Path("/proc").glob("[0-9]*/stat"))
    return [
        (int(stat.split()[0]), int(stat.rpartition(b")")[2].split()[1])) for stat in stats if stat
    ]


def _own_mb(pid: int) -> float:
    fields = _read(Path(f"/proc/{pid}/statm")).split()
    return (int(fields[1]) - int(fields[2])) * _PAGE_KB / 1024 if fields else 0.0


def _command(pid: int) -> bytes:
    return _read(Path(f"/proc/{pid}/cmdline"))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it has ended meanwhile
