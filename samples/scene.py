"""The picture of the demo clip: a low sun over a slow sea, looping without a seam."""

import math
from itertools import pairwise

from av.video.frame import VideoFrame
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from streamer.media.picture.card import to_yuv

Rgb = tuple[int, int, int]

_SKY: tuple[tuple[float, Rgb], ...] = (
    (0.0, (22, 28, 48)),
    (0.3, (62, 54, 92)),
    (0.5, (150, 84, 104)),
    (0.62, (236, 142, 104)),
    (0.7, (250, 196, 140)),
)
_SEA: tuple[tuple[float, Rgb], ...] = (
    (0.0, (206, 108, 96)),
    (0.3, (146, 70, 92)),
    (0.6, (78, 48, 84)),
    (1.01, (14, 18, 38)),
)
_GLOW: Rgb = (255, 168, 116)
_SUN: Rgb = (255, 232, 190)
_LAYERS = 9
_HORIZON = 0.56
_SHARPNESS = 2


def mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    """The colour that lies `share` of the way from `a` to `b`."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


class Scene:
    """Draws the scene at any moment of its loop; a moment is a number from 0 to 1."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._w, self._h = width * _SHARPNESS, height * _SHARPNESS
        self._sky = self._draw_sky()

    def frame(self, moment: float) -> VideoFrame:
        """The picture as yuv420p, BT.709, limited range."""
        image = self._sky.copy()
        for layer in range(_LAYERS):
            self._draw_wave(image, layer, moment)
        return to_yuv(image.reduce(_SHARPNESS))

    def _draw_sky(self) -> Image.Image:
        column = Image.new("RGB", (1, self._h))
        for line in range(self._h):
            column.putpixel((0, line), _between(_SKY, line / self._h))
        sky = column.resize((self._w, self._h))
        x, y, radius = self._w * 0.66, self._h * 0.47, self._h * 0.115
        for reach, strength in ((3.6, 0.3), (1.8, 0.4)):
            glow = self._disc(x, y, radius * reach).filter(
                ImageFilter.GaussianBlur(radius * reach / 2.2)
            )
            glow = ImageChops.multiply(glow, Image.new("L", glow.size, round(255 * strength)))
            sky.paste(_GLOW, (0, 0), glow)
        sky.paste(_SUN, (0, 0), self._disc(x, y, radius))
        return sky

    def _disc(self, x: float, y: float, radius: float) -> Image.Image:
        mask = Image.new("L", (self._w, self._h))
        box = (x - radius, y - radius, x + radius, y + radius)
        ImageDraw.Draw(mask).ellipse(box, fill=255)
        return mask

    def _draw_wave(self, image: Image.Image, layer: int, moment: float) -> None:
        depth = layer / (_LAYERS - 1)
        base = self._h * (_HORIZON + (0.98 - _HORIZON) * depth**1.35)
        height = self._h * (0.008 + 0.034 * depth)
        step = 2 * _SHARPNESS
        crest = [
            (x, base + height * _swell(x / self._w, layer, moment))
            for x in range(0, self._w + step, step)
        ]
        pen = ImageDraw.Draw(image)
        colour = _between(_SEA, depth)
        pen.polygon([*crest, (self._w, self._h), (0, self._h)], fill=colour)
        pen.line(crest, fill=mix(colour, _SUN, 0.3 * (1 - depth) + 0.05), width=_SHARPNESS)


def _between(stops: tuple[tuple[float, Rgb], ...], at: float) -> Rgb:
    """The colour at `at`, of a gradient given by some of its colours."""
    for (start, above), (end, below) in pairwise(stops):
        if at < end:
            return mix(above, below, (at - start) / (end - start))
    return stops[-1][1]


def _swell(x: float, layer: int, moment: float) -> float:
    """Height of a layer's surface from -1 to 1; whole turns per loop, so that it closes."""
    wide, short = 2.6 - 0.18 * layer, 6.1 - 0.37 * layer
    turn = math.tau * moment
    direction = 1 if layer % 2 else -1
    first = math.sin(math.tau * wide * x + direction * turn + layer * 1.7)
    second = math.sin(math.tau * short * x - turn + layer * 2.9)
    return 0.7 * first + 0.3 * second
