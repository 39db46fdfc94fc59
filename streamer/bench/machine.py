"""On what, and with what, something was measured."""

import os
import platform
import re
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from streamer import __version__


def machine() -> dict[str, str]:
    """The processor, the system and the versions, for a report."""
    return {
        "processor": f"{processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}",
        "versions": f"streamer {__version__}, Python {platform.python_version()}, "
        f"PyAV {version('av')}",
    }


def processor() -> str:
    """The processor's name, as the system knows it."""
    with suppress(OSError):
        match = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        if match is not None:
            return match[1].strip()
    return platform.processor() or platform.machine()
