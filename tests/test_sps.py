import random

import pytest

from streamer.errors import MediaError
from streamer.media.boxer.bits import BitReader, BitWriter, escape, unescape
from streamer.media.boxer.sps import parse_sps, rewrite_without_reordering

# Sequence parameter sets of x264: Main with B-frames, HRD and cropping; High 4:2:2, 10 bits,
# interlaced, scaling lists; High 4:4:4 with odd cropping; and one of OpenH264's.
HRD = bytes.fromhex(
    "674d4028eca03c0113f2e02d404080900000030010000003032604000f424001e84e4c30078c18cb"
)
HIGH_422 = bytes.fromhex("677a001eb6ce80b424d8208000000300800000190f8a1550")
HIGH_444 = bytes.fromhex("67f4000a919685278f8fc044000003000400000300c83c489a80")
BASELINE = bytes.fromhex("6742d00b8c8d4212403c2211a8")


def cut_before(sps: bytes, bit: int) -> bytes:
    """The SPS with its last fields replaced by one flag that is not set."""
    writer = BitWriter()
    writer.bits(BitReader(unescape(sps)).bits(bit), bit)
    writer.bits(0, 1)
    return escape(writer.close())


def without_vui(sps: bytes) -> bytes:
    return cut_before(sps, parse_sps(sps).vui_at)


def without_restriction(sps: bytes) -> bytes:
    vui = parse_sps(sps).vui
    assert vui is not None
    return cut_before(sps, vui.restriction_at)


@pytest.mark.parametrize(
    ("nal", "profile", "level", "size", "aspect"),
    [
        (HRD, 77, 40, (1920, 1080), (1, 1)),
        (HIGH_422, 122, 30, (720, 576), (16, 11)),
        (HIGH_444, 244, 10, (66, 50), (1, 1)),
        (BASELINE, 66, 11, (64, 64), (1, 1)),
    ],
)
def test_profile_level_and_size(
    nal: bytes, profile: int, level: int, size: tuple[int, int], aspect: tuple[int, int]
) -> None:
    sps = parse_sps(nal)
    assert (sps.profile_idc, sps.level_idc) == (profile, level)
    assert (sps.width, sps.height) == size
    assert sps.pixel_aspect == aspect


def test_chroma_and_depth() -> None:
    sps = parse_sps(HIGH_422)
    assert (sps.chroma_format_idc, sps.bit_depth_luma, sps.bit_depth_chroma) == (2, 10, 10)
    assert parse_sps(HIGH_444).chroma_format_idc == 3
    assert parse_sps(HRD).chroma_format_idc == 1


def test_reordering() -> None:
    sps = parse_sps(HRD)
    assert sps.vui is not None
    assert (sps.num_reorder_frames, sps.vui.max_dec_frame_buffering) == (2, 4)
    assert (sps.pic_order_cnt_type, sps.max_num_ref_frames) == (0, 4)
    assert parse_sps(HIGH_444).pic_order_cnt_type == 2
    assert parse_sps(without_vui(HRD)).num_reorder_frames is None
    assert parse_sps(without_restriction(HRD)).num_reorder_frames is None


@pytest.mark.parametrize("nal", [HRD, without_restriction(HRD), without_restriction(HIGH_422)])
def test_a_rewritten_vui_keeps_every_other_bit(nal: bytes) -> None:
    before, after = parse_sps(nal), parse_sps(rewrite_without_reordering(nal))
    assert before.vui is not None
    assert after.vui is not None
    assert after.num_reorder_frames == 0
    assert after.vui.max_dec_frame_buffering == before.max_num_ref_frames
    kept = before.vui.restriction_at
    assert after.vui.restriction_at == kept
    old = BitReader(unescape(nal)).bits(kept)
    assert BitReader(unescape(rewrite_without_reordering(nal))).bits(kept) == old


def test_limits_that_were_there_stay() -> None:
    """Only max_num_reorder_frames (011, two, at bit 295) becomes 1, zero."""
    before, after = (f"{int.from_bytes(unescape(nal)):0{len(unescape(nal)) * 8}b}"
                     for nal in (HRD, rewrite_without_reordering(HRD)))  # fmt: skip
    assert before[295:298] == "011"
    assert after[:295] == before[:295]
    assert after[295:].rstrip("0") == "1" + before[298:].rstrip("0")


@pytest.mark.parametrize("nal", [HRD, HIGH_422, HIGH_444, BASELINE])
def test_a_vui_is_added_where_there_is_none(nal: bytes) -> None:
    bare = without_vui(nal)
    before, after = parse_sps(bare), parse_sps(rewrite_without_reordering(bare))
    assert before.vui is None
    assert after.vui is not None
    assert (after.num_reorder_frames, after.pixel_aspect) == (0, (1, 1))
    assert after.vui.max_dec_frame_buffering == before.max_num_ref_frames
    assert (after.width, after.height) == (before.width, before.height)


@pytest.mark.parametrize("nal", [HIGH_422, HIGH_444, BASELINE])
def test_a_promise_that_is_there_is_left_alone(nal: bytes) -> None:
    assert rewrite_without_reordering(nal) == nal


def test_a_vui_that_is_cut_short_is_left_alone() -> None:
    short = HRD[:20]
    sps = parse_sps(short)
    assert sps.vui_broken
    assert (sps.width, sps.height) == (1920, 1080)
    assert rewrite_without_reordering(short) == short


@pytest.mark.parametrize("nal", [b"", b"\x68\xce\x0f\xc8", b"\x67", HRD[:8]])
def test_what_is_no_sps_is_an_error(nal: bytes) -> None:
    with pytest.raises(MediaError):
        parse_sps(nal)


def test_damaged_sets_raise_only_media_errors() -> None:
    dice = random.Random(2)
    for _ in range(4000):
        nal = bytearray(dice.choice((HRD, HIGH_422, HIGH_444, BASELINE)))
        for _ in range(dice.randrange(1, 5)):
            nal[dice.randrange(1, len(nal))] = dice.randrange(256)
        try:
            rewritten = rewrite_without_reordering(bytes(nal))
        except MediaError:
            continue
        sps = parse_sps(rewritten)
        assert sps.num_reorder_frames == 0 or sps.vui_broken
