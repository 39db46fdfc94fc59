"""What tests of `streamer probe` share: it run for a moment, and what it prints read."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

PROBE = (sys.executable, "-m", "streamer", "probe")


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


def assert_plausible(found: dict[str, Any], fps: float, most_ms: float) -> None:
    """Pictures at no more than that rate, most of them, neither from the future nor too old."""
    assert found["pictures"] >= 10, found
    assert fps * 0.3 < found["fps"] < fps * 1.2, found
    assert 0 < found["age_ms"]["p50"] < most_ms, found
    assert found["unread"] == 0, found
