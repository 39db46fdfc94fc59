"""Whether viewers can begin with a source's own pictures: what the pipeline tells of it."""

from dataclasses import replace
from typing import cast

import pytest

from streamer.clock import ManualClock
from streamer.media.border_end import BorderEnd
from streamer.media.pipeline import Pipeline
from streamer.media.sample import Sample, SourceFacts
from streamer.media.starts import Starts
from tests.fake_border import FakeBorder, samples_of


class Bench:
    """A pipeline on a sample clip, of which some pictures are marked as keyframes."""

    def __init__(self, name: str = "h264.mp4") -> None:
        self.told: list[bool] = []
        self.border = FakeBorder()
        clock = ManualClock()
        self.facts, self.samples = samples_of(name, 80, clock)
        self.starts = Starts(self.told.append)
        self.pipeline = Pipeline(
            self.facts, cast(BorderEnd, self.border), clock, starts=self.starts
        )
        self.keys = [index for index, each in enumerate(self.samples) if each.keyframe]

    def push(self, *indices: int, marked: bool) -> None:
        for index in indices:
            self.pipeline.push(replace(self.samples[index], keyframe=marked))


def test_a_source_of_recovery_points_alone_is_told_once() -> None:
    bench = Bench()
    bench.border.ask(_0="copy")
    bench.push(1, 2, marked=False)
    assert bench.told == []
    bench.push(3, 4, marked=True)
    assert bench.told == [False]
    assert bench.border.kinds(0) == ""


def test_a_keyframe_that_comes_after_all_is_told_though_nobody_asks_for_it() -> None:
    bench = Bench()
    bench.border.ask(_0="copy")
    bench.push(1, marked=True)
    bench.border.ask(_1="jpeg")
    bench.push(2, marked=True)
    assert bench.told == [False]
    bench.push(bench.keys[1], marked=True)
    bench.push(bench.keys[1] + 1, marked=False)
    assert bench.told == [False, True]
    bench.border.ask(_0="copy")
    bench.push(bench.keys[1] + 2, marked=False)
    assert bench.border.kinds(0) == "iKff"


def test_a_source_with_keyframes_is_not_told() -> None:
    bench = Bench()
    bench.border.ask(_0="copy")
    bench.push(0, marked=True)
    bench.push(1, marked=True)
    assert (bench.told, bench.border.kinds(0)) == ([], "iKf")


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_what_cannot_be_read_is_no_start(codec: str) -> None:
    bench = Bench()
    facts: SourceFacts = replace(bench.facts, codec=codec)
    broken: Sample = replace(bench.samples[1], keyframe=True)
    bench.starts.missed()
    bench.starts.see(broken, facts)
    bench.starts.see(replace(broken, packet=None), facts)
    assert bench.told == [False]
