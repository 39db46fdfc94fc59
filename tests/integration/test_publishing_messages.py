"""Publishing over a WebSocket in the project's own wire: every codec, every change, every loss."""

import json
import os
import signal

import pytest
from playwright.sync_api import Page
from websockets.exceptions import ConnectionClosed

from streamer.wire import Flags, Header, Kind, pack
from tests.integration.conftest import Server, StartProcess, StartServer
from tests.integration.moving import assert_moving, read_mark
from tests.integration.peeking import ask, assert_calm, described, workers
from tests.integration.processes import wait_until
from tests.integration.publishing import (
    CLOCK,
    Encoder,
    WirePublisher,
    WireViewer,
    connected,
    curl,
    ffmpeg,
)
from tests.integration.test_publishing import answer_of, descriptors
from tests.integration.watching import (
    assert_moves,
    open_page,
    stats,
    told,
    wait_for,
    wait_for_picture,
)

H264 = "avc1.42E01F"


@pytest.fixture
def waiting(serve: StartServer) -> Server:
    """A server with a stream that waits for its publisher."""
    return serve("cam=publish:")


@pytest.mark.parametrize(
    ("codec", "is_described"), [(H264, False), (H264, True), ("vp8", False), ("jpeg", False)]
)
def test_every_codec_is_shown_with_its_times(
    waiting: Server, codec: str, is_described: bool
) -> None:
    encoder = Encoder(codec, 640, 360, described=is_described)
    with WirePublisher(waiting, encoder) as publisher:
        assert_moving(waiting, "cam")
        mark = read_mark(waiting.port, "cam")
        assert mark is not None
        assert abs(CLOCK.wall_us() % (2**32 * 100) - mark.time_us) < 2_000_000
        with WireViewer(waiting, ("auto",)) as viewer:
            viewer.wait_for_pictures(10)
        kept = {captured_us for _, captured_us in publisher.sent}
        assert {header.captured_us for header in viewer.headers} <= kept
        codecs = {"avc1": "h264", "vp8": "vp8", "jpeg": "mjpeg"}
        assert described(waiting.port, "cam")["codec"] == codecs[codec.partition(".")[0]]
        wait_until(lambda: behind(publisher) < 5, "acknowledgements that keep up", 10)
    wait_until(lambda: not workers(waiting.process), "end of the worker", 30)
    assert_calm(waiting.process)


def behind(publisher: WirePublisher) -> int:
    """How many pictures that were sent are not acknowledged."""
    return publisher.sent[-1][0] - int(publisher.heard("ack")[-1]["received"])


FIRST_GROUP = 20


def test_a_publisher_hears_of_its_stream(waiting: Server) -> None:
    with WirePublisher(waiting, Encoder(H264, 320, 180)) as publisher:
        wait_until(lambda: publisher.heard("state")[-1:], "the state", 30)
        wait_until(lambda: publisher.heard("state")[-1]["phase"] == "live", "life", 30)
        assert publisher.told[0]["stream"] == "cam"
        assert publisher.heard("keyframe") == []
        with WireViewer(waiting, ("copy",)) as viewer:
            wait_until(lambda: publisher.heard("keyframe"), "wish for a keyframe", 30)
            viewer.wait_for_pictures(FIRST_GROUP)
            keyframes = [each for each in viewer.headers if each.flags & Flags.KEYFRAME]
            assert len(keyframes) > 1  # the encoder's own groups are of 10 s
        wait_until(lambda: publisher.heard("audience")[-1]["viewers"] == 0, "the leaving", 30)
        assert 1 in [each["viewers"] for each in publisher.heard("audience")]


def test_codec_and_size_change_in_mid_session(waiting: Server, page: Page) -> None:
    with WirePublisher(waiting, Encoder(H264, 640, 360)) as publisher:
        open_page(page, f"{waiting.url}/watch/cam")
        wait_for_picture(page)
        page.evaluate("globalThis.before = document.querySelector('stream-player')")
        for codec, width, height in (("jpeg", 320, 180), (H264, 480, 270), ("vp8", 640, 360)):
            publisher.change(Encoder(codec, width, height))
            wait_for(page, f"document.querySelector('stream-player').stats?.width === {width}")
            assert_moves(page.locator("stream-player"))
            assert stats(page)["height"] == height
        assert page.evaluate("before === document.querySelector('stream-player')")
        page.goto("about:blank")
    assert_calm(waiting.process)


def test_the_page_waits_and_comes_back_by_itself(
    waiting: Server, start: StartProcess, page: Page
) -> None:
    open_page(page, f"{waiting.url}/watch/cam")
    wait_for(page, "document.querySelector('stream-player').state?.phase === 'offline'")
    assert told(page)[-1]["title"] == "Waiting for a publisher"
    with WirePublisher(waiting, Encoder(H264, 640, 360)):
        wait_for_picture(page)
    wait_for(page, "document.querySelector('stream-player').state?.phase === 'offline'")
    start(*ffmpeg(waiting))
    wait_for(page, "document.querySelector('stream-player').state?.phase === 'live'")
    assert_moves(page.locator("stream-player"))
    page.goto("about:blank")
    assert_calm(waiting.process)


def test_a_worker_that_is_killed_is_replaced_under_a_publisher(waiting: Server) -> None:
    with WirePublisher(waiting, Encoder(H264, 320, 180)) as publisher:
        with WireViewer(waiting, ("copy",)) as viewer:
            viewer.wait_for_pictures(5)
            for _ in range(2):
                (worker,) = workers(waiting.process)
                os.kill(worker, signal.SIGKILL)
                wait_until(lambda: viewer.phases[-1] != "live", "the loss", 30)
                wait_until(lambda: viewer.phases[-1] == "live", "the return", 30)
                viewer.wait_for_pictures(5)
            assert viewer.is_open
        assert publisher.heard("error") == []
        assert len(workers(waiting.process)) == 1


def test_one_at_a_time(waiting: Server, start: StartProcess) -> None:
    with WirePublisher(waiting, Encoder("jpeg", 320, 180)) as first:
        wait_until(lambda: first.heard("ack"), "an acknowledgement", 30)
        with WirePublisher(waiting, Encoder("jpeg", 320, 180)) as second:
            code, sentence = second.wait_for_close(5)
        assert (code, sentence) == (
            4409,
            "Another publishes to 'cam'; stop it, or use another name.",
        )
        assert answer_of(start(*curl(waiting)))[0] == 409
        assert_moving(waiting, "cam")


def packet(data: bytes, flags: Flags = Flags.KEYFRAME, kind: Kind = Kind.PACKET) -> bytes:
    return pack(Header(kind, flags, 0, 0, 0, 0), data)


JPEG = json.dumps({"type": "publish", "codec": "jpeg"})
AVC = json.dumps({"type": "publish", "codec": H264})


BREACHES: list[tuple[int, list[str | bytes]]] = [
    (4400, [packet(b"x")]),
    (4400, ["{}"]),
    (4400, ["publish"]),
    (4415, [json.dumps({"type": "publish", "codec": "flv1"})]),
    (4400, [JPEG, b"short"]),
    (4400, [JPEG, packet(b"x", kind=Kind.FRAGMENT)]),
    (4400, [JPEG, packet(b"\x00\x00\x00\x09{}x", Flags.META)]),
    (4400, [JPEG, packet(b"\x00\x00\x00\x01{x", Flags.META)]),
    (1009, [JPEG, packet(bytes(8_400_000))]),
    (4415, [JPEG, packet(b"no picture")]),
    (4415, [AVC, packet(bytes(5000))]),
    (4415, [AVC, packet(b"\x00\x00\x01\x67" + bytes(range(256)))]),
]


def break_off(server: Server, says: list[str | bytes]) -> tuple[int | None, list[str]]:
    """Say something wrong; the close code, and what was told before."""
    heard: list[str] = []
    with connected(server, "publish/cam") as socket:
        try:
            for each in says:
                socket.send(each)
            while True:
                heard.append(str(socket.recv(10)))
        except ConnectionClosed:
            return socket.close_code, heard


def test_what_breaks_the_protocol_is_told_and_leaves_nothing(waiting: Server) -> None:
    break_off(waiting, ["{}"])  # what is opened once is open now
    wait_until(lambda: not workers(waiting.process), "end of the worker", 30)
    before = descriptors(waiting)
    for code, says in BREACHES:
        told, heard = break_off(waiting, says)
        assert told == code, says
        if code != 1009:  # which the WebSocket itself forbids
            error = json.loads(heard[-1])
            assert (error["type"], error["code"]) == ("error", code)
            assert error["message"].endswith(".")
        wait_until(lambda: not workers(waiting.process), "end of the worker", 30)
    wait_until(lambda: descriptors(waiting) <= before, "closed descriptors", 30)
    assert_calm(waiting.process)


def test_many_sessions_leave_nothing(waiting: Server) -> None:
    def publish_once() -> None:
        with WirePublisher(waiting, Encoder("jpeg", 160, 120)) as publisher:
            wait_until(lambda: publisher.heard("ack"), "an acknowledgement", 30)
        wait_until(lambda: not workers(waiting.process), "end of the worker", 30)

    publish_once()
    wait_until(lambda: ask(waiting.port, "/healthz").status == 200, "an answer", 30)
    before = descriptors(waiting)
    for _ in range(10):
        publish_once()
    wait_until(lambda: descriptors(waiting) <= before, "closed descriptors", 30)
    assert_calm(waiting.process)
