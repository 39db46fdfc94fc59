"""The entry of the `streamer` command, which may be interrupted before all of it is loaded."""

import importlib
import os
import signal
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
        return _INTERRUPTED
    return status


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End at once, as nothing is open yet: whoever interrupts wants no traceback of imports."""
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    raise SystemExit(main())
