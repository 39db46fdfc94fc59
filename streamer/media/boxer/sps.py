"""The sequence parameter set of H.264: what it says, and one that promises no reordering. Pure.

A decoder that is not told how many pictures may be reordered must assume the worst that the level
allows and holds pictures back (H.264 section C.4.5.3, E.2.1). `rewrite_without_reordering` adds
the missing promise; every other bit stays as it was. It is for streams that are known not to
reorder: for any other it would bring pictures out in the wrong order.
"""

from dataclasses import dataclass

from streamer.errors import MediaError
from streamer.media.boxer.bits import BitReader, BitWriter, escape, unescape
from streamer.media.boxer.bitstream import H264Nal, h264_type
from streamer.media.boxer.codecs import check_size

_WITH_CHROMA = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 144, 244})
_EXTENDED_SAR = 255
_PIXEL_ASPECTS = (
    (1, 1), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11),
    (80, 33), (18, 11), (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
)  # fmt: skip
_MAX_CYCLE = 255
_VUI_FLAGS = 8
_MAX_MV_LENGTH = 15


@dataclass(frozen=True, slots=True)
class Vui:
    """What is used of the video usability information (H.264 annex E).

    `restriction_at` is the bit at which bitstream_restriction_flag stands; the numbers behind it
    are None where the flag is not set.
    """

    pixel_aspect: tuple[int, int]
    restriction_at: int
    num_reorder_frames: int | None = None
    max_dec_frame_buffering: int | None = None


@dataclass(frozen=True, slots=True)
class Sps:
    """A parsed sequence parameter set; sizes in pixels after cropping.

    `vui_at` is the bit at which vui_parameters_present_flag stands. `vui` is None where there is
    none or, `vui_broken`, where it ends too early to be understood.
    """

    profile_idc: int
    constraints: int
    level_idc: int
    sps_id: int
    chroma_format_idc: int
    bit_depth_luma: int
    bit_depth_chroma: int
    pic_order_cnt_type: int
    max_num_ref_frames: int
    width: int
    height: int
    vui_at: int
    vui: Vui | None
    vui_broken: bool

    @property
    def pixel_aspect(self) -> tuple[int, int]:
        """Width to height of one pixel."""
        return self.vui.pixel_aspect if self.vui else (1, 1)

    @property
    def num_reorder_frames(self) -> int | None:
        """How many pictures may be held back for reordering; None if it does not say."""
        return self.vui.num_reorder_frames if self.vui else None


def parse_sps(nal: bytes) -> Sps:
    """What an H.264 SPS NAL unit says.

    Raises:
        MediaError: not an SPS, too short, or out of the standard's bounds.
    """
    if not nal or h264_type(nal) != H264Nal.SPS:
        raise MediaError("This is not an H.264 sequence parameter set.")
    reader = BitReader(unescape(nal))
    reader.skip(8)
    profile_idc, constraints, level_idc = reader.bits(8), reader.bits(8), reader.bits(8)
    sps_id = reader.ue()
    with_chroma = profile_idc in _WITH_CHROMA
    chroma, luma_depth, chroma_depth = _chroma(reader) if with_chroma else (1, 8, 8)
    reader.ue()  # log2_max_frame_num_minus4
    pic_order_cnt_type = _pic_order_cnt(reader)
    max_num_ref_frames = reader.ue()
    reader.skip(1)  # gaps_in_frame_num_value_allowed_flag
    width, height = _size(reader, chroma)
    vui_at = reader.position
    vui, broken = _vui_or_broken(reader) if reader.flag() else (None, False)
    return Sps(
        profile_idc, constraints, level_idc, sps_id, chroma, luma_depth, chroma_depth,
        pic_order_cnt_type, max_num_ref_frames, width, height, vui_at, vui, broken,
    )  # fmt: skip


def rewrite_without_reordering(nal: bytes) -> bytes:
    """The same SPS NAL unit, promising that pictures come out in the order they go in.

    max_num_reorder_frames becomes 0; max_dec_frame_buffering stays, or becomes the number of
    reference frames. Returned as it is where the promise is there, or where the SPS cannot be
    rewritten safely because its VUI ends too early.

    Raises:
        MediaError: as `parse_sps`.
    """
    sps = parse_sps(nal)
    if sps.num_reorder_frames == 0 or sps.vui_broken:
        return nal
    kept_bits = sps.vui.restriction_at if sps.vui else sps.vui_at
    reader = BitReader(unescape(nal))
    writer = BitWriter()
    writer.bits(reader.bits(kept_bits), kept_bits)
    if sps.vui is None:
        writer.bits(1, 1)  # vui_parameters_present_flag
        writer.bits(0, _VUI_FLAGS)  # aspect ratio ... pic_struct: nothing else is said
    writer.bits(1, 1)  # bitstream_restriction_flag
    _copy_limits(reader, writer, sps)
    return escape(writer.close())


def _copy_limits(reader: BitReader, writer: BitWriter, sps: Sps) -> None:
    said = sps.vui is not None and sps.vui.num_reorder_frames is not None
    if said:
        reader.skip(1)
        writer.bits(reader.bits(1), 1)
        for _ in range(4):
            writer.ue(reader.ue())
    else:
        writer.bits(1, 1)  # motion_vectors_over_pic_boundaries_flag
        writer.ue(0)  # max_bytes_per_pic_denom: no limit
        writer.ue(0)  # max_bits_per_mb_denom: no limit
        writer.ue(_MAX_MV_LENGTH)
        writer.ue(_MAX_MV_LENGTH)
    buffering = sps.vui.max_dec_frame_buffering if sps.vui else None
    writer.ue(0)  # max_num_reorder_frames
    writer.ue(max(sps.max_num_ref_frames, buffering or 0))


def _chroma(reader: BitReader) -> tuple[int, int, int]:
    chroma_format_idc = reader.ue()
    if chroma_format_idc > 3:
        raise MediaError("The H.264 parameter set names a chroma format that does not exist.")
    if chroma_format_idc == 3:
        reader.skip(1)  # separate_colour_plane_flag
    luma_depth, chroma_depth = reader.ue() + 8, reader.ue() + 8
    if max(luma_depth, chroma_depth) > 14:
        raise MediaError("The H.264 parameter set names a bit depth that does not exist.")
    reader.skip(1)  # qpprime_y_zero_transform_bypass_flag
    if reader.flag():
        for index in range(12 if chroma_format_idc == 3 else 8):
            if reader.flag():
                _skip_scaling_list(reader, 16 if index < 6 else 64)
    return chroma_format_idc, luma_depth, chroma_depth


def _skip_scaling_list(reader: BitReader, size: int) -> None:
    last = next_scale = 8
    for _ in range(size):
        if next_scale:
            next_scale = (last + reader.se()) % 256
        last = next_scale or last


def _pic_order_cnt(reader: BitReader) -> int:
    kind = reader.ue()
    if kind == 0:
        reader.ue()  # log2_max_pic_order_cnt_lsb_minus4
    elif kind == 1:
        reader.skip(1)  # delta_pic_order_always_zero_flag
        reader.se()
        reader.se()
        cycle = reader.ue()
        if cycle > _MAX_CYCLE:
            raise MediaError("The H.264 parameter set describes too long a picture order cycle.")
        for _ in range(cycle):
            reader.se()
    elif kind > 2:
        raise MediaError("The H.264 parameter set names a picture order that does not exist.")
    return kind


def _size(reader: BitReader, chroma_format_idc: int) -> tuple[int, int]:
    columns, rows = reader.ue() + 1, reader.ue() + 1
    frame_mbs_only = reader.flag()
    if not frame_mbs_only:
        rows *= 2
        reader.skip(1)  # mb_adaptive_frame_field_flag
    reader.skip(1)  # direct_8x8_inference_flag
    width, height = columns * 16, rows * 16
    if reader.flag():
        left, right, top, bottom = reader.ue(), reader.ue(), reader.ue(), reader.ue()
        unit_x = 2 if chroma_format_idc in (1, 2) else 1
        unit_y = (2 if chroma_format_idc == 1 else 1) * (1 if frame_mbs_only else 2)
        width -= (left + right) * unit_x
        height -= (top + bottom) * unit_y
    check_size(width, height)
    return width, height


def _vui_or_broken(reader: BitReader) -> tuple[Vui | None, bool]:
    """Some cameras cut the VUI short; decoders take what comes before it, and so do we."""
    try:
        return _vui(reader), False
    except MediaError:
        return None, True


def _vui(reader: BitReader) -> Vui:
    aspect = _pixel_aspect(reader)
    _skip_signal(reader)
    nal_hrd = _skip_hrd(reader)
    vcl_hrd = _skip_hrd(reader)
    if nal_hrd or vcl_hrd:
        reader.skip(1)  # low_delay_hrd_flag
    reader.skip(1)  # pic_struct_present_flag
    at = reader.position
    if not reader.flag():
        return Vui(aspect, at)
    reader.skip(1)  # motion_vectors_over_pic_boundaries_flag
    for _ in range(4):
        reader.ue()  # max_bytes_per_pic_denom ... log2_max_mv_length_vertical
    return Vui(aspect, at, reader.ue(), reader.ue())


def _skip_signal(reader: BitReader) -> None:
    if reader.flag():
        reader.skip(1)  # overscan_appropriate_flag
    if reader.flag():
        reader.skip(4)  # video_format, video_full_range_flag
        if reader.flag():
            reader.skip(24)  # colour_primaries, transfer_characteristics, matrix_coefficients
    if reader.flag():
        reader.ue()  # chroma_sample_loc_type_top_field
        reader.ue()
    if reader.flag():
        reader.skip(65)  # num_units_in_tick, time_scale, fixed_frame_rate_flag


def _pixel_aspect(reader: BitReader) -> tuple[int, int]:
    if not reader.flag():
        return 1, 1
    index = reader.bits(8)
    if index == _EXTENDED_SAR:
        width, height = reader.bits(16), reader.bits(16)
        return (width, height) if width and height else (1, 1)
    return _PIXEL_ASPECTS[index] if index < len(_PIXEL_ASPECTS) else (1, 1)


def _skip_hrd(reader: BitReader) -> bool:
    if not reader.flag():
        return False
    count = reader.ue() + 1
    if count > 32:
        raise MediaError("The H.264 parameter set lists too many decoder buffers.")
    reader.skip(8)  # bit_rate_scale, cpb_size_scale
    for _ in range(count):
        reader.ue()
        reader.ue()
        reader.skip(1)  # cbr_flag
    reader.skip(20)  # initial_cpb_removal_delay_length_minus1 ... time_offset_length
    return True
