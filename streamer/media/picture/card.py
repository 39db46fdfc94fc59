"""The still part of the test pattern: grid, circle, colour bars, grey steps and words."""

from dataclasses import dataclass

from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from PIL import Image, ImageChops, ImageDraw, ImageFont

Rgb = tuple[int, int, int]
Box = tuple[int, int, int, int]

SURFACE: Rgb = (14, 16, 19)
INK: Rgb = (247, 247, 245)
INK_SOFT: Rgb = (150, 156, 163)

_GRID: Rgb = (27, 30, 35)
_LINE: Rgb = (64, 70, 78)
_FAINT: Rgb = (98, 104, 112)
_PLATE: Rgb = (18, 21, 25)
_BARS: tuple[Rgb, ...] = (  # SMPTE's order, at 75 %
    (191, 191, 191),
    (191, 191, 0),
    (0, 191, 191),
    (0, 191, 0),
    (191, 0, 191),
    (191, 0, 0),
    (0, 0, 191),
)
_GREYS = 11
_SHARP_BELOW = 1920 * 1088  # larger cards are drawn at their own size, not reduced from twice that


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand on a card of this size, in pixels."""

    width: int
    height: int

    @property
    def unit(self) -> int:
        """The spacing that all else is a multiple of: a 45th of the height."""
        return max(self.height // 45, 1)

    @property
    def center(self) -> tuple[int, int]:
        """The centre of the circle."""
        return self.width // 2, round(self.height * 0.455)

    @property
    def radius(self) -> int:
        """The circle's radius."""
        return round(min(self.height * 0.36, self.width * 0.44))

    @property
    def has_text(self) -> bool:
        """Whether words would be large enough to read."""
        return self.clock_size >= 10

    @property
    def clock_size(self) -> int:
        """The clock's font size, so that its twelve characters fit into the circle."""
        return round(self.radius * 0.285)

    @property
    def small_size(self) -> int:
        """The font size of everything else."""
        return max(round(self.clock_size * 0.36), 8)

    @property
    def bars(self) -> Box:
        """The colour bars; the grey steps stand below them."""
        return 0, round(self.height * 0.875), self.width, round(self.height * 0.96)


class Glyphs:
    """Characters of one size, drawn once, all digits equally wide."""

    def __init__(self, size: int, characters: str = "0123456789:.") -> None:
        font = ImageFont.load_default(size)
        ascent, descent = font.getmetrics() if isinstance(font, ImageFont.FreeTypeFont) else (9, 2)
        self.height = ascent + descent
        self._masks: dict[str, Image.Image] = {}
        for character in characters:
            mask = Image.new("L", (round(font.getlength(character)), self.height))
            ImageDraw.Draw(mask).text((0, 0), character, fill=255, font=font)
            self._masks[character] = mask

    def width(self, text: str) -> int:
        """How wide `text` is, in pixels."""
        return sum(self._masks[character].width for character in text)

    def draw(self, image: Image.Image, x: int, y: int, text: str, luma: int) -> None:
        """Draw `text` on a plane, its top left corner at `x`, `y`."""
        for character in text:
            mask = self._masks[character]
            image.paste(luma, (x, y), mask)
            x += mask.width


def to_yuv(image: Image.Image) -> VideoFrame:
    """An RGB picture as yuv420p, BT.709, limited range."""
    source = VideoFrame(image.width, image.height, "rgb24")
    line_size = source.planes[0].line_size
    padded = Image.new("RGB", ((line_size + 2) // 3, image.height))
    padded.paste(image)
    rows = padded.tobytes()
    stride = padded.width * 3
    lines = (rows[at : at + line_size] for at in range(0, len(rows), stride))
    source.planes[0].update(b"".join(lines))
    return VideoReformatter().reformat(
        source,
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
    )


def draw(layout: Layout, title: str) -> Image.Image:
    """The card in RGB, without anything that moves."""
    scale = 2 if layout.width * layout.height <= _SHARP_BELOW else 1
    large = Layout(layout.width * scale, layout.height * scale)
    image = Image.new("RGB", (large.width, large.height), SURFACE)
    pen = ImageDraw.Draw(image)
    _draw_grid(pen, large, scale)
    _draw_circle(image, large, scale)
    _draw_bars(pen, large)
    if scale > 1:
        image = image.reduce(scale)
    if layout.has_text:
        _draw_words(ImageDraw.Draw(image), layout, title)
    return image


def _draw_grid(pen: ImageDraw.ImageDraw, layout: Layout, line: int) -> None:
    pitch = layout.height / 9
    middle, bottom = layout.width / 2, layout.bars[1]
    count = int(middle / pitch) + 1
    for index in range(-count, count + 1):
        x = round(middle + index * pitch)
        pen.rectangle((x, 0, x + line - 1, bottom), fill=_GRID)
    center_y = layout.center[1]
    for index in range(-6, 7):
        y = round(center_y + index * pitch)
        if 0 <= y < bottom:
            pen.rectangle((0, y, layout.width, y + line - 1), fill=_GRID)


def _draw_circle(image: Image.Image, layout: Layout, line: int) -> None:
    (x, y), r = layout.center, layout.radius
    pen = ImageDraw.Draw(image)
    pen.ellipse((x - r, y - r, x + r, y + r), fill=_PLATE, outline=_LINE, width=2 * line)
    for index in range(60):
        long = index % 5 == 0
        tick = _tick(x, y, r, index, 0.93 if long else 0.96)
        pen.line(tick, fill=INK_SOFT if long else _LINE, width=line * (2 if long else 1))


def _tick(x: int, y: int, radius: int, index: int, inner: float) -> tuple[float, ...]:
    turn = complex(0, -1) * complex(0, 1) ** (index / 15)
    outer = turn * radius * 0.985
    start = turn * radius * inner
    return (x + start.real, y + start.imag, x + outer.real, y + outer.imag)


def _draw_bars(pen: ImageDraw.ImageDraw, layout: Layout) -> None:
    left, top, right, bottom = layout.bars
    for index, colour in enumerate(_BARS):
        _column(pen, (left, top, right, bottom), index, len(_BARS), colour)
    for index in range(_GREYS):
        grey = round(255 * index / (_GREYS - 1))
        _column(pen, (left, bottom, right, layout.height), index, _GREYS, (grey, grey, grey))


def _column(pen: ImageDraw.ImageDraw, box: Box, index: int, count: int, colour: Rgb) -> None:
    left, top, right, bottom = box
    width = (right - left) / count
    x0, x1 = left + width * index, left + width * (index + 1)
    pen.rectangle((round(x0), top, round(x1) - 1, bottom - 1), fill=colour)


def _draw_words(pen: ImageDraw.ImageDraw, layout: Layout, title: str) -> None:
    (x, y), small = layout.center, layout.small_size
    font = ImageFont.load_default(small)
    pen.text((x, y - layout.radius * 0.36), title, fill=INK_SOFT, font=font, anchor="mm")
    pen.text((x, y - layout.radius * 0.56), "streamer", fill=INK, font=font, anchor="mm")
    pen.text((x, y + layout.radius * 0.56), "UTC", fill=_FAINT, font=font, anchor="mm")


def disc(diameter: int, opacity: float) -> Image.Image:
    """A smooth round mask."""
    large = Image.new("L", (diameter * 4, diameter * 4))
    ImageDraw.Draw(large).ellipse((0, 0, diameter * 4 - 1, diameter * 4 - 1), fill=255)
    smooth = large.reduce(4)
    return ImageChops.multiply(smooth, Image.new("L", smooth.size, round(255 * opacity)))
