"""Sound in files over plain HTTP: there, whole, and in step with the pictures."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import pytest
from av.audio.frame import AudioFrame
from playwright.sync_api import Page

from streamer.media.picture import mark
from tests.integration.conftest import Server, StartServer
from tests.integration.observers import Observer
from tests.integration.peeking import ask, assert_calm, assert_sound
from tests.integration.processes import wait_until
from tests.integration.watching import wait_for
from tests.sounding import make_clip, make_flashes

FPS = 30
LIVE_S = 4
RATE = 48_000
MAX_SKEW_MS = 45
LOUD, QUIET_S = 2_000, 0.2
# FFmpeg's name of the sound in the files of each stream.
STREAMS = {"passed": "aac", "made": "opus", "phone": "opus", "silent": ""}
# Plays a file in a page's own way, from its middle.
PLAY = """(src) => {
  const video = Object.assign(document.createElement('video'), { id: 'film', muted: true, src });
  document.body.append(video);
  video.onloadedmetadata = () => (video.currentTime = video.duration / 2);
  void video.play();
}"""


@pytest.fixture
def server(serve: StartServer, tmp_path: Path) -> Server:
    """A server with sound that passes, sound that is encoded, and none."""
    phone = make_clip(tmp_path / "phone.mov", "pcm_alaw", 8_000, seconds=20)
    server = serve(
        f"passed={make_flashes(tmp_path / 'flashes.mp4', 15)}",
        f"phone={phone}",
        "made=pattern:320x180@30?sound=1",
        "silent=pattern:320x180@30",
    )
    watch(server, *STREAMS)
    return server


def watch(server: Server, *names: str) -> None:
    """Watch streams until there is enough of them for a clip, and go on."""
    observers = [Observer(server.port, name) for name in names]
    wait_until(lambda: all(len(each.pictures) > 40 for each in observers), "pictures", 60)


def save(server: Server, name: str, file: str, path: Path) -> Path:
    answer = ask(server.port, f"/streams/{name}/{file}", timeout_s=60)
    assert (answer.status, answer.headers["content-type"]) == (200, "video/mp4"), answer.body
    path.write_bytes(answer.body)
    return path


def codecs(path: Path) -> list[str]:
    command = ["ffprobe", "-v", "warning", "-show_entries", "stream=codec_name", "-of", "csv=p=0"]
    done = subprocess.run([*command, str(path)], capture_output=True, check=True, timeout=30)
    assert done.stderr == b""
    return done.stdout.decode().split()


def flashes_s(path: Path) -> list[float]:
    """When the square of the test pattern became white."""
    found: list[float] = []
    was_white = True
    with av.open(str(path), "r") as container:
        for frame in container.decode(video=0):
            left, top, right, bottom = mark.flash_box(frame.width, frame.height)
            plane = frame.planes[0]
            middle = (top + bottom) // 2 * plane.line_size + (left + right) // 2
            is_white = bytes(plane)[middle] > 128
            if is_white and not was_white and frame.time is not None:
                found.append(frame.time)
            was_white = is_white
    return found


def beeps_s(path: Path) -> list[float]:
    """When a sound came out of silence."""
    found: list[float] = []
    heard_s = 0.0
    resampler = av.AudioResampler("s16", "mono", RATE)
    with av.open(str(path), "r") as container:
        heard_s = float(container.start_time or 0) / 1e6
        for frame in container.decode(audio=0):
            begin_s = frame.time or 0.0
            for part in resampler.resample(frame):
                for at_s in loud_s(part, begin_s):
                    if at_s - heard_s > QUIET_S:
                        found.append(at_s)
                    heard_s = at_s
    return found


def loud_s(frame: AudioFrame, begin_s: float) -> list[float]:
    samples = memoryview(bytes(frame.planes[0])).cast("h")[: frame.samples]
    return [begin_s + at / RATE for at, value in enumerate(samples) if abs(value) > LOUD]


def span_s(path: Path, kind: str) -> float:
    """From the first packet of a track to the last."""
    with av.open(str(path), "r") as container:
        (stream,) = (each for each in container.streams if each.type == kind)
        times = [float(each.pts * each.time_base) for each in container.demux(stream) if each.pts]
    return max(times) - min(times)


def assert_in_step(path: Path) -> None:
    flashes, beeps = flashes_s(path), beeps_s(path)
    assert len(beeps) >= 2
    skews_ms = [1000 * min((beep - each for each in flashes), key=abs) for beep in beeps[:-1]]
    assert max(map(abs, skews_ms)) < MAX_SKEW_MS, skews_ms


def test_sound_is_in_files_and_in_step(server: Server, tmp_path: Path) -> None:
    wanted = {
        (name, kind): (name, file, tmp_path / f"{name}-{kind}.mp4")
        for name in STREAMS
        for kind, file in (
            ("live", f"stream.mp4?seconds={LIVE_S}"),
            ("past", "clip.mp4?seconds=3"),
        )
    }
    with ThreadPoolExecutor(len(wanted)) as pool:
        jobs = {key: pool.submit(save, server, *how) for key, how in wanted.items()}
    for (name, _), job in jobs.items():
        path, codec = job.result(), STREAMS[name]
        assert_sound(path)
        assert codecs(path) == ["h264", codec] if codec else ["h264"]
        with av.open(str(path), "r") as container:
            assert next(container.demux(video=0)).is_keyframe
        assert min(span_s(path, kind) for kind in ("video", "audio")[: 2 if codec else 1]) > 2.5
        if name in ("passed", "made"):
            assert_in_step(path)
    assert_calm(server.process)


def test_a_browser_plays_a_clip_from_its_middle_with_its_sound(
    serve: StartServer, page: Page, tmp_path: Path
) -> None:
    server = serve(f"cam={make_flashes(tmp_path / 'flashes.mp4', 10)}")
    watch(server, "cam")
    page.goto(f"{server.url}/watch/cam")
    page.evaluate(PLAY, "/streams/cam/clip.mp4?seconds=1")
    video = "document.querySelector('#film')"
    wait_for(page, f"{video}.currentTime > {video}.duration / 2 + 0.2", 30)
    assert 1 < page.evaluate(f"{video}.duration") < 10
    assert page.evaluate(f"{video}.webkitAudioDecodedByteCount") > 0
    assert page.evaluate(f"{video}.webkitDecodedFrameCount") > 0
    assert page.evaluate(f"{video}.error") is None
