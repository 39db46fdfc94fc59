"""What a decoder must know before the first picture: the codec string, the sample entry, its box.

`codecs_h26x`, `codecs_vp9` and `codecs_av1` build configurations from what the streams themselves
say, so the container's word is not needed. Pure.
"""

import struct
from dataclasses import dataclass

from streamer.errors import MediaError

_MAX_SIDE = 0xFFFF
_HEADER = struct.Struct(">I4s")


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """One decoder configuration.

    `codec` is the RFC 6381 string, `fourcc` names the sample entry, `box` is the complete
    configuration box (its payload is what WebCodecs calls `description`), `width` and `height`
    are pixels after cropping, `pixel_aspect` the width to height of one pixel.
    """

    codec: str
    fourcc: bytes
    box: bytes
    width: int
    height: int
    pixel_aspect: tuple[int, int] = (1, 1)


def pack_box(kind: bytes, *parts: bytes) -> bytes:
    """An ISO 14496-12 box: size, four-letter kind, content."""
    return b"".join((_HEADER.pack(8 + sum(map(len, parts)), kind), *parts))


def check_size(width: int, height: int) -> None:
    """Refuse a size that a sample entry cannot hold.

    Raises:
        MediaError: zero, negative, or more than 65,535 pixels.
    """
    if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
        raise MediaError(f"The video gives an impossible size, {width}x{height}.")
