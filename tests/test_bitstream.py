import random

import pytest

from streamer.errors import MediaError
from streamer.media.boxer.bits import BitReader, BitWriter, escape, unescape
from streamer.media.boxer.bitstream import (
    H264Nal,
    HevcNal,
    h264_type,
    hevc_type,
    is_annexb,
    join_length_prefixed,
    split_annexb,
    split_length_prefixed,
    to_length_prefixed,
)

NALS = [b"\x67\x42\x00\x0a", b"\x68\xce", b"\x65" + bytes(range(1, 200))]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\0\0\0\1\x65", True),
        (b"\0\0\1\x65", True),
        (b"\0\0\0\2\x65\x88", False),
        (b"\0\0", False),
        (b"", False),
    ],
)
def test_annexb_is_known_by_its_start_code(data: bytes, expected: bool) -> None:
    assert is_annexb(data) is expected


def test_annexb_is_split_at_start_codes_of_both_lengths() -> None:
    data = b"\0\0\0\1" + NALS[0] + b"\0\0\1" + NALS[1] + b"\0\0\0\0\1" + NALS[2] + b"\0\0"
    assert split_annexb(data) == NALS


@pytest.mark.parametrize("data", [b"", b"\0\0\1", b"\x65\x88", b"\0\0\1\0\0\1\0\0\0\1"])
def test_annexb_without_units_gives_none(data: bytes) -> None:
    assert split_annexb(data) == []


def test_annexb_becomes_length_prefixed() -> None:
    data = b"".join(b"\0\0\1" + nal for nal in NALS)
    assert to_length_prefixed(data) == join_length_prefixed(NALS)
    assert split_length_prefixed(to_length_prefixed(data)) == NALS


@pytest.mark.parametrize("length_size", [1, 2, 4])
def test_lengths_of_every_size_are_read(length_size: int) -> None:
    data = b"".join(len(nal).to_bytes(length_size) + nal for nal in NALS)
    assert split_length_prefixed(data, length_size) == NALS


def test_empty_units_are_passed_over() -> None:
    assert split_length_prefixed(b"\0\0\0\0\0\0\0\1\x65") == [b"\x65"]


@pytest.mark.parametrize("data", [b"\0\0\0", b"\0\0\0\5\x65\x88", b"\0\0\0\1\x65\0"])
def test_a_cut_length_is_an_error(data: bytes) -> None:
    with pytest.raises(MediaError, match="cut off"):
        split_length_prefixed(data)


def test_types() -> None:
    assert h264_type(b"\x67") == H264Nal.SPS
    assert h264_type(b"\x25") == H264Nal.IDR
    assert hevc_type(b"\x42\x01") == HevcNal.SPS
    assert hevc_type(b"\x2a\x01") == HevcNal.CRA


@pytest.mark.parametrize(
    ("raw", "escaped"),
    [
        (b"\0\0\0", b"\0\0\3\0\3"),
        (b"\0\0\1", b"\0\0\3\1"),
        (b"\0\0\3", b"\0\0\3\3"),
        (b"\0\0\4", b"\0\0\4"),
        (b"\0\0\0\0\1\x80", b"\0\0\3\0\0\3\1\x80"),
    ],
)
def test_emulation_prevention(raw: bytes, escaped: bytes) -> None:
    assert escape(raw) == escaped
    assert unescape(escaped).startswith(raw)


def test_emulation_prevention_comes_off_again() -> None:
    dice = random.Random(1)
    for _ in range(500):
        raw = (
            bytes(dice.choice((0, 0, 0, 1, 2, 3, 4)) for _ in range(dice.randrange(40))) + b"\x80"
        )
        assert unescape(escape(raw)) == raw
        assert not is_annexb(escape(raw))
        assert b"\0\0\1" not in escape(raw)


def test_bits_are_read_most_significant_first() -> None:
    reader = BitReader(b"\xa5\x0f\xf0")
    assert [reader.bits(1), reader.bits(3), reader.bits(12)] == [1, 0b010, 0x50F]
    assert reader.flag()
    assert reader.position == 17


def test_numbers_come_back_as_written() -> None:
    numbers = [0, 1, 2, 3, 7, 8, 255, 65535, 2**32 - 2]
    writer = BitWriter()
    for number in numbers:
        writer.ue(number)
    reader = BitReader(writer.close())
    assert [reader.ue() for _ in numbers] == numbers
    assert reader.bits(1) == 1


def test_signed_numbers() -> None:
    writer = BitWriter()
    for code in range(5):
        writer.ue(code)
    reader = BitReader(writer.close())
    assert [reader.se() for _ in range(5)] == [0, 1, -1, 2, -2]


def test_reading_past_the_end_is_an_error() -> None:
    with pytest.raises(MediaError, match="ends in the middle"):
        BitReader(b"\xff").bits(9)
    with pytest.raises(MediaError, match="ends in the middle"):
        BitReader(b"\0").ue()
    with pytest.raises(MediaError, match="too large"):
        BitReader(bytes(5)).ue()
