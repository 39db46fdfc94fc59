import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import pytest
from av.codec.context import CodecContext
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from streamer.clock import ManualClock
from streamer.errors import MediaError
from streamer.media.picture.decoder import PATIENCE, Decoder
from streamer.media.picture.marked import read_mark
from streamer.media.picture.pattern import Pattern
from streamer.options import MAX_PIXELS

WALL_US = 1_700_000_000_000_000
COUNT = 40
Packets = list["Packet[Any]"]

# codec, container, encoder's options, B-frames, frames that may be held back
CODECS = {
    "h264": ("libx264", "mp4", {"crf": "20", "bf": "0", "preset": "ultrafast"}, 0, 0),
    "h264 with B-frames": ("libx264", "mp4", {"crf": "20", "bf": "3"}, 3, 2),
    "hevc": ("libx265", "mp4", {"crf": "20", "x265-params": "log-level=none:bframes=3"}, 3, 3),
    "vp8": ("libvpx", "webm", {"deadline": "realtime", "b": "2M"}, 0, 0),
    "vp9": ("libvpx-vp9", "mp4", {"deadline": "realtime", "cpu-used": "8", "crf": "20"}, 0, 0),
    "mpeg2": ("mpeg2video", "mpegts", {"b": "3M"}, 0, 1),
    "mpeg2 with B-frames": ("mpeg2video", "mpegts", {"b": "3M"}, 2, 1),
    "mjpeg": ("mjpeg", "avi", {"strict": "unofficial"}, 0, 0),
}


def clip(codec: str, container: str, options: dict[str, str], b_frames: int) -> bytes:
    pattern = Pattern(320, 180, 25, ManualClock())
    data = io.BytesIO()
    with av.open(data, "w", format=container) as output:
        stream = output.add_stream(codec, rate=25, options=options)
        assert isinstance(stream.codec_context, VideoCodecContext)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = 320, 180, "yuv420p"
        context.max_b_frames = b_frames
        for index in range(COUNT):
            output.mux(context_packets(stream, pattern.frame(index, WALL_US + index * 40_000)))
        output.mux(context_packets(stream, None))
    return data.getvalue()


def context_packets(stream: Stream, frame: VideoFrame | None) -> Packets:
    assert isinstance(stream.codec_context, VideoCodecContext)
    packets = stream.codec_context.encode(frame)
    for packet in packets:
        packet.stream = stream
    return list(packets)


@pytest.fixture(scope="module")
def clips() -> dict[str, bytes]:
    return {name: clip(*how[:4]) for name, how in CODECS.items()}


def opened(data: bytes) -> tuple[Decoder, Packets]:
    container = av.open(io.BytesIO(data), "r")
    stream = container.streams.video[0]
    return Decoder(stream.codec_context), [p for p in container.demux(stream) if p.size]


def sequences(frames: list[VideoFrame]) -> list[int | None]:
    return [read.sequence if (read := read_mark(frame)) else None for frame in frames]


def decode_all(decoder: Decoder, packets: Packets) -> list[VideoFrame]:
    frames = [frame for packet in packets for frame in decoder.decode(packet)]
    return frames + decoder.flush()


@pytest.mark.parametrize("name", CODECS)
def test_all_frames_in_order(clips: dict[str, bytes], name: str) -> None:
    frames = decode_all(*opened(clips[name]))
    assert sequences(frames) == list(range(COUNT))
    times = [frame.pts or 0 for frame in frames]
    assert all(a < b for a, b in pairwise(times))


@pytest.mark.parametrize("name", CODECS)
def test_no_more_is_held_than_reordering_needs(clips: dict[str, bytes], name: str) -> None:
    decoder, packets = opened(clips[name])
    held = 0
    for packet in packets:
        held += 1 - len(decoder.decode(packet))
        assert held <= CODECS[name][4]


def test_joining_in_mid_group_waits_for_the_keyframe(clips: dict[str, bytes]) -> None:
    decoder, packets = opened(clips["mpeg2"])
    start = next(i for i, packet in enumerate(packets) if i and packet.is_keyframe)
    for packet in packets[start - 5 : start]:
        assert decoder.decode(packet) == []
    assert sequences(decode_all(decoder, packets[start:])) == list(range(start, COUNT))


def corrupt(packets: Packets) -> Iterator["Packet[Any]"]:
    """Break every third packet, each in another way."""
    for index, packet in enumerate(packets):
        data = bytes(packet)
        if index % 3 == 1:
            ways = (data[:9], bytes(len(data)), data[: len(data) // 2], bytes(reversed(data)))
            broken: Packet[Any] = Packet(ways[index // 3 % len(ways)])
            broken.pts, broken.dts, broken.time_base = packet.pts, packet.dts, packet.time_base
            yield broken
        else:
            yield packet


@pytest.mark.parametrize("name", CODECS)
def test_corrupt_packets_do_not_stop_the_stream(clips: dict[str, bytes], name: str) -> None:
    decoder, packets = opened(clips[name])
    frames = decode_all(decoder, list(corrupt(packets)))
    assert frames
    again = decode_all(decoder, opened(clips[name])[1])
    assert sequences(again)[-1] == COUNT - 1


def test_nothing_but_rubbish_is_reported_and_survived(clips: dict[str, bytes]) -> None:
    decoder, packets = opened(clips["h264"])
    decoder.decode(packets[0])
    for _ in range(2):
        for _ in range(PATIENCE - 1):
            assert decoder.decode(Packet(b"\x00\x00\x00\x01rubbish")) == []
        with pytest.raises(MediaError, match="could be decoded"):
            decoder.decode(Packet(b"\x00\x00\x00\x01rubbish"))
    assert len(decode_all(decoder, packets)) >= COUNT - 1


def test_a_source_that_marks_no_keyframes(clips: dict[str, bytes]) -> None:
    decoder, packets = opened(clips["h264"])
    for packet in packets:
        packet.is_keyframe = False
    for index in range(PATIENCE - 1):
        assert decoder.decode(packets[index % COUNT]) == []
    with pytest.raises(MediaError, match="is a keyframe"):
        decoder.decode(packets[0])
    assert len(decode_all(decoder, packets)) == COUNT


def test_a_context_can_be_used_again(clips: dict[str, bytes]) -> None:
    container = av.open(io.BytesIO(clips["h264 with B-frames"]), "r")
    stream = container.streams.video[0]
    packets: Packets = [packet for packet in container.demux(stream) if packet.size]
    Decoder(stream.codec_context).decode(packets[0])
    assert sequences(decode_all(Decoder(stream.codec_context), packets)) == list(range(COUNT))


def test_pictures_beyond_the_limit_are_not_decoded() -> None:
    frame = VideoFrame(8000, 8000, "gray")
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    assert frame.width * frame.height > MAX_PIXELS
    encoder = CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 8000, 8000, "gray"
    encoder.time_base = Fraction(1)
    (packet,) = encoder.encode(frame)
    decoder = Decoder(CodecContext.create("png", "r"))
    packet.is_keyframe = True
    assert decoder.decode(packet) == []
