"""`streamer watch`, from a server that does what the test wants."""

import io
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamer.client.view import watch as module
from streamer.client.view.viewer import ViewerStats
from streamer.control import Ack, ErrorNotice, Ping, StateChange
from streamer.errors import ConfigError, SourceMissing, StreamerError, Unauthorized
from streamer.wire import Kind, pack
from tests.fake_server import TIMEOUT_S, FakeServer
from tests.test_client_frames import h264
from tests.test_client_viewer import began
from tests.view_server import H264, JPEG, ViewVisit, media, view_server

Server = FakeServer[ViewVisit]


@pytest.fixture
def server() -> Iterator[Server]:
    with view_server() as running:
        yield running


class Watching:
    """The command, in a thread, and what it says."""

    def __init__(self, server: Server, **options: Any) -> None:
        self.out = io.StringIO()
        self.failure: StreamerError | None = None
        self._url = f"{server.url}/cam"
        self._options = options
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()

    def wait(self) -> None:
        self._thread.join(TIMEOUT_S)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            module.run(self._url, out=self.out, **self._options)
        except StreamerError as exc:
            self.failure = exc


def test_a_stream_is_watched_and_saved_to_its_end(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    watching = Watching(server, rendition="h264", save=path)
    visit = began(server)
    assert visit.play is not None
    assert (visit.play.renditions, "jpeg" in visit.play.codecs) == (("h264",), False)
    visit.say(H264)
    fragments = h264(4)
    visit.send(media(Kind.INIT, payload=fragments[0].init or b""))
    visit.send(*(pack(each.header, each.payload) for each in fragments))
    visit.say(StateChange("ended"))
    watching.wait()
    size = path.stat().st_size / 1e6
    assert watching.lines == [
        "cam  h264 (avc1.42c01f, 64x48 at 30 fps): As asked for.",
        "cam  The stream has ended.",
        f"cam  Saved 4 pictures, {size:.2f} MB, in '{path}'.",
    ]


class Seconds:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.are_over = False

    def now_s(self) -> float:
        return 3.0 if self.are_over else 0.0


def test_it_ends_when_told_to_with_the_last_figures(server: Server) -> None:
    time = Seconds()
    watching = Watching(server, seconds=2.5, now_s=time.now_s)
    visit = began(server)
    visit.say(StateChange("live"))
    visit.say(JPEG)
    visit.send(media(Kind.JPEG, 0, age_ms=900), media(Kind.JPEG, 1, age_ms=20))
    server.wait(lambda: any(isinstance(each, Ack) and each.painted == 1 for each in visit.said))
    time.are_over = True
    watching.wait()
    assert watching.failure is None
    _, last = watching.lines
    staleness = re.match(r"cam  staleness ([\d.]+)/([\d.]+) ", last)
    assert staleness is not None, last
    assert staleness[1] == staleness[2], "the picture of before it came is left out"


def test_a_stream_that_is_offline_all_the_time_is_a_failure(server: Server) -> None:
    time = Seconds()
    watching = Watching(server, seconds=2.5, now_s=time.now_s)
    visit = began(server)
    visit.say(StateChange("offline", "No answer."))
    server.wait(lambda: any(isinstance(each, Ping) for each in visit.said))
    time.are_over = True
    watching.wait()
    assert watching.lines == ["cam  offline: No answer."]
    assert isinstance(watching.failure, SourceMissing)
    assert watching.failure.sentence == "Nothing came of 'cam', which is offline: No answer."


def test_a_server_that_never_answers_is_a_failure_and_told_at_once() -> None:
    out, seconds = io.StringIO(), iter(range(9))
    with pytest.raises(SourceMissing, match="does not answer"):
        module.run(
            "http://localhost:1/cam", out=out, seconds=2.5, now_s=lambda: float(next(seconds))
        )
    assert out.getvalue().splitlines() == [
        "cam  http://localhost:1/cam does not answer (connection refused)."
    ]


@pytest.mark.parametrize(
    ("token", "words"),
    [(None, "needs a token; name it with --token"), ("x", "refuses this token; check what --tok")],
)
def test_a_refusal_ends_it(server: Server, token: str | None, words: str) -> None:
    server.refusal = ErrorNotice(4401, "No.")
    watching = Watching(server, token=token)
    watching.wait()
    assert isinstance(watching.failure, Unauthorized)
    assert f"{server.url}/cam {words}" in watching.failure.sentence


def test_nothing_saved_is_said(server: Server, tmp_path: Path) -> None:
    watching = Watching(server, save=tmp_path / "out.mp4")
    began(server).say(StateChange("ended"))
    watching.wait()
    assert watching.lines == ["cam  The stream has ended.", "cam  Nothing was saved."]
    assert isinstance(watching.failure, SourceMissing)
    assert watching.failure.sentence == "Nothing came of 'cam', which has ended."


def test_a_time_in_which_nothing_came_is_a_failure(server: Server) -> None:
    time = Seconds()
    watching = Watching(server, seconds=2.5, now_s=time.now_s)
    began(server)
    time.are_over = True
    watching.wait()
    assert isinstance(watching.failure, SourceMissing)
    assert watching.failure.sentence == ("Nothing came of 'cam' in this time; watch for longer.")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seconds": 0}, "more than 0"),
        ({"seconds": float("nan")}, "more than 0"),
        ({"rendition": "jpeg-480", "save": Path("x.mp4")}, "no video"),
        ({"save": Path("x.webm")}, r"'x\.webm' is no name of an MP4 file; end it with \.mp4\."),
    ],
)
def test_what_cannot_be_done(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        module.run("http://localhost:8000/cam", **options)


def test_figures_in_a_line() -> None:
    known = ViewerStats(
        connected=True,
        received=90,
        received_bytes=1,
        shown=90,
        dropped={"network": 3, "late": 0, "broken": 1},
        connections=1,
        fps=29.97,
        bitrate_bps=2_310_000,
        staleness_p50_ms=21.04,
        staleness_p95_ms=35,
        round_trip_ms=0.8,
        clock_error_ms=0.21,
        trouble=None,
    )
    assert module.figures(known) == (
        "staleness 21.0/35.0 (±0.2) ms  30.0 fps  2.31 Mbit/s  round trip 0.8 ms  "
        "dropped 3 network, 1 broken"
    )
    empty = ViewerStats(False, 0, 0, 0, {}, 0, 0.0, 0.0, None, None, None, None, None)
    assert module.figures(empty).endswith("round trip - ms  dropped 0")
