"""The vocabulary of renditions: their names, and what is known of each once it runs. Pure.

A name is a format and, for those that we encode, options: `copy`, `h264`, `h264-720`, `jpeg`,
`jpeg-480`, `jpeg-480-q60`, `h264-240-r15`: at most so many lines, frames per second (`-r`) and a
JPEG quality (`-q`). Nothing is ever enlarged or repeated.
"""

import math
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from streamer.errors import ConfigError

DEFAULT_JPEG_QUALITY = 80
_BITRATE_720P30 = 4_000_000
_PIXELS_PER_S_720P30 = 1280 * 720 * 30
_MIN_BITRATE, _MAX_BITRATE = 60_000, 25_000_000
_NAME = re.compile(r"(copy|h264|jpeg)(?:-(\d{2,4}))?(?:-r(\d{1,3}))?(?:-q(\d{1,3}))?\Z")


class Format(StrEnum):
    """How a rendition is made."""

    COPY = "copy"
    H264 = "h264"
    JPEG = "jpeg"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One quality of a stream.

    `height` in pixels and `fps` are limits (None: the source's); `quality` is JPEG's.
    """

    format: Format
    height: int | None = None
    quality: int = DEFAULT_JPEG_QUALITY
    fps: int | None = None

    def __str__(self) -> str:
        parts = [str(self.format)]
        if self.height is not None:
            parts.append(str(self.height))
        if self.fps is not None:
            parts.append(f"r{self.fps}")
        if self.quality != DEFAULT_JPEG_QUALITY:
            parts.append(f"q{self.quality}")
        return "-".join(parts)


@dataclass(frozen=True, slots=True)
class Description:
    """What a running rendition is: RFC 6381 `codec` (`jpeg` for JPEG), pixels, frames per second.

    `width` and `height` are zero and `codec` is empty while they are not known.
    """

    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The fields as they stand in control messages."""
        return asdict(self)


def parse(name: str) -> Rendition:
    """The rendition that a name such as `jpeg-480-q60` stands for.

    Raises:
        ConfigError: not a rendition, or options that do not apply to it.
    """
    match = _NAME.match(name)
    if match is None:
        raise ConfigError(
            f"'{name}' is not a rendition; use copy, h264, jpeg, or for example jpeg-480-q60."
        )
    kind, height, fps, quality = match.groups()
    rendition = Rendition(
        Format(kind),
        int(height) if height else None,
        int(quality) if quality else DEFAULT_JPEG_QUALITY,
        int(fps) if fps else None,
    )
    _check(name, rendition)
    return rendition


def h264_bitrate_bps(width: int, height: int, fps: float) -> int:
    """The most bits per second that our H.264 of this size takes.

    4 Mbit/s at 720p30; below that in proportion, so that the small ones pass a slow link; above
    it less than linear in pixels.
    """
    share = width * height * fps / _PIXELS_PER_S_720P30
    wanted = _BITRATE_720P30 * (math.pow(share, 0.75) if share > 1 else share)
    return round(min(max(wanted, _MIN_BITRATE), _MAX_BITRATE))


def _check(name: str, rendition: Rendition) -> None:
    if rendition.format is Format.COPY and str(rendition) != "copy":
        raise ConfigError(f"'{name}': copy sends the source untouched and takes no options.")
    if rendition.format is Format.H264 and rendition.quality != DEFAULT_JPEG_QUALITY:
        raise ConfigError(f"'{name}': a quality (-q) belongs to jpeg only.")
    if not 1 <= rendition.quality <= 95:
        raise ConfigError(f"'{name}': JPEG quality goes from 1 to 95.")
    if rendition.fps is not None and not 1 <= rendition.fps <= 240:
        raise ConfigError(f"'{name}': frames per second (-r) go from 1 to 240.")
    if rendition.height is not None and not 64 <= rendition.height <= 4320:
        raise ConfigError(f"'{name}': height goes from 64 to 4320 pixels.")
