"""Sound of real clips through source and outputs: what is sent decodes, at the pictures' times."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.media.border_end import BorderEnd
from streamer.media.ingest import track
from streamer.media.ingest.source import PacketSource
from streamer.media.ingest.track import sound_facts
from streamer.media.pipeline import Pipeline
from streamer.media.sample import Sample, SoundFacts, SoundSample
from streamer.parsing import parse
from streamer.sound import Form
from streamer.wire import Kind
from tests.fake_border import FakeBorder
from tests.sounding import decode_sound, make_clip


class Bench:
    """All of a clip through a pipeline in which some forms are in demand."""

    def __init__(self, path: Path, *forms: Form) -> None:
        self.border = FakeBorder()
        self.border.listen(*forms)
        clock = ManualClock()
        source = PacketSource(SourceSpec(parse(str(path))), clock, lambda: None)
        source._paced = False
        self.facts = source.facts
        pipeline = Pipeline(source.facts, cast(BorderEnd, self.border), clock)
        self.samples = []
        for sample in source.samples():
            pipeline.push(sample)
            self.samples.append(sample)
        source.close()

    @property
    def sounds(self) -> list[SoundSample]:
        return [each for each in self.samples if isinstance(each, SoundSample)]

    def file(self, form: Form) -> bytes:
        sent = zip(self.border.headers, self.border.payloads, strict=True)
        return b"".join(payload for header, payload in sent if header.rendition == form.number)

    def times_us(self, form: Form) -> list[int]:
        kind = Kind.AUDIO_FRAGMENT
        sent = [h for h in self.border.headers if (h.kind, h.rendition) == (kind, form.number)]
        return [header.pts_us for header in sent]


@pytest.mark.parametrize(
    ("name", "codec", "rate", "form", "sent"),
    [
        ("a.mp4", "aac", 44_100, Form.COPY, "aac"),
        ("a.ts", "aac", 44_100, Form.COPY, "aac"),
        ("a.mkv", "libopus", 48_000, Form.COPY, "opus"),
        ("a.ts", "aac", 48_000, Form.OPUS, "opus"),
        ("a.ts", "mp2", 44_100, Form.OPUS, "opus"),
        ("a.mov", "pcm_alaw", 8_000, Form.OPUS, "opus"),
        ("a.mkv", "ac3", 48_000, Form.OPUS, "opus"),
        ("a.mkv", "flac", 48_000, Form.OPUS, "opus"),
    ],
)
def test_sound_is_sent_in_the_form_that_is_asked_for(
    tmp_path: Path, name: str, codec: str, rate: int, form: Form, sent: str
) -> None:
    bench = Bench(make_clip(tmp_path / name, codec, rate), form)
    assert bench.border.corrupt == 0
    found, found_rate, frames = decode_sound(bench.file(form))
    assert (found, found_rate) == (sent, rate if form is Form.COPY else 48_000)
    seconds = sum(samples for _, samples in frames) / found_rate
    assert 1.7 < seconds < 2.2
    times = bench.times_us(form)
    steps = [after - before for before, after in pairwise(times)]
    assert min(steps) > 19_000
    assert max(steps) < 24_000
    assert len(bench.border.sounds) == 1


def test_nothing_of_sound_is_read_while_nobody_listens(tmp_path: Path) -> None:
    bench = Bench(make_clip(tmp_path / "a.mp4", "aac"))
    assert bench.sounds == []
    assert bench.facts.sound is not None
    assert bench.facts.sound.told == "aac"
    assert bench.border.headers == []


def test_sound_comes_beside_its_pictures(tmp_path: Path) -> None:
    bench = Bench(make_clip(tmp_path / "a.mp4", "aac"), Form.COPY)
    seen_us, apart = 0, []
    for sample in bench.samples:
        if isinstance(sample, Sample):
            seen_us = sample.stamps.dts_us
        else:
            apart.append(abs(sample.pts_us - seen_us))
    assert len(apart) > 50
    assert max(apart) <= 200_000


def test_who_asks_for_a_form_that_is_not_there_gets_none(tmp_path: Path) -> None:
    bench = Bench(make_clip(tmp_path / "a.mov", "pcm_alaw", 8_000), Form.COPY)
    assert (bench.border.headers, bench.border.corrupt, bench.sounds) == ([], 1, [])


@pytest.mark.parametrize(
    ("codec", "form", "sent"), [("aac", Form.COPY, "aac"), ("aac", Form.OPUS, "opus")]
)
def test_sound_of_which_nothing_was_seen_at_the_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str, form: Form, sent: str
) -> None:
    def unknowing(stream: Any) -> SoundFacts:
        facts = sound_facts(stream)
        return replace(facts, rate=0, channels=0, extradata=None, context=None)

    monkeypatch.setattr(track, "sound_facts", unknowing)
    bench = Bench(make_clip(tmp_path / "a.ts", codec), form)
    assert bench.border.corrupt == 0
    found, rate, frames = decode_sound(bench.file(form))
    assert (found, rate) == (sent, 48_000)
    assert sum(samples for _, samples in frames) > 1.7 * 48_000
