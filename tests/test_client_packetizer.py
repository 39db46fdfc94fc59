"""Packets of every codec, as they are published."""

import base64

import av
import pytest

from streamer.app import asset
from streamer.client.publish.encoded import Encoded, Moment
from streamer.client.publish.packetizer import open_packetizer
from streamer.errors import MediaError
from streamer.media.boxer.bitstream import split_length_prefixed

SAMPLES = asset("samples")


def published(name: str, count: int = 30) -> list[Encoded]:
    """The first packets of a sample, and what became of them."""
    with av.open(str(SAMPLES / name)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        packetizer = open_packetizer(
            context.codec.canonical_name, context.extradata, bool(context.has_b_frames), 25.0
        )
        packets = [packet for packet in container.demux(stream) if packet.size][:count]
        found = [
            packetizer.pack(bytes(packet), Moment(at, 0), packet.is_keyframe)
            for at, packet in enumerate(packets)
        ]
    return [each for each in found if each is not None]


@pytest.mark.parametrize(
    ("sample", "codec", "is_described"),
    [
        ("h264.mp4", "avc1.", True),
        ("h264-bframes.mp4", "avc1.", True),
        ("hevc.mp4", "hvc1.", True),
        ("vp8.webm", "vp8", False),
        ("vp9.mp4", "vp09.", False),
        ("av1.mp4", "av01.", True),
        ("mjpeg.avi", "jpeg", False),
    ],
)
def test_each_codec(sample: str, codec: str, is_described: bool) -> None:
    found = published(sample)
    assert len(found) == 30
    form = found[0].form
    assert form.codec.startswith(codec)
    assert (form.width, form.height, form.fps) == (320, 180, 25.0)
    assert (form.description is not None) is is_described
    assert {each.form for each in found} == {form}
    assert found[0].keyframe
    assert [each.moment.pts_us for each in found] == list(range(30))
    assert all(each.keyframe for each in found[1:]) is (codec == "jpeg")
    assert found[0].stands_alone is (codec == "jpeg")


def test_what_is_published_can_be_decoded_by_its_description() -> None:
    found = published("h264.mp4")
    context = av.CodecContext.create("h264", "r")
    context.extradata = base64.b64decode(found[0].form.description or "")
    frames = [frame for each in found for frame in context.decode(av.Packet(each.data))]
    assert len(frames) >= len(found) - 1


def test_annex_b_becomes_the_same() -> None:
    with av.open(str(SAMPLES / "h264.mp4")) as container:
        stream = container.streams.video[0]
        annexb = av.BitStreamFilterContext("h264_mp4toannexb", stream)
        packet = next(packet for packet in container.demux(stream) if packet.size)
        (filtered,) = annexb.filter(packet)
        packetizer = open_packetizer("h264", None, False, 25.0)
        found = packetizer.pack(bytes(filtered), Moment(0, 0), True)
    plain = published("h264.mp4", 1)[0]
    assert found is not None
    assert (found.form, found.data) == (plain.form, plain.data)
    assert split_length_prefixed(found.data)


def test_nothing_goes_before_its_configuration_is_known() -> None:
    packetizer = open_packetizer("h264", None, None, 25.0)
    delta = (2).to_bytes(4) + b"\x41\x9a"
    assert packetizer.pack(delta, Moment(0, 0), False) is None
    with pytest.raises(MediaError, match="parameter sets"):
        packetizer.pack((2).to_bytes(4) + b"\x65\x88", Moment(0, 0), True)


def test_what_is_not_published_untouched() -> None:
    with pytest.raises(MediaError, match="mpeg2video"):
        open_packetizer("mpeg2video", None, None, 25.0)
