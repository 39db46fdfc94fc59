from fractions import Fraction
from itertools import pairwise

import pytest
from av.codec.context import CodecContext
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from streamer.clock import ManualClock
from streamer.errors import MediaError
from streamer.media.boxer.bitstream import H264Nal, h264_type, split_annexb
from streamer.media.boxer.sps import parse_sps
from streamer.media.picture.jpeg import JpegEncoder
from streamer.media.picture.marked import read_mark
from streamer.media.picture.pattern import Pattern
from streamer.media.picture.transcoder import EncodedPacket, H264Encoder
from tests.test_jpeg import BT601, BT709, COLOURS, Rgb, close, middle, solid

WALL_US = 1_700_000_000_000_000
FRAME_US = 33_333


def pictures(count: int, size: tuple[int, int] = (320, 180)) -> list[VideoFrame]:
    pattern = Pattern(*size, 30, ManualClock())
    return [pattern.frame(index, WALL_US + index * FRAME_US) for index in range(count)]


def encode(encoder: H264Encoder, frames: list[VideoFrame]) -> list[EncodedPacket]:
    packets = []
    for index, frame in enumerate(frames):
        packets += encoder.encode(frame, index * FRAME_US)
    return packets


def decode(encoder: H264Encoder, packets: list[EncodedPacket]) -> list[VideoFrame]:
    context = CodecContext.create("h264", "r")
    context.extradata = encoder.extradata
    frames = []
    for packet in packets:
        frames += context.decode(Packet(packet.data))
    return frames + context.decode(None)


def test_one_in_one_out_with_its_own_time() -> None:
    encoder = H264Encoder(320, 180, 30)
    for index, frame in enumerate(pictures(20)):
        (packet,) = encoder.encode(frame, 5_000_000 + index * FRAME_US)
        assert packet.pts_us == 5_000_000 + index * FRAME_US
    assert encoder.flush() == []


def test_what_comes_out_is_what_went_in() -> None:
    encoder = H264Encoder(1280, 720, 30)
    found = decode(encoder, encode(encoder, pictures(4, (1280, 720))))
    for index, frame in enumerate(found):
        read = read_mark(frame)
        assert read is not None
        assert read.sequence == index
    assert len(found) == 4


def test_the_sps_promises_no_reordering() -> None:
    sps, pps = split_annexb(H264Encoder(320, 180, 30).extradata)
    assert (h264_type(sps), h264_type(pps)) == (H264Nal.SPS, H264Nal.PPS)
    parsed = parse_sps(sps)
    assert parsed.num_reorder_frames == 0
    assert (parsed.width, parsed.height) == (320, 180)


def test_packets_carry_no_parameter_sets() -> None:
    encoder = H264Encoder(320, 180, 30)
    for packet in encode(encoder, pictures(3)):
        kinds = {h264_type(nal) for nal in split_annexb(packet.data)}
        assert not kinds & {H264Nal.SPS, H264Nal.PPS}


def test_a_keyframe_is_made_where_it_is_asked_for() -> None:
    encoder = H264Encoder(320, 180, 30)
    for index, frame in enumerate(pictures(12)):
        (packet,) = encoder.encode(frame, index * FRAME_US, keyframe=index in {5, 6})
        assert packet.keyframe == (index in {0, 5, 6})
        is_idr = any(h264_type(nal) == H264Nal.IDR for nal in split_annexb(packet.data))
        assert is_idr == packet.keyframe


def test_picture_types_of_decoded_frames_do_not_matter() -> None:
    encoder = H264Encoder(320, 180, 30)
    for index, frame in enumerate(pictures(6)):
        frame.pict_type = 1
        (packet,) = encoder.encode(frame, index * FRAME_US)
        assert packet.keyframe == (index == 0)


@pytest.mark.parametrize("actual_fps", [5, 30, 60])
def test_groups_last_two_seconds_whatever_the_rate_was_said_to_be(actual_fps: int) -> None:
    encoder = H264Encoder(64, 64, 30)
    pattern = Pattern(64, 64, 30, ManualClock())
    keys = []
    for index in range(actual_fps * 4 + 1):
        (packet,) = encoder.encode(pattern.frame(index, WALL_US), index * 1_000_000 // actual_fps)
        if packet.keyframe:
            keys.append(index)
    assert keys == [0, actual_fps * 2, actual_fps * 4]


def test_times_that_do_not_grow_are_moved_on() -> None:
    encoder = H264Encoder(64, 64, 30)
    pattern = Pattern(64, 64, 30, ManualClock())
    times = [0, 0, 33_333, 20_000, 66_666]
    found = [encoder.encode(pattern.frame(0, WALL_US), pts_us)[0].pts_us for pts_us in times]
    assert found == [0, 1, 33_333, 33_334, 66_666]
    assert all(a < b for a, b in pairwise(found))


def test_colour_tags() -> None:
    encoder = H264Encoder(64, 48, 30)
    (found,) = decode(encoder, encode(encoder, [solid((255, 0, 0), BT601)]))
    assert found.colorspace == Colorspace.ITU709
    assert found.color_range == ColorRange.MPEG
    assert (found.color_primaries, found.color_trc) == (ColorPrimaries.BT709, ColorTrc.BT709)


@pytest.mark.parametrize("rgb", COLOURS)
@pytest.mark.parametrize("matrix", [BT601, BT709])
@pytest.mark.parametrize("full", [False, True])
def test_colours(rgb: Rgb, matrix: int, full: bool) -> None:
    encoder = H264Encoder(64, 48, 30)
    (found,) = decode(encoder, encode(encoder, [solid(rgb, matrix, full)]))
    assert close(middle(JpegEncoder(None, 90).encode(found).data), rgb)


@pytest.mark.parametrize("pixels", ["yuv444p", "yuvj420p", "yuv420p"])
def test_untagged_frames_come_out_tagged(pixels: str) -> None:
    encoder = H264Encoder(1280, 720, 30, height=64)
    frame = solid((0, 255, 0), BT709, pixels == "yuvj420p", False, pixels, (1280, 720))
    (found,) = decode(encoder, encode(encoder, [frame]))
    assert close(middle(JpegEncoder(None, 90).encode(found).data), (0, 255, 0))


@pytest.mark.parametrize(
    ("size", "height", "aspect", "expected"),
    [
        ((1280, 720), 480, None, (854, 480)),
        ((321, 181), None, None, (320, 180)),
        ((64, 64), 720, None, (64, 64)),
        ((720, 576), None, Fraction(16, 11), (1048, 576)),
    ],
)
def test_sizes(
    size: tuple[int, int], height: int | None, aspect: Fraction | None, expected: tuple[int, int]
) -> None:
    encoder = H264Encoder(*size, 30, height, aspect)
    assert (encoder.width, encoder.height) == expected
    frame = VideoFrame(*size, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    (found,) = decode(encoder, encode(encoder, [frame]))
    assert (found.width, found.height) == expected


def test_accepts_frames_of_its_size_only() -> None:
    encoder = H264Encoder(320, 180, 30, height=90)
    assert encoder.accepts(VideoFrame(320, 180, "yuv420p"))
    assert not encoder.accepts(VideoFrame(160, 90, "yuv420p"))


@pytest.mark.parametrize("fps", [0, 0.1, 29.97, 90_000])
def test_rates_that_sources_claim_are_survived(fps: float) -> None:
    encoder = H264Encoder(64, 64, fps)
    assert len(encode(encoder, pictures(3, (64, 64)))) == 3


def test_sizes_beyond_h264_are_refused() -> None:
    with pytest.raises(MediaError, match="40000x40000"):
        H264Encoder(40_000, 40_000, 30)


def test_nothing_is_encoded_after_closing() -> None:
    encoder = H264Encoder(64, 64, 30)
    (frame,) = pictures(1, (64, 64))
    encoder.close()
    encoder.close()
    with pytest.raises(MediaError):
        encoder.encode(frame, 0)


def test_a_bit_rate_that_is_asked_for_is_kept() -> None:
    frames = pictures(90)
    bits = [
        8 * sum(len(packet.data) for packet in encode(encoder, frames)[30:])
        for encoder in (H264Encoder(320, 180, 30, bitrate_bps=40_000), H264Encoder(320, 180, 30))
    ]
    assert bits[0] < 2 * 40_000 * 1.5 < bits[1]
