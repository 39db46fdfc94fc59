"""A server as a user starts it, by its command line: started, waited for, and cleared away."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

from benchmarks import ROOT
from streamer.bench.child import settle
from streamer.bench.processes import descendants
from streamer.errors import ChildFailed
from tests.integration.processes import answers, free_port

_READY_S = 20.0


class Program:
    """A process that serves HTTP at `port` and answers at `path`; use it as a context."""

    def __init__(self, command: list[str], port: int, path: str, core: int | None = None) -> None:
        self.port = port
        self._path = path
        self._process = subprocess.Popen(  # the commands are ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            preexec_fn=lambda: settle(core),  # noqa: PLW1509
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def __enter__(self) -> Self:
        try:
            self._wait()
        except ChildFailed:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Kill it and all that it has started."""
        for pid in (*descendants(self.pid), self.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def _wait(self) -> None:
        until_s = time.monotonic() + _READY_S
        while not answers(self.port, self._path):
            if self._process.poll() is not None or time.monotonic() > until_s:
                raise ChildFailed(f"{self._process.args!r} does not serve.")
            time.sleep(0.05)


def streamer(*arguments: str, core: int | None = None) -> Program:
    """`streamer serve` with these arguments."""
    port = free_port()
    command = [sys.executable, "-m", "streamer", "serve", "--port", str(port), *arguments]
    return Program(command, port, "/healthz", core)
