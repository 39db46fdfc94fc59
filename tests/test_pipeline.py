"""One source to the renditions in demand, with a border that only writes down."""

from dataclasses import replace
from typing import cast

import pytest

from streamer.clock import ManualClock
from streamer.errors import MediaError
from streamer.media import output, pipeline
from streamer.media.border_end import BorderEnd
from streamer.media.ingest.opening import PatternSource
from streamer.media.picture.freeze import FreezeWatch
from streamer.media.pipeline import Group, Pipeline
from streamer.options import PatternOptions
from tests.fake_border import FakeBorder, samples_of


class Bench:
    """A pipeline on a sample clip."""

    def __init__(self, name: str, count: int = 30) -> None:
        self.clock = ManualClock()
        self.border = FakeBorder()
        self.facts, self.samples = samples_of(name, count, self.clock)
        self.pipeline = Pipeline(self.facts, cast(BorderEnd, self.border), self.clock)

    def push(self, start: int, end: int) -> None:
        for sample in self.samples[start:end]:
            self.clock.advance(40_000)
            self.pipeline.push(sample)


def test_nothing_is_made_without_demand() -> None:
    bench = Bench("h264.mp4")
    bench.push(0, 5)
    bench.pipeline.close()
    assert bench.border.headers == []
    assert bench.pipeline._decoder is None


def test_all_renditions_at_once() -> None:
    bench = Bench("h264.mp4")
    bench.border.ask(_0="copy", _1="h264-90", _2="jpeg-90")
    bench.push(0, 5)
    kinds = [bench.border.kinds(index) for index in range(3)]
    assert kinds == ["iKffff", "iKffff", "jjjjj"]
    described = dict(bench.border.described)
    assert (described[0].codec[:4], described[0].height) == ("avc1", 180)
    assert (described[1].codec[:4], described[1].height) == ("avc1", 90)
    assert (described[2].codec, described[2].height) == ("jpeg", 90)
    assert len(bench.border.described) == 3


def test_a_late_copy_gets_the_whole_group_at_once() -> None:
    bench = Bench("h264.mp4")
    bench.push(0, 5)
    bench.border.ask(_0="copy")
    bench.push(5, 6)
    # The group holds the newest packet only once it has been pushed.
    assert bench.border.kinds(0) == "iKfffff"
    assert [header.pts_us for header in bench.border.headers[1:]] == [
        sample.stamps.pts_us for sample in bench.samples[:6]
    ]


def test_a_late_decoder_swallows_the_group_and_shows_its_last_picture() -> None:
    bench = Bench("h264.mp4")
    bench.push(0, 5)
    bench.border.ask(_1="jpeg", _2="h264")
    bench.push(5, 7)
    assert (bench.border.kinds(1), bench.border.kinds(2)) == ("jj", "iKf")
    shown = [header for header in bench.border.headers if header.rendition == 1]
    assert [header.pts_us for header in shown] == [
        sample.stamps.pts_us for sample in bench.samples[5:7]
    ]
    assert [header.captured_us for header in shown] == [
        sample.captured_us for sample in bench.samples[5:7]
    ]


def test_a_decoder_that_was_not_wanted_for_a_while_begins_well() -> None:
    bench = Bench("h264.mp4")
    bench.border.ask(_0="jpeg")
    bench.push(0, 3)
    bench.border.ask()
    bench.push(3, 6)
    assert bench.pipeline._decoder is None
    bench.border.ask(_0="jpeg")
    bench.push(6, 8)
    times = [header.pts_us for header in bench.border.headers]
    assert times == [bench.samples[index].stamps.pts_us for index in (0, 1, 2, 6, 7)]


def test_what_is_no_longer_in_demand_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[object] = []

    def close(output: object) -> None:
        closed.append(output)

    bench = Bench("h264.mp4")
    bench.border.ask(_0="copy", _1="h264")
    bench.push(0, 2)
    monkeypatch.setattr(output.H264Output, "close", close)
    bench.border.ask(_2="jpeg")
    bench.push(2, 4)
    kinds = [bench.border.kinds(index) for index in range(3)]
    assert (kinds, len(closed)) == (["iKf", "iKf", "jj"], 1)
    bench.border.ask(_0="copy", _2="jpeg")
    bench.push(4, 5)
    assert (bench.border.kinds(0), bench.border.kinds(2)) == ("iKf" + "iKffff", "jjj")


def test_a_keyframe_on_demand_comes_from_the_encoder_asked() -> None:
    bench = Bench("h264.mp4")
    bench.border.ask(_0="copy", _1="h264", _2="h264-90")
    bench.push(0, 2)
    bench.border.wanted = {0, 1}
    bench.push(2, 4)
    kinds = [bench.border.kinds(index) for index in range(3)]
    assert kinds == ["iKfff", "iKfKf", "iKfff"]


def test_a_restart_gives_out_what_the_decoder_held() -> None:
    bench = Bench("h264-bframes.mp4")
    bench.border.ask(_0="jpeg")
    bench.push(0, 8)
    before = len(bench.border.headers)
    assert before < 8
    first = bench.samples[0]
    moved = replace(bench.samples[8].stamps, pts_us=10**9, dts_us=10**9, restarted=True)
    bench.pipeline.push(replace(first, stamps=moved))
    assert len(bench.border.headers) >= 8
    assert sorted(header.pts_us for header in bench.border.headers[:8]) == [
        header.pts_us for header in bench.border.headers[:8]
    ]


def test_an_index_may_come_to_mean_another_rendition() -> None:
    bench = Bench("h264.mp4")
    bench.border.ask(_0="jpeg")
    bench.push(0, 2)
    bench.border.ask(_0="copy")
    bench.push(2, 4)
    assert bench.border.kinds(0) == "jjiKfff"


def test_the_end_gives_out_what_the_decoder_held() -> None:
    bench = Bench("h264-bframes.mp4")
    bench.border.ask(_0="jpeg")
    bench.push(0, 8)
    bench.pipeline.close()
    assert bench.border.kinds(0) == "j" * 8


def test_mjpeg_passes_undecoded_unless_it_must_shrink() -> None:
    bench = Bench("mjpeg.avi", 4)
    bench.border.ask(_0="jpeg")
    bench.push(0, 2)
    assert bench.pipeline._decoder is None
    assert bench.border.payloads[0] == bytes(bench.samples[0].packet or b"")
    bench.border.ask(_0="jpeg", _1="jpeg-90")
    bench.push(2, 4)
    assert (bench.border.kinds(0), bench.border.kinds(1)) == ("jjjj", "jj")


def test_frames_need_no_decoder() -> None:
    clock, border = ManualClock(), FakeBorder()
    source = PatternSource(PatternOptions(128, 96, 30), clock)
    border.ask(_0="jpeg", _1="h264")
    Pipeline(source.facts, cast(BorderEnd, border), clock).push(next(source.samples()))
    assert (border.kinds(0), border.kinds(1)) == ("j", "iK")


def test_copy_of_what_cannot_be_carried_stops_no_other() -> None:
    bench = Bench("vp8.webm", 4)
    bench.border.ask(_0="copy", _1="jpeg")
    bench.push(0, 3)
    assert (bench.border.kinds(0), bench.border.kinds(1), bench.border.corrupt) == ("", "jjj", 1)


@pytest.mark.parametrize("spoil", [output.JpegOutput, output.CopyOutput])
def test_what_cannot_be_made_is_counted_and_stops_no_other(
    spoil: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    def push(*_: object) -> None:
        raise MediaError("No.")

    monkeypatch.setattr(spoil, "push", push)
    bench = Bench("h264.mp4")
    bench.border.ask(_0="copy", _1="h264", _2="jpeg")
    bench.push(0, 3)
    assert bench.border.corrupt == 3
    assert bench.border.kinds(1) == "iKff"


def test_a_group_begins_with_a_keyframe_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    _, (key, *deltas) = samples_of("h264.mp4", 6, ManualClock())
    group = Group()
    group.push(deltas[0])
    assert group.samples() == ()
    group.push(key)
    group.push(deltas[0])
    assert group.samples() == (key, deltas[0])
    group.push(key)
    assert group.samples() == (key,)
    monkeypatch.setattr(pipeline, "GROUP_MAX_SAMPLES", 2)
    for delta in deltas[:3]:
        group.push(delta)
    assert group.samples() == ()


def test_a_sender_that_starts_anew_says_differently_what_it_sends() -> None:
    """RTMP servers stay when publishers change, and then send another header in mid-stream."""
    bench = Bench("h264.mp4")
    bench.border.ask(_0="copy", _1="jpeg")
    bench.push(0, 3)
    facts, samples = samples_of("h264-bframes.mp4", 3, bench.clock)
    samples[0] = replace(samples[0], extradata=facts.extradata)
    for sample in samples:
        bench.pipeline.push(sample)
    assert bench.border.kinds(0) == "iKffiKff"
    bench.border.ask(_0="copy", _2="copy")
    bench.pipeline.push(samples[2])
    assert bench.border.kinds(2) == "iKfff"
    inits = [
        p for h, p in zip(bench.border.headers, bench.border.payloads, strict=True) if h.kind == 1
    ]
    assert inits[0] != inits[1] == inits[2]


def test_a_sender_that_starts_anew_is_watched_by_its_new_header() -> None:
    bench = Bench("h264.mp4", 1)
    watch = FreezeWatch(bench.facts, 30.0, bench.clock, lambda _for_ms: None)
    bench.pipeline = Pipeline(bench.facts, cast(BorderEnd, bench.border), bench.clock, watch)
    bench.pipeline.push(replace(bench.samples[0], extradata=b"new"))
    assert watch._facts.extradata == b"new"


def test_pictures_are_watched_whether_they_are_decoded_or_not() -> None:
    bench, told = Bench("h264.mp4"), list[int | None]()
    watch = FreezeWatch(bench.facts, 0.05, bench.clock, told.append)
    bench.pipeline = Pipeline(bench.facts, cast(BorderEnd, bench.border), bench.clock, watch)
    for _ in range(4):
        bench.push(0, 1)
    assert told == [120]
    bench.border.ask(_0="jpeg")
    bench.push(0, 30)
    assert told == [120, None]
