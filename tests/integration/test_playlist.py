"""A directory as a source: its files one after the other, whatever they are."""

import subprocess
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Page

from tests.integration.conftest import StartServer
from tests.integration.peeking import SAMPLES, ask, assert_calm, described
from tests.integration.processes import wait_until
from tests.integration.watching import assert_moves, open_page, stats, told, wait_for_picture

PARTS = ("1.h264.mp4", "2.vp9.mp4", "3.mjpeg.avi", "4.clip.mp4", "5.hevc.mp4", "6.vp8.webm")


def shorten(folder: Path, name: str) -> None:
    """The first second of the sample that a file is called after."""
    sample = str(SAMPLES / name[2:])
    command = ["ffmpeg", "-v", "error", "-nostdin", "-t", "1", "-i", sample, "-an", "-c", "copy"]
    subprocess.run([*command, str(folder / name)], check=True, timeout=20)


def recordings(folder: Path, *names: str) -> str:
    folder.mkdir()
    for name in names:
        shorten(folder, name)
    (folder / "0.notes.txt").write_text("Not a video.\n" * 100)
    (folder / "4.cut.mp4").write_bytes((SAMPLES / "h264.mp4").read_bytes()[:9000])
    (folder / ".hidden.mp4").write_bytes(b"")
    (folder / "0.more").mkdir()
    return f"{folder}/"


def test_files_follow_each_other_on_one_page(
    serve: StartServer, page: Page, tmp_path: Path
) -> None:
    server = serve("--loop", f"cam={recordings(tmp_path / 'films', *PARTS)}")
    open_page(page, f"{server.url}/watch/cam")
    wait_for_picture(page)
    seen: set[tuple[str, int]] = set()

    def all_seen() -> bool:
        figures = stats(page)
        seen.add((figures["codec"], figures["width"]))
        return len(seen) >= 5

    wait_until(all_seen, "every size and codec", 30, lambda: str(seen))
    assert_moves(page.locator("stream-player"))
    phases = [each["phase"] for each in told(page)]
    assert set(phases[phases.index("live") :]) <= {"live", "waiting", "stalled"}, phases
    for name in ("0.notes.txt", "4.cut.mp4"):
        assert server.process.output.count(name) == 1, server.process.output
    assert described(server.port, "cam")["phase"] == "live"
    assert_calm(server.process)


def test_encoded_files_are_one_file(serve: StartServer, tmp_path: Path) -> None:
    """What is recorded over the joint plays as one: times grow, and none is lost."""
    server = serve("--loop", f"cam=dir:{recordings(tmp_path / 'films', *PARTS[:1])}")
    path = tmp_path / "recorded.mp4"
    for rendition in ("copy", "h264"):
        answer = ask(server.port, f"/streams/cam/stream.mp4?rendition={rendition}&seconds=4")
        path.write_bytes(answer.body)
        times = decoding_times(path)
        assert len(times) > 40, rendition
        steps = [after - before for before, after in pairwise(times)]
        assert min(steps) > 0, rendition
        assert max(steps) < 0.2, rendition


def decoding_times(path: Path) -> list[float]:
    command = ["ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "packet=dts_time"]
    done = subprocess.run([*command, str(path)], capture_output=True, check=True, timeout=20)
    return [float(line.strip(",")) for line in done.stdout.decode().split()]


def test_a_directory_of_nothing_is_refused_in_words(serve: StartServer, tmp_path: Path) -> None:
    server = serve("--loop", f"cam={recordings(tmp_path / 'films')}", f"gone=dir:{tmp_path}/gone")
    answer = ask(server.port, "/streams/cam/snapshot.jpg")
    assert (answer.status, "holds no video file" in answer.json["error"]) == (503, True)
    answer = ask(server.port, "/streams/gone/snapshot.jpg")
    assert "cannot be read (No such file or directory)" in answer.json["error"]
    assert_calm(server.process)
