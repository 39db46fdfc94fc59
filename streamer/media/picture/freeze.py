"""Notice a picture that has stopped changing although the source goes on sending.

A camera whose sensor hangs, or an encoder that repeats its last frame, sends packets like any
other. What decides is the picture: its luma, a thirtieth or so of its pixels taken as they are
(averaging would take away the noise that tells a live camera from a frozen one), against that of
the first picture of which no later one differed. A frozen picture that is encoded again and again
differs from it by a mean of 0.0 of 255 levels once the encoder has settled, a still scene with
the faintest sensor noise by 0.26 even at low bitrates; a clock in the picture changes a few
pixels by much.

Where pictures are decoded anyway, one a second is looked at. Otherwise a keyframe is decoded now
and then by a decoder of its own that is given up at once: one in a third of `freeze_after` while
the picture changes, one a second while it does not. At 1080p that is 6 ms in 10 s, less than a
thousandth of a core.

Sizes of packets were tried as a hint and rejected: an encoder held to a bitrate spends it on a
still picture too (deltas of 8 % of a keyframe), and some fill up with padding.
"""

from collections.abc import Callable
from typing import Any, cast

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from PIL import Image, ImageChops

from streamer.clock import Clock
from streamer.media.sample import SourceFacts
from streamer.options import MAX_PIXELS

SOON_US = 1_000_000
_COLUMNS = 320
_MEAN_LEVELS = 0.2
_STRONG_LEVELS = 24

Tell = Callable[[int | None], None]


class FreezeWatch:
    """Looks at a source's pictures; `tell` gets for how many ms they have not changed, or None.

    It is told once when that is `freeze_after_s`, and again, with None, when they change.
    """

    def __init__(
        self, facts: SourceFacts, freeze_after_s: float, clock: Clock, tell: Tell
    ) -> None:
        self._facts = facts
        self._after_us = round(freeze_after_s * 1e6)
        self._clock = clock
        self._tell = tell
        self._anchor: Image.Image | None = None
        self._since_us = 0
        self._looked_us: int | None = None
        self._is_still = False
        self._is_frozen = False

    def renew(self, facts: SourceFacts) -> None:
        """Take what is now known of the source."""
        self._facts = facts

    def see(self, frame: VideoFrame) -> None:
        """Look at a picture that was decoded anyway, once a second."""
        if self._is_due(SOON_US):
            self._look(frame)

    def peek(self, packet: "av.Packet[Any]") -> None:
        """Look at a keyframe that nobody decodes, if it is time."""
        if self._is_due(SOON_US if self._is_still else self._after_us // 3):
            frame = _decode(packet, self._facts)
            if frame is not None:
                self._look(frame)

    def _is_due(self, every_us: int) -> bool:
        now_us = self._clock.monotonic_us()
        if self._looked_us is not None and now_us - self._looked_us < min(
            every_us, self._after_us
        ):
            return False
        self._looked_us = now_us
        return True

    def _look(self, frame: VideoFrame) -> None:
        seen, now_us = thin_out(frame), self._clock.monotonic_us()
        self._is_still = self._anchor is not None and is_same(self._anchor, seen)
        if not self._is_still:
            self._anchor, self._since_us = seen, now_us
            if self._is_frozen:
                self._is_frozen = False
                self._tell(None)
        elif not self._is_frozen and now_us - self._since_us >= self._after_us:
            self._is_frozen = True
            self._tell((now_us - self._since_us) // 1000)


def thin_out(frame: VideoFrame) -> Image.Image:
    """Every so many pixels of a frame's luma (or of its first plane, whatever that holds)."""
    plane = frame.planes[0]
    width = min(plane.line_size, plane.width)
    luma = cast("bytes", plane)  # any buffer will do, says Pillow's code but not its types
    whole = Image.frombuffer("L", (width, plane.height), luma, "raw", "L", plane.line_size, 1)
    step = max(1, width // _COLUMNS)
    size = (max(1, width // step), max(1, plane.height // step))
    return whole.resize(size, Image.Resampling.NEAREST)


def is_same(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures differ by no more than encoding the same one again makes them."""
    if one.size != other.size:
        return False
    levels = ImageChops.difference(one, other).histogram()
    mean = sum(level * count for level, count in enumerate(levels)) / sum(levels)
    return mean <= _MEAN_LEVELS and not any(levels[_STRONG_LEVELS:])


def _decode(packet: "av.Packet[Any]", facts: SourceFacts) -> VideoFrame | None:
    """The picture of a keyframe, decoded on its own; None where that cannot be."""
    try:
        context = VideoCodecContext.create(facts.context.name, "r")
        context.extradata = facts.extradata
        context.thread_count = 1
        context.options = {"max_pixels": str(MAX_PIXELS)}
        frames = [*context.decode(packet), *context.decode(None)]
    except (FFmpegError, ValueError):
        return None
    return frames[0] if frames else None
