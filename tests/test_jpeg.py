import io
from fractions import Fraction

import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from PIL import Image

from streamer.clock import ManualClock
from streamer.media.picture import mark
from streamer.media.picture.jpeg import JpegEncoder
from streamer.media.picture.pattern import Pattern

WALL_US = 1_700_000_000_000_000
UNTAGGED, BT709, BT601 = 2, 1, 6
Rgb = tuple[int, int, int]
COLOURS: tuple[Rgb, ...] = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (99, 99, 99))


def levels(rgb: Rgb, kr: float, kb: float, full: bool) -> tuple[int, int, int]:
    """Y, Cb and Cr by the definition of BT.601 or BT.709, according to `kr` and `kb`."""
    r, g, b = (value / 255 for value in rgb)
    y = kr * r + (1 - kr - kb) * g + kb * b
    u, v = (b - y) / (2 - 2 * kb), (r - y) / (2 - 2 * kr)
    if full:
        return round(255 * y), min(round(128 + 255 * u), 255), min(round(128 + 255 * v), 255)
    return round(16 + 219 * y), round(128 + 224 * u), round(128 + 224 * v)


def solid(
    rgb: Rgb,
    matrix: int = BT709,
    full: bool = False,
    tag: bool = True,
    pixels: str = "yuv420p",
    size: tuple[int, int] = (64, 48),
) -> VideoFrame:
    kr, kb = (0.2126, 0.0722) if matrix == BT709 else (0.299, 0.114)
    frame = VideoFrame(*size, pixels)
    for plane, value in zip(frame.planes, levels(rgb, kr, kb, full), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    frame.colorspace = matrix if tag else UNTAGGED
    frame.color_range = ColorRange.JPEG if full else ColorRange.MPEG
    return frame


def middle(data: bytes) -> Rgb:
    image = Image.open(io.BytesIO(data))
    found = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(found, tuple)
    return found[0], found[1], found[2]


def close(found: Rgb, expected: Rgb) -> bool:
    return all(abs(a - b) <= 6 for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("rgb", COLOURS)
@pytest.mark.parametrize("matrix", [BT601, BT709])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p"])
def test_colours(rgb: Rgb, matrix: int, full: bool, pixels: str) -> None:
    picture = JpegEncoder(None, 90).encode(solid(rgb, matrix, full, pixels=pixels))
    assert close(middle(picture.data), rgb)


@pytest.mark.parametrize("rgb", COLOURS)
def test_one_encoder_follows_changing_colours_and_sizes(rgb: Rgb) -> None:
    encoder = JpegEncoder(32, 90)
    for matrix, full, size in [
        (BT601, False, (64, 48)),
        (BT709, True, (64, 48)),
        (BT709, False, (322, 180)),
    ]:
        picture = encoder.encode(solid(rgb, matrix, full, size=size))
        assert close(middle(picture.data), rgb)


@pytest.mark.parametrize("rgb", COLOURS)
@pytest.mark.parametrize(("size", "matrix"), [((640, 480), BT601), ((1280, 720), BT709)])
def test_untagged_frames_go_by_their_size(rgb: Rgb, size: tuple[int, int], matrix: int) -> None:
    frame = solid(rgb, matrix, tag=False, size=size)
    assert close(middle(JpegEncoder(64, 90).encode(frame).data), rgb)


def test_full_range_by_pixel_format() -> None:
    frame = solid((255, 0, 0), BT601, full=True, tag=False, pixels="yuvj420p")
    assert close(middle(JpegEncoder(None, 90).encode(frame).data), (255, 0, 0))


@pytest.mark.parametrize("pixels", ["rgb24", "gray", "yuv420p10le", "nv12", "gbrp", "pal8", "ya8"])
def test_any_pixel_format(pixels: str) -> None:
    frame = VideoFrame(64, 48, pixels)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    picture = JpegEncoder(None, 80).encode(frame)
    assert (picture.width, picture.height) == (64, 48)


@pytest.mark.parametrize("matrix", [0, 3, 8, 11, 14, 200])
def test_matrices_that_nobody_knows_are_survived(matrix: int) -> None:
    frame = solid((99, 99, 99))
    frame.colorspace = matrix
    assert close(middle(JpegEncoder(None, 80).encode(frame).data), (99, 99, 99))


@pytest.mark.parametrize("width", [64, 66, 70, 322, 854])
def test_line_padding_is_left_out(width: int) -> None:
    frame = Pattern(width, 180, 30, ManualClock()).frame(0, WALL_US)
    picture = JpegEncoder(None, 95).encode(frame)
    image = Image.open(io.BytesIO(picture.data))
    assert image.size == (picture.width, picture.height) == (width, 180)
    expected = frame.reformat(format="gray").planes[0]
    line = bytes(expected)[170 * expected.line_size :][:width]
    found = image.convert("L").crop((0, 170, width, 171)).tobytes()
    errors = [abs(a - b) for a, b in zip(line, found, strict=True)]
    assert sum(errors) / width < 20


def test_scaling_keeps_the_shape_and_the_mark() -> None:
    frame = Pattern(1280, 720, 30, ManualClock()).frame(7, WALL_US)
    for height, expected in [(None, (1280, 720)), (1080, (1280, 720)), (360, (640, 360))]:
        picture = JpegEncoder(height, 50).encode(frame)
        image = Image.open(io.BytesIO(picture.data))
        assert image.size == (picture.width, picture.height) == expected
        found = mark.read(image.convert("L").tobytes(), image.width, *image.size)
        assert found is not None
        assert found.sequence == 7


def test_wide_pixels_are_made_square() -> None:
    frame = solid((255, 0, 0), BT601, size=(720, 576))
    picture = JpegEncoder(None, 80).encode(frame, Fraction(16, 11))
    assert (picture.width, picture.height) == (1048, 576)


def test_quality_counts() -> None:
    frame = Pattern(320, 180, 30, ManualClock()).frame(0, WALL_US)
    low, high = (len(JpegEncoder(None, quality).encode(frame).data) for quality in (30, 90))
    assert low < high * 0.7


def test_the_frame_is_left_as_it_was() -> None:
    frame = solid((255, 0, 0), BT601, tag=False)
    before = [bytes(plane) for plane in frame.planes]
    JpegEncoder(24, 80).encode(frame)
    assert (frame.width, frame.height, frame.colorspace) == (64, 48, UNTAGGED)
    assert [bytes(plane) for plane in frame.planes] == before
