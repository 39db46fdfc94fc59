"""Which rung of the shared renditions a viewer is on, and when it moves. Pure.

The top rung is what the viewer would get on a good link. Below it are a few cheaper renditions,
the same for every viewer, so that each is encoded once. A viewer that falls behind moves straight
to the best rung that its measured link carries; one that has had nothing waiting for a while
moves up again, as far as the link is known to carry. A climb that fails doubles the wait before
the next, up to `MAX_WAIT_US`, so that a viewer at the border does not flap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from streamer.rendition import Format, Rendition

SETTLE_US = 1_500_000
FIRST_WAIT_US = 3_000_000
MAX_WAIT_US = 10_000_000
FAILED_WITHIN_US = 6_000_000
FILL = 0.75
CLIMB_FILL = 0.6
MIN_FPS = 8
_H264 = ((480, None), (360, None), (240, 15), (180, 8))
_JPEG = ((480, 80), (360, 60), (240, 50), (180, 35), (120, 25))


@dataclass(frozen=True, slots=True)
class Rung:
    """A rendition and what it costs: bytes per second, and bytes of its largest picture."""

    rendition: Rendition
    rate: float
    picture: float

    def fits(self, rate: float, latency_us: int, fill: float) -> bool:
        """Whether a link of `rate` bytes per second carries it within the viewer's bound."""
        one_picture_us = self.picture / max(rate, 1) * 1e6
        return self.rate <= rate * fill and one_picture_us <= latency_us * fill * 0.7


def renditions_below(top: Rendition, height: int, decodes_h264: bool) -> tuple[Rendition, ...]:
    """The rungs below `top` for a source of `height` lines (0: not known)."""
    limit = min(top.height or 10_000, height or 10_000)
    if top.format is Format.JPEG or not decodes_h264:
        rungs = tuple(Rendition(Format.JPEG, lines, quality) for lines, quality in _JPEG)
    else:
        rungs = tuple(Rendition(Format.H264, lines, fps=fps) for lines, fps in _H264)
    return tuple(each for each in rungs if (each.height or 0) < limit)


def estimate(rendition: Rendition, like: Rung, lines: int, fps: float) -> Rung:
    """What `rendition` costs, going by `like`, which is `lines` high at `fps`.

    Bytes shrink a little slower than pixels do.
    """
    scale = (min((rendition.height or lines), lines) / max(lines, 1)) ** 1.6
    if rendition.format is Format.JPEG:
        scale *= 0.5 + rendition.quality / 160
        picture = like.picture * scale
        return Rung(rendition, picture * MIN_FPS, picture)
    slower = min(1.0, (rendition.fps or fps) / max(fps, 1.0))
    return Rung(rendition, like.rate * scale * slower**0.7, like.picture * scale)


class Ladder:
    """One viewer's place. Rung 0 is the top. All times are monotonic microseconds."""

    def __init__(self, now_us: int) -> None:
        self.rung = 0
        self._moved_us = now_us
        self._climbed_us: int | None = None
        self._easy_since_us: int | None = now_us
        self._wait_us = FIRST_WAIT_US

    def behind(
        self, rungs: Sequence[Rung], rate: float | None, latency_us: int, now_us: int
    ) -> int | None:
        """The viewer falls behind on a link of `rate`: the rung to move down to, None to stay."""
        self._easy_since_us = None
        if now_us - self._moved_us < SETTLE_US or self.rung >= len(rungs) - 1:
            return None
        lower = range(self.rung + 1, len(rungs))
        fitting = (each for each in lower if rungs[each].fits(rate or 0, latency_us, FILL))
        if self._climbed_us is not None and now_us - self._climbed_us < FAILED_WITHIN_US:
            self._wait_us = min(2 * self._wait_us, MAX_WAIT_US)
        self._climbed_us = None
        return self._move(next(fitting, len(rungs) - 1), now_us)

    def easy(
        self, rungs: Sequence[Rung], rate: float | None, latency_us: int, now_us: int
    ) -> int | None:
        """Nothing waits on the way to this viewer: the rung to move up to, None to stay."""
        if self._easy_since_us is None:
            self._easy_since_us = now_us
        if self._climbed_us is not None and now_us - self._climbed_us > 2 * FAILED_WITHIN_US:
            self._wait_us, self._climbed_us = FIRST_WAIT_US, None
        waited_us = now_us - max(self._easy_since_us, self._moved_us)
        if self.rung == 0 or waited_us < self._wait_us or rate is None:
            return None
        for each in range(self.rung):
            if rungs[each].fits(rate, latency_us, CLIMB_FILL):
                self._climbed_us = now_us
                return self._move(each, now_us)
        return None

    def _move(self, rung: int, now_us: int) -> int:
        self.rung = rung
        self._moved_us = now_us
        self._easy_since_us = None
        return rung
