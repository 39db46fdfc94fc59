"""The entry of the `streamer` command, which may be interrupted before all of it is loaded."""

import importlib
import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType

_INTERRUPTED = 130


def main() -> int:
    """Load and run the command; returns its exit status."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    # Here and not above, as it takes a while.
    cli = importlib.import_module("streamer.cli")
    try:
        signal.signal(signal.SIGINT, before)
        status: int = cli.main()
    except KeyboardInterrupt:
        status = _INTERRUPTED
    if any(thread.daemon for thread in threading.enumerate()):
        _end(status)
    return status


def _end(status: int) -> None:
    """End without tearing the interpreter down.

    A thread that still waits in FFmpeg, which cannot be interrupted, asks the interpreter several
    times a second whether to go on, and would crash the process once it is no more.
    """
    for stream in (sys.stdout, sys.stderr):
        # Whoever read it may have enough, and it may have been closed before the beginning.
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End at once, as nothing is open yet: whoever interrupts wants no traceback of imports."""
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    raise SystemExit(main())
