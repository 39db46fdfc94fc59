"""Which rung of the shared renditions a viewer is on, and when it moves. Pure.

The top rung is what the viewer would get on a good link. Below it are a few cheaper renditions,
the same for every viewer, so that each is encoded once. A viewer that falls behind moves straight
to the best rung that its measured link carries; one that has had nothing waiting for a while
moves up again, as far as the link is known to carry.

What keeps it from flapping: moving up asks for more room than staying does, and no step is tried
for which all that the link was seen to carry would not do; a climb that fails doubles the wait
before the next, up to `MAX_WAIT_US`; and that wait is cut short only by a link that is seen to
carry much more than when the viewer last fell behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from streamer.rendition import Format, Rendition, h264_bitrate_bps

SETTLE_US = 1_500_000
FIRST_SETTLE_US = 500_000
FIRST_WAIT_US = 3_000_000
BETTER_WAIT_US = 1_500_000
MAX_WAIT_US = 60_000_000
FAILED_WITHIN_US = 8_000_000
FILL = 0.8
CLIMB_FILL = 0.65
TRY_FILL = 1.0
# Of the viewer's bound, so much may pass while the largest picture is under way.
PICTURE_SHARE = 0.6
# Of JPEGs, which are newest-wins, a fifth may be dropped without harm.
JPEG_SHARE = 0.8
BETTER = 1.5
MUCH_BETTER = 2.0
_H264 = ((480, None), (360, None), (240, 15), (180, 8))
_JPEG = ((480, 80), (360, 60), (240, 50), (180, 35), (120, 25))
_ASPECT = 16 / 9
_BUFFER_S = 0.35


@dataclass(frozen=True, slots=True)
class Rung:
    """A rendition and what it costs: bytes per second, and bytes of its largest picture."""

    rendition: Rendition
    rate: float
    picture: float

    def fits(self, rate: float, latency_us: int, fill: float) -> bool:
        """Whether a link of `rate` bytes per second carries it within the viewer's bound."""
        one_picture_us = self.picture / max(rate, 1) * 1e6
        return self.rate <= rate * fill and one_picture_us <= latency_us * fill * PICTURE_SHARE


def renditions_below(top: Rendition, height: int, decodes_h264: bool) -> tuple[Rendition, ...]:
    """The rungs below `top` for a source of `height` lines (0: not known).

    None has more pictures a second than `top`, nor better ones.
    """
    limit = min(top.height or 10_000, height or 10_000)
    if top.format is Format.JPEG or not decodes_h264:
        rungs = tuple(
            Rendition(Format.JPEG, lines, min(quality, top.quality), top.fps)
            for lines, quality in _JPEG
        )
    else:
        rungs = tuple(
            Rendition(Format.H264, lines, fps=_least(fps, top.fps)) for lines, fps in _H264
        )
    return tuple(each for each in rungs if (each.height or 0) < limit)


def measured(rendition: Rendition, rate: float, picture: float) -> Rung:
    """The rung of a rendition whose cost is known."""
    share = JPEG_SHARE if rendition.format is Format.JPEG else 1.0
    return Rung(rendition, rate * share, picture)


def estimate(rendition: Rendition, like: Rung, lines: int, fps: float) -> Rung:
    """What `rendition` costs, going by `like`, which is `lines` high; the source has `fps`.

    Bytes shrink a little slower than pixels do, and our H.264 has a limit for each size.
    """
    scale = (min((rendition.height or lines), lines) / max(lines, 1)) ** 1.6
    limited_fps, like_fps = (min(each.fps or fps, fps) for each in (rendition, like.rendition))
    fewer = limited_fps / max(like_fps, 1.0)
    if rendition.format is Format.JPEG:
        scale *= _detail(rendition) / _detail(like.rendition)
        return Rung(rendition, like.rate * scale * fewer, like.picture * scale)
    height = rendition.height or lines
    most = h264_bitrate_bps(round(height * _ASPECT), height, limited_fps) / 8
    rate = like.rate * scale * fewer**0.7
    return Rung(rendition, min(rate, most), min(like.picture * scale, most * _BUFFER_S))


def _detail(rendition: Rendition) -> float:
    """How large JPEGs of this quality are; about 1 for the usual one."""
    return 0.4 + rendition.quality / 133


def _least(first: int | None, second: int | None) -> int | None:
    return min((each for each in (first, second) if each is not None), default=None)


class Ladder:
    """One viewer's place. Rung 0 is the top. All times are monotonic microseconds."""

    def __init__(self, now_us: int) -> None:
        self.rung = 0
        self._settled_us = now_us + FIRST_SETTLE_US
        # When a climb was done; one that still waits for its keyframe cannot fail.
        self._climbed_us: int | None = None
        self._easy_since_us: int | None = now_us
        self._wait_us = FIRST_WAIT_US
        # What the link carried, or seemed to, when the viewer last fell behind; when it climbed.
        self._ceiling = self._climbed_rate = 0.0

    def settle(self, now_us: int) -> None:
        """What is sent begins anew, with more at once than goes on: that is not to be judged."""
        self._settled_us = max(self._settled_us, now_us + SETTLE_US)

    def arrive(self, now_us: int) -> None:
        """The viewer is sent the rung to which it climbed."""
        self._climbed_us = now_us

    def is_on_trial(self, now_us: int) -> bool:
        """Whether the viewer has climbed a short while ago."""
        return self._climbed_us is not None and now_us - self._climbed_us < FAILED_WITHIN_US

    def behind(
        self, rungs: Sequence[Rung], rate: float, latency_us: int, now_us: int
    ) -> int | None:
        """The viewer falls behind on a link of `rate`: the rung to move down to, None to stay."""
        self._easy_since_us = None
        if now_us < self._settled_us or self.rung >= len(rungs) - 1:
            return None
        lower = range(self.rung + 1, len(rungs))
        fitting = (each for each in lower if rungs[each].fits(rate, latency_us, FILL))
        self._ceiling = rate
        if self.is_on_trial(now_us):
            self._wait_us = min(2 * self._wait_us, MAX_WAIT_US)
            self._ceiling = max(rate, self._climbed_rate)
        self._climbed_us = None
        return self._move(next(fitting, len(rungs) - 1), now_us)

    def easy(self, rungs: Sequence[Rung], rate: float, latency_us: int, now_us: int) -> int | None:
        """Nothing waits on the way to this viewer: the rung to move up to, None to stay."""
        if self._easy_since_us is None:
            self._easy_since_us = now_us
        if self._climbed_us is not None and now_us - self._climbed_us > 2 * FAILED_WITHIN_US:
            self._wait_us, self._climbed_us = FIRST_WAIT_US, None
        wait_us = BETTER_WAIT_US if rate > self._ceiling * MUCH_BETTER else self._wait_us
        if (
            self.rung == 0
            or rate < self._ceiling
            or now_us - max(self._easy_since_us, self._settled_us) < wait_us
        ):
            return None
        higher = range(self.rung)
        fitting = (each for each in higher if rungs[each].fits(rate, latency_us, CLIMB_FILL))
        rung = next(fitting, None)
        # A rung on which little is sent does not show all that the link carries.
        if rung is None and rate > self._ceiling * BETTER:
            rung = self.rung - 1 if rungs[self.rung - 1].fits(rate, latency_us, TRY_FILL) else None
        if rung is None:
            return None
        self._climbed_us, self._climbed_rate = None, rate
        return self._move(rung, now_us)

    def _move(self, rung: int, now_us: int) -> int:
        self.rung = rung
        self.settle(now_us)
        self._easy_since_us = None
        return rung
