"""What may stand behind the name in a source's address: options, sizes and rates. Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from streamer.errors import ConfigError

# A picture may have as many pixels as this; FFmpeg is told the same of what it decodes.
MAX_PIXELS = 50_000_000

_NUMBER = re.compile(r"\d{1,9}\Z")
_HOSTS = re.compile(r"[0-9A-Za-z.:,-]+\Z")
PATTERN = re.compile(r"(?:(\d{1,5})x(\d{1,5}))?(?:@(\d{1,4}))?(?:\?sound=([01]))?\Z")

Options = Mapping[str, re.Pattern[str]]

FPS: Options = {"fps": re.compile(r"\d{1,3}(\.\d{1,3})?\Z")}
SIZE_AND_RATE: Options = {"size": re.compile(r"\d{1,5}x\d{1,5}\Z"), **FPS}
DEVICE: Options = {**SIZE_AND_RATE, "format": re.compile(r"[a-z0-9_]{1,20}\Z")}
UDP: Options = {
    "localaddr": _HOSTS,
    "sources": _HOSTS,
    "block": _HOSTS,
    "buffer_size": _NUMBER,
    "fifo_size": _NUMBER,
    "pkt_size": _NUMBER,
    "reuse": _NUMBER,
}


class PatternOptions(NamedTuple):
    """What a test pattern is like; with `sound` it beeps, and flashes, once a second."""

    width: int = 1280
    height: int = 720
    fps: int = 30
    sound: bool = False


DEFAULT_PATTERN = PatternOptions()


def parse_pattern(spec: str) -> PatternOptions:
    """What `1280x720@30?sound=1` says; any part may be left out.

    Raises:
        ConfigError: another form, an odd size, or one out of range.
    """
    match = PATTERN.match(spec)
    if match is None:
        raise no_pattern(spec)
    width, height, fps, sound = (
        int(found) if found else default
        for found, default in zip(match.groups(), DEFAULT_PATTERN, strict=True)
    )
    if not (64 <= width <= 7680 and 64 <= height <= 7680):
        raise ConfigError(f"'pattern:{spec}': width and height go from 64 to 7680 pixels.")
    if width % 2 or height % 2:
        raise ConfigError(f"'pattern:{spec}': width and height must be even.")
    check_pixels(f"pattern:{spec}", width, height)
    if not 1 <= fps <= 120:
        raise ConfigError(f"'pattern:{spec}': frames per second go from 1 to 120.")
    return PatternOptions(width, height, fps, bool(sound))


def no_pattern(shown: str) -> ConfigError:
    """What is said of something else than a pattern."""
    return ConfigError(
        f"'pattern:{shown}' is no pattern; write pattern:WIDTHxHEIGHT@FPS, "
        "for example pattern:1280x720@30, with ?sound=1 behind it for a beep each second."
    )


def check_pixels(shown: str, width: int, height: int) -> None:
    """Refuse a picture of no pixels or too many; `shown` is where it is named.

    Raises:
        ConfigError: it has.
    """
    if not 0 < width * height <= MAX_PIXELS:
        raise ConfigError(
            f"'{shown}': a picture has at most {MAX_PIXELS // 1_000_000} million pixels; "
            "name a smaller size."
        )
