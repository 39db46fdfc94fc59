"""The packets of a track of sound on the timeline of the pictures."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import av
import pytest

from streamer.clock import ManualClock
from streamer.media.ingest.track import SoundTrack
from streamer.media.sample import SoundFacts
from streamer.media.timeline import Timeline

FRAME_US = 40_000
# A header of 7 bytes: MPEG-4, no CRC, low complexity, 48 kHz, mono, a frame of 16 bytes.
ADTS = bytes.fromhex("fff14c40021ffc") + bytes(9)
BASE = Fraction(1, 90_000)


def packet(pts_us: int | None, data: bytes = ADTS) -> Any:
    made: Any = av.Packet(data)
    made.time_base = BASE
    made.pts = None if pts_us is None else pts_us * 90_000 // 1_000_000
    return made


@pytest.fixture
def track() -> SoundTrack:
    """AAC of which a short look has told neither rate nor length of frames."""
    context = SimpleNamespace(frame_size=0, sample_rate=0)
    stream: Any = SimpleNamespace(index=1, codec_context=context)
    facts = SoundFacts("aac", 0, 0)
    facts.tap.is_open = True
    return SoundTrack(stream, ManualClock(), facts)


@pytest.fixture
def timeline() -> Timeline:
    line = Timeline(FRAME_US, live=True)
    line.place(1_000_000, 1_000_000, FRAME_US, 0)
    return line


def test_frames_without_a_time_follow_the_one_before(
    track: SoundTrack, timeline: Timeline
) -> None:
    times = [1_000_000, None, None, 1_064_000, None]
    heard = [track.sample(packet(each), timeline) for each in times]
    assert [sample and sample.pts_us for sample in heard] == [0, 21_333, 42_666, 64_000, 85_333]
    assert {sample.duration_us for sample in heard if sample} == {21_333}


def test_nothing_is_known_of_those_before_the_first_time(
    track: SoundTrack, timeline: Timeline
) -> None:
    assert track.sample(packet(None), timeline) is None
    track.sample(packet(1_000_000), timeline)
    track.facts.tap.is_open = False
    assert track.sample(packet(None), timeline) is None
    track.facts.tap.is_open = True
    assert track.sample(packet(None), timeline) is None, "nobody knows how much was left out"


def test_other_frames_without_a_length_last_as_usual(
    track: SoundTrack, timeline: Timeline
) -> None:
    sample = track.sample(packet(1_000_000, b"\x01" * 20), timeline)
    assert sample is not None
    assert sample.duration_us == 20_000
