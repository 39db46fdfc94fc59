"""A sender that comes back with another codec in the same place is found out."""

from pathlib import Path

import av
import pytest

from streamer.media.ingest.identity import Identity, has_picture

SAMPLES = Path(__file__).parent.parent / "samples"


def packets(codec: str) -> list[bytes]:
    """The packets of a sample, as MPEG-TS carries them."""
    name = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}[codec]
    with av.open(str(SAMPLES / f"{codec}.mp4")) as container:
        stream = container.streams.video[0]
        convert = av.BitStreamFilterContext(name, stream)
        found = [
            bytes(each) for packet in container.demux(stream) for each in convert.filter(packet)
        ]
    assert len(found) > 50
    return found


@pytest.mark.parametrize(("codec", "other"), [("h264", "hevc"), ("hevc", "h264")])
def test_every_packet_is_told_from_the_other_codec_s(codec: str, other: str) -> None:
    assert all(has_picture(codec, packet) for packet in packets(codec))
    assert not any(has_picture(codec, packet) for packet in packets(other))


def test_one_strange_packet_is_no_change() -> None:
    mine, strange = packets("h264")[0], packets("hevc")[0]
    identity = Identity("h264")
    seen = [identity.changes(each) for each in (mine, strange, mine, strange, strange, mine)]
    assert seen == [False, False, False, False, True, False]


@pytest.mark.parametrize("nal", [b"\x27\x42\x00", b"\x28\xee\x38", b"\x25\x88\x84", b"\x06\x05"])
def test_no_unit_of_h264_passes_for_hevc(nal: bytes) -> None:
    assert not has_picture("hevc", b"\0\0\0\1" + nal)


def test_what_cannot_be_told_is_let_through() -> None:
    for codec, data in (
        ("h264", b"\0\0\0\x04abcd"),
        ("mjpeg", b"\0\0\1"),
        ("vp9", b""),
        ("h264", b""),
    ):
        assert has_picture(codec, data)
