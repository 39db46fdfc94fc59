"""Whatever people have for a picture becomes a frame of these pixels, or a clear refusal."""

from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame
from PIL import Image

from streamer.client.publish.pixels import take

# Odd in width, so that lines are padded; no two pixels alike.
RGB = (np.arange(48 * 37 * 3, dtype=np.uint32) * 7919 % 251).astype(np.uint8).reshape(48, 37, 3)


class Tensor:
    """Has its pixels behind `__array__` only, as PyTorch's tensors do."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def __array__(self) -> Any:
        if self._array is None:
            raise TypeError("can't convert cuda:0 device type tensor to numpy")
        return self._array


def pixels(frame: VideoFrame) -> Any:
    """The frame's pixels as an array, its padding cut off."""
    plane = frame.planes[0]
    channels = {"gray": 1, "rgb24": 3, "bgr24": 3, "rgb0": 4, "bgr0": 4}[frame.format.name]
    lines = np.frombuffer(memoryview(plane), np.uint8).reshape(frame.height, plane.line_size)
    found = lines[:, : frame.width * channels].reshape(frame.height, frame.width, channels)
    return found[:, :, 0] if channels == 1 else found


@pytest.mark.parametrize(
    ("array", "order", "expected"),
    [
        (RGB, "rgb24", "rgb24"),
        (RGB, "bgr24", "bgr24"),
        (RGB[:, :, 0].copy(), "rgb24", "gray"),
        (RGB[:, :, :1].copy(), "rgb24", "gray"),
        (np.dstack([RGB, RGB[:, :, 0]]), "rgb24", "rgb0"),
        (np.dstack([RGB, RGB[:, :, 0]]), "bgr24", "bgr0"),
    ],
)
def test_arrays(array: Any, order: str, expected: str) -> None:
    frame = take(array, order)
    assert (frame.format.name, frame.width, frame.height) == (expected, 37, 48)
    assert (pixels(frame) == (array[:, :, 0] if array.shape[-1] == 1 else array)).all()


@pytest.mark.parametrize(
    "view",
    [
        RGB[::-1],
        RGB[:, ::-1],
        RGB[:, :, ::-1],
        RGB[3:40, 5:30],
        RGB[::2, ::2],
        np.asfortranarray(RGB),
        np.ascontiguousarray(RGB.transpose(2, 0, 1)).transpose(1, 2, 0),
        RGB[:, :, 0],
        np.broadcast_to(RGB[:1], RGB.shape),
    ],
)
def test_views_that_are_not_contiguous(view: Any) -> None:
    assert not view.flags.c_contiguous
    assert (pixels(take(view)) == view).all()
    assert (pixels(take(memoryview(view))) == view).all()


def test_an_array_may_be_written_into_afterwards() -> None:
    array = RGB.copy()
    frame = take(array)
    array[:] = 0
    assert (pixels(frame) == RGB).all()


def test_read_only_arrays_and_tensors() -> None:
    array = RGB.copy()
    array.flags.writeable = False
    assert (pixels(take(array)) == RGB).all()
    assert (pixels(take(Tensor(RGB[:, ::-1]))) == RGB[:, ::-1]).all()


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "CMYK", "I;16"])
def test_images(mode: str) -> None:
    image = Image.new("RGB", (40, 30), (200, 100, 50)).convert("L" if mode == "I;16" else mode)
    frame = take(image.convert(mode), "bgr24")  # an image knows its own order
    assert (frame.width, frame.height) == (40, 30)
    assert frame.format.name == {"L": "gray", "RGBA": "rgb0"}.get(mode, "rgb24")


def test_frames_are_taken_as_they_are() -> None:
    frame = VideoFrame(64, 48, "yuv420p")
    assert take(frame) is frame


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        ("a.png", "not str"),
        (None, "not NoneType"),
        ([[0]], "not list"),
        (RGB.astype(np.float32), r"float32; .*multiply by 255"),
        (RGB.astype(float), r"float64; .*multiply by 255"),
        (RGB.astype(np.int16), "int16"),
        (RGB > 4, "bool"),
        (RGB.astype(">u2"), "'>H'"),
        (Tensor(None), "main memory"),
    ],
)
def test_what_is_no_picture(picture: object, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        take(picture)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (RGB.transpose(2, 0, 1), r"\(3, 48, 37\).*channels last"),
        (RGB.reshape(-1), r"shape is \(5328,\)"),
        (RGB[None], r"\(1, 48, 37, 3\)"),
        (b"12", r"shape is \(2,\)"),
        (RGB[:8], "37x8; each side has 16 to 16384"),
        (np.broadcast_to(RGB[:1, :1], (20, 17000, 3)), "17000x20"),
        (np.broadcast_to(RGB[:1, :1], (9000, 9000, 3)), "more than 50 million"),
        (Image.new("L", (4, 4)), "4x4"),
        (np.zeros((0, 40, 3), np.uint8), "40x0"),
    ],
)
def test_what_has_no_picture_s_shape(picture: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        take(picture)


def test_an_unknown_order() -> None:
    with pytest.raises(ValueError, match="'rgb' is not known; use rgb24 or bgr24"):
        take(RGB, "rgb")
