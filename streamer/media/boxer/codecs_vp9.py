"""The decoder configuration of VP9, read from a keyframe. Pure.

The uncompressed header of a keyframe (VP9 bitstream specification, section 6.2) gives profile,
depth and size. The vpcC box and the codec string ("VP Codec ISO Media File Format Binding" 1.0)
also want a level, which follows from the size.
"""

from dataclasses import dataclass

from streamer.errors import MediaError
from streamer.media.boxer.bits import BitReader
from streamer.media.boxer.codecs import DecoderConfig, check_size, pack_box

_FRAME_MARKER = 2
_SYNC_CODE = 0x498342
_RGB = 7
_UNSPECIFIED = 2
# The header's color_space as matrix coefficients of H.273.
_MATRICES = (2, 5, 1, 6, 7, 9, 2, 0)
# Level and its largest picture (VP9 levels, annex A). The level's sample rate is left out: headers
# say nothing of frame rates, and decoders choose by size.
_LEVELS = (
    (10, 36864), (11, 73728), (20, 122880), (21, 245760), (30, 552960), (31, 983040),
    (40, 2228224), (50, 8912896), (60, 35651584),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vp9Keyframe:
    """What a VP9 keyframe says; `subsampling` is (1, 1) for 4:2:0."""

    profile: int
    bit_depth: int
    subsampling: tuple[int, int]
    matrix: int
    full_range: bool
    width: int
    height: int


def is_vp9_keyframe(data: bytes) -> bool:
    """Whether a VP9 packet begins with a keyframe. Never raises."""
    reader = BitReader(data[:2] + b"\0\0")
    marker, low, high = reader.bits(2), reader.bits(1), reader.bits(1)
    reader.skip(low & high)
    show_existing, non_key = reader.bits(1), reader.bits(1)
    return marker == _FRAME_MARKER and not show_existing and not non_key


def parse_vp9_keyframe(data: bytes) -> Vp9Keyframe:
    """What a packet that begins with a VP9 keyframe says.

    Raises:
        MediaError: no keyframe, or one that is cut off or damaged.
    """
    if not is_vp9_keyframe(data):
        raise MediaError("This VP9 packet does not begin with a keyframe.")
    reader = BitReader(data[:32])
    reader.skip(2)
    profile = reader.bits(1) | reader.bits(1) << 1
    reader.skip((profile == 3) + 4)  # reserved, show_existing_frame ... error_resilient_mode
    if reader.bits(24) != _SYNC_CODE:
        raise MediaError("This VP9 keyframe is damaged: its sync code is missing.")
    bit_depth = 8 if profile < 2 else 12 if reader.flag() else 10
    matrix, full_range, subsampling = _colour(reader, profile)
    width, height = reader.bits(16) + 1, reader.bits(16) + 1
    check_size(width, height)
    return Vp9Keyframe(profile, bit_depth, subsampling, matrix, full_range, width, height)


def vp9_config(data: bytes) -> DecoderConfig:
    """The configuration for the stream that a VP9 keyframe packet opens.

    Raises:
        MediaError: no keyframe, or one that is cut off or damaged.
    """
    key = parse_vp9_keyframe(data)
    level = _level(key.width * key.height)
    # 4:2:0 counts as colocated with luma, as libavformat has it where nothing is said.
    chroma = {(1, 1): 1, (1, 0): 2, (0, 0): 3}.get(key.subsampling, 1)
    depth = key.bit_depth << 4 | chroma << 1 | key.full_range
    colour = (_UNSPECIFIED, _UNSPECIFIED, key.matrix)
    content = bytes((1, 0, 0, 0, key.profile, level, depth, *colour, 0, 0))
    codec = f"vp09.{key.profile:02}.{level:02}.{key.bit_depth:02}"
    return DecoderConfig(codec, b"vp09", pack_box(b"vpcC", content), key.width, key.height)


def _colour(reader: BitReader, profile: int) -> tuple[int, bool, tuple[int, int]]:
    """Matrix coefficients, full range, subsampling (color_config)."""
    space = reader.bits(3)
    odd = profile & 1
    if space == _RGB:
        if not odd:
            raise MediaError("This VP9 keyframe is damaged: its profile cannot hold RGB.")
        reader.skip(1)
        return _MATRICES[space], True, (0, 0)
    full_range = reader.flag()
    subsampling = (reader.bits(1), reader.bits(1)) if odd else (1, 1)
    reader.skip(odd)
    return _MATRICES[space], full_range, subsampling


def _level(pixels: int) -> int:
    return next((level for level, most in _LEVELS if pixels <= most), _LEVELS[-1][0])
