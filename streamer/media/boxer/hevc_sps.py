"""The sequence parameter set of HEVC, as far as a decoder configuration needs it. Pure."""

from dataclasses import dataclass

from streamer.errors import MediaError
from streamer.media.boxer.bits import BitReader, unescape
from streamer.media.boxer.bitstream import HevcNal, hevc_type
from streamer.media.boxer.codecs import check_size

_PROFILE_BYTES = 11
_MAX_SUB_LAYERS = 7


@dataclass(frozen=True, slots=True)
class HevcSps:
    """A parsed HEVC SPS; sizes in pixels after cropping.

    `profile` holds the 11 bytes of general_profile_space ... general_inbld_flag as they stand in
    the stream (ITU-T H.265 section 7.3.3), as hvcC and the codec string repeat them; `level_idc`
    follows them.
    """

    profile: bytes
    level_idc: int
    temporal_layers: int
    temporal_id_nested: bool
    sps_id: int
    chroma_format_idc: int
    bit_depth_luma: int
    bit_depth_chroma: int
    width: int
    height: int


def parse_hevc_sps(nal: bytes) -> HevcSps:
    """What an HEVC SPS NAL unit says.

    Raises:
        MediaError: not an SPS, too short, or out of the standard's bounds.
    """
    if len(nal) < 2 or hevc_type(nal) != HevcNal.SPS:
        raise MediaError("This is not an HEVC sequence parameter set.")
    reader = BitReader(unescape(nal))
    reader.skip(16 + 4)
    sub_layers = reader.bits(3)
    if sub_layers >= _MAX_SUB_LAYERS:
        raise MediaError("The HEVC parameter set has more layers than the standard allows.")
    nested = reader.flag()
    profile = reader.bits(8 * _PROFILE_BYTES).to_bytes(_PROFILE_BYTES)
    level_idc = reader.bits(8)
    _skip_sub_layers(reader, sub_layers)
    sps_id = reader.ue()
    chroma, width, height = _size(reader)
    luma_depth, chroma_depth = reader.ue() + 8, reader.ue() + 8
    if max(luma_depth, chroma_depth) > 15:
        raise MediaError("The HEVC parameter set names a bit depth that does not exist.")
    return HevcSps(
        profile, level_idc, sub_layers + 1, nested, sps_id, chroma,
        luma_depth, chroma_depth, width, height,
    )  # fmt: skip


def _skip_sub_layers(reader: BitReader, sub_layers: int) -> None:
    present = [(reader.flag(), reader.flag()) for _ in range(sub_layers)]
    if sub_layers:
        reader.skip(2 * (8 - sub_layers))
    for profile, level in present:
        reader.skip(8 * _PROFILE_BYTES * profile + 8 * level)


def _size(reader: BitReader) -> tuple[int, int, int]:
    chroma_format_idc = reader.ue()
    if chroma_format_idc > 3:
        raise MediaError("The HEVC parameter set names a chroma format that does not exist.")
    if chroma_format_idc == 3:
        reader.skip(1)  # separate_colour_plane_flag
    width, height = reader.ue(), reader.ue()
    if reader.flag():
        left, right, top, bottom = reader.ue(), reader.ue(), reader.ue(), reader.ue()
        width -= (left + right) * (2 if chroma_format_idc in (1, 2) else 1)
        height -= (top + bottom) * (2 if chroma_format_idc == 1 else 1)
    check_size(width, height)
    return chroma_format_idc, width, height
