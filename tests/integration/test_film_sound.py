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
CLIP_S = 40  # so that no file begins again in a test
FILES = {"live": "stream.mp4?seconds={}", "past": "clip.mp4?seconds={}"}
SECONDS = {"live": 4, "past": 3}
LONGER_S = (6, 10)
RATE = 48_000
MAX_SKEW_MS = 45
STRAY_MS = 400  # a beep whose flash is not known
LOUD, QUIET_S = 2_000, 0.2
# FFmpeg's name of the sound in the files of each stream.
STREAMS = {"passed": "aac", "made": "opus", "phone": "opus", "silent": ""}
# Pictures of three seconds and more.
ENOUGH = {"passed": 100, "made": 100, "phone": 40, "silent": 100, "cam": 100}
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
    phone = make_clip(tmp_path / "phone.mov", "pcm_alaw", 8_000, seconds=CLIP_S)
    server = serve(
        f"passed={make_flashes(tmp_path / 'flashes.mp4', CLIP_S)}",
        f"phone={phone}",
        "made=pattern:320x180@30?sound=1",
        "silent=pattern:320x180@30",
    )
    watch(server, *STREAMS)
    return server


def watch(server: Server, *names: str) -> None:
    """Watch streams until there is enough of them for a clip, and go on."""
    observers = {name: Observer(server.port, name) for name in names}

    def enough() -> bool:
        return all(len(each.pictures) > ENOUGH[name] for name, each in observers.items())

    wait_until(enough, "pictures", 60)


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
    """When the square of the test pattern became white, where no picture was left out before."""
    found: list[float] = []
    was_white, before_s = True, 0.0
    with av.open(str(path), "r") as container:
        for frame in container.decode(video=0):
            left, top, right, bottom = mark.flash_box(frame.width, frame.height)
            plane = frame.planes[0]
            middle = (top + bottom) // 2 * plane.line_size + (left + right) // 2
            is_white = bytes(plane)[middle] > 128
            at_s = frame.time or 0.0
            if is_white and not was_white and at_s - before_s < 1.5 / FPS:
                found.append(at_s)
            was_white, before_s = is_white, at_s
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


def skews_ms(path: Path) -> list[float]:
    """How much later each beep is than its flash; of those whose flash is known."""
    flashes, beeps = flashes_s(path), beeps_s(path)
    assert len(beeps) >= 2
    every = [[1000 * (beep - flash) for flash in flashes] for beep in beeps[:-1] if flashes]
    return [skew for skew in (min(each, key=abs) for each in every) if abs(skew) < STRAY_MS]


def assert_in_step(server: Server, name: str, kind: str, path: Path) -> None:
    """Sound and pictures are in step; of a longer file where a busy machine left flashes out."""
    for seconds in LONGER_S:
        if len(skews_ms(path)) >= 2:
            break
        save(server, name, FILES[kind].format(seconds), path)
    found = skews_ms(path)
    assert len(found) >= 2
    assert max(map(abs, found)) < MAX_SKEW_MS, found


def test_sound_is_in_files_and_in_step(server: Server, tmp_path: Path) -> None:
    wanted = {
        (name, kind): (name, file.format(SECONDS[kind]), tmp_path / f"{name}-{kind}.mp4")
        for name in STREAMS
        for kind, file in FILES.items()
    }
    with ThreadPoolExecutor(len(wanted)) as pool:
        jobs = {key: pool.submit(save, server, *how) for key, how in wanted.items()}
    for (name, kind), job in jobs.items():
        path, codec = job.result(), STREAMS[name]
        assert_sound(path)
        assert codecs(path) == ["h264", codec] if codec else ["h264"]
        with av.open(str(path), "r") as container:
            assert next(container.demux(video=0)).is_keyframe
        assert min(span_s(path, track) for track in ("video", "audio")[: 2 if codec else 1]) > 2.5
        if name in ("passed", "made"):
            assert_in_step(server, name, kind, path)
    assert_calm(server.process)


def test_a_browser_plays_a_clip_from_its_middle_with_its_sound(
    serve: StartServer, page: Page, tmp_path: Path
) -> None:
    server = serve(f"cam={make_flashes(tmp_path / 'flashes.mp4', CLIP_S)}")
    watch(server, "cam")
    page.goto(f"{server.url}/watch/cam")
    page.evaluate(PLAY, "/streams/cam/clip.mp4?seconds=1")
    video = "document.querySelector('#film')"
    wait_for(page, f"{video}.currentTime > {video}.duration / 2 + 0.2", 30)
    assert 1 < page.evaluate(f"{video}.duration") < 10
    assert page.evaluate(f"{video}.webkitAudioDecodedByteCount") > 0
    assert page.evaluate(f"{video}.webkitDecodedFrameCount") > 0
    assert page.evaluate(f"{video}.error") is None
