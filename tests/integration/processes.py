"""Real processes for the tests: started in a session of their own, waited for, and cleared away.

Here, and only here, tests look at the real clock: they wait for other programs, never for a fixed
time.
"""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

POLL_S = 0.02
STOP_S = 30.0


class Process:
    """One program and what it says; the programs that it starts belong to its session."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        """Start `command`, which writes both its outputs to `log`."""
        self.command = " ".join(command)
        self._log = log
        with log.open("ab") as output:
            self._start = output.tell()
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The program's process id, which is its session's too."""
        return self._popen.pid

    @property
    def output(self) -> str:
        """All that it has said so far."""
        return self._log.read_bytes()[self._start :].decode(errors="replace")

    def is_running(self) -> bool:
        """Whether the program itself still runs."""
        return self._popen.poll() is None

    def wait_for(self, condition: Callable[[], object], what: str, timeout_s: float) -> None:
        """Wait until `condition` holds; fail with the output if the program ends before."""

        def holds() -> bool:
            if condition():
                return True
            code = self._popen.poll()
            assert code is None, f"ended with {code} before {what}:\n{self.output}"
            return False

        wait_until(holds, what, timeout_s, lambda: self.output)

    def wait_for_line(self, start: str, timeout_s: float = 30.0) -> str:
        """Wait for a whole line that begins with `start` and return the rest of it."""
        self.wait_for(lambda: self._line(start) is not None, f"the line '{start}'", timeout_s)
        return (self._line(start) or "").removeprefix(start).strip()

    def members(self) -> list[int]:
        """List the running processes of its session, itself included."""
        return [pid for pid, session in running() if session == self.pid]

    def wait(self, timeout_s: float) -> int:
        """Wait until the program has ended by itself, and return its exit status."""
        return self._popen.wait(timeout_s)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask the program to end and return its exit status; what it leaves stays."""
        if self.is_running():
            self._popen.send_signal(how)
        return self._popen.wait(STOP_S)

    def clear(self) -> list[int]:
        """Kill all of its session that still runs, and return who had to be killed."""
        killed = self.members()
        for pid in killed:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._popen.wait(STOP_S)
        return killed

    def _line(self, start: str) -> str | None:
        lines = self.output.rpartition("\n")[0].splitlines()
        return next((line for line in lines if line.startswith(start)), None)


def running() -> list[tuple[int, int]]:
    """List the pid and session of every process that is not a zombie."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, _parent, _group, session = text.rpartition(")")[2].split()[:4]
        if state not in "ZX":
            found.append((int(stat.parent.name), int(session)))
    return found


def wait_until(
    condition: Callable[[], object],
    what: str,
    timeout_s: float,
    explain: Callable[[], str] = str,
) -> None:
    """Look again and again until `condition` holds; fail with what `explain` knows."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within {timeout_s} s\n{explain()}"
        time.sleep(POLL_S)


def free_port() -> int:
    """Find a TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether somebody accepts TCP connections on a port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(port: int, path: str) -> bool:
    """Whether an HTTP server on loopback says 200 to a GET of `path`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
