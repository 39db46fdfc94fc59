"""What decoders of sound must know."""

import pytest

from streamer.errors import MediaError
from streamer.media.boxer.codecs_sound import (
    aac_config,
    is_adts,
    opus_config,
    split_adts,
    usual_aac,
)
from streamer.media.boxer.fragment import sound_init_segment

LC_44100_STEREO = bytes.fromhex("1210")
SBR_24000 = bytes.fromhex("2b0988")
LTP = bytes.fromhex("2210")
ADTS = bytes.fromhex("fff15080017ffc") + b"1234"


@pytest.mark.parametrize(
    ("specific", "codec", "rate", "channels"),
    [
        (LC_44100_STEREO, "mp4a.40.2", 44_100, 2),
        (bytes.fromhex("118856e500"), "mp4a.40.2", 48_000, 1),
        (SBR_24000, "mp4a.40.5", 48_000, 1),
    ],
)
def test_aac_says_what_it_is(specific: bytes, codec: str, rate: int, channels: int) -> None:
    config = aac_config(specific)
    assert (config.codec, config.rate, config.channels) == (codec, rate, channels)
    assert specific in config.box
    assert config.box in sound_init_segment(config)


@pytest.mark.parametrize("specific", [b"", b"\x12", LTP, b"\xff\xff\xff", bytes.fromhex("1200")])
def test_aac_that_cannot_pass_is_refused(specific: bytes) -> None:
    with pytest.raises(MediaError):
        aac_config(specific)


def test_adts_headers_become_a_configuration() -> None:
    assert is_adts(ADTS)
    frames = split_adts(ADTS + ADTS)
    assert [frame.data for frame in frames] == [b"1234", b"1234"]
    assert frames[0].config == LC_44100_STEREO


@pytest.mark.parametrize("data", [ADTS[:-1], ADTS + b"junk of another kind", b"\xff\xf1" * 4])
def test_broken_adts_is_refused(data: bytes) -> None:
    with pytest.raises(MediaError):
        split_adts(data)


def test_a_packet_of_countless_frames_is_refused() -> None:
    assert len(split_adts(ADTS * 64)) == 64
    with pytest.raises(MediaError, match="too many frames"):
        split_adts(ADTS * 65)


def test_opus_repeats_its_header_in_the_other_byte_order() -> None:
    head = b"OpusHead" + bytes.fromhex("01023801803e0000000000")
    config = opus_config(head)
    assert (config.codec, config.rate, config.channels) == ("opus", 48_000, 2)
    assert config.box[8:] == bytes.fromhex("0002013800003e80000000")
    assert opus_config(None, 1).channels == 1


@pytest.mark.parametrize("head", [b"OpusHea", b"x" * 19, b"OpusHead" + bytes(11)])
def test_a_broken_header_of_opus_is_refused(head: bytes) -> None:
    with pytest.raises(MediaError):
        opus_config(head)


def test_what_most_headers_say_is_known_beforehand() -> None:
    assert usual_aac(44_100, 2) == LC_44100_STEREO
    assert usual_aac(44_000, 2) is None
    assert usual_aac(44_100, 7) is None
