"""Which source a spec opens, and the test pattern's pace."""

import gc
import time
from itertools import islice
from pathlib import Path

import av
import pytest

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.errors import SourceError, SourceLost, SourceMissing, SourceUnreadable
from streamer.media.ingest.opening import PatternSource, open_source
from streamer.media.ingest.source import PacketSource
from streamer.media.sample import RAW
from streamer.options import PatternOptions
from streamer.parsing import parse
from tests.fake_border import pictures
from tests.integration.processes import wait_until

SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """A clock that sleeping moves."""
    clock = ManualClock()
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.advance(round(seconds * 1e6)))
    return clock


def nothing() -> None:
    """Be idle."""


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def rewrite(clip: Path, path: Path, flags: str) -> None:
    """Put the pictures of a clip into another MP4."""
    with av.open(str(clip)) as read, av.open(str(path), "w", options={"movflags": flags}) as made:
        stream = made.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)


def test_a_pattern_is_made(clock: ManualClock) -> None:
    source = open_source(SourceSpec(parse("pattern:128x96@10")), clock, nothing)
    assert isinstance(source, PatternSource)
    facts = source.facts
    assert (facts.codec, facts.width, facts.height, facts.fps) == (RAW, 128, 96, 10)
    source.close()


def test_a_file_is_read(clock: ManualClock) -> None:
    source = open_source(SourceSpec(parse(str(SAMPLES / "h264.mp4"))), clock, nothing)
    assert isinstance(source, PacketSource)
    source.close()


def test_what_cannot_be_opened_is_said(clock: ManualClock) -> None:
    with pytest.raises(SourceMissing, match="does not exist"):
        open_source(SourceSpec(parse("/no/such.mp4")), clock, nothing)


def test_a_command_is_read_and_its_last_words_explain(clock: ManualClock) -> None:
    script = f"cat {SAMPLES / 'mpeg2.ts'}; echo Enough. >&2"
    opened = open_source(
        SourceSpec(parse(f"exec:sh -c '{script}'"), was_live=True), clock, nothing
    )
    assert opened.facts.codec == "mpeg2video"
    with pytest.raises(SourceLost, match=r"exec:sh stopped sending; it said: Enough\.$"):
        list(opened.samples())
    opened.close()
    with pytest.raises(SourceUnreadable, match=r"exec:sh answers, .* video; it said: No\.$"):
        open_source(SourceSpec(parse("exec:sh -c 'echo No >&2'")), clock, nothing)


def test_a_command_leaves_no_descriptor_behind(clock: ManualClock) -> None:
    gc.collect()  # what other tests have left
    before = descriptors()
    for script in ("exit 3", "echo No"):
        with pytest.raises(SourceError):
            open_source(SourceSpec(parse(f"exec:sh -c '{script}'")), clock, nothing)
    opened = open_source(SourceSpec(parse(f"exec:cat {SAMPLES / 'mpeg2.ts'}")), clock, nothing)
    assert descriptors() > before
    opened.close()
    wait_until(lambda: descriptors() <= before, "end of who listens to standard error", 2)


def test_a_command_that_is_faster_than_life_is_paced(clock: ManualClock) -> None:
    opened = open_source(SourceSpec(parse(f"exec:cat {SAMPLES / 'mpeg2.ts'}")), clock, nothing)
    begun_us = clock.monotonic_us()
    count = len(list(opened.samples()))
    assert count == 100
    assert 500_000 < clock.monotonic_us() - begun_us < 1_500_000  # 4 s, of which 3 at once
    opened.close()


def test_what_was_live_passes_at_once(clock: ManualClock) -> None:
    command = parse(f"exec:cat {SAMPLES / 'mpeg2.ts'}")
    opened = open_source(SourceSpec(command, was_live=True), clock, nothing)
    begun_us = clock.monotonic_us()
    with pytest.raises(SourceLost):  # and is called again
        list(opened.samples())
    assert clock.monotonic_us() == begun_us
    assert opened.is_live
    opened.close()


@pytest.mark.parametrize(
    ("flags", "least_s"), [("frag_keyframe+empty_moov", 0.5), ("faststart", 3)]
)
def test_an_mp4_through_a_pipe(
    clock: ManualClock, tmp_path: Path, flags: str, least_s: float
) -> None:
    """One in fragments seems to be as long as what was read of it; it may be live."""
    path = tmp_path / "clip.mp4"
    rewrite(SAMPLES / "h264.mp4", path, flags)
    opened = open_source(SourceSpec(parse(f"exec:cat {path}")), clock, nothing)
    begun_us = clock.monotonic_us()
    assert len(list(opened.samples())) == 100
    assert least_s < (clock.monotonic_us() - begun_us) / 1e6 < least_s + 1
    opened.close()


def test_the_pattern_keeps_time(clock: ManualClock) -> None:
    begun_us = clock.wall_us()
    source = PatternSource(PatternOptions(128, 96, 10), clock)
    samples = list(islice(pictures(source.samples()), 4))
    assert [sample.stamps.pts_us for sample in samples] == [0, 100_000, 200_000, 300_000]
    assert [sample.captured_us - begun_us for sample in samples] == [0, 100_000, 200_000, 300_000]
    assert all(sample.frame and sample.keyframe and not sample.packet for sample in samples)


def test_late_pictures_are_left_out(clock: ManualClock) -> None:
    samples = pictures(PatternSource(PatternOptions(128, 96, 10), clock).samples())
    next(samples)
    clock.advance(350_000)
    assert next(samples).stamps.pts_us == 300_000
    assert (next(samples).stamps.pts_us, clock.monotonic_us()) == (400_000, 400_000)
