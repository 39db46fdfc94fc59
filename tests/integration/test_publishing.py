"""Publishing over HTTP, by the commands that people have: every container, and every trouble."""

import json
import os
import random
import shlex
import signal
import time
from pathlib import Path

import pytest

from tests.integration.conftest import Server, StartProcess, StartServer
from tests.integration.moving import CLIP, FFMPEG, LIVE, assert_moving
from tests.integration.peeking import SAMPLES, ask, assert_calm, described, workers
from tests.integration.processes import Process, wait_until
from tests.integration.publishing import (
    CONTAINERS,
    Encoder,
    WirePublisher,
    WireViewer,
    curl,
    ffmpeg,
    publish_url,
)

WAITING = "Waiting for a publisher."
SILENT_S = 10.0


def phase(server: Server, name: str = "cam") -> str:
    return str(described(server.port, name)["phase"])


def wait_for_streams(server: Server, count: int = 1) -> None:
    """Wait until so many are there, as publishers have come."""
    wait_until(
        lambda: len(ask(server.port, "/api/streams").json["streams"]) == count, "streams", 10
    )


def answer_of(process: Process, timeout_s: float = 30.0) -> tuple[int, dict[str, object]]:
    """Status and body that curl printed before it ended."""
    wait_until(lambda: not process.is_running(), "end of curl", timeout_s)
    body, _, status = process.output.strip().rpartition("\n")
    return int(status), json.loads(body)


def descriptors(server: Server) -> int:
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())


@pytest.fixture
def waiting(serve: StartServer) -> Server:
    """A server without any source."""
    return serve()


def test_ffmpeg_publishes_in_every_container(waiting: Server, start: StartProcess) -> None:
    publishers = [start(*ffmpeg(waiting, form, form)) for form in CONTAINERS]
    wait_for_streams(waiting, len(CONTAINERS))
    for form in CONTAINERS:
        assert_moving(waiting, form)
    for publisher in publishers:
        publisher.clear()
    wait_until(lambda: not workers(waiting.process), "end of the workers", 30)
    for form in CONTAINERS:
        assert described(waiting.port, form)["reason"] == WAITING
        assert ask(waiting.port, f"/streams/{form}/snapshot.jpg").json == {"error": WAITING}
    assert_calm(waiting.process)


def test_ffmpeg_puts_and_ends(waiting: Server, start: StartProcess) -> None:
    url = publish_url(waiting)
    publisher = start(
        *(*FFMPEG, "-re", "-stream_loop", "2", "-i", CLIP, "-c", "copy"),
        *("-method", "PUT", "-f", "mpegts", url),
    )
    wait_for_streams(waiting)
    assert_moving(waiting, "cam")
    wait_until(lambda: not publisher.is_running(), "its end", 30)
    assert publisher.output == ""
    wait_until(lambda: not workers(waiting.process), "end of the worker", 30)


def test_curl_is_paced_and_gets_an_answer(
    waiting: Server, start: StartProcess, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.ts"
    copied = start(*FFMPEG, "-stream_loop", "1", "-i", CLIP, "-c", "copy", str(clip))
    wait_until(lambda: not copied.is_running(), "the clip", 30)
    began_s = time.monotonic()
    publisher = start(*curl(waiting, str(clip), "cam", "-H", "Expect: 100-continue"))
    wait_for_streams(waiting)
    assert_moving(waiting, "cam")
    status, body = answer_of(publisher, 15)
    assert time.monotonic() - began_s > 4.5  # 8 s of pictures, all but the first 3 in their time
    assert (status, body["stream"], body["bytes"]) == (200, "cam", clip.stat().st_size)
    assert_calm(waiting.process)


def test_one_at_a_time(waiting: Server, start: StartProcess) -> None:
    start(*ffmpeg(waiting))
    wait_for_streams(waiting)
    for second in (curl(waiting), curl(waiting, CLIP, "cam", "-H", "Expect:")):
        status, body = answer_of(start(*second))
        assert status == 409
        assert body == {"error": "Another publishes to 'cam'; stop it, or use another name."}
    rival = start(*ffmpeg(waiting, "flv"))
    wait_until(lambda: not rival.is_running(), "its end", 30)
    assert_moving(waiting, "cam")


def test_a_takeover(serve: StartServer, start: StartProcess, tmp_path: Path) -> None:
    settings = tmp_path / "streamer.toml"
    settings.write_text("[server]\npublish_takeover = true\n")
    server = serve("--config", str(settings))
    pipe = f"{shlex.join((*FFMPEG, *LIVE))} -f mpegts - | {shlex.join(curl(server, '-'))}"
    first = start("sh", "-c", pipe)
    wait_for_streams(server)
    assert_moving(server, "cam")
    with WireViewer(server, ("jpeg",)) as viewer:
        viewer.wait_for_pictures(5)
        second = start(*ffmpeg(server, "mjpeg"))
        wait_until(lambda: "has taken over 'cam'" in first.output, "word of it", 30)
        wait_until(lambda: viewer.phases[-2:] == ["connecting", "live"], "the second", 30)
        viewer.wait_for_pictures(5)
        assert (viewer.is_open, second.is_running()) == (True, True)
    assert described(server.port, "cam")["codec"] == "mjpeg"
    assert_calm(server.process)


@pytest.mark.parametrize(
    ("arguments", "refusals"),
    [
        (("--no-publish", "pattern:"), {"cam": (403, "takes no publishers")}),
        (
            ("cam=pattern:",),
            {
                "cam": (409, "has a source of its own"),
                "a%20b": (400, "cannot be a stream's name"),
            },
        ),
        (
            ("--token", "a long secret"),
            {
                "cam": (401, "needs a token"),
                "cam.js": (401, "needs a token"),
                "cam?token=another": (401, "The token is wrong"),
            },
        ),
    ],
)
def test_refusals(
    serve: StartServer,
    start: StartProcess,
    arguments: tuple[str, ...],
    refusals: dict[str, tuple[int, str]],
) -> None:
    server = serve(*arguments)
    for name, (status, words) in refusals.items():
        told, body = answer_of(start(*curl(server, CLIP, name)))
        assert told == status
        assert words in str(body["error"])
    assert_calm(server.process)


def test_with_the_token(serve: StartServer, start: StartProcess) -> None:
    server = serve("--token", "open-sesame")
    headers = ("-H", "Authorization: Bearer open-sesame")
    both = curl(server, CLIP, "a", *headers), curl(server, CLIP, "b?token=open-sesame")
    for publisher in [start(*each) for each in both]:
        assert answer_of(publisher)[0] == 200


def garbage(folder: Path) -> list[Path]:
    chance = random.Random(7)
    clip = (SAMPLES / "h264.mp4").read_bytes()
    made = {
        "empty": b"",
        "one": b"\x47",
        "text": b"Dear server, please show this.\n" * 1000,
        "zeros": bytes(2_000_000),
        "noise": chance.randbytes(500_000),
        "page": b"<!doctype html><title>no video</title>",
        "list": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "script": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "session": b"v=0\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "head": clip[:2000],
        "matroska": b"\x1a\x45\xdf\xa3" + chance.randbytes(100_000),
        "flv": b"FLV\x01\x05\x00\x00\x00\x09" + chance.randbytes(100_000),
        "ts": (b"\x47\x40\x11\x10" + bytes(184)) * 1000,
        "jpeg": b"\xff\xd8\xff\xe0" + chance.randbytes(100_000),
        "sound": b"RIFF\x24\x80\x00\x00WAVEfmt " + bytes(40_000),
    }
    for name, data in made.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in made]


def test_what_is_no_video_gets_one_sentence_and_leaves_nothing(
    waiting: Server, start: StartProcess, tmp_path: Path
) -> None:
    paths = garbage(tmp_path)
    answer_of(start(*curl(waiting, str(paths[2]))))  # what is opened once is open now
    wait_until(lambda: not workers(waiting.process), "end of the worker", 30)
    before = descriptors(waiting)
    for path in paths:  # each to a name of its own, as one that fails again and again has to wait
        status, body = answer_of(start(*curl(waiting, str(path), f"of-{path.name}")), 20)
        assert (status, list(body)) == (415, ["error"]), (path, body)
        sentence = str(body["error"])
        assert sentence.endswith(".")
        assert not any(word in sentence for word in ("Error", "errno", "None", "root:")), sentence
    wait_until(lambda: not workers(waiting.process), "end of the workers", 30)
    wait_until(lambda: descriptors(waiting) <= before, "closed descriptors", 30)
    assert answer_of(start(*curl(waiting)))[0] == 200
    assert_calm(waiting.process)


def test_a_publisher_that_is_killed_and_comes_back(waiting: Server, start: StartProcess) -> None:
    publisher = start(*ffmpeg(waiting))
    wait_for_streams(waiting)
    with WireViewer(waiting, ("copy",)) as viewer:
        viewer.wait_for_pictures(5)
        wait_until(lambda: len(workers(waiting.process)) == 1, "one worker", 30)
        before = descriptors(waiting)
        for _ in range(3):
            publisher.clear()
            wait_until(lambda: viewer.phases[-1] == "offline", "the loss", 30)
            publisher = start(*ffmpeg(waiting))
            wait_until(lambda: viewer.phases[-1] == "live", "the return", 30)
            viewer.wait_for_pictures(5)
        assert viewer.is_open
        wait_until(lambda: descriptors(waiting) <= before, "closed descriptors", 30)
        assert len(workers(waiting.process)) == 1
    assert_moving(waiting, "cam")


def test_viewers_stay_through_a_change_of_publisher(waiting: Server, start: StartProcess) -> None:
    publisher = start(*ffmpeg(waiting))
    wait_for_streams(waiting)
    with WireViewer(waiting, ("auto",)) as viewer:
        viewer.wait_for_pictures(5)
        publisher.clear()
        with WirePublisher(waiting, Encoder("jpeg", 480, 270)):
            wait_until(lambda: viewer.sizes[-1:] == [("jpeg", 480, 270)], "the second", 30)
            viewer.wait_for_pictures(5)
        publisher = start(*ffmpeg(waiting, "webm"))
        wait_until(lambda: viewer.sizes[-1:] == [("avc1", 320, 180)], "the third", 30)
        viewer.wait_for_pictures(5)
        assert viewer.is_open
    assert_calm(waiting.process)


def test_publishers_that_go_silent_are_let_go(waiting: Server, start: StartProcess) -> None:
    publisher = start(*ffmpeg(waiting))
    wait_for_streams(waiting)
    with WirePublisher(waiting, Encoder("jpeg", 320, 180), "wire") as wire:
        assert_moving(waiting, "cam")
        assert_moving(waiting, "wire")
        os.kill(publisher.pid, signal.SIGSTOP)
        wire.is_silent = True
        code = wire.wait_for_close(SILENT_S + 10)
        assert code == (4408, "No packet came for 10 s.")
        wait_until(lambda: phase(waiting) == "offline", "the loss", 30)
    os.kill(publisher.pid, signal.SIGCONT)
    wait_until(lambda: not publisher.is_running(), "its end", 30)
    assert described(waiting.port, "cam")["reason"] == WAITING
    start(*ffmpeg(waiting, "flv"))
    assert_moving(waiting, "cam")


def test_something_to_show_while_nobody_publishes(serve: StartServer, start: StartProcess) -> None:
    server = serve("--loop", "cam=publish:", "--fallback", f"cam={SAMPLES / 'clip.mp4'}")
    with WireViewer(server, ("copy", "h264")) as viewer:
        wait_until(lambda: viewer.sizes[-1:] == [("avc1", 640, 360)], "the fallback", 30)
        publisher = start(*ffmpeg(server))
        wait_until(lambda: viewer.sizes[-1:] == [("avc1", 320, 180)], "the publisher", 30)
        publisher.clear()
        wait_until(lambda: viewer.sizes[-1:] == [("avc1", 640, 360)], "the fallback again", 30)
        viewer.wait_for_pictures(5)
        assert viewer.is_open
    assert_calm(server.process)


def test_the_server_stops_while_somebody_publishes(
    serve: StartServer, start: StartProcess
) -> None:
    server = serve()
    publisher = start(*ffmpeg(server))
    wait_for_streams(server)
    assert_moving(server, "cam")
    with WirePublisher(server, Encoder("jpeg", 320, 180), "other") as wire:
        wait_until(lambda: wire.heard("ack"), "an acknowledgement", 30)
        server.process.stop()
        assert wire.wait_for_close(5) == (1001, "The server is being stopped.")
    wait_until(lambda: not publisher.is_running(), "its end", 30)
    assert_calm(server.process)
