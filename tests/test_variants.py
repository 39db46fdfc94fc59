"""Playlists with variants: which is shown and heard, and that no other is fetched."""

import functools
import http.server
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.media.ingest.source import PacketSource
from streamer.media.sample import Sample, SoundSample
from streamer.parsing import parse

FPS = 25
SECONDS = 5


class Web:
    """Serves a folder; `asked` are the names of the files asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        asked: list[str] = []
        self.asked = asked

        class Asked(http.server.SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path[1:])
                super().do_GET()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        handler = functools.partial(Asked, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def make(
        self,
        name: str,
        size: tuple[int, int] | None,
        rate: int | None,
        fps: int = FPS,
        late_s: float = 0,
    ) -> str:
        """A playlist with pictures, sound that may begin later, or both; its name."""
        make_playlist(self.folder / f"{name}.m3u8", size, rate, fps, late_s)
        return f"{name}.m3u8"

    def write(self, *lines: str) -> None:
        """The playlist of the playlists."""
        (self.folder / "all.m3u8").write_text("\n".join(("#EXTM3U", *lines, "")))

    def segments(self, name: str) -> int:
        """How many of a playlist's were asked for."""
        return sum(each.startswith(name) and each.endswith(".ts") for each in self.asked)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    served = Web(tmp_path)
    yield served
    served.server.shutdown()
    served.server.server_close()


def make_playlist(
    path: Path, size: tuple[int, int] | None, rate: int | None, fps: int, late_s: float
) -> None:
    options = {"hls_time": "1", "hls_list_size": "0", "hls_playlist_type": "vod"}
    with av.open(str(path), "w", format="hls", options=options) as container:
        video: Any = None if size is None else container.add_stream("libx264", rate=fps)
        if size is not None:
            video.width, video.height = size
            video.pix_fmt = "yuv420p"
            video.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(fps)}
        audio = None if rate is None else container.add_stream("aac", rate=rate)
        for index in range(SECONDS * fps):
            if video is not None:
                frame = av.VideoFrame(video.width, video.height, "yuv420p")
                frame.pts, frame.time_base = index, Fraction(1, fps)
                container.mux(video.encode(frame))
            if audio is not None and rate is not None:
                container.mux(audio.encode(silence(rate, index / fps + late_s, fps)))
        for stream in filter(None, (video, audio)):
            container.mux(stream.encode(None))


def silence(rate: int, at_s: float, fps: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="fltp", layout="stereo", samples=rate // fps)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate, frame.pts = rate, round(at_s * rate)
    return frame


def variant(name: str, bandwidth: int, more: str = "") -> str:
    return f"#EXT-X-STREAM-INF:BANDWIDTH={bandwidth}{more}\n{name}"


def play(
    web: Web, name: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[PacketSource, list[Sample | SoundSample]]:
    """The source and all that it gives, with its sound."""
    clock = ManualClock()
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.advance(round(seconds * 1e6)))
    spec = SourceSpec(parse(f"http://127.0.0.1:{web.server.server_port}/{name}"))
    source = PacketSource(spec, clock, lambda: None)
    if source.facts.sound is not None:
        source.facts.sound.tap.is_open = True
    samples = list(source.samples())
    source.close()
    return source, samples


def count(samples: list[Sample | SoundSample], kind: type) -> int:
    return sum(isinstance(each, kind) for each in samples)


def test_the_largest_is_shown_and_no_other_fetched(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"low": (64, 48), "high": (128, 96), "mid": (96, 64)}
    web.write(*(variant(web.make(name, size, None), 1000) for name, size in sizes.items()))
    source, samples = play(web, "all.m3u8", monkeypatch)
    assert (source.facts.width, source.facts.height) == (128, 96)
    assert count(samples, Sample) == SECONDS * FPS
    assert web.segments("high") >= SECONDS
    # Once, to look at them.
    assert (web.segments("low"), web.segments("mid")) == (1, 1)
    assert (web.asked.count("low.m3u8"), web.asked.count("mid.m3u8")) == (1, 1)


def test_of_two_of_one_size_it_is_the_better(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"poor": 1000, "good": 9000, "fair": 5000}
    web.write(*(variant(web.make(name, (64, 48), None), bps) for name, bps in names.items()))
    play(web, "all.m3u8", monkeypatch)
    assert web.segments("good") >= SECONDS
    assert (web.segments("poor"), web.segments("fair")) == (1, 1)


def test_where_a_size_is_not_known_yet_bits_count(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a slow picture beside sound FFmpeg sees too little at first."""
    slow = variant(web.make("slow", (128, 96), 48_000, fps=10), 9000)
    web.write(variant(web.make("fast", (64, 48), 48_000), 1000), slow)
    source, _ = play(web, "all.m3u8", monkeypatch)
    assert source.facts.width != 64
    assert (web.segments("slow") >= SECONDS, web.segments("fast")) == (True, 1)


@pytest.mark.parametrize("late_s", [0, 0.5])
def test_the_sound_is_that_of_the_picture(
    web: Web, monkeypatch: pytest.MonkeyPatch, late_s: float
) -> None:
    """Of late sound FFmpeg knows nothing at first."""
    for name, size, rate in (("low", (64, 48), 24_000), ("high", (128, 96), 48_000)):
        web.make(name, size, rate, late_s=late_s)
    web.write(variant("low.m3u8", 1000), variant("high.m3u8", 1000))
    source, samples = play(web, "all.m3u8", monkeypatch)
    assert source.facts.sound is not None
    assert source.facts.sound.rate == (0 if late_s else 48_000)
    assert count(samples, SoundSample) > SECONDS * 40
    assert web.segments("low") == 1


def test_sound_that_is_only_with_another_picture_is_not_fetched(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    low = variant(web.make("low", (64, 48), 24_000), 1000)
    web.write(low, variant(web.make("high", (128, 96), None), 2000))
    source, _ = play(web, "all.m3u8", monkeypatch)
    assert (source.facts.width, source.facts.sound) == (128, None)
    assert web.segments("low") == 1


def test_sound_in_a_playlist_of_its_own(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    media = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{0}",NAME="x",URI="{1}"'
    sounds = {"cheap": web.make("cheap", None, 24_000), "dear": web.make("dear", None, 48_000)}
    low = variant(web.make("low", (64, 48), None), 1000, ',AUDIO="cheap"')
    high = variant(web.make("high", (128, 96), None), 2000, ',AUDIO="dear"')
    web.write(*(media.format(*each) for each in sounds.items()), low, high)
    source, samples = play(web, "all.m3u8", monkeypatch)
    assert source.facts.sound is not None
    assert source.facts.sound.rate == 48_000
    assert (count(samples, Sample), count(samples, SoundSample) > SECONDS * 40) == (
        SECONDS * FPS,
        True,
    )
    assert (web.segments("low"), web.segments("cheap")) == (1, 1)


def test_a_playlist_without_variants(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    name = web.make("plain", (64, 48), 48_000)
    source, samples = play(web, name, monkeypatch)
    assert (source.facts.width, source.facts.sound is not None) == (64, True)
    assert (count(samples, Sample), count(samples, SoundSample) > SECONDS * 40) == (
        SECONDS * FPS,
        True,
    )
    assert web.asked.count("plain0.ts") == 1
