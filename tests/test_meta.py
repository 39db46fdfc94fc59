"""Metadata of a picture: whatever a rendition does to pictures, each keeps its own."""

import json
from dataclasses import replace
from typing import cast

import pytest
from av.video.frame import VideoFrame

from streamer.clock import ManualClock
from streamer.media import output
from streamer.media.border_end import BorderEnd
from streamer.media.boxer.remux import Remuxer
from streamer.media.ingest.opening import PatternSource
from streamer.media.output import FragmentSender, MjpegOutput, Sender
from streamer.media.picture.transcoder import EncodedPacket, H264Encoder
from streamer.media.pipeline import Pipeline
from streamer.media.sample import Sample
from streamer.media.timeline import Stamps
from streamer.media.trace import traced
from streamer.options import PatternOptions
from streamer.wire import MAX_META_BYTES, Flags, Kind
from tests.fake_border import FakeBorder, pictures, samples_of


def meta_of(sample: Sample) -> bytes:
    """Metadata that belongs to this sample and no other."""
    return json.dumps({"pts_us": sample.stamps.pts_us}).encode()


class Bench:
    """A pipeline on a sample clip whose pictures have metadata."""

    def __init__(self, name: str, count: int, **renditions: str) -> None:
        self.clock = ManualClock()
        self.link = FakeBorder()
        facts, samples = samples_of(name, count, self.clock)
        self.samples = [replace(sample, meta=meta_of(sample)) for sample in samples]
        self.pipeline = Pipeline(facts, cast(BorderEnd, self.link), self.clock)
        self.link.ask(**renditions)

    def run(self) -> None:
        for sample in self.samples:
            self.pipeline.push(sample)
        self.pipeline.close()

    def told(self, index: int = 0) -> list[tuple[int, int]]:
        """The media times of a rendition's pictures, and those in their metadata."""
        messages = zip(self.link.headers, self.link.metas, strict=True)
        return [
            (header.pts_us, json.loads(meta or b'{"pts_us": null}')["pts_us"])
            for header, meta in messages
            if header.rendition == index and header.kind is not Kind.INIT
        ]


def assert_in_step(told: list[tuple[int, int]]) -> None:
    """Each picture has its own: what we encode begins at zero, wherever the source did."""
    (offset_us,) = {time_us - own_us for time_us, own_us in told}
    assert offset_us <= 0


@pytest.mark.parametrize("rendition", ["copy", "h264-90", "jpeg-90"])
@pytest.mark.parametrize("name", ["h264.mp4", "h264-bframes.mp4", "hevc.mp4", "vp9.mp4"])
def test_each_picture_keeps_its_own(name: str, rendition: str) -> None:
    bench = Bench(name, 20, _0=rendition)
    bench.run()
    told = bench.told()
    assert len({time for _, time in told}) == 20
    assert_in_step(told)
    assert {header.pts_us for header in bench.link.headers if header.flags & Flags.META} == {
        time for time, _ in told
    }


@pytest.mark.parametrize("rendition", ["h264-90-r10", "jpeg-90-r10"])
def test_what_is_left_out_takes_its_own_along(rendition: str) -> None:
    bench = Bench("h264-bframes.mp4", 20, _0=rendition)
    bench.run()
    told = bench.told()
    assert 5 < len(told) < 12
    assert_in_step(told)


def test_whoever_comes_later_gets_it_with_the_last_picture() -> None:
    bench = Bench("h264.mp4", 8)
    for sample in bench.samples[:7]:
        bench.pipeline.push(sample)
    bench.link.ask(_0="copy", _1="jpeg")
    bench.pipeline.push(bench.samples[7])
    assert bench.told(0) == [(each.stamps.pts_us,) * 2 for each in bench.samples]
    assert bench.told(1) == [(bench.samples[7].stamps.pts_us,) * 2]


def test_pictures_without_any_say_so() -> None:
    bench = Bench("h264.mp4", 4, _0="copy", _1="h264", _2="jpeg")
    bench.samples[1:3] = [replace(sample, meta=None) for sample in bench.samples[1:3]]
    bench.run()
    for index in range(3):
        times = [each.stamps.pts_us for each in bench.samples]
        assert bench.told(index) == list(zip(times, (times[0], None, None, times[3]), strict=True))


def test_an_init_segment_has_none() -> None:
    bench = Bench("h264.mp4", 2, _0="copy", _1="h264")
    bench.run()
    inits = [header for header in bench.link.headers if header.kind is Kind.INIT]
    assert [header.flags for header in inits] == [Flags.NONE, Flags.NONE]
    assert all(payload[4:8] in (b"ftyp", b"moof") for payload in bench.link.payloads)


def test_an_encoder_that_holds_pictures_back_mixes_nothing_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Late(H264Encoder):
        held: tuple[EncodedPacket, ...] = ()

        def encode(
            self, frame: VideoFrame, pts_us: int, keyframe: bool = False
        ) -> list[EncodedPacket]:
            self.held = (*self.held, *super().encode(frame, pts_us, keyframe))
            ready, self.held = self.held[:-2], self.held[-2:]
            return list(ready)

    monkeypatch.setattr(output, "H264Encoder", Late)
    bench = Bench("h264.mp4", 10, _0="h264-90")
    bench.run()
    assert len(bench.told()) == 8
    assert_in_step(bench.told())


def test_frames_and_jpegs_of_a_source_keep_theirs() -> None:
    clock, link = ManualClock(), FakeBorder()
    source = PatternSource(PatternOptions(128, 96, 30), clock)
    link.ask(_0="jpeg", _1="h264")
    sample = replace(next(pictures(source.samples())), meta=b"[1]")
    Pipeline(source.facts, cast(BorderEnd, link), clock).push(sample)
    assert link.metas == [b"[1]", None, b"[1]"]
    facts, (jpeg,) = samples_of("mjpeg.avi", 1, clock)
    MjpegOutput(Sender(0, cast(BorderEnd, link), clock), facts).push(replace(jpeg, meta=b"{}"))
    assert link.metas[-1] == b"{}"


def test_what_the_wire_does_not_take_is_left_out_and_counted() -> None:
    link = FakeBorder()
    sender = Sender(0, cast(BorderEnd, link), ManualClock())
    for size in (MAX_META_BYTES, MAX_META_BYTES + 1):
        sender.send(Kind.JPEG, Flags.KEYFRAME, b"jpeg", 0, 0, b" " * size)
    assert [meta is not None for meta in link.metas] == [True, False]
    assert (link.payloads, link.corrupt) == ([b"jpeg", b"jpeg"], 1)


def test_a_packet_that_becomes_nothing_leaves_none_behind() -> None:
    clock, link = ManualClock(), FakeBorder()
    facts, samples = samples_of("h264.mp4", 2, clock)
    sender = Sender(0, cast(BorderEnd, link), clock)
    fragments = FragmentSender(sender, Remuxer(facts.codec, facts.extradata), 25.0)
    fragments.push(bytes(samples[1].packet or b""), Stamps(0, 0, 1, False), 0, False, b"[0]")
    assert link.headers == []
    fragments.push(bytes(samples[0].packet or b""), Stamps(1, 1, 1, False), 0, True, b"[1]")
    assert link.metas == [None, b"[1]"]


def test_where_the_way_is_measured_each_picture_says_when_it_was_decoded() -> None:
    clock, link = ManualClock(), FakeBorder()
    facts, samples = samples_of("h264.mp4", 4, clock)
    pipeline = Pipeline(facts, cast(BorderEnd, link), clock, traces=True)
    link.ask(_0="copy", _1="jpeg", _2="h264")
    for sample in samples:
        clock.advance(7_000)
        captured_us = clock.wall_us() - 5_000
        pipeline.push(replace(sample, captured_us=captured_us, meta=b'{"text": "a"}'))
    expected = {"text": "a", "trace": {"decoded_us": 5_000}}
    told = [json.loads(meta) for meta in link.metas if meta]
    assert told.count(expected) == 8
    assert told.count({"text": "a"}) == 4, "what is passed on undecoded"


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        (None, b'{"trace":{"decoded_us":9}}'),
        (b'{"text":"a"}', b'{"text":"a","trace":{"decoded_us":9}}'),
        (b"[1]", b"[1]"),
        (b"{", b"{"),
    ],
)
def test_a_trace_joins_the_metadata_where_it_can(meta: bytes | None, expected: bytes) -> None:
    assert traced(meta, 9) == expected
