"""Frames to another size and pixel format, with the colours that were meant.

The matrix and range come from the frame. Where it names no matrix, or none that swscale knows,
the size decides, as players do: BT.709 for HD, BT.601 below. An untagged range is limited, except
for the full-range `yuvj` formats, which swscale knows by name.
"""

from fractions import Fraction

from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)

from streamer.errors import MediaError

_KNOWN_MATRICES = frozenset({1, 4, 5, 6, 7, 9, 10})  # AVColorSpace: BT.709 ... BT.2020 CL
_MAX_SAMPLE_ASPECT = 4


def fit(
    width: int,
    height: int,
    max_height: int | None = None,
    sample_aspect: Fraction | None = None,
) -> tuple[int, int]:
    """The even size with square pixels of a picture that is at most `max_height` lines high.

    Never higher than the picture itself; wider only where its pixels are wider than high. A
    sample aspect beyond 4:1 is taken for a broken header and ignored.
    """
    aspect = sample_aspect or Fraction(1)
    if not Fraction(1, _MAX_SAMPLE_ASPECT) <= aspect <= _MAX_SAMPLE_ASPECT:
        aspect = Fraction(1)
    lines = min(height, max_height or height)
    return _even(width * aspect * lines / height), _even(Fraction(lines))


def _even(length: Fraction) -> int:
    return max(2, 2 * round(length / 2))


class Converter:
    """One long-lived swscale context; a new one per frame costs as much as the conversion."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def to_rgb(self, frame: VideoFrame, width: int, height: int) -> VideoFrame:
        """The frame as `rgb0`: red, green, blue and an unused byte per pixel.

        Raises:
            MediaError: the frame's pixel format cannot be converted.
        """
        return self._convert(frame, width, height, "rgb0", None)

    def to_bt709(self, frame: VideoFrame, width: int, height: int) -> VideoFrame:
        """The frame as `yuv420p` in BT.709 and limited range, and tagged so.

        It is the frame that was given where there is nothing to convert.

        Raises:
            MediaError: the frame's pixel format cannot be converted.
        """
        converted = self._convert(frame, width, height, "yuv420p", Colorspace.ITU709)
        tag_bt709(converted)
        return converted

    def _convert(
        self, frame: VideoFrame, width: int, height: int, pixels: str, matrix: Colorspace | None
    ) -> VideoFrame:
        try:
            return self._reformatter.reformat(
                frame,
                width,
                height,
                pixels,
                src_colorspace=_matrix(frame),
                dst_colorspace=matrix,
                dst_color_range=None if matrix is None else ColorRange.MPEG,
                interpolation=Interpolation.AREA,
                threads=1,
            )
        except (FFmpegError, ValueError) as exc:
            raise MediaError(f"Pictures in {frame.format.name} cannot be converted.") from exc


def tag_bt709(frame: VideoFrame) -> None:
    """Say of a frame that it is BT.709 in limited range."""
    frame.colorspace, frame.color_range = Colorspace.ITU709, ColorRange.MPEG
    frame.color_primaries, frame.color_trc = ColorPrimaries.BT709, ColorTrc.BT709


def _matrix(frame: VideoFrame) -> Colorspace | None:
    """The matrix to assume; None leaves it to the frame's own tag."""
    if frame.format.is_rgb or frame.colorspace in _KNOWN_MATRICES:
        return None
    is_hd = frame.width >= 1280 or frame.height > 576
    return Colorspace.ITU709 if is_hd else Colorspace.ITU601
