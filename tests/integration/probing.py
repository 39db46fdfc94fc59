"""What tests of `streamer probe` share: it run for a moment, and what it prints read."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

PROBE = (sys.executable, "-m", "streamer", "probe")

LONGER_S = 4.0


@dataclass(frozen=True, slots=True)
class Said:
    """What the command printed, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def found(self) -> dict[str, Any]:
        """Its figures."""
        assert self.status == 0, self.err
        found: dict[str, Any] = json.loads(self.out)
        return found


def probe(*arguments: str, seconds: float = 1.5, wait: float = 20) -> Said:
    """Run it to its end, with figures as JSON."""
    times = ("--json", "--seconds", str(seconds), "--warm-up", "0.5", "--wait", str(wait))
    done = subprocess.run(
        (*PROBE, *times, *arguments), capture_output=True, text=True, timeout=60, check=False
    )
    return Said(done.returncode, done.stdout, done.stderr)


def probe_plausibly(*arguments: str, fps: float, most_ms: float) -> dict[str, Any]:
    """Pictures at no more than that rate, most of them, neither from the future nor too old.

    Where the machine is busy in that moment they are looked at once more, for longer.
    """

    def is_quick() -> bool:
        is_whole = found["pictures"] >= 10 and fps * 0.3 < found["fps"] < fps * 1.2
        return bool(is_whole and found["age_ms"]["p50"] < most_ms)

    found = probe(*arguments).found
    if not is_quick():
        found = probe(*arguments, seconds=LONGER_S).found
    assert is_quick(), found
    assert found["age_ms"]["p50"] > 0, found
    assert found["unread"] == 0, found
    return found
