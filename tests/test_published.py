"""The packets of a publisher who speaks the wire, through a socketpair and real decoders."""

import base64
import json
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import av
import pytest

from streamer.border import pack_control, pack_media_head
from streamer.clock import ManualClock
from streamer.control import dump
from streamer.errors import SourceLost, SourceUnreadable
from streamer.media.ingest.pipe import Pipe
from streamer.media.ingest.published import PublishedSource
from streamer.media.picture.decoder import Decoder
from streamer.media.sample import Sample, SoundSample
from streamer.publishing import Publish, PublishedSound
from streamer.wire import Flags, Header, Kind, pack
from tests.fake_border import pictures

CLIP = "samples/h264.mp4"


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture."""

    data: bytes
    keyframe: bool


def encoded(codec: str, count: int = 3, width: int = 64, height: int = 48) -> list[Picture]:
    """Pictures as an encoder without delay gives them."""
    context: Any = av.CodecContext.create(codec, "w")
    context.width, context.height = width, height
    context.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    context.time_base = Fraction(1, 30)
    context.options = {"tune": "zerolatency"} if codec == "libx264" else {}
    context.max_b_frames = 0
    packets: list[Any] = []
    for number in range(count):
        frame = av.VideoFrame(width, height, context.pix_fmt)
        for plane in frame.planes:
            plane.update(bytes([40 * number + 20]) * plane.buffer_size)
        frame.pts = number
        packets += context.encode(frame)
    packets += context.encode(None)
    return [Picture(bytes(each), bool(each.is_keyframe)) for each in packets]


class Scene:
    """Both ends of a feed."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.clock.advance(100_000_000)
        self.ours, theirs = socket.socketpair()
        self._pipe = Pipe(theirs.detach(), lambda: None, AssertionError, 5)
        self.sequence = 0

    def describe(self, codec: str, description: bytes | None = None, **fields: Any) -> None:
        text = None if description is None else base64.b64encode(description).decode()
        message = Publish(codec, text, **fields)
        self.ours.sendall(pack_control({"type": message.type, **asdict(message)}))
        assert json.loads(dump(message))["codec"] == codec

    def send(
        self,
        picture: Picture,
        pts_us: int | None = None,
        captured_us: int | None = None,
        meta: bytes | None = None,
    ) -> None:
        flags = Flags.KEYFRAME if picture.keyframe else Flags.NONE
        pts_us = self.sequence * 33_333 if pts_us is None else pts_us
        captured_us = self.clock.wall_us() if captured_us is None else captured_us
        header = Header(Kind.PACKET, flags, 0, self.sequence, pts_us, captured_us)
        message = pack(header, picture.data, meta)
        self.ours.sendall(pack_media_head(len(message)) + message)
        self.sequence += 1

    def sound(self, data: bytes, pts_us: int) -> None:
        header = Header(Kind.AUDIO_PACKET, Flags.KEYFRAME, 0, self.sequence, pts_us, 0)
        message = pack(header, data)
        self.ours.sendall(pack_media_head(len(message)) + message)
        self.sequence += 1

    def open(self) -> PublishedSource:
        return PublishedSource(self._pipe, self.clock)

    def rest(self, source: PublishedSource) -> list[Sample]:
        """All that was sent, after which the publisher leaves."""
        self.ours.close()
        return list(pictures(source.samples()))

    def close(self) -> None:
        self.ours.close()
        self._pipe.close()


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene()
    yield made
    made.close()


def decoded(source: PublishedSource, samples: list[Sample]) -> list[tuple[int, int]]:
    """The sizes of all frames."""
    decoder = Decoder(source.facts.context)
    frames = [frame for each in samples if each.packet for frame in decoder.decode(each.packet)]
    return [(frame.width, frame.height) for frame in [*frames, *decoder.flush()]]


@pytest.mark.parametrize(
    ("codec", "encoder", "name"),
    [
        ("avc1.42E01F", "libx264", "h264"),
        ("vp8", "libvpx", "vp8"),
        ("vp09.00.10.08", "libvpx-vp9", "vp9"),
        ("av01.0.00M.08", "libsvtav1", "av1"),
        ("hvc1.1.6.L30.B0", "libx265", "hevc"),
        ("jpeg", "mjpeg", "mjpeg"),
    ],
)
@pytest.mark.parametrize("size", [(0, 0), (64, 48)])
def test_every_codec_is_decoded(
    scene: Scene, codec: str, encoder: str, name: str, size: tuple[int, int]
) -> None:
    scene.describe(codec, width=size[0], height=size[1], fps=30.0)
    pictures = encoded(encoder)
    for picture in pictures:
        scene.send(picture)
    source = scene.open()
    facts = source.facts
    assert (facts.codec, facts.width, facts.height, facts.fps) == (name, 64, 48, 30.0)
    samples = scene.rest(source)
    assert [bytes(each.packet) for each in samples if each.packet] == [p.data for p in pictures]
    assert decoded(source, samples) == [(64, 48)] * 3


def test_packets_may_be_in_the_format_of_their_description(scene: Scene) -> None:
    with av.open(CLIP) as container:
        stream = container.streams.video[0]
        scene.describe("avc1.64000c", stream.codec_context.extradata)
        packets = [packet for packet in container.demux(stream) if packet.size][:5]
        for packet in packets:
            scene.send(Picture(bytes(packet), packet.is_keyframe))
    source = scene.open()
    assert (source.facts.width, source.facts.height) == (320, 180)
    assert source.facts.extradata is not None
    assert decoded(source, scene.rest(source)) == [(320, 180)] * 5


def test_each_picture_keeps_its_time_and_its_metadata(scene: Scene) -> None:
    key, delta, *_ = encoded("libx264")
    scene.describe("avc1.42E01F", width=64, height=48)
    now_us = scene.clock.wall_us()
    scene.send(key, 5_000_000, now_us - 40_000, b'{"n":1}')
    scene.send(delta, 5_033_333, now_us - 7_000)
    first, second = scene.rest(scene.open())
    assert (first.captured_us, first.meta) == (now_us - 40_000, b'{"n":1}')
    assert (second.captured_us, second.meta) == (now_us - 7_000, None)
    assert (first.stamps.pts_us, second.stamps.pts_us) == (0, 33_333)
    assert (first.stamps.dts_us, second.stamps.dts_us) == (0, 33_333)
    assert (first.keyframe, second.keyframe) == (True, False)


@pytest.mark.parametrize("wrong", [0, -60_000_000, 1, 10_000_000])
def test_a_clock_that_is_wrong_is_not_believed(scene: Scene, wrong: int) -> None:
    scene.describe("jpeg", width=64, height=48)
    now_us = scene.clock.wall_us()
    scene.send(encoded("mjpeg")[0], captured_us=now_us + wrong if wrong else 0)
    (sample,) = scene.rest(scene.open())
    assert sample.captured_us == now_us


def test_nothing_begins_before_a_description_and_a_keyframe(scene: Scene) -> None:
    key, delta, *_ = encoded("libx264")
    scene.send(key)
    scene.describe("avc1.42E01F")
    scene.send(delta)
    scene.send(Picture(b"", keyframe=True))
    scene.send(key, meta=b"1")
    assert [each.meta for each in scene.rest(scene.open())] == [b"1"]


def test_another_codec_and_size_begin_with_a_keyframe(scene: Scene) -> None:
    key, delta, *_ = encoded("libx264")
    scene.describe("avc1.42E01F", width=64, height=48)
    scene.send(key)
    source = scene.open()
    before = source.facts
    samples = pictures(source.samples())
    assert next(samples).keyframe
    scene.describe("avc1.42E01F", width=64, height=48)  # the same again changes nothing
    scene.send(delta)
    assert not next(samples).keyframe
    assert source.facts is before
    scene.describe("vp8", width=96, height=64)
    scene.send(delta)  # of before
    scene.send(encoded("libvpx", 1, 96, 64)[0], 100)
    assert next(samples).keyframe
    assert (source.facts.codec, source.facts.width) == ("vp8", 96)
    assert source.facts is not before
    assert scene.rest(source)[1:] == []


def test_pictures_in_another_order_keep_their_distances(scene: Scene) -> None:
    key, delta, *_ = encoded("libx264")
    scene.describe("avc1.640028", width=64, height=48)
    for number in (0, 3, 1, 2, 6, 4, 5, 9, 7, 8):
        scene.send(key if number == 0 else delta, 1_000_000 + 40_000 * number)
    samples = scene.rest(scene.open())
    shown = sorted(each.stamps.pts_us for each in samples)
    assert shown == [40_000 * number for number in range(10)]
    assert all(each.stamps.dts_us <= each.stamps.pts_us + 2 for each in samples[4:])
    decode_times = [each.stamps.dts_us for each in samples]
    assert decode_times == sorted(set(decode_times))


@pytest.mark.parametrize("sends", [False, True])
def test_a_publisher_that_leaves_at_once(scene: Scene, sends: bool) -> None:
    scene.describe("vp8")
    if sends:
        scene.send(encoded("libvpx")[1])
    scene.ours.close()
    with pytest.raises(SourceLost, match="left before its first keyframe"):
        scene.open()


def test_a_first_picture_that_cannot_be_decoded_is_refused(scene: Scene) -> None:
    scene.describe("avc1.42E01F")
    scene.send(Picture(b"no picture at all", keyframe=True))
    with pytest.raises(SourceUnreadable, match="check codec and description"):
        scene.open()


def test_what_is_no_description_harms_nothing(scene: Scene) -> None:
    scene.describe("avc1.42E01F", b"\x01rubbish", width=64, height=48)
    for picture in encoded("libx264"):
        scene.send(picture)
    source = scene.open()
    assert len(scene.rest(source)) == 3


def test_sound_is_on_the_time_of_the_pictures_and_only_for_who_listens(scene: Scene) -> None:
    key, delta, *_ = encoded("libx264")
    opus = PublishedSound("opus", 48_000, 1)
    scene.describe("avc1.42E01F", width=64, height=48, sound=opus)
    scene.sound(b"early", 4_980_000)
    scene.send(key, 5_000_000)
    source = scene.open()
    facts = source.facts.sound
    assert facts is not None
    assert (facts.told, facts.rate, facts.channels) == ("opus", 48_000, 1)
    samples = source.samples()
    next(samples)
    scene.sound(b"unheard", 5_000_000)
    scene.send(delta, 5_033_000)
    assert not isinstance(next(samples), SoundSample)
    facts.tap.is_open = True
    scene.sound(b"heard", 5_020_000)
    sound = next(samples)
    assert isinstance(sound, SoundSample)
    assert (bytes(sound.packet or b""), sound.pts_us, sound.duration_us) == (
        b"heard",
        20_000,
        20_000,
    )


def test_sound_of_another_announcement_waits_for_its_keyframe(scene: Scene) -> None:
    key, *_ = encoded("libx264")
    scene.describe("avc1.42E01F", width=64, height=48)
    scene.send(key)
    source = scene.open()
    before = source.facts
    assert before.sound is None
    specific = base64.b64encode(b"\x12\x10").decode()
    aac = PublishedSound("mp4a.40.2", 44_100, 2, specific)
    scene.describe("avc1.42E01F", width=64, height=48, sound=aac)
    scene.sound(b"aac", 20_000)
    scene.send(key, 33_000)
    assert [bytes(each.packet or b"") for each in scene.rest(source)] == [key.data, key.data]
    assert source.facts.sound is not None
    assert source.facts.sound.told == "aac"
