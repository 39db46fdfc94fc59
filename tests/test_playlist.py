"""The files of a directory: in order, on one timeline, and none that is bad stops the others."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.errors import MediaError, SourceMissing, SourceRefused, SourceUnreadable
from streamer.media.ingest.part import Part
from streamer.media.ingest.playlist import Playlist, directory
from streamer.media.sample import Sample
from streamer.parsing import parse
from tests.fake_border import pictures

SAMPLES = Path(__file__).parent.parent / "samples"
FRAME_US = 40_000


@dataclass
class Playing:
    """A directory of clips of 4 s, as a playlist whose clock only sleeping moves."""

    folder: Path
    clock: ManualClock
    idles: list[int] = field(default_factory=list)

    def parts(self, *, loop: bool = False) -> Iterator[Part]:
        spec = SourceSpec(parse(f"{self.folder}/"), loop=loop)
        found = directory(spec.address)
        assert found is not None
        return Playlist(found, spec, self.clock, lambda: self.idles.append(0)).sources()

    def add(self, name: str, sample: str) -> None:
        shutil.copy(SAMPLES / sample, self.folder / name)


@pytest.fixture
def playing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Playing:
    clock = ManualClock()
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.advance(round(seconds * 1e6)))
    return Playing(tmp_path, clock)


def played(part: Part) -> list[Sample]:
    samples = list(pictures(part.samples()))
    part.close()
    return samples


def test_files_are_one_timeline_at_the_speed_of_life(playing: Playing) -> None:
    for name, sample in (("b.mp4", "h264.mp4"), ("a.webm", "vp8.webm"), ("c.avi", "mjpeg.avi")):
        playing.add(name, sample)
    found, times = [], []
    for part in playing.parts():
        found.append(part.facts.codec)
        times += [sample.stamps.dts_us for sample in played(part)]
    assert found == ["vp8", "h264", "mjpeg"]
    assert times == sorted(times)
    assert [times[100] - times[99], times[200] - times[199]] == [FRAME_US, FRAME_US]
    # Of the last of its pictures, none waits.
    assert abs(playing.clock.monotonic_us() - times[-1]) < FRAME_US


def test_a_loop_begins_again_with_what_is_there_then(playing: Playing) -> None:
    playing.add("a.mp4", "h264.mp4")
    parts = playing.parts(loop=True)
    first = played(next(parts))
    playing.add("b.avi", "mjpeg.avi")
    again = played(next(parts))
    assert again[0].stamps.dts_us == first[-1].stamps.dts_us + FRAME_US
    assert next(parts).facts.codec == "mjpeg"


def test_what_cannot_be_shown_is_passed_over_and_told_once(
    playing: Playing, caplog: pytest.LogCaptureFixture
) -> None:
    (playing.folder / "a.txt").write_text("Not a video.")
    playing.add("b.mp4", "h264.mp4")
    playing.add("c.avi", "mjpeg.avi")
    parts = playing.parts(loop=True)
    for _ in range(3):
        broken = next(parts)
        broken.end = MediaError("This cannot be decoded.")
        broken.count += 1
        assert next(parts).facts.codec == "mjpeg"
    assert caplog.text.count("a.txt") == 1
    assert caplog.text.count("This cannot be decoded.") == 1
    assert playing.idles


def test_a_directory_of_nothing_ends_even_a_loop(playing: Playing) -> None:
    (playing.folder / "a.txt").write_text("Not a video.")
    (playing.folder / "more").mkdir()
    playing.add(".hidden.mp4", "h264.mp4")
    with pytest.raises(SourceUnreadable, match="holds no video file that can be shown"):
        next(playing.parts(loop=True))
    shutil.rmtree(playing.folder)
    spec = SourceSpec(parse(f"dir:{playing.folder}"))
    gone = Playlist(playing.folder, spec, playing.clock, lambda: None).sources()
    with pytest.raises(SourceMissing, match=r"^dir:.* cannot be read \(No such file"):
        next(gone)


def test_a_directory_that_may_not_be_read(
    playing: Playing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def iterdir(self: Path) -> Iterator[Path]:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "iterdir", iterdir)
    with pytest.raises(SourceRefused, match="may not be read by this user"):
        next(playing.parts())


def test_which_addresses_are_directories(tmp_path: Path) -> None:
    assert directory(parse(f"dir:{tmp_path}/x")) == tmp_path / "x"
    assert directory(parse(str(tmp_path))) == tmp_path
    assert directory(parse(str(tmp_path / "x.mp4"))) is None
    assert directory(parse(f"sdp:{tmp_path}")) is None
