"""A server of a program's own: a child process that serves when it is made, and ends with it.

The child holds the reading end of a pipe as its standard input, and ends when that does. However
the program ends, also by `kill -9`, the kernel closes the other end.
"""

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable
from typing import IO, cast

from streamer.errors import ConfigError

PORTS = range(8000, 8020)
_START_S = 20.0
_STOP_S = 5.0
_READY = b"Watch at"


class Companion:
    """A running `streamer serve` on loopback that takes publishers."""

    def __init__(self, ports: Iterable[int] = PORTS) -> None:
        """Start it on the first free port and wait until it serves.

        Raises:
            ConfigError: it could not be started.
        """
        for port in filter(_is_free, ports):
            self._start(port)
            if self._answered.wait(_START_S) and self._is_up:
                self.url = f"http://localhost:{port}"
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

    def _start(self, port: int) -> None:
        self._answered = threading.Event()
        self._is_up = False
        self._process = subprocess.Popen(  # noqa: S603  # this very program
            [sys.executable, "-m", "streamer", "serve", "--port", str(port), "--until-eof"],
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
                    self._is_up = True
                    self._answered.set()
        self._answered.set()


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
