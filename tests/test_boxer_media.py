"""The boxer against FFmpeg: what we box decodes to the pictures that went in."""

import hashlib
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import av
import pytest

from streamer.media.boxer.bits import BitReader, BitWriter, escape, unescape
from streamer.media.boxer.codecs_h26x import read_avcc
from streamer.media.boxer.remux import Fragment, InitSegment, Remuxer
from streamer.media.boxer.sps import parse_sps
from streamer.media.timeline import Timeline

FPS = 25
FRAME_US = 1_000_000 // FPS
PLAIN = {"preset": "ultrafast", "tune": "zerolatency"}
WITH_B = {"preset": "ultrafast", "bf": "2", "x264-params": "b-adapt=0:keyint=8:scenecut=0"}
HEVC_B = {"preset": "ultrafast", "x265-params": "log-level=none:keyint=8:bframes=2:b-adapt=0"}
ENCODERS = {
    "h264": ("libx264", PLAIN),
    "h264-b": ("libx264", WITH_B),
    "hevc": ("libx265", HEVC_B),
    "vp9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}),
    "av1": ("libsvtav1", {"preset": "12", "svtav1-params": "lp=1"}),
}
CODECS = {name: name.partition("-")[0] for name in ENCODERS}


def pictures(count: int, width: int = 64, height: int = 64) -> Iterator[av.VideoFrame]:
    for index in range(count):
        frame = av.VideoFrame(width, height, "yuv420p")
        for number, plane in enumerate(frame.planes):
            line = bytes((x * 3 + index * 7 + number * 40) & 0xFF for x in range(plane.line_size))
            rows = [line[y % 8 :] + line[: y % 8] for y in range(plane.height)]
            plane.update(b"".join(rows)[: plane.buffer_size])
        frame.pts = index
        frame.time_base = Fraction(1, FPS)
        yield frame


def encode(
    name: str, count: int = 12, size: tuple[int, int] = (64, 64), global_header: bool = False
) -> tuple[list["av.Packet[av.VideoStream]"], bytes | None]:
    encoder, options = ENCODERS[name]
    context = av.CodecContext.create(encoder, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height = size
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, FPS)
    context.framerate = Fraction(FPS)
    context.gop_size = 8
    context.thread_count = 1
    context.options = dict(options)
    if global_header:
        context.flags |= av.codec.context.Flags.global_header
    packets = [p for frame in pictures(count, *size) for p in context.encode(frame)]
    packets += context.encode(None)
    return packets, context.extradata


def decode(
    codec: str, packets: Iterable["av.Packet[av.VideoStream]"], extradata: bytes | None
) -> list[str]:
    context = av.CodecContext.create("libdav1d" if codec == "av1" else codec, "r")
    assert isinstance(context, av.VideoCodecContext)
    context.thread_count = 1
    if extradata:
        context.extradata = extradata
    frames = [f for packet in packets for f in context.decode(packet)]
    return [planes(f) for f in frames + context.decode(None)]


def planes(frame: av.VideoFrame) -> str:
    """A digest of the visible pixels."""
    digest = hashlib.sha256()
    for plane in frame.planes:
        data = bytes(plane)
        for row in range(plane.height):
            digest.update(data[row * plane.line_size :][: plane.width])
    return digest.hexdigest()


def play(file: bytes) -> list[str]:
    with av.open(io.BytesIO(file), "r", format="mp4") as container:
        return [planes(frame) for frame in container.decode(video=0)]


def us(ticks: int | None, packet: "av.Packet[av.VideoStream]") -> int | None:
    return None if ticks is None else int(ticks * 1_000_000 * Fraction(packet.time_base))


def box(
    remuxer: Remuxer,
    packets: Sequence["av.Packet[av.VideoStream]"],
    timeline: Timeline | None = None,
) -> list[InitSegment | Fragment]:
    timeline = timeline or Timeline(FRAME_US)
    pieces: list[InitSegment | Fragment] = []
    for packet in packets:
        times = (us(packet.pts, packet), us(packet.dts, packet), us(packet.duration, packet))
        pieces += remuxer.push(bytes(packet), timeline.place(*times, 0), packet.is_keyframe)
    return pieces


def joined(pieces: Iterable[InitSegment | Fragment]) -> bytes:
    return b"".join(piece.data for piece in pieces)


def inits(pieces: Iterable[InitSegment | Fragment]) -> list[InitSegment]:
    return [piece for piece in pieces if isinstance(piece, InitSegment)]


def through_container(
    name: str, muxer: str
) -> tuple[list["av.Packet[av.VideoStream]"], bytes | None]:
    """Packets and extradata as libavformat gives them from a file that it wrote itself."""
    file = io.BytesIO()
    with av.open(file, "w", format=muxer) as output:
        stream = output.add_stream(ENCODERS[name][0], rate=FPS, options=dict(ENCODERS[name][1]))
        assert isinstance(stream, av.VideoStream)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        stream.gop_size = 8
        for frame in pictures(12):
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with av.open(io.BytesIO(file.getvalue()), "r") as container:
        video = container.streams.video[0]
        packets = [packet for packet in container.demux(video) if packet.size]
        return packets, video.codec_context.extradata


@pytest.mark.parametrize("global_header", [False, True])
@pytest.mark.parametrize("name", ENCODERS)
def test_pictures_of_an_encoder_stay_the_same(name: str, global_header: bool) -> None:
    packets, extradata = encode(name, global_header=global_header)
    pieces = box(Remuxer(CODECS[name], extradata), packets)
    assert len(inits(pieces)) == 1
    assert len(pieces) == 1 + len(packets)
    assert play(joined(pieces)) == decode(CODECS[name], packets, extradata)


CARRIED_BY = {
    "mp4": ["h264", "h264-b", "hevc", "vp9", "av1"],
    "matroska": ["h264", "h264-b", "hevc", "vp9", "av1"],
    "mpegts": ["h264", "h264-b", "hevc"],
    "flv": ["h264", "h264-b"],
}


@pytest.mark.parametrize(
    ("muxer", "name"), [(muxer, name) for muxer, names in CARRIED_BY.items() for name in names]
)
def test_pictures_of_a_file_stay_the_same(muxer: str, name: str) -> None:
    packets, extradata = through_container(name, muxer)
    pieces = box(Remuxer(CODECS[name], extradata), packets)
    assert len(inits(pieces)) == 1
    assert len(pieces) == 1 + len(packets)
    assert play(joined(pieces)) == decode(CODECS[name], packets, extradata)


@pytest.mark.parametrize("name", ["h264", "h264-b", "hevc", "vp9", "av1"])
def test_pictures_are_shown_at_the_times_of_the_source(name: str) -> None:
    packets, extradata = through_container(name, "mp4")
    pieces = box(Remuxer(CODECS[name], extradata), packets)
    with av.open(io.BytesIO(joined(pieces)), "r", format="mp4") as container:
        shown = [f.time for f in container.decode(video=0)]
    steps = [b - a for a, b in itertools.pairwise(shown)]
    assert steps == pytest.approx([1 / FPS] * 11)


@pytest.mark.parametrize("name", ENCODERS)
def test_a_new_size_gives_a_new_init_segment(name: str) -> None:
    small, _ = encode(name)
    large, _ = encode(name, size=(96, 80))
    timeline, remuxer = Timeline(FRAME_US), Remuxer(CODECS[name])
    before = box(remuxer, small, timeline)
    timeline.rebase()
    after = box(remuxer, large, timeline)
    assert [(piece.config.width, piece.config.height) for piece in inits(before)] == [(64, 64)]
    assert [(piece.config.width, piece.config.height) for piece in inits(after)] == [(96, 80)]
    assert isinstance(after[0], InitSegment)
    assert play(joined(after)) == decode(CODECS[name], large, None)


@pytest.mark.parametrize("name", ["h264", "hevc", "vp9", "av1"])
def test_nothing_comes_before_a_keyframe(name: str) -> None:
    packets, _ = encode(name)
    first = next(i for i, packet in enumerate(packets) if i and packet.is_keyframe)
    remuxer = Remuxer(CODECS[name])
    assert box(remuxer, packets[1:first]) == []
    pieces = box(remuxer, packets[first:])
    assert isinstance(pieces[0], InitSegment)
    assert play(joined(pieces)) == decode(CODECS[name], packets[first:], None)


def test_a_stream_that_does_not_reorder_says_so() -> None:
    packets, extradata = encode("h264", global_header=True)
    (init,) = inits(box(Remuxer("h264", extradata), packets))
    sps = read_avcc(init.config.box[8:]).nals[0]
    assert parse_sps(sps).num_reorder_frames == 0


def test_b_frames_keep_what_their_sps_says() -> None:
    packets, extradata = encode("h264-b", global_header=True)
    (init,) = inits(box(Remuxer("h264", extradata, reorders=None), packets))
    assert read_avcc(init.config.box[8:]).nals[:1] == read_avcc(extradata or b"").nals[:1]


def without_restriction(sps: bytes) -> bytes:
    """The SPS of an encoder that says nothing about reordering."""
    vui = parse_sps(sps).vui
    assert vui is not None
    writer = BitWriter()
    writer.bits(BitReader(unescape(sps)).bits(vui.restriction_at), vui.restriction_at)
    writer.bits(0, 1)
    return escape(writer.close())


def test_times_that_reorder_bring_the_own_sps_back() -> None:
    """A caller who is wrong about B-frames is corrected at the next keyframe."""
    packets, extradata = encode("h264-b", count=20, global_header=True)
    own = read_avcc(extradata or b"").nals
    mute = without_restriction(own[0])
    assert parse_sps(mute).num_reorder_frames is None
    prefixed = b"".join(b"\0\0\0\1" + nal for nal in (mute, *own[1:]))
    first, second = inits(box(Remuxer("h264", prefixed, reorders=False), packets))
    assert parse_sps(read_avcc(first.config.box[8:]).nals[0]).num_reorder_frames == 0
    assert read_avcc(second.config.box[8:]).nals[0] == mute
