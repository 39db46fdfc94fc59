"""Files of all kinds as packets on one timeline, and one clear sentence where there are none."""

import time
from collections.abc import Callable
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from av.audio.frame import AudioFrame

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.errors import SourceError, SourceLost, SourceMissing, SourceUnreadable
from streamer.media.ingest.pipe import Pipe
from streamer.media.ingest.source import PacketSource
from streamer.media.sample import Sample, SoundSample
from streamer.parsing import parse
from tests.fake_border import pictures
from tests.sounding import make_clip

SAMPLES = Path(__file__).parent.parent / "samples"

Open = Callable[..., PacketSource]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """A clock that sleeping moves."""
    clock = ManualClock()
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.advance(round(seconds * 1e6)))
    return clock


@pytest.fixture
def opened(clock: ManualClock) -> Open:
    def opened(path: Path | str, **options: Any) -> PacketSource:
        return PacketSource(SourceSpec(parse(str(path)), **options), clock, lambda: None)

    return opened


@pytest.mark.parametrize(
    ("name", "codec", "fps", "reorders", "count"),
    [
        ("h264.mp4", "h264", 25, False, 100),
        ("h264-aac.mp4", "h264", 25, False, 100),
        ("h264-bframes.mp4", "h264", 25, True, 100),
        ("hevc.mp4", "hevc", 25, True, 100),
        ("vp9-opus.webm", "vp9", 25, False, 100),
        ("av1.mp4", "av1", 25, False, 100),
        ("vp8.webm", "vp8", 25, False, 100),
        ("mpeg2.ts", "mpeg2video", 25, True, 100),
        ("mjpeg.avi", "mjpeg", 10, False, 30),
    ],
)
def test_a_file_plays_at_its_speed(
    opened: Open, clock: ManualClock, name: str, codec: str, fps: int, reorders: bool, count: int
) -> None:
    source = opened(SAMPLES / name)
    facts = source.facts
    assert (facts.codec, facts.width, round(facts.fps)) == (codec, 320, fps)
    assert bool(facts.reorders) is reorders
    samples = []
    for sample in pictures(source.samples()):
        assert abs(clock.monotonic_us() - sample.stamps.dts_us) < 1_000_000 // fps
        assert sample.captured_us == clock.wall_us()
        samples.append(sample)
    source.close()
    assert (len(samples), samples[0].keyframe) == (count, True)
    assert decoding_grows(samples)
    assert all(sample.packet is not None for sample in samples)


def decoding_grows(samples: list[Sample]) -> bool:
    times = [sample.stamps.dts_us for sample in samples]
    return times == sorted(set(times)) and times[0] >= 0


def test_a_looped_file_goes_on_in_time(opened: Open) -> None:
    source = opened(SAMPLES / "h264.mp4", loop=True)
    endless = pictures(source.samples())
    samples = [next(endless) for _ in range(250)]
    assert decoding_grows(samples)
    assert samples[249].stamps.dts_us == pytest.approx(249 * 40_000, abs=40_000)
    assert samples[100].keyframe
    source.close()


@pytest.mark.parametrize("name", ["hevc.mp4", "vp9-opus.webm", "h264-bframes.mp4", "h264.mp4"])
def test_a_looped_file_that_is_replaced_goes_on_as_another(
    opened: Open, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes((SAMPLES / "h264.mp4").read_bytes())
    source = opened(path, loop=True)
    before, endless = source.facts, pictures(source.samples())
    samples = [next(endless) for _ in range(100)]
    (tmp_path / "b.mp4").write_bytes((SAMPLES / name).read_bytes())
    (tmp_path / "b.mp4").replace(path)
    assert source.facts is before
    samples += [next(endless) for _ in range(100)]
    assert decoding_grows(samples)
    assert (source.facts is before) == (name == "h264.mp4")
    with av.open(str(path)) as expected:
        stream = expected.streams.video[0]
        assert source.facts.codec == stream.codec_context.codec.canonical_name
        assert source.facts.extradata == stream.codec_context.extradata
        assert (source.facts.sound is not None) == bool(expected.streams.audio)
    source.close()


def test_sound_that_a_looped_file_gets_or_loses_is_given(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    make_clip(path, "aac", seconds=1)
    source = opened(path, loop=True)
    endless = source.samples()
    for name, has_sound in (("h264.mp4", False), ("h264-aac.mp4", True)):
        before = source.facts
        (tmp_path / "b.mp4").write_bytes((SAMPLES / name).read_bytes())
        (tmp_path / "b.mp4").replace(path)
        assert any(source.facts is not before for _ in islice(endless, 400))
        assert (source.facts.sound is not None) == has_sound
    assert source.facts.sound is not None
    source.facts.sound.tap.is_open = True
    assert any(isinstance(each, SoundSample) for each in islice(endless, 20))
    source.close()


def test_a_looped_file_that_is_gone_is_said(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes((SAMPLES / "h264.mp4").read_bytes())
    source = opened(path, loop=True)
    endless = source.samples()
    for _ in range(100):
        next(endless)
    path.unlink()
    with pytest.raises(SourceMissing, match="does not exist"):
        next(endless)


@pytest.mark.parametrize(
    "name", ["a b#c?d=%41 100%.mp4", "ab:c@é'\".mp4", "-rf.mp4", "caf\udce9.mp4"]
)
def test_file_names_may_hold_anything(opened: Open, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes((SAMPLES / "h264.mp4").read_bytes())
    source = opened(path)
    assert source.facts.codec == "h264"
    source.close()


def test_a_cut_ts_plays_up_to_the_cut(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "cut.ts"
    data = (SAMPLES / "mpeg2.ts").read_bytes()
    path.write_bytes(data[: len(data) // 2 - 77])
    count = sum(1 for _ in opened(path).samples())
    assert 20 < count < 100


def test_a_file_without_sound_but_audio(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "audio.mp4"
    write_audio(path)
    with pytest.raises(SourceUnreadable, match=r"audio.mp4 has no video track that can be decod"):
        opened(path)


def write_audio(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        frame = AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        frame.sample_rate = 48_000
        container.mux([*stream.encode(frame), *stream.encode(None)])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"plain text, no video\n" * 100, "holds no video that can be read, or is cut short"),
        (b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n", "holds no video"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "holds no video"),
        (bytes(range(256)) * 200, "holds no video"),
        ((SAMPLES / "h264-aac.mp4").read_bytes()[:9000], "is cut short"),
    ],
)
def test_what_is_no_video_is_said(opened: Open, tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "it"
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        opened(path)
    assert words in caught.value.sentence
    assert str(path) in caught.value.sentence


def test_what_is_not_there_or_no_file_is_said(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="does not exist"):
        opened(tmp_path / "none.mp4")
    with pytest.raises(SourceUnreadable, match="is a directory"):
        opened(tmp_path)


class Demuxer:
    """A container of which only demuxing is wanted: gives packets, raises exceptions."""

    def __init__(self, real: Any, script: list[Any]) -> None:
        self.streams = real.streams
        self._script = script

    def demux(self, _stream: Any) -> Any:
        while self._script:
            if isinstance(item := self._script.pop(0), Exception):
                raise item
            yield item

    def close(self) -> None:
        """Nothing is open."""


def packets(count: int) -> list[Any]:
    with av.open(str(SAMPLES / "h264.mp4")) as container:
        return [packet for packet in container.demux(video=0) if packet.size][:count]


def scripted(source: PacketSource, script: list[Any]) -> list[Sample]:
    source._container = Demuxer(source._container, script)  # type: ignore[assignment]
    return list(pictures(source.samples()))


BAD = av.error.InvalidDataError(1, "Bad", "a.mp4")


def test_damage_in_a_file_is_passed_over(opened: Open) -> None:
    first, second, third = packets(3)
    samples = scripted(opened(SAMPLES / "h264.mp4"), [first, BAD, second, BAD, BAD, third])
    assert len(samples) == 3


def test_too_much_damage_is_said(opened: Open) -> None:
    with pytest.raises(SourceUnreadable, match="is damaged"):
        scripted(opened(SAMPLES / "h264.mp4"), [*packets(1), *[BAD] * 60])


def write_long_mp4(path: Path) -> None:
    """More than FFmpeg reads ahead, with the index behind the pictures."""
    with av.open(str(SAMPLES / "h264.mp4")) as clip, av.open(str(path), "w") as film:
        stream = film.add_stream_from_template(clip.streams.video[0])
        for again in range(40):
            for packet in packets(100):
                shift = again * 100 * packet.duration
                packet.dts, packet.pts = packet.dts + shift, packet.pts + shift
                packet.stream = stream
                film.mux(packet)


def test_an_mp4_whose_index_comes_last_cannot_be_read_from_a_pipe(
    clock: ManualClock, tmp_path: Path
) -> None:
    path = tmp_path / "plain.mp4"
    write_long_mp4(path)
    with path.open("rb") as file:
        pipe = Pipe(file.fileno(), lambda: None, AssertionError, None)
        source = PacketSource(SourceSpec(parse("publish:")), clock, lambda: None, pipe=pipe)
        with pytest.raises(
            SourceUnreadable, match="is an MP4 file whose index comes last"
        ) as told:
            list(source.samples())
        source.close()
    assert told.value.sentence.endswith("-f mpegts ..., or make it a fragmented MP4.")


@pytest.mark.parametrize("form", ["mjpeg", "mpjpeg"])
def test_jpegs_through_a_pipe_have_no_rate_of_their_own(
    clock: ManualClock, tmp_path: Path, form: str
) -> None:
    path = tmp_path / "pictures"
    with av.open(str(SAMPLES / "mjpeg.avi")) as film, av.open(str(path), "w", form) as made:
        stream = made.add_stream_from_template(film.streams.video[0])
        for packet in film.demux(video=0):
            packet.stream = stream
            made.mux(packet)
    with path.open("rb") as file:
        pipe = Pipe(file.fileno(), lambda: None, AssertionError, None)
        source = PacketSource(SourceSpec(parse("publish:")), clock, lambda: None, pipe=pipe)
        times = [each.stamps.dts_us for each in islice(pictures(source.samples()), 10)]
        source.close()
    assert source.facts.fps == 0
    assert max(after - before for before, after in pairwise(times)) < 1e6 / 25, "all came at once"


PART = b"--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: %d\r\n\r\n%s\r\n"


@pytest.mark.parametrize("end", [b"--ffmpeg\r\n", b"--ffmpeg--\r\n", b""])
def test_a_multipart_body_ends_with_its_last_boundary(
    clock: ManualClock, tmp_path: Path, end: bytes
) -> None:
    """As FFmpeg's own muxer writes it, behind which its demuxer looks for one part more."""
    path = tmp_path / "c.mpjpeg"
    with av.open(str(SAMPLES / "mjpeg.avi")) as clip:
        jpegs = [bytes(packet) for packet in clip.demux(video=0) if packet.size]
    path.write_bytes(b"".join(PART % (len(jpeg), jpeg) for jpeg in jpegs) + end)
    with path.open("rb") as file:
        pipe = Pipe(file.fileno(), lambda: None, AssertionError, None)
        source = PacketSource(SourceSpec(parse("publish:")), clock, lambda: None, pipe=pipe)
        assert len(list(source.samples())) == len(jpegs)
        source.close()


def test_a_multipart_body_that_is_damaged_in_its_middle(
    clock: ManualClock, tmp_path: Path
) -> None:
    path = tmp_path / "c.mpjpeg"
    with av.open(str(SAMPLES / "mjpeg.avi")) as clip:
        jpegs = [bytes(packet) for packet in clip.demux(video=0) if packet.size]
    parts = [PART % (len(jpeg), jpeg) for jpeg in jpegs]
    path.write_bytes(b"".join([*parts, b"--ffmpeg\r\nX-Nothing: 1\r\n\r\n", *parts]))
    with path.open("rb") as file:
        pipe = Pipe(file.fileno(), lambda: None, AssertionError, None)
        source = PacketSource(SourceSpec(parse("publish:")), clock, lambda: None, pipe=pipe)
        with pytest.raises(SourceUnreadable, match="damaged in its middle"):
            list(source.samples())
        source.close()


def test_a_broken_connection_is_said(opened: Open) -> None:
    with pytest.raises(SourceLost):
        scripted(opened(SAMPLES / "h264.mp4"), [*packets(1), av.error.ExitError(1, "Exit", "x")])


def test_nothing_in_a_video_track_is_said(opened: Open) -> None:
    with pytest.raises(SourceUnreadable, match="holds no picture that can be decoded"):
        scripted(opened(SAMPLES / "h264.mp4"), [])
