"""`Viewer`: a stream in a program, from a server that does what the test wants."""

import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

import streamer
from streamer import Viewer
from streamer.client import connection as module
from streamer.control import ErrorNotice, Play, StateChange
from streamer.errors import BadMessage, ConfigError, PeerError, Unauthorized, UnknownStream
from streamer.wire import Flags, Kind
from tests.fake_server import AHEAD_US, TIMEOUT_S, FakeServer
from tests.test_client_uplink import Patience
from tests.view_server import H264, JPEG, ViewVisit, media, view_server

Server = FakeServer[ViewVisit]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(module, "Backoff", Patience)
    with view_server() as running:
        yield running
    names = [thread.name for thread in threading.enumerate()]
    assert "streamer-watching" not in names


def began(server: Server, visits: int = 1) -> ViewVisit:
    """The session, once the viewer has said what it wants."""
    server.wait(lambda: len(server.visits) >= visits and server.last.play, "play")
    return server.last


def watched(server: Server, **options: Any) -> Viewer:
    return Viewer(server.url, "cam", **options)


def jpeg(colour: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(target, "jpeg")
    return target.getvalue()


def read(viewer: Viewer) -> bytes:
    message = viewer.read(TIMEOUT_S)
    assert message is not None
    return bytes(message.payload)


def test_one_name_is_as_good_as_a_list_of_one(server: Server) -> None:
    with watched(server, renditions="jpeg", codecs="jpeg"):
        assert began(server).play == Play(("jpeg",), ("jpeg",), 0, 0)


def test_messages_come_with_all_that_is_needed(server: Server) -> None:
    with watched(server, token="a b", renditions=("copy", "jpeg"), max_latency_ms=300) as viewer:
        visit = began(server)
        assert (visit.path, visit.token) == ("/ws/streams/cam", "Bearer a b")
        assert visit.play == Play(("copy", "jpeg"), streamer.control.CODECS, 0, 0, 300)
        visit.say(H264)
        visit.send(media(Kind.INIT, payload=b"init"))
        visit.send(media(Kind.FRAGMENT, 7, b"first", keyframe=True, meta=b'{"n":1}'))
        message = viewer.read(TIMEOUT_S)
        assert message is not None
        assert (bytes(message.payload), message.init, message.metadata) == (
            b"first",
            b"init",
            {"n": 1},
        )
        assert (message.rendition, message.header.sequence) == (H264, 7)
        assert message.header.captured_us < message.received_us + AHEAD_US
        assert viewer.state == StateChange("live")
        assert viewer.read(0.01) is None
        server.wait(lambda: visit.acks, "ack")
        assert 10 < (visit.acks[0].staleness_ms or 0) < 5000


def test_how_it_goes(server: Server) -> None:
    with watched(server) as viewer:
        visit = began(server)
        visit.say(JPEG)
        for sequence in (0, 1):
            visit.send(media(Kind.JPEG, sequence))
            read(viewer)
        assert viewer.read(0.05) is None
        visit.send(media(Kind.JPEG, 5))  # which was taken after the viewer came
        read(viewer)
        stats = viewer.stats
        assert (stats.connected, stats.connections, stats.trouble) == (True, 1, None)
        assert (stats.received, stats.shown, stats.dropped) == (3, 3, {"network": 3, "late": 0})
        assert stats.received_bytes == 3 * (32 + len(b"picture"))
        assert 10 < (stats.staleness_p50_ms or 0) <= (stats.staleness_p95_ms or 0) < 5000
        assert stats.fps > 0
        server.wait(lambda: viewer.offset_error_us is not None, "answered ping")
        error_us = viewer.offset_error_us or 0
        assert abs(viewer.offset_us - AHEAD_US) <= error_us < 1_000_000


def test_a_server_that_was_restarted_and_its_publisher_is_late(server: Server) -> None:
    with watched(server) as viewer:
        visit = began(server)
        visit.say(JPEG)
        visit.send(media(Kind.JPEG, 0, b"before"))
        assert read(viewer) == b"before"
        server.close()
        server.refusal = ErrorNotice(4404, "No stream 'cam'.")
        server.open()
        server.wait(lambda: len(server.visits) >= 3, "tries")
        assert viewer.stats.trouble == "No stream 'cam'."
        server.refusal = None
        visit = began(server, len(server.visits) + 1)
        visit.say(JPEG)
        visit.send(media(Kind.JPEG, 0, b"after"))
        assert read(viewer) == b"after"
        assert viewer.stats.trouble is None


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [(4401, Unauthorized, r"needs a token; name it"), (4404, UnknownStream, r"Not you\.")],
    ids=["token", "name"],
)
def test_a_refusal_is_raised_and_logged_once(
    server: Server,
    code: int,
    error: type[Exception],
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.refusal = ErrorNotice(code, "Not you.")
    with watched(server) as viewer:
        for _ in range(2):
            with pytest.raises(error, match=words):
                next(viewer)
        assert len(server.visits) == 1
    assert ["event=watching-refused" in each.message for each in caplog.records] == [True]


def test_the_end_of_a_stream_ends_the_iteration(server: Server) -> None:
    with watched(server) as viewer:
        visit = began(server)
        visit.say(H264)
        visit.send(media(Kind.INIT), media(Kind.FRAGMENT, 0, b"a", keyframe=True))
        visit.send(media(Kind.FRAGMENT, 1, b"b"))
        visit.say(StateChange("ended"))
        assert [bytes(each.payload) for each in viewer] == [b"a", b"b"]
        assert viewer.is_over


def test_frames_are_decoded_and_what_is_broken_is_counted(server: Server) -> None:
    with watched(server) as viewer:
        visit = began(server)
        visit.say(JPEG)
        frames = viewer.frames(timeout_s=TIMEOUT_S)
        visit.send(media(Kind.JPEG, 0, jpeg("red"), meta=b'{"boxes":[]}'))
        frame = next(frames)
        assert (frame.picture.width, frame.picture.height) == (64, 48)
        red, green, blue = frame.array()[20, 30]
        assert (red > 240, green < 15, blue < 15) == (True, True, True)
        assert frame.metadata == {"boxes": []}
        assert 10 < frame.staleness_ms < 5000
        visit.send(media(Kind.JPEG, 1, b"junk"))
        server.wait(lambda: viewer.stats.dropped.get("broken"), "broken picture")
        visit.send(media(Kind.JPEG, 2, jpeg("blue")))
        assert next(frames).message.header.sequence == 2
        frames.close()
        assert list(viewer.frames(timeout_s=0.05)) == []
        assert viewer.stats.dropped["broken"] == 1


def test_without_acks_the_server_hears_nothing(server: Server) -> None:
    with watched(server, acks=False) as viewer:
        visit = began(server)
        visit.say(JPEG)
        for sequence in range(3):
            visit.send(media(Kind.JPEG, sequence))
            read(viewer)
        assert (visit.acks, visit.answers) == ([], [])


def test_a_closed_viewer_is_over(server: Server) -> None:
    viewer = watched(server)
    visit = began(server)
    visit.say(H264)
    visit.send(media(Kind.FRAGMENT, 0, b"a", keyframe=True, flags=Flags.NONE))
    server.wait(lambda: viewer.stats.received, "arrival")
    viewer.close()
    viewer.close()
    server.wait(lambda: visit.ended, "goodbye")
    assert visit.connection.close_code == 1000
    assert [bytes(each.payload) for each in viewer] == [b"a"], "what came is still to be had"


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("localhost:8000", {"name": "cam"}),
        ("http://localhost:8000", {}),
        ("http://localhost:8000/cam", {"max_latency_ms": 50}),
        ("http://localhost:8000/cam", {"width": -1}),
        ("http://localhost:8000/cam", {"renditions": "h264-50"}),
        ("http://localhost:8000/cam", {"renditions": ("copy", "best")}),
        ("http://localhost:8000/cam", {"codecs": ("vp8",)}),
    ],
)
def test_what_cannot_be_watched(url: str, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Viewer(url, **options)


@pytest.mark.parametrize("host", ["cam..local", f"{'a' * 64}.example"])
def test_a_name_that_no_host_can_have(host: str) -> None:
    with pytest.raises(BadMessage, match=r"cannot be connected to .*check the host's name"):
        Viewer(f"http://{host}:8000/cam").read(TIMEOUT_S)


def test_what_nobody_foresaw_is_a_failure_and_no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def dial(*_: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr(module, "dial", dial)
    with pytest.raises(PeerError, match="this client failed; see its log"):
        Viewer("http://localhost:8000/cam").read(TIMEOUT_S)
