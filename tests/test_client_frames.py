"""Messages to frames."""

import struct

import pytest
from av.video.frame import VideoFrame

from streamer.client.view.frames import FrameDecoder
from streamer.client.view.message import Message
from streamer.control import RenditionChange
from streamer.errors import MediaError
from streamer.media.boxer.fragment import sample_of
from streamer.media.boxer.remux import Fragment, InitSegment, Remuxer
from streamer.media.picture.jpeg import JpegEncoder
from streamer.media.picture.transcoder import H264Encoder
from streamer.media.timeline import Stamps
from streamer.wire import Flags, Header, Kind
from tests.view_server import H264, JPEG

SIZE = 64, 48


def message(
    data: bytes, number: int, rendition: RenditionChange, init: bytes | None, keyframe: bool
) -> Message:
    kind = Kind.JPEG if init is None else Kind.FRAGMENT
    flags = Flags.KEYFRAME if keyframe else Flags.NONE
    header = Header(kind, flags, rendition.index, number, number * 33_000, 0)
    return Message(header, memoryview(data), None, rendition, init, 0)


def h264(count: int, rotation: int = 0, size: tuple[int, int] = SIZE) -> list[Message]:
    """Grey pictures, each as a fragment."""
    encoder = H264Encoder(*size, 30.0)
    remuxer = Remuxer("h264", encoder.extradata, reorders=False, rotation=rotation)
    init, found = b"", []
    for number in range(count):
        for packet in encoder.encode(grey(*size), number * 33_000, number == 0):
            stamps = Stamps(number * 33_000, number * 33_000, 33_000, restarted=False)
            for each in remuxer.push(packet.data, stamps, packet.keyframe):
                if isinstance(each, InitSegment):
                    init = each.data
                if isinstance(each, Fragment):
                    found.append(message(each.data, number, H264, init, each.keyframe))
    encoder.close()
    return found


def grey(width: int, height: int) -> VideoFrame:
    frame = VideoFrame(width, height, "yuv420p")
    for plane in frame.planes:
        plane.update(b"\x80" * plane.buffer_size)
    return frame


def shapes(decoder: FrameDecoder, messages: list[Message]) -> list[tuple[int, int, int]]:
    """Width, height and the sequence of the message that each frame came in."""
    return [
        (frame.width, frame.height, source.header.sequence)
        for each in messages
        for frame, source in decoder.decode(each)
    ]


def test_each_fragment_becomes_a_frame() -> None:
    assert shapes(FrameDecoder(), h264(3)) == [(64, 48, 0), (64, 48, 1), (64, 48, 2)]


def test_pictures_that_lie_on_their_side_are_turned() -> None:
    assert shapes(FrameDecoder(), h264(1, rotation=90)) == [(48, 64, 0)]


def test_another_configuration_and_another_codec() -> None:
    picture = JpegEncoder(None, 80).encode(grey(96, 64))
    jpeg = message(picture.data, 7, JPEG, None, True)
    found = shapes(FrameDecoder(), [*h264(2), jpeg, *h264(1, size=(32, 32))])
    assert found == [(64, 48, 0), (64, 48, 1), (96, 64, 7), (32, 32, 0)]


def test_what_is_damaged_says_so() -> None:
    (good,) = h264(1)
    for init in (None, b"", b"\0\0\0\x08moov"):
        header = good.header
        bad = Message(header, good.payload, None, H264, init, 0)
        with pytest.raises(MediaError):
            list(FrameDecoder().decode(bad))
    bad = Message(good.header, memoryview(b"\0\0\0\x08moof"), None, H264, good.init, 0)
    with pytest.raises(MediaError, match="no sample"):
        list(FrameDecoder().decode(bad))


@pytest.mark.parametrize("size", [0, 7, 200])
def test_a_sample_must_fit_into_its_fragment(size: int) -> None:
    with pytest.raises(MediaError):
        sample_of(memoryview(struct.pack(">I4s", size, b"mdat")))
    assert bytes(sample_of(memoryview(struct.pack(">I4s3s", 11, b"mdat", b"abc")))) == b"abc"
