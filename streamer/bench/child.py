"""A child process that is told what to do: JSON lines in, JSON lines out."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
from typing import IO, Any, cast

from streamer.errors import ChildFailed


class Child:
    """One process, which ends when its standard input does.

    With a `core` it stays there, before all others where that is allowed; `apart` keeps Ctrl-C,
    which is meant for the parent, from it.
    """

    def __init__(
        self, name: str, command: list[str], core: int | None = None, *, apart: bool = False
    ) -> None:
        self.name = name
        self._process = subprocess.Popen(  # noqa: S603  # the commands are ours
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=apart,
            preexec_fn=None if core is None else lambda: settle(core),  # noqa: PLW1509
        )
        self._selector = selectors.DefaultSelector()
        self._stdin = cast(IO[bytes], self._process.stdin)
        self._stdout = cast(IO[bytes], self._process.stdout)
        self._selector.register(self._stdout, selectors.EVENT_READ)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def tell(self, **command: Any) -> None:
        """Send one command."""
        self._stdin.write(json.dumps(command).encode() + b"\n")
        self._stdin.flush()

    def hear(self, within_s: float = 60.0) -> dict[str, Any]:
        """The next answer.

        Raises:
            ChildFailed: there is none, or it says `failure`.
        """
        if not self._selector.select(within_s):
            raise ChildFailed(f"{self.name} has not answered within {within_s:g} s.")
        line = self._stdout.readline()
        if not line:
            raise ChildFailed(f"{self.name} has ended with {self._process.wait(5)}.")
        answer: dict[str, Any] = json.loads(line)
        if answer.get("failure"):
            raise ChildFailed(f"{self.name}: {answer['failure']}")
        return answer

    def ask(self, within_s: float = 60.0, **command: Any) -> dict[str, Any]:
        """Send one command and wait for its answer."""
        self.tell(**command)
        return self.hear(within_s)

    def end(self) -> None:
        """Stop the process."""
        self._selector.close()
        self._process.kill()
        self._process.communicate()


def settle(core: int | None) -> None:
    """Keep this process on a core, before all others where that is allowed."""
    if core is None:
        return
    os.sched_setaffinity(0, {core})
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules."""
    return [sys.executable, "-m", module, *arguments]
