"""Pictures and clips of the past, from a real server, by the marks that the pictures carry."""

import io
import time
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import Image

from streamer.media.picture import mark
from tests.integration.conftest import Server, StartServer
from tests.integration.observers import Observer
from tests.integration.peeking import ask, assert_calm, assert_sound
from tests.integration.processes import wait_until

FPS = 30
AGO_S = 3.0
STAMP_S = 0.005  # between the mark's time and the server's


@pytest.fixture
def watched(serve: StartServer) -> Server:
    """A server with two streams that have been watched for some seconds."""
    server = serve("cam=pattern:640x360@30", "always=samples/clip.mp4", "--always", "--loop")
    observer = Observer(server.port, "cam", ("h264",))
    wait_until(lambda: len(observer.pictures) > FPS * 13, "pictures of 13 s", 30)
    return server


def mark_of_image(picture: Image.Image) -> mark.Mark:
    luma = picture.convert("L")
    found = mark.read(luma.tobytes(), luma.width, luma.width, luma.height)
    assert found is not None, "the picture carries no mark"
    return found


def mark_of(frame: av.VideoFrame) -> mark.Mark:
    plane = frame.planes[0]
    found = mark.read(bytes(plane), plane.line_size, frame.width, frame.height)
    assert found is not None, "the picture carries no mark"
    return found


def test_the_past_is_there_as_it_was(watched: Server, tmp_path: Path) -> None:
    taken: list[tuple[mark.Mark, int]] = []
    for path in ("snapshot.jpg", "snapshot.png"):
        # Between the asking and the answer the server looks at its clock.
        before_us = time.time_ns() // 1000
        answer = ask(watched.port, f"/streams/cam/{path}?ago={AGO_S:g}")
        after_us = time.time_ns() // 1000
        assert answer.status == 200, answer.body
        picture = Image.open(io.BytesIO(answer.body))
        assert picture.size == (640, 360)
        found = mark_of_image(picture)
        youngest_ms = mark.age_us(found, before_us) / 1000 - AGO_S * 1000
        oldest_ms = mark.age_us(found, after_us) / 1000 - AGO_S * 1000
        took_ms = oldest_ms - youngest_ms
        assert -took_ms <= youngest_ms
        taken.append((found, before_us))
        captured_us = int(answer.headers["x-captured-us"])
        assert abs(mark.age_us(found, captured_us)) < STAMP_S * 1e6, "another picture than it says"
    assert ask(watched.port, "/streams/cam/snapshot.jpg?ago=60").status == 400

    clip = ask(watched.port, "/streams/cam/clip.mp4?seconds=10")
    now_us = time.time_ns() // 1000
    assert (clip.status, clip.headers["content-type"]) == (200, "video/mp4")
    path_of = tmp_path / "clip.mp4"
    path_of.write_bytes(clip.body)
    assert_sound(path_of)
    with av.open(str(path_of), "r") as container:
        packets = [each for each in container.demux(video=0) if each.size]
        assert (packets[0].is_keyframe, packets[0].dts) == (True, 0)
    with av.open(str(path_of), "r") as container:
        marks = [mark_of(frame) for frame in container.decode(video=0)]
    steps = [after.sequence - before.sequence for before, after in pairwise(marks)]
    assert min(steps) > 0, "pictures are missing their order"
    assert steps.count(1) > 0.9 * len(steps), "more is missing than a busy machine leaves out"
    for found, before_us in taken:
        later = next(each for each in marks if each.sequence > found.sequence)
        later_s = mark.age_us(later, before_us) / 1e6
        assert later_s < AGO_S + STAMP_S, "it was not the last picture of then"
    first_s, last_s = (mark.age_us(each, now_us) / 1e6 for each in (marks[0], marks[-1]))
    assert 10 <= first_s <= 13
    assert last_s < 1

    # Nobody ever watched this one; its source is always open.
    unwatched = ask(watched.port, "/streams/always/clip.mp4?seconds=5")
    path_of.write_bytes(unwatched.body)
    assert unwatched.status == 200
    assert_sound(path_of)
    assert_calm(watched.process)
