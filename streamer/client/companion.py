"""A server of a program's own: a child process that serves when it is made, and ends with it.

The child holds the reading end of a pipe as its standard input, and ends when that does. However
the program ends, also by `kill -9`, the kernel closes the other end.
"""

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from typing import IO, cast

from streamer.errors import ConfigError

PORTS = range(8000, 8020)
_SERVE = (sys.executable, "-m", "streamer", "serve", "--until-eof")
_START_S = 20.0
_STOP_S = 5.0
_READY = b"Watch at "


class Companion:
    """A running `streamer serve` on loopback that takes publishers; `url` is where."""

    def __init__(self, ports: Iterable[int] = PORTS, arguments: Sequence[str] = ()) -> None:
        """Start it on the first free port and wait until it serves; port 0 is any.

        `arguments` are further ones of `streamer serve`.

        Raises:
            ConfigError: it could not be started.
        """
        for port in filter(_is_free, ports):
            self._start(port, arguments)
            if self._answered.wait(_START_S) and self.url:
                return
            self.close()  # it says on standard error why; another may have taken the port
        raise ConfigError("No server could be started; end another, or name one in STREAMER_URL.")

    @property
    def is_running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def close(self) -> None:
        """Stop it."""
        with contextlib.suppress(OSError):
            cast(IO[bytes], self._process.stdin).close()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()

    def _start(self, port: int, arguments: Sequence[str]) -> None:
        self._answered = threading.Event()
        self.url = ""
        self._process = subprocess.Popen(  # noqa: S603  # this very program
            [*_SERVE, "--port", str(port), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is meant for the program
        )
        self._listener = threading.Thread(target=self._listen, name="streamer-server", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        """Wait for its word that it serves, and take away what else it says."""
        with cast(IO[bytes], self._process.stdout) as lines:
            for line in lines:
                if line.startswith(_READY):
                    self.url = line.removeprefix(_READY).decode().strip().rstrip("/")
                    self._answered.set()
        self._answered.set()


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
