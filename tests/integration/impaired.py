"""What tests and benchmarks of bad links share: a clip, and what a page painted when."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import av
from playwright.sync_api import Page

# Keeps what the page's player paints, and when its rendition changes. Times are the machine's own,
# so that no estimate of the server's clock is in the figures; looking takes a few ms, which are.
RECORD = """
globalThis.paints = [];
globalThis.moves = [];
(async () => {
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  while (!document.querySelector('stream-player')?.readMark) await pause(5);
  const player = document.querySelector('stream-player');
  addEventListener('stats', ({ detail }) => {
    const last = moves.at(-1);
    if (detail.rendition && detail.rendition !== last?.rendition) {
      const { rendition, renditionReason: reason } = detail;
      moves.push({ atMs: Date.now(), rendition, reason });
    }
  }, true);
  let last = null;
  for (;;) {
    const { capturedUs } = (await player.readMark()) ?? {};
    if (capturedUs && capturedUs !== last) {
      last = capturedUs;
      paints.push([Date.now(), Date.now() - capturedUs / 1000]);
    }
    await pause(8);
  }
})();
"""


@dataclass(frozen=True, slots=True)
class Move:
    """A rendition that a page's player was given, when (ms since the epoch) and why."""

    at_ms: float
    rendition: str
    reason: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page showed: (time, staleness) of each picture, in ms, and its renditions."""

    paints: tuple[tuple[float, float], ...]
    moves: tuple[Move, ...]

    def between(self, start_ms: float, end_ms: float) -> "Seen":
        """What was shown in a part of the time."""
        return Seen(
            tuple(paint for paint in self.paints if start_ms <= paint[0] < end_ms),
            tuple(move for move in self.moves if start_ms <= move.at_ms < end_ms),
        )

    def staleness_ms(self, share: float) -> float:
        """The staleness below which a share of the pictures stays."""
        values = sorted(staleness for _, staleness in self.paints)
        return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")

    def longest_gap_ms(self) -> float:
        """The longest time between two pictures."""
        times = [at_ms for at_ms, _ in self.paints]
        return max((b - a for a, b in pairwise(times)), default=float("nan"))


def open_recorded(page: Page, url: str) -> None:
    """Open a page with a player, recording what it paints."""
    page.add_init_script(RECORD)
    page.goto(url)


def seen(page: Page) -> Seen:
    """All that the page has recorded so far."""
    found: dict[str, Any] = page.evaluate("({ paints, moves })")
    moves = (Move(each["atMs"], each["rendition"], each["reason"]) for each in found["moves"])
    return Seen(tuple((at, age) for at, age in found["paints"]), tuple(moves))


def bitrate_bps(page: Page) -> float:
    """The bits per second that the page's player received in the last two seconds."""
    return cast(float, page.evaluate("document.querySelector('stream-player').stats.bitrateBps"))


def write_clip(path: Path, seconds: int = 12, bitrate_bps: int = 4_000_000) -> None:
    """Write a 720p30 H.264 file of about this rate, with a keyframe every two seconds."""
    source_name = f"testsrc2=size=1280x720:rate=30:duration={seconds}"
    picture = f"{source_name},noise=alls=7:allf=t,format=yuv420p"
    with av.open(picture, format="lavfi") as source, av.open(str(path), "w") as clip:
        video = clip.add_stream("libx264", rate=30)
        video.width, video.height, video.pix_fmt = 1280, 720, "yuv420p"
        video.bit_rate, video.time_base = bitrate_bps, Fraction(1, 30)
        video.options = {
            "preset": "veryfast",
            "g": "60",
            "bf": "0",
            "maxrate": str(bitrate_bps),
            "bufsize": str(bitrate_bps),
        }
        for index, frame in enumerate(source.decode(video=0)):
            frame.pts, frame.time_base = index, Fraction(1, 30)
            clip.mux(video.encode(frame))
        clip.mux(video.encode(None))
