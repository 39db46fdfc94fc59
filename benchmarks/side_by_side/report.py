"""The page that shows the comparison. Pure but for the versions that it names."""

import math
import os
import platform
import re
import shutil
import statistics
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

from benchmarks import ROOT
from benchmarks.peers import versions
from benchmarks.side_by_side.camera import PICTURE
from benchmarks.side_by_side.contenders import left_out
from streamer import __version__

OUTPUT = ROOT / "docs" / "benchmarks-side-by-side.md"
_HEAD = """\
| | shown by | p50 | of rounds | p95 | p99 | max | to first | fps | missed | browser | server |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
"""
_METHOD = """\
- One `streamer pattern {picture}` sends H.264 without B-frames and with a keyframe a second over
  RTMP to nginx-rtmp, and everybody reads the same pictures there: `streamer serve`, go2rtc and
  FFmpeg over RTMP; the HLS page what nginx itself makes, segments of one second.
- All pages are shown in the same headless Chromium, one at a time, each for 3 s that count after
  1.5 s that do not; then comes the next, and so on for each round. What serves a page is started
  for its turn. The figures are medians over the rounds; `of rounds` is the least and the greatest
  p50 of any, which tells how quiet the machine was.
- A picture's age is read from the mark in it, in the page, by what `streamer probe --page` has for
  that: at the first animation frame at which the page can draw it (of a video: the first callback
  of its frame). It is the time since the pattern was drawn, with encoding, both servers, decoding
  and painting. Nobody's own figures are used, ours included. It takes steps of 1/60 s, as the
  browser draws so often, and a canvas that a worker paints, as ours, reaches the page's script up
  to such a step later than a `<video>`'s frame.
- `missed` pictures of a turn never appeared; `to first` is p50 to that of the first row. `browser`
  and `server` are CPU in cores: of all of the browser's processes, the reading included, and of
  what serves the page; at HLS that is nginx, which carries the others' pictures, too.
- `streamer`'s and go2rtc's pages are their own, as they come. MSE of ours is `web/bench/mse.js`, a
  `<video>` held at the live edge, which the player does not use. go2rtc's JPEGs are made by its
  FFmpeg. FFmpeg's own MJPEG server runs with `-fflags nobuffer -flags low_delay -probesize 32768
  -analyzeduration 100000`. hls.js has its defaults; Chromium's own HLS showed nothing of this
  playlist.
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one contender showed in one round; ages in ms, NaN where it showed nothing."""

    round: int
    name: str
    means: str
    pictures: int
    p50: float
    p95: float
    p99: float
    max: float
    fps: float
    missed: int
    browser_cores: float
    server_cores: float


def render(turns: Sequence[Turn], browser: str) -> str:
    """The whole page."""
    rounds = len({each.round for each in turns})
    now = datetime.now(UTC)
    about = ", ".join((*machine(), browser.replace("/", " "), *peer_versions()))
    method = _METHOD.format(picture=PICTURE)
    notes = "\n".join(f"- {each}" for each in left_out())
    return (
        "# Side by side\n\n"
        "How old the same pictures are on a page, 720p30 in H.264, through this server and\n"
        "through others. Written by `python -m benchmarks.side_by_side`; a run of one's own\n"
        "replaces it. Losses stand here as wins do.\n\n"
        f"{now:%Y-%m-%d %H:%M} UTC, {rounds} rounds; {about}.\n\n"
        f"{table(turns)}\nAges in ms.\n\n"
        f"## How it is measured\n\n{method}{notes}\n"
    )


def machine() -> list[str]:
    """The machine and this program."""
    told = Path("/proc/cpuinfo")
    match = re.search(r"model name\s*: (.*)", told.read_text() if told.exists() else "")
    name = match[1] if match else platform.processor()
    return [f"{name}, {os.cpu_count()} cores", platform.system(), f"streamer {__version__}"]


def peer_versions() -> list[str]:
    """The versions of the others."""
    known = versions()
    found = [f"{name} {known[name]}" for name in ("go2rtc", "hls.js") if name in known]
    if ffmpeg := _said(r"ffmpeg version (\S+)", "ffmpeg", "-version"):
        found.append(f"FFmpeg {ffmpeg}")
    if nginx := _said(r"nginx/(\S+)", "/usr/sbin/nginx", "-v"):
        found.append(f"nginx {nginx}")
    return found


def _said(pattern: str, *command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    match = re.search(pattern, answer.stdout + answer.stderr)
    return match[1] if match else ""


def table(turns: Sequence[Turn]) -> str:
    """A row for each contender, in the order of their first turns."""
    names = list(dict.fromkeys((each.name, each.means) for each in turns))
    first = _middle(
        [each for each in turns if (each.name, each.means) == names[0]], attrgetter("p50")
    )
    return _HEAD + "".join(
        _row([each for each in turns if (each.name, each.means) == which], first)
        for which in names
    )


def _row(turns: Sequence[Turn], first_ms: float) -> str:
    def middle(name: str) -> float:
        return _middle(turns, attrgetter(name))

    one, p50 = turns[0], middle("p50")
    if math.isnan(p50):
        return f"| {one.name} | {one.means} | showed nothing | | | | | | | | | |\n"
    ages = (f"{middle(name):.0f}" for name in ("p95", "p99", "max"))
    cores = (f"{middle(name):.2f}" for name in ("browser_cores", "server_cores"))
    counts = (f"{p50 / first_ms:.2f}", f"{middle('fps'):.1f}", f"{middle('missed'):.0f}")
    rounds = [each.p50 for each in turns if not math.isnan(each.p50)]
    span = f"{min(rounds):.0f} to {max(rounds):.0f}"
    cells = (one.name, one.means, f"**{p50:.0f}**", span, *ages, *counts, *cores)
    return f"| {' | '.join(cells)} |\n"


def _middle(turns: Sequence[Turn], what: Callable[[Turn], float]) -> float:
    known = [value for each in turns if not math.isnan(value := what(each))]
    return statistics.median(known) if known else math.nan
