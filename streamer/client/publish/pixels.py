"""Whatever people have for a picture, as a frame of our own.

Arrays are taken by the buffer protocol, or by `__array__` where they have that instead (PyTorch),
so that nothing here needs numpy. Their pixels are copied once, into the frame, which costs 0.4 ms
at 720p; the caller may write into the array again as soon as it is handed over.
"""

from collections.abc import Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from av.video.frame import VideoFrame
from PIL import Image

from streamer.publishing import MAX_SIDE

ORDERS = ("rgb24", "bgr24")
_MIN_SIDE = 16
_MAX_PIXELS = 50_000_000
_UINT8: Literal["B"] = "B"
_KINDS = {
    "?": "bool",
    "b": "int8",
    "H": "uint16",
    "h": "int16",
    "I": "uint32",
    "i": "int32",
    "L": "uint64",
    "l": "int64",
    "e": "float16",
    "f": "float32",
    "d": "float64",
}
_FLOATS = ("e", "f", "d")


@runtime_checkable
class _Array(Protocol):
    def __array__(self) -> Any:
        """The same as a numpy array."""
        ...


def take(picture: object, order: str = "rgb24") -> VideoFrame:
    """A frame of the pixels of an array, a PIL image, or the `av.VideoFrame` itself.

    Arrays are `uint8`, height x width (gray), or height x width x 3 or 4; `order` says whether
    red comes first (`rgb24`) or blue (`bgr24`). A fourth channel is ignored.

    Raises:
        TypeError: nothing that holds pixels, or pixels that are not `uint8`.
        ValueError: a shape, size or order that is not a picture's.
    """
    if order not in ORDERS:
        raise ValueError(f"The format '{order}' is not known; use rgb24 or bgr24.")
    if isinstance(picture, VideoFrame):
        _check_size(picture.width, picture.height)
        return picture
    if isinstance(picture, Image.Image):
        return _from_image(picture)
    view = _view(picture)
    _check_kind(view)
    height, width, channels = _shape(view.shape or ())
    return _frame(width, height, _format(channels, order), _in_order(picture, view))


def _from_image(image: Image.Image) -> VideoFrame:
    if image.mode not in ("L", "RGB", "RGBA", "RGBX"):
        image = image.convert("RGB")
    pixels = memoryview(image.tobytes())
    channels = len(image.getbands())
    _check_size(*image.size)
    return _frame(*image.size, _format(channels, "rgb24"), pixels)


def _view(picture: object) -> memoryview:
    try:
        return memoryview(picture)  # type: ignore[arg-type]  # the call itself is the check
    except (TypeError, ValueError, BufferError) as exc:
        if not isinstance(picture, _Array):
            raise TypeError(
                "A picture is a uint8 array, a PIL image or an av.VideoFrame, "
                f"not {type(picture).__name__}."
            ) from exc
    try:
        return memoryview(picture.__array__())
    except (TypeError, ValueError, BufferError, RuntimeError) as exc:
        raise TypeError(
            f"The pixels of this {type(picture).__name__} cannot be read; give a uint8 array "
            "that lies in main memory."
        ) from exc


def _in_order(picture: object, view: memoryview) -> memoryview:
    """The pixels one after the other, copied if they are not: of a crop, a mirrored picture ..."""
    if view.c_contiguous:
        return view.cast(_UINT8)
    if isinstance(picture, _Array):  # a numpy array copies itself in a fifth of the time
        return memoryview(picture.__array__().copy()).cast(_UINT8)
    return memoryview(view.tobytes())


def _check_kind(view: memoryview) -> None:
    if view.format == _UINT8:
        return
    kind = _KINDS.get(view.format, f"'{view.format}'")
    advice = "multiply by 255 and convert" if view.format in _FLOATS else "convert"
    raise TypeError(f"The array holds {kind}; a picture is uint8: {advice} with astype('uint8').")


def _shape(shape: Sequence[int]) -> tuple[int, int, int]:
    if len(shape) == 2:
        shape = (*shape, 1)
    if len(shape) != 3 or shape[2] not in (1, 3, 4):
        raise ValueError(
            f"The array's shape is {tuple(shape)}; a picture is height x width, "
            "or height x width x 3 or 4 with the channels last."
        )
    height, width, channels = shape
    _check_size(width, height)
    return height, width, channels


def _check_size(width: int, height: int) -> None:
    if min(width, height) < _MIN_SIDE or max(width, height) > MAX_SIDE:
        raise ValueError(
            f"The picture is {width}x{height}; each side has {_MIN_SIDE} to {MAX_SIDE} pixels."
        )
    if width * height > _MAX_PIXELS:
        raise ValueError(
            f"The picture is {width}x{height}, more than {_MAX_PIXELS // 1_000_000} million "
            "pixels; make it smaller."
        )


def _format(channels: int, order: str) -> str:
    """FFmpeg's name of the pixels; those with `0` have a byte that nobody looks at."""
    if channels == 1:
        return "gray"
    return order if channels == 3 else {"rgb24": "rgb0", "bgr24": "bgr0"}[order]


def _frame(width: int, height: int, pixel_format: str, pixels: memoryview) -> VideoFrame:
    frame = VideoFrame(width, height, pixel_format)
    plane = frame.planes[0]
    target, line = memoryview(plane), plane.line_size
    used = len(pixels) // height
    if line == used:
        target[: len(pixels)] = pixels
        return frame
    for row in range(height):
        target[row * line : row * line + used] = pixels[row * used : (row + 1) * used]
    return frame
