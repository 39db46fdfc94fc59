"""Live MP4 as files: whole, silent to FFmpeg, and for `copy` the very pictures of the source."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.conftest import Server, StartRtsp, StartServer, stop_cleanly
from tests.integration.peeking import SAMPLES, ask, asking, assert_calm, assert_sound, described
from tests.integration.processes import Process, answers, free_port, wait_until

# Name of each sample whose codec `copy` carries, and FFmpeg's names for its codecs.
CARRIED = {
    "clip.mp4": "h264",
    "h264.mp4": "h264",
    "h264-bframes.mp4": "h264",
    "h264-aac.mp4": "h264 aac",
    "hevc.mp4": "hevc",
    "vp9.mp4": "vp9",
    "vp9-opus.webm": "vp9 opus",
    "av1.mp4": "av1",
}
LIVE_S = 10


def frames(path: Path) -> list[tuple[int, str]]:
    """Time in milliseconds since the first, and MD5, of every picture of a file."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(path), "-map", "0:v:0"]
    command += ["-fps_mode", "passthrough", "-enc_time_base", "1/1000", "-f", "framemd5", "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60, text=True)
    lines = [line.split(",") for line in done.stdout.splitlines() if line[:1].isdigit()]
    first = int(lines[0][2])
    return [(int(line[2]) - first, line[5].strip()) for line in lines]


def codec(path: Path) -> str:
    command = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0"]
    done = subprocess.run([*command, str(path)], capture_output=True, check=True, timeout=20)
    return " ".join(done.stdout.decode().split())


def save(server: Server, name: str, query: str, path: Path) -> Path:
    answer = ask(server.port, f"/streams/{name}/stream.mp4?{query}")
    assert (answer.status, answer.headers["content-type"]) == (200, "video/mp4")
    path.write_bytes(answer.body)
    return path


def whole_fragments(received: bytearray) -> bytes:
    """All but a last fragment of which only a part has come, if any."""
    at = end = 0
    while len(received) >= at + 8:
        kind = received[at + 4 : at + 8]
        at += int.from_bytes(received[at : at + 4])
        if kind == b"mdat" and at <= len(received):
            end = at
    return bytes(received[:end])


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Each carried sample as it is served, once through; all at once, as each takes seconds."""
    folder = tmp_path_factory.mktemp("saved")
    port = free_port()
    sources = [f"{each}={SAMPLES / each}" for each in CARRIED]
    command = [sys.executable, "-m", "streamer", "serve", "--port", str(port), *sources]
    server = Server(port, Process(command, folder / "server.log"))
    try:
        server.process.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
        yield save_all(server, {each: (each, "rendition=copy") for each in CARRIED}, folder)
        stop_cleanly(server.process)
        assert_calm(server.process)
    finally:
        server.process.clear()


def save_all(server: Server, wanted: dict[str, tuple[str, str]], folder: Path) -> dict[str, Path]:
    """Save the answers to several requests at the same time; each is (stream, query)."""
    with ThreadPoolExecutor(len(wanted)) as pool:
        jobs = {
            key: pool.submit(save, server, name, query, folder / f"{key}.saved.mp4")
            for key, (name, query) in wanted.items()
        }
    return {key: job.result() for key, job in jobs.items()}


@pytest.mark.parametrize("sample", CARRIED)
def test_copy_is_the_source_frame_for_frame(saved: dict[str, Path], sample: str) -> None:
    path = saved[sample]
    assert_sound(path)
    assert codec(path) == CARRIED[sample]
    wanted, found = frames(SAMPLES / sample), frames(path)
    assert [md5 for _, md5 in found] == [md5 for _, md5 in wanted]
    late_ms = [abs(at - due) for (at, _), (due, _) in zip(found, wanted, strict=True)]
    assert max(late_ms) <= 1, "the pictures have other times than the source's"


def test_ten_live_seconds_are_sound(serve: StartServer, rtsp: StartRtsp, tmp_path: Path) -> None:
    camera = rtsp()
    sources = {name: camera.url(name) for name in ("h264", "hevc")}
    server = serve(
        "pattern=pattern:640x360@30", *(f"{name}={url}" for name, url in sources.items())
    )
    query = f"seconds={LIVE_S}"
    wanted = {
        "pattern": ("pattern", f"rendition=h264&{query}"),
        "h264": ("h264", f"rendition=copy&{query}"),
        "hevc": ("hevc", f"rendition=copy&{query}"),
        "transcoded": ("hevc", f"rendition=h264&{query}"),
    }
    for key, path in save_all(server, wanted, tmp_path).items():
        assert_sound(path)
        assert codec(path) == ("hevc" if key == "hevc" else "h264")
        times = [at for at, _ in frames(path)]
        # A camera that is short of CPU is behind, by seconds perhaps.
        assert LIVE_S * 500 < times[-1] < (LIVE_S + 2) * 1000, key
        assert len(times) > 15 * LIVE_S, key
    assert_calm(server.process)


def test_a_file_cut_off_by_its_client_is_sound(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    received = bytearray()
    with asking(server.port, "/streams/pattern/stream.mp4") as response:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            received += response.read1()
    path.write_bytes(whole_fragments(received))
    assert_sound(path)
    assert len(frames(path)) > 60
    wait_until(lambda: described(server.port, "pattern")["viewers"] == 0, "end of the viewer", 30)
