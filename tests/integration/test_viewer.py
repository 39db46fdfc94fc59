"""Watching from Python: a real server, and pictures whose marks say when they were made."""

import signal
import statistics
import sys
from pathlib import Path

import av
import pytest

from streamer import Viewer
from streamer.client.view.frames import Frame
from streamer.clock import SystemClock
from streamer.media.picture import mark
from tests.integration.conftest import Server, StartProcess, StartServer
from tests.integration.peeking import SAMPLES, assert_calm
from tests.rotated import rotated

TIMEOUT_S = 10.0
MAX_STALENESS_MS = 100
CLOCK = SystemClock()


def mark_of(frame: Frame) -> mark.Mark:
    plane = frame.picture.reformat(format="gray").planes[0]
    size = frame.picture.width, frame.picture.height
    found = mark.read(memoryview(plane).tobytes(), plane.line_size, *size)
    assert found is not None, "the picture's mark cannot be read"
    return found


def take(viewer: Viewer, count: int) -> list[Frame]:
    found = []
    for frame in viewer.frames(every=True, timeout_s=TIMEOUT_S):
        found.append(frame)
        if len(found) == count:
            return found
    raise AssertionError(f"only {len(found)} frames came")


@pytest.mark.parametrize("rendition", ["h264", "jpeg"])
def test_frames_are_the_pictures_of_their_messages(server: Server, rendition: str) -> None:
    with Viewer(server.url, "pattern", renditions=(rendition,)) as viewer:
        frames = take(viewer, 60)
        now_us = CLOCK.wall_us()
        ages_us = [mark.age_us(mark_of(each), now_us) for each in frames]
        assert ages_us == sorted(ages_us, reverse=True)
        for each in frames:
            taken_us = mark.age_us(mark_of(each), each.captured_us)
            assert abs(taken_us) < 1000, "the mark is of another picture than the header"
        staleness_ms = statistics.median(each.staleness_ms for each in frames[20:])
        assert 0 < staleness_ms < MAX_STALENESS_MS
        stats = viewer.stats
        assert stats.dropped.get("network", 0) == 0
        assert (viewer.rendition or frames[0].message.rendition).id == rendition
        assert viewer.offset_error_us is not None
        assert abs(viewer.offset_us) <= viewer.offset_error_us, "both clocks are the same"
    assert_calm(server.process)


@pytest.mark.parametrize("sample", ["hevc.mp4", "vp9.mp4", "av1.mp4", "h264-bframes.mp4"])
def test_every_codec_is_decoded(serve: StartServer, sample: str) -> None:
    server = serve("--loop", f"clip={SAMPLES / sample}")
    with Viewer(server.url, "clip") as viewer:
        numbers = [mark_of(each).sequence for each in take(viewer, 12)]
        assert numbers == list(range(numbers[0], numbers[0] + 12))
        assert (viewer.rendition or take(viewer, 1)[0].message.rendition).id == "copy"


def test_a_clip_that_lies_on_its_side(serve: StartServer, tmp_path: Path) -> None:
    server = serve("--loop", f"phone={rotated(tmp_path, 90)}")
    with Viewer(server.url, "phone") as viewer:
        (frame,) = take(viewer, 1)
    assert (frame.picture.width, frame.picture.height) == (180, 320)


def test_a_server_that_is_restarted(serve: StartServer) -> None:
    server = serve("pattern=pattern:320x180@30", "--token", "a long secret")
    with Viewer(server.url, "pattern", token="a long secret") as viewer:
        take(viewer, 3)
        server.process.stop(signal.SIGKILL)
        serve("pattern=pattern:320x180@30", "--token", "a long secret", port=server.port)
        take(viewer, 60)
        assert viewer.stats.connections == 2


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_what_is_saved_plays_however_it_ends(
    server: Server, start: StartProcess, tmp_path: Path, how: signal.Signals
) -> None:
    path = tmp_path / "out.mp4"
    url = f"ws://localhost:{server.port}/pattern"
    command = ("-m", "streamer", "watch", url, "--rendition", "h264", "--save", str(path))
    watching = start(sys.executable, *command)
    watching.wait_for(lambda: path.exists() and path.stat().st_size > 100_000, "a second", 20)
    assert watching.stop(how) == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert ("Saved" in watching.output) == (how == signal.SIGINT)
    assert "h264 (avc1.42" in watching.output
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) > 10
    assert (frames[0].time, frames[0].width) == (0, 640)


def test_a_file_ends(serve: StartServer) -> None:
    server = serve(f"clip={SAMPLES / 'h264.mp4'}")
    with Viewer(server.url, "clip") as viewer:
        count = sum(1 for _ in viewer)
    assert count > 90, "the clip has 100 pictures"
    assert viewer.is_over
