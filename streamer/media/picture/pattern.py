"""The test pattern: a synthetic source that shows its own delay, judder and tearing.

What moves, and why: the clock is read by people (photograph two screens), the mark in the top left
corner by programs; a line sweeps over the whole height, so that torn pictures show; a dot with a
trail circles once in two seconds, so that uneven pacing shows. Where there is sound, a square
below the mark is white while it beeps. All else is drawn once.

A picture costs one copy of the background and a few pasted glyphs: the planes are kept as Pillow
"L" images as wide as the frame's padded lines, so that each goes back into a frame in one piece.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from av.video.frame import VideoFrame
from PIL import Image

from streamer.clock import Clock
from streamer.media.picture import card, mark
from streamer.media.picture.convert import tag_bt709

_MICROSECOND = Fraction(1, 1_000_000)
FLASH_S = 0.1
_TURN_US = 2_000_000
_SWEEP_US = 4_000_000
_TRAIL = 32
_TRAIL_RADIANS = 0.022
_BLACK, _SWEEP, _SOFT, _WHITE = 16, 90, 150, 230
_LIVE_YUV = (154, 110, 72)


@dataclass(frozen=True, slots=True)
class TimedFrame:
    """A frame with its media time and the wall clock's time at which it was made."""

    frame: VideoFrame
    pts_us: int
    captured_us: int


class Pattern:
    """Makes the pictures; when, is the caller's affair.

    Iterating makes one picture after the other, each stamped with the clock's time at that
    moment; it never waits. A caller who paces asks `timed(index)` when `pts_us(index)` is due.
    """

    def __init__(
        self, width: int, height: int, fps: int, clock: Clock, *, flashes: bool = False
    ) -> None:
        self.width, self.height, self.fps = width, height, fps
        self._clock = clock
        self._layout = card.Layout(width, height)
        title = f"{width} x {height}   {fps} fps"
        self._background = _planes(card.to_yuv(card.draw(self._layout, title)))
        self._digits = card.Glyphs(self._layout.clock_size)
        self._small_digits = card.Glyphs(self._layout.small_size, "0123456789 frame")
        self._dots = _dots(max(self._layout.unit, 2))
        x, y, cell = mark.geometry(width, height)
        self._columns = mark.edges(x, cell, mark.COLUMNS)
        self._rows = mark.edges(y, cell, mark.ROWS)
        self._flashes = flashes

    def __iter__(self) -> Iterator[TimedFrame]:
        index = 0
        while True:
            yield self.timed(index)
            index += 1

    def pts_us(self, index: int) -> int:
        """The media time of picture `index`, which is also when it is due after the first."""
        return index * 1_000_000 // self.fps

    def timed(self, index: int) -> TimedFrame:
        """Make picture `index` now."""
        captured_us = self._clock.wall_us()
        return TimedFrame(self.frame(index, captured_us), self.pts_us(index), captured_us)

    def frame(self, index: int, wall_us: int) -> VideoFrame:
        """Make picture `index` as of `wall_us`: yuv420p, BT.709, limited range."""
        planes = [plane.copy() for plane in self._background]
        self._draw_sweep(planes[0], wall_us)
        self._draw_trail(planes, wall_us)
        if self._layout.has_text:
            self._draw_text(planes[0], index, wall_us)
        self._draw_mark(planes, index, wall_us)
        if self._flashes:
            is_white = index % self.fps < math.ceil(FLASH_S * self.fps)
            planes[0].paste(
                _WHITE if is_white else _BLACK, mark.flash_box(self.width, self.height)
            )
        frame = VideoFrame(self.width, self.height, "yuv420p")
        for plane, image in zip(frame.planes, planes, strict=True):
            plane.update(image.tobytes())
        frame.pts, frame.time_base = self.pts_us(index), _MICROSECOND
        tag_bt709(frame)
        return frame

    def _draw_sweep(self, luma: Image.Image, wall_us: int) -> None:
        thickness = max(self._layout.unit // 4, 1)
        x = (self.width + thickness) * (wall_us % _SWEEP_US) // _SWEEP_US - thickness
        box = (max(x, 0), 0, min(x + thickness, self.width), self._layout.bars[1])
        if box[0] < box[2]:
            luma.paste(_SWEEP, box)

    def _draw_trail(self, planes: list[Image.Image], wall_us: int) -> None:
        (x, y), radius = self._layout.center, self._layout.radius
        head = math.tau * (wall_us % _TURN_US) / _TURN_US
        for index, masks in enumerate(self._dots):
            angle = head - (_TRAIL - 1 - index) * _TRAIL_RADIANS
            at = (x + radius * math.sin(angle), y - radius * math.cos(angle))
            for plane, value, mask in zip(planes, _LIVE_YUV, masks, strict=True):
                ratio = 1 if plane is planes[0] else 2
                corner = tuple(round(c / ratio - mask.width / 2) for c in at)
                plane.paste(value, (corner[0], corner[1]), mask)

    def _draw_text(self, luma: Image.Image, index: int, wall_us: int) -> None:
        (x, y), digits, small = self._layout.center, self._digits, self._small_digits
        clock = clock_text(wall_us)
        left, top = x - digits.width(clock) // 2, y - digits.height // 2
        digits.draw(luma, left, top, clock, _WHITE)
        number = f"frame {index:06d}"
        top = round(y + self._layout.radius * 0.36) - small.height // 2
        small.draw(luma, x - small.width(number) // 2, top, number, _SOFT)

    def _draw_mark(self, planes: list[Image.Image], index: int, wall_us: int) -> None:
        columns, rows = self._columns, self._rows
        planes[0].paste(_BLACK, (columns[0], rows[0], columns[-1], rows[-1]))
        for cell, white in enumerate(mark.pack(wall_us, index)):
            if white:
                row, column = divmod(cell, mark.COLUMNS)
                box = (columns[column], rows[row], columns[column + 1], rows[row + 1])
                planes[0].paste(_WHITE, box)


def clock_text(wall_us: int) -> str:
    """The time of day in UTC, as `HH:MM:SS.mmm`."""
    milliseconds = wall_us // 1000 % 86_400_000
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"


def _planes(frame: VideoFrame) -> list[Image.Image]:
    """The planes as images, padding included, so that `tobytes` fills a plane exactly."""
    probe = VideoFrame(frame.width, frame.height, "yuv420p")
    images = []
    for plane, target in zip(frame.planes, probe.planes, strict=True):
        whole = Image.frombytes("L", (plane.line_size, plane.height), bytes(plane))
        image = Image.new("L", (target.line_size, target.height))
        image.paste(whole)
        images.append(image)
    return images


def _dots(diameter: int) -> list[tuple[Image.Image, Image.Image, Image.Image]]:
    """The trail's masks for Y, U and V, from its faint end to its head."""
    dots = []
    for index in range(_TRAIL):
        share = (index + 1) / _TRAIL
        is_head = index == _TRAIL - 1
        size = diameter if is_head else max(round(diameter * (0.25 + 0.3 * share)), 2)
        opacity = 1.0 if is_head else 0.6 * share * share
        luma = card.disc(size, opacity)
        chroma = card.disc(max(size // 2, 1), opacity)
        dots.append((luma, chroma, chroma))
    return dots
