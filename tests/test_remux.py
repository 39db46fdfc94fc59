import contextlib
import random

import pytest

from streamer.errors import MediaError
from streamer.media.boxer.bits import BitReader, BitWriter, escape, unescape
from streamer.media.boxer.bitstream import join_length_prefixed, split_length_prefixed
from streamer.media.boxer.codecs_h26x import read_avcc, read_hvcc
from streamer.media.boxer.fragment import OVERHEAD
from streamer.media.boxer.remux import Fragment, InitSegment, Remuxer
from streamer.media.boxer.sps import parse_sps
from streamer.media.timeline import Stamps

# Parameter sets of x264's: pic_order_cnt_type 2, and Main with B-frames.
SPS = bytes.fromhex("6742c00ada109a1000000300100000030328f1226a")
PPS = bytes.fromhex("68ce0fc8")
SPS_B = bytes.fromhex("674d400aeca21342000003000200000300641e244b2c")
OTHER_SPS = bytes.fromhex("67f4000a919685278f8fc044000003000400000300c83c489a80")
IDR = b"\x65\xb8\x00\x04\x00\x00\x09\xff"
SLICE = b"\x41\xe2\x01\x02"
DELIMITER, FILLER, SEI = b"\x09\xf0", b"\x0c\xff\xff", b"\x06\x05\x01\x00\x80"

HEVC_SETS = tuple(
    bytes.fromhex(text)
    for text in (
        "40010c01ffff01600000030090000003000003001e959009",
        "42010101600000030090000003000003001ea0208105965644a4c2e68080000003008000000c84",
        "4401c073c089",
    )
)
CRA, TRAIL = b"\x2a\x01\xac\x10", b"\x02\x01\xd0\x10"
VP9_KEY = bytes.fromhex("824983420003f003f60638241c184a00")
VP9_LARGE = VP9_KEY[:5] + bytes.fromhex("77f04370") + VP9_KEY[9:]
AV1_HEADER = bytes.fromhex("0a0a00000002afff895f2008")
AV1_OTHER = bytes.fromhex("0a0a000000032e1c4daf9404")
AV1_KEY, AV1_FRAME = b"\x32\x02\x10\x00", b"\x32\x02\x30\x00"


def annexb(*nals: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + nal for nal in nals)


def stamps(number: int, offset_us: int = 0) -> Stamps:
    return Stamps(number * 40_000 + offset_us, number * 40_000, 40_000, restarted=False)


def push(remuxer: Remuxer, data: bytes, number: int = 0, keyframe: bool = False) -> list[object]:
    return list(remuxer.push(data, stamps(number), keyframe))


def init(pieces: list[object]) -> InitSegment:
    assert isinstance(pieces[0], InitSegment)
    return pieces[0]


def payload(pieces: list[object]) -> list[bytes]:
    assert isinstance(pieces[-1], Fragment)
    return split_length_prefixed(pieces[-1].data[OVERHEAD:])


def announced(pieces: list[object]) -> int | None:
    """max_num_reorder_frames in the init segment."""
    return parse_sps(read_avcc(init(pieces).config.box[8:]).nals[0]).num_reorder_frames


def silent(sps: bytes, *, poc_type_2: bool = False) -> bytes:
    """The SPS without VUI; profile and picture order as they are."""
    parsed = parse_sps(sps)
    assert (parsed.pic_order_cnt_type == 2) is poc_type_2
    writer = BitWriter()
    writer.bits(BitReader(unescape(sps)).bits(parsed.vui_at), parsed.vui_at)
    writer.bits(0, 1)
    return escape(writer.close())


def test_h264_with_sets_in_band() -> None:
    remuxer = Remuxer("h264")
    pieces = push(remuxer, annexb(DELIMITER, SPS, PPS, SEI, IDR), keyframe=True)
    assert init(pieces).config.codec == "avc1.42c00a"
    assert init(pieces).data[4:8] == b"ftyp"
    assert payload(pieces) == [SEI, IDR]
    assert isinstance(pieces[1], Fragment)
    assert pieces[1].keyframe
    (after,) = push(remuxer, annexb(DELIMITER, SLICE, FILLER), 1)
    assert isinstance(after, Fragment)
    assert not after.keyframe
    assert payload([after]) == [SLICE]


def test_nothing_comes_before_configuration_and_keyframe() -> None:
    remuxer = Remuxer("h264")
    assert push(remuxer, annexb(SLICE)) == []
    assert push(remuxer, annexb(SPS, PPS)) == []
    assert push(remuxer, annexb(SLICE), 1) == []
    assert len(push(remuxer, annexb(IDR), 2, keyframe=True)) == 2


def test_a_keyframe_without_configuration_is_an_error() -> None:
    with pytest.raises(MediaError, match="parameter sets"):
        push(Remuxer("h264"), annexb(IDR), keyframe=True)


def test_a_recovery_point_is_no_keyframe() -> None:
    remuxer = Remuxer("h264", annexb(SPS, PPS))
    with pytest.raises(MediaError, match="start with"):
        push(remuxer, annexb(SEI, SLICE), keyframe=True)
    push(remuxer, annexb(IDR), 1, keyframe=True)
    (piece,) = push(remuxer, annexb(SEI, SLICE), 2, keyframe=True)
    assert isinstance(piece, Fragment)
    assert not piece.keyframe


@pytest.mark.parametrize("length_size", [1, 2, 4])
def test_lengths_of_every_size_become_four_bytes(length_size: int) -> None:
    sets = len(SPS).to_bytes(2) + SPS + b"\1" + len(PPS).to_bytes(2) + PPS
    record = b"\1" + SPS[1:4] + bytes((0xFC | (length_size - 1), 0xE1)) + sets
    data = b"".join(len(nal).to_bytes(length_size) + nal for nal in (SEI, IDR))
    pieces = push(Remuxer("h264", record), data, keyframe=True)
    assert payload(pieces) == [SEI, IDR]
    assert init(pieces).config.box[12] == 0xFF


def test_sets_that_repeat_give_no_new_init_segment() -> None:
    remuxer = Remuxer("h264", annexb(SPS, PPS))
    push(remuxer, annexb(IDR), keyframe=True)
    for number in range(1, 4):
        pieces = push(remuxer, annexb(SPS, PPS, IDR), number, keyframe=True)
        assert payload(pieces) == [IDR]
        assert len(pieces) == 1


def test_sets_that_change_give_a_new_init_segment() -> None:
    remuxer = Remuxer("h264", annexb(SPS, PPS))
    push(remuxer, annexb(IDR), keyframe=True)
    pieces = push(remuxer, annexb(OTHER_SPS, PPS, IDR), 1, keyframe=True)
    assert (init(pieces).config.width, init(pieces).config.height) == (66, 50)
    assert payload(pieces) == [IDR]


def test_sets_that_change_within_a_group_stay_in_the_sample_too() -> None:
    remuxer = Remuxer("h264", annexb(SPS, PPS))
    push(remuxer, annexb(IDR), keyframe=True)
    other_pps = b"\x68\xce\x3c\x80"
    assert payload(push(remuxer, annexb(other_pps, SLICE), 1)) == [other_pps, SLICE]
    assert payload(push(remuxer, annexb(other_pps, SLICE), 2)) == [SLICE]
    pieces = push(remuxer, annexb(IDR), 3, keyframe=True)
    assert other_pps in init(pieces).config.box


def test_a_set_in_a_packet_of_its_own_is_not_lost() -> None:
    remuxer = Remuxer("h264", annexb(SPS, PPS))
    push(remuxer, annexb(IDR), keyframe=True)
    other_pps = b"\x68\xce\x3c\x80"
    assert push(remuxer, annexb(other_pps), 1) == []
    assert payload(push(remuxer, annexb(SLICE), 1)) == [other_pps, SLICE]


def test_of_several_sets_the_one_in_use_gives_the_size() -> None:
    """Two SPS; the PPS of the IDR (slice: first_mb 0, type 7, PPS 1) belongs to the second."""
    writer = BitWriter()
    for number in (1, 1):
        writer.ue(number)
    pps_1 = b"\x68" + writer.close()
    reader, writer = BitReader(unescape(OTHER_SPS)), BitWriter()
    writer.bits(reader.bits(32), 32)
    writer.ue(reader.ue() + 1)  # seq_parameter_set_id
    rest = len(unescape(OTHER_SPS)) * 8 - reader.position
    writer.bits(reader.bits(rest), rest)
    sps_1 = escape(writer.close())
    slice_of_1 = BitWriter()
    for number in (0, 7, 1):
        slice_of_1.ue(number)
    idr = b"\x65" + slice_of_1.close()
    pieces = push(Remuxer("h264", annexb(SPS, PPS)), annexb(sps_1, pps_1, idr), keyframe=True)
    assert init(pieces).config.codec == "avc1.f4000a"


def test_a_damaged_keyframe_stops_the_output_until_the_next() -> None:
    remuxer = Remuxer("h264", annexb(SPS, PPS))
    push(remuxer, annexb(IDR), keyframe=True)
    with pytest.raises(MediaError):
        push(remuxer, annexb(b"\x67\x42", IDR), 1, keyframe=True)
    assert push(remuxer, annexb(SLICE), 2) == []
    pieces = push(remuxer, annexb(SPS, IDR), 3, keyframe=True)
    assert init(pieces).config.codec == "avc1.42c00a"


def test_a_configuration_that_cannot_be_read_stops_the_output_too() -> None:
    remuxer = Remuxer("h264", annexb(SPS, PPS))
    push(remuxer, annexb(IDR), keyframe=True)
    with pytest.raises(MediaError):
        push(remuxer, annexb(SPS[:6], IDR), 1, keyframe=True)
    assert push(remuxer, annexb(SLICE), 2) == []
    assert len(push(remuxer, annexb(SPS, IDR), 3, keyframe=True)) == 2


def test_extradata_that_cannot_be_read_counts_as_missing() -> None:
    remuxer = Remuxer("h264", b"\1garbage")
    data = join_length_prefixed((SPS, PPS, IDR))
    assert init(push(remuxer, data, keyframe=True)).config.width == 64


def test_pictures_in_order_by_definition_are_announced() -> None:
    mute = silent(SPS, poc_type_2=True)
    assert parse_sps(mute).num_reorder_frames is None
    for reorders in (None, False, True):
        remuxer = Remuxer("h264", annexb(mute, PPS), reorders=reorders)
        assert announced(push(remuxer, annexb(IDR), keyframe=True)) == 0


@pytest.mark.parametrize(
    ("profile", "reorders", "expected"),
    [(66, None, 0), (66, False, 0), (66, True, None), (77, None, None), (77, False, 0)],
)
def test_a_silent_sps_is_rewritten_only_when_it_is_sure(
    profile: int, reorders: bool | None, expected: int | None
) -> None:
    mute = silent(SPS_B)
    remuxer = Remuxer(
        "h264", annexb(mute[:1] + bytes((profile,)) + mute[2:], PPS), reorders=reorders
    )
    assert announced(push(remuxer, annexb(IDR), keyframe=True)) == expected


def test_an_sps_that_announces_reordering_is_believed() -> None:
    remuxer = Remuxer("h264", annexb(SPS_B, PPS), reorders=False)
    assert announced(push(remuxer, annexb(IDR), keyframe=True)) == 2


def test_a_caller_who_was_wrong_is_corrected_at_the_next_keyframe() -> None:
    mute = silent(SPS_B)
    remuxer = Remuxer("h264", annexb(mute, PPS), reorders=False)
    push(remuxer, annexb(IDR), keyframe=True)
    for number, offset_us in enumerate((80_000, 0, 40_000, 80_000)):
        remuxer.push(annexb(SLICE), stamps(number, offset_us), False)
    assert announced(push(remuxer, annexb(IDR), 5, keyframe=True)) is None


def test_timestamps_that_stay_in_order_make_it_sure() -> None:
    remuxer = Remuxer("h264", annexb(silent(SPS_B), PPS))
    assert announced(push(remuxer, annexb(IDR), keyframe=True)) is None
    for number in range(1, 32):
        remuxer.push(annexb(SLICE), stamps(number, 0), False)
    assert announced(push(remuxer, annexb(IDR), 32, keyframe=True)) == 0


def test_timestamps_out_of_order_leave_an_unknown_stream_alone() -> None:
    remuxer = Remuxer("h264", annexb(silent(SPS_B), PPS))
    push(remuxer, annexb(IDR), keyframe=True)
    for number in range(1, 90):
        remuxer.push(annexb(SLICE), stamps(number, (80_000, 0, 40_000)[number % 3]), False)
    assert len(push(remuxer, annexb(IDR), 90, keyframe=True)) == 1


def test_a_constant_offset_is_no_reordering() -> None:
    remuxer = Remuxer("h264", annexb(silent(SPS_B), PPS), reorders=False)
    for number in range(9):
        pieces = remuxer.push(annexb(IDR), stamps(number, 80_000), True)
        assert len(pieces) == (2 if number == 0 else 1)


def test_hevc() -> None:
    remuxer = Remuxer("hevc")
    assert push(remuxer, annexb(TRAIL)) == []
    pieces = push(remuxer, annexb(b"\x46\x01\x50", *HEVC_SETS, CRA), keyframe=True)
    assert init(pieces).config.codec == "hvc1.1.6.L30.90"
    assert read_hvcc(init(pieces).config.box[8:]).nals == HEVC_SETS
    assert payload(pieces) == [CRA]
    assert payload(push(remuxer, annexb(TRAIL), 1)) == [TRAIL]


def test_vp9() -> None:
    remuxer = Remuxer("vp9")
    assert push(remuxer, b"\x86\x00") == []
    pieces = push(remuxer, VP9_KEY, 1, keyframe=True)
    assert init(pieces).config.codec == "vp09.00.10.08"
    assert isinstance(pieces[1], Fragment)
    assert pieces[1].data[OVERHEAD:] == VP9_KEY
    assert len(push(remuxer, VP9_KEY, 2, keyframe=True)) == 1
    assert init(push(remuxer, VP9_LARGE, 3, keyframe=True)).config.width == 1920


def test_av1() -> None:
    remuxer = Remuxer("av1")
    assert push(remuxer, AV1_FRAME) == []
    key = AV1_HEADER + AV1_KEY
    pieces = push(remuxer, b"\x12\0" + key, 1, keyframe=True)
    assert init(pieces).config.codec == "av01.0.00M.08"
    assert isinstance(pieces[1], Fragment)
    assert pieces[1].data[OVERHEAD:] == key
    assert len(push(remuxer, AV1_FRAME, 2)) == 1
    assert len(push(remuxer, key, 3, keyframe=True)) == 1
    assert init(push(remuxer, AV1_OTHER + AV1_KEY, 4, keyframe=True)).config.width == 98


def test_av1_with_its_header_in_extradata_only() -> None:
    remuxer = Remuxer("av1", b"\x81\0\x0c\0" + AV1_HEADER)
    assert init(push(remuxer, AV1_KEY, keyframe=True)).config.width == 64


def test_av1_without_header_is_an_error() -> None:
    with pytest.raises(MediaError, match="sequence header"):
        push(Remuxer("av1", b"\x0a\xff"), AV1_KEY, keyframe=True)


def test_other_codecs_are_not_carried() -> None:
    with pytest.raises(MediaError, match="vp8 is not carried"):
        Remuxer("vp8")


@pytest.mark.parametrize(
    ("codec", "extradata", "packets"),
    [
        ("h264", annexb(SPS, PPS), [annexb(DELIMITER, OTHER_SPS, PPS, IDR), annexb(SLICE)]),
        ("h264", None, [join_length_prefixed((SPS_B, PPS, IDR)), join_length_prefixed((SLICE,))]),
        ("hevc", annexb(*HEVC_SETS), [annexb(*HEVC_SETS, CRA), annexb(TRAIL)]),
        ("vp9", None, [VP9_KEY, VP9_LARGE]),
        ("av1", AV1_HEADER, [AV1_OTHER + AV1_KEY, b"\x12\0" + AV1_FRAME]),
    ],
)
def test_damage_raises_only_media_errors(
    codec: str, extradata: bytes | None, packets: list[bytes]
) -> None:
    dice = random.Random(5)

    def damaged(good: bytes) -> bytes:
        data = bytearray(good[: dice.randrange(len(good) + 1)] if dice.random() < 0.3 else good)
        for _ in range(dice.randrange(4) if data else 0):
            data[dice.randrange(len(data))] = dice.randrange(256)
        return bytes(data)

    for _ in range(150):
        remuxer = Remuxer(codec, damaged(extradata) if extradata else None)
        for number in range(8):
            with contextlib.suppress(MediaError):
                push(remuxer, damaged(dice.choice(packets)), number, dice.random() < 0.5)
