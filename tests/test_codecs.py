import contextlib
import random
from collections.abc import Callable

import pytest

from streamer.errors import MediaError
from streamer.media.boxer.codecs import DecoderConfig
from streamer.media.boxer.codecs_av1 import (
    av1_config,
    drop_temporal_delimiters,
    find_sequence_header,
    is_av1_keyframe,
    split_obus,
)
from streamer.media.boxer.codecs_h26x import h264_config, hevc_config, read_avcc, read_hvcc
from streamer.media.boxer.codecs_vp9 import is_vp9_keyframe, vp9_config
from streamer.media.boxer.hevc_sps import parse_hevc_sps

# What libavformat writes for a 64x64 clip of x264's: the avcC record, and the same as Annex B.
AVCC = bytes.fromhex("014d400affe10016674d400aeca21342000003000200000300641e244b2c01000468ce0fc8")
ANNEXB = bytes.fromhex("00000001674d400aeca21342000003000200000300641e244b2c0000000168ce0fc8")
HIGH_422 = bytes.fromhex("677a001eb6ce80b424d8208000000300800000190f8a1550")
PPS = bytes.fromhex("68ce0fc8")

VPS = bytes.fromhex("40010c01ffff02200000030090000003000003001e959809")
SPS = bytes.fromhex(
    "42010102200000030090000003000003001ea034839c92365959ae4caf016808000003000800000300c840"
)
HEVC_PPS = bytes.fromhex("4401c173d189")

VP9_KEY = bytes.fromhex("824983420003f003f60638241c184a00")
VP9_422_TEN_BITS = bytes.fromhex("b124c1a10200308018b091c120e0c2c0")
VP9_444 = bytes.fromhex("a24983425000c20062c1870483830940")

AV1_HEADER = bytes.fromhex("0a0a00000002afff895f2008")
AV1_TEN_BITS = bytes.fromhex("0a0a000000032e1c4daf9404")


def hvcc(*arrays: tuple[int, bytes], length_size: int = 4) -> bytes:
    head = bytes((1,)) + bytes(20) + bytes((0xFC | (length_size - 1), len(arrays)))
    return head + b"".join(
        bytes((kind, 0, 1)) + len(nal).to_bytes(2) + nal for kind, nal in arrays
    )


def test_h264_from_a_record_is_the_same_record() -> None:
    sets = read_avcc(AVCC)
    assert sets.length_size == 4
    config = h264_config(sets.nals[:1], sets.nals[1:])
    assert config.box == (8 + len(AVCC)).to_bytes(4) + b"avcC" + AVCC
    assert (config.codec, config.fourcc) == ("avc1.4d400a", b"avc1")
    assert (config.width, config.height) == (64, 64)


def test_h264_from_annexb_is_the_same_record() -> None:
    sets = read_avcc(ANNEXB)
    assert sets.length_size is None
    assert sets.nals == read_avcc(AVCC).nals


def test_h264_high_profiles_say_chroma_and_depth() -> None:
    config = h264_config([HIGH_422], [PPS])
    assert config.codec == "avc1.7a001e"
    assert config.box.endswith(PPS + b"\xfe\xfa\xfa\x00")
    assert config.pixel_aspect == (16, 11)


@pytest.mark.parametrize(("byte", "size"), [(0xFC, 1), (0xFD, 2), (0xFF, 4)])
def test_length_size_is_read(byte: int, size: int) -> None:
    assert read_avcc(AVCC[:4] + bytes((byte,)) + AVCC[5:]).length_size == size


def test_lengths_of_three_bytes_do_not_exist() -> None:
    with pytest.raises(MediaError, match="three bytes"):
        read_avcc(AVCC[:4] + b"\xfe" + AVCC[5:])


@pytest.mark.parametrize("cut", [2, 5, 6, 12, len(AVCC) - 1])
def test_a_cut_record_is_an_error(cut: int) -> None:
    with pytest.raises(MediaError, match="cut off"):
        read_avcc(AVCC[:cut])


def test_missing_parameter_sets_are_an_error() -> None:
    with pytest.raises(MediaError, match="not sent all"):
        h264_config([HIGH_422], [])
    with pytest.raises(MediaError, match="not sent all"):
        hevc_config([], [SPS], [HEVC_PPS])


def test_too_many_parameter_sets_are_an_error() -> None:
    with pytest.raises(MediaError, match="more than"):
        h264_config([HIGH_422] * 32, [PPS])


def test_hevc() -> None:
    config = hevc_config([VPS], [SPS], [HEVC_PPS])
    assert (config.codec, config.fourcc) == ("hvc1.2.4.L30.90", b"hvc1")
    assert (config.width, config.height) == (98, 50)
    record = config.box[8:]
    assert record[:23].hex() == "0102200000009000000000001ef000fcfdfafa00000f03"
    sets = read_hvcc(record)
    assert (sets.nals, sets.length_size) == ((VPS, SPS, HEVC_PPS), 4)
    assert [record[23] & 0x80, record[23] & 0x3F] == [0x80, 32]


def test_hevc_extradata_of_other_kinds() -> None:
    annexb = b"".join(b"\0\0\0\1" + nal for nal in (VPS, SPS, HEVC_PPS))
    assert read_hvcc(annexb).nals == (VPS, SPS, HEVC_PPS)
    assert read_hvcc(annexb).length_size is None
    # A record that also holds an SEI, with lengths of two bytes.
    sets = read_hvcc(hvcc((33, SPS), (39, b"\x4e\x01\x05"), length_size=2))
    assert (sets.nals, sets.length_size) == ((SPS,), 2)


def test_hevc_parameter_set() -> None:
    sps = parse_hevc_sps(SPS)
    assert (sps.bit_depth_luma, sps.bit_depth_chroma, sps.chroma_format_idc) == (10, 10, 1)
    assert (sps.temporal_layers, sps.temporal_id_nested, sps.level_idc) == (1, True, 30)
    with pytest.raises(MediaError, match="not an HEVC"):
        parse_hevc_sps(VPS)


def test_vp9() -> None:
    config = vp9_config(VP9_KEY)
    assert config == DecoderConfig(
        "vp09.00.10.08",
        b"vp09",
        bytes.fromhex("000000147670634301000000000a820202020000"),
        64,
        64,
    )


def test_vp9_full_colour() -> None:
    config = vp9_config(VP9_444)
    assert config.codec == "vp09.01.10.08"
    assert config.box[8:].hex() == "01000000010a870202010000"
    assert (config.width, config.height) == (98, 50)


def test_vp9_ten_bits() -> None:
    config = vp9_config(VP9_422_TEN_BITS)
    assert config.codec == "vp09.03.10.10"
    assert config.box[8:].hex() == "01000000030aa40202020000"
    assert (config.width, config.height) == (98, 50)


def test_vp9_level_follows_the_size() -> None:
    large = VP9_KEY[:5] + bytes.fromhex("77f04370") + VP9_KEY[9:]
    assert vp9_config(large).width == 1920
    assert vp9_config(large).codec == "vp09.00.40.08"


@pytest.mark.parametrize("data", [b"", b"\x82", VP9_KEY[:6], b"\x86" + VP9_KEY[1:]])
def test_vp9_that_is_no_keyframe_is_an_error(data: bytes) -> None:
    with pytest.raises(MediaError):
        vp9_config(data)


def test_vp9_keyframes_are_known() -> None:
    assert is_vp9_keyframe(VP9_KEY)
    assert is_vp9_keyframe(VP9_444)
    assert not is_vp9_keyframe(b"\x86\x00\x40\x92")
    assert not is_vp9_keyframe(b"")


def test_av1() -> None:
    config = av1_config(AV1_HEADER)
    assert (config.codec, config.fourcc) == ("av01.0.00M.08", b"av01")
    assert config.box[8:] == bytes.fromhex("81000c00") + AV1_HEADER
    assert (config.width, config.height) == (64, 64)


def test_av1_ten_bits() -> None:
    config = av1_config(AV1_TEN_BITS)
    assert config.codec == "av01.0.00M.10"
    assert config.box[8:12].hex() == "81004c00"
    assert (config.width, config.height) == (98, 50)


def test_av1_record_holds_the_header() -> None:
    record = bytes.fromhex("81000c00") + AV1_HEADER
    assert find_sequence_header(split_obus(record)) == AV1_HEADER
    assert find_sequence_header(split_obus(record[:4])) is None


def test_av1_header_without_size_gets_one() -> None:
    bare = b"\x08" + AV1_HEADER[2:]
    assert av1_config(bare).box == av1_config(AV1_HEADER).box


def test_av1_delimiters_go() -> None:
    key = AV1_HEADER + b"\x32\x02\x10\x00"
    data = b"\x12\x00" + key
    assert drop_temporal_delimiters(data, split_obus(data)) == key
    assert drop_temporal_delimiters(key, split_obus(key)) is key


@pytest.mark.parametrize(
    ("frame", "expected"),
    [(b"\x32\1\x10", True), (b"\x32\1\x30", False), (b"\x1a\1\x90", False), (b"", False)],
)
def test_av1_keyframes_are_known(frame: bytes, expected: bool) -> None:
    assert is_av1_keyframe(split_obus(AV1_HEADER + frame)) is expected


@pytest.mark.parametrize("data", [b"\x0a\x0b\x00", b"\x0a\xff", b"\x0a" + b"\x80" * 9])
def test_av1_cut_units_are_an_error(data: bytes) -> None:
    with pytest.raises(MediaError):
        split_obus(data)


def read_h264(data: bytes) -> None:
    sets = read_avcc(data)
    h264_config(sets.nals[:1], sets.nals[1:])


def read_hevc(data: bytes) -> None:
    sets = read_hvcc(data)
    hevc_config(sets.nals[:1], sets.nals[1:2], sets.nals[2:])


def read_av1(data: bytes) -> None:
    av1_config(find_sequence_header(split_obus(data)) or b"")


@pytest.mark.parametrize(
    ("read", "good"),
    [
        (read_h264, AVCC),
        (read_h264, ANNEXB),
        (read_hevc, hvcc((32, VPS), (33, SPS), (34, HEVC_PPS))),
        (vp9_config, VP9_444),
        (read_av1, AV1_TEN_BITS),
    ],
)
def test_damage_raises_only_media_errors(read: Callable[[bytes], object], good: bytes) -> None:
    dice = random.Random(3)
    read(good)
    for _ in range(1500):
        data = bytearray(good[: dice.randrange(len(good) + 1)])
        for _ in range(dice.randrange(4)):
            if data:
                data[dice.randrange(len(data))] = dice.randrange(256)
        with contextlib.suppress(MediaError):
            read(bytes(data))
