"""Pictures over plain HTTP: one, or without end."""

import json
from dataclasses import replace

import anyio
import pytest

from streamer.hub.delivery.message import Message
from streamer.hub.hub import Limits
from streamer.hub.state import Phase, State
from streamer.hub.stream import Opened
from streamer.rendition import Description
from streamer.server.capture import live as capture
from streamer.wire import pack, unpack
from tests.asgi import H264, TIMEOUT_S, Exchange, Site
from tests.media_messages import fragment, init, jpeg
from tests.supervised import settle

pytestmark = pytest.mark.anyio
COPY, JPEG = 0, 2


async def live(site: Site) -> None:
    """Let the viewer attach, then open the source."""
    await settle()
    site.cam.enter(State(Phase.LIVE))
    site.cam.open(H264)
    await settle()


async def body(exchange: Exchange) -> bytes:
    event = await exchange.next()
    part: bytes = event["body"]
    return part if event.get("more_body") else part + b"(end)"


async def test_a_snapshot_is_the_next_picture() -> None:
    site = Site()
    async with site.exchange("/streams/cam/snapshot.jpg") as exchange:
        await live(site)
        site.cam.publish(jpeg(b"picture", JPEG))
        start = await exchange.next()
        headers = dict(start["headers"])
        assert (start["status"], headers[b"content-type"]) == (200, b"image/jpeg")
        assert headers[b"cache-control"] == b"no-store"
        assert await body(exchange) == b"picture(end)"
        await settle()
        assert site.cam.viewers == 0


async def test_a_smaller_snapshot() -> None:
    site = Site()
    async with site.exchange("/streams/cam/snapshot.jpg?rendition=jpeg-90") as exchange:
        await live(site)
        assert site.cam.demand() == {3: "jpeg-90"}
        site.cam.publish(jpeg(b"small", 3))
        await exchange.next()
        assert await body(exchange) == b"small(end)"


async def answer(exchange: Exchange) -> tuple[int, str]:
    start = await exchange.next()
    said = json.loads((await exchange.next())["body"])
    return start["status"], said["error"]


async def test_no_picture_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "FIRST_PICTURE_S", 0)
    for path in ("snapshot.jpg", "stream.mp4", "stream.mjpeg"):
        async with Site().exchange(f"/streams/cam/{path}") as exchange:
            assert await answer(exchange) == (503, "'cam' gave no picture in time.")


async def test_a_source_that_fails_for_good() -> None:
    site = Site()
    async with site.exchange("/streams/cam/snapshot.jpg") as exchange:
        await settle()
        site.cam.enter(State(Phase.OFFLINE, "rtsp://***@cam.lan/1 is not there (404)."))
        assert await answer(exchange) == (503, "rtsp://***@cam.lan/1 is not there (404).")


@pytest.mark.parametrize("path", ["snapshot.jpg", "stream.mp4", "stream.mjpeg"])
async def test_an_offline_source_is_told_at_once(path: str) -> None:
    site = Site()
    site.cam.enter(State(Phase.OFFLINE, "rtsp://***@cam.lan/1 refuses.", 10**12))
    async with site.exchange(f"/streams/cam/{path}") as exchange:
        await settle()
        assert exchange.pending == 2
        assert await answer(exchange) == (503, "rtsp://***@cam.lan/1 refuses.")
    site.cam.enter(State(Phase.CONNECTING))
    async with site.exchange(f"/streams/cam/{path}") as exchange:
        await settle()
        assert exchange.pending == 0
        site.cam.enter(State(Phase.OFFLINE, "cam.lan is silent.", 10**12))
        await settle()
        assert exchange.pending == 2
        assert await answer(exchange) == (503, "cam.lan is silent.")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("snapshot.jpg?rendition=copy", "None of the renditions copy can be sent"),
        ("snapshot.jpg?rendition=x", "'x' is not a rendition"),
        ("stream.mp4?rendition=jpeg", "None of the renditions jpeg can be sent"),
        ("stream.mjpeg?rendition=h264", "None of the renditions h264 can be sent"),
    ],
)
async def test_what_cannot_be_sent_is_said(url: str, words: str) -> None:
    site = Site()
    async with site.exchange(f"/streams/cam/{url}") as exchange:
        await live(site)
        status, sentence = await answer(exchange)
        assert status == 400
        assert words in sentence


@pytest.mark.parametrize("text", ["0", "-1", "x", "nan", "inf", "86401", ""])
async def test_seconds_that_make_no_sense(text: str) -> None:
    found = await Site().get(f"/streams/cam/stream.mp4?seconds={text}")
    assert found.status == 400
    assert b"'seconds' is" in found.body


async def test_mp4_ends_where_the_configuration_changes() -> None:
    site = Site()
    async with site.exchange("/streams/cam/stream.mp4") as exchange:
        await live(site)
        site.cam.publish(init(b"init", COPY))
        site.cam.publish(fragment(b"k", COPY, key=True))
        start = await exchange.next()
        assert dict(start["headers"])[b"content-type"] == b"video/mp4"
        assert b"content-length" not in dict(start["headers"])
        assert [await body(exchange), await body(exchange)] == [b"init", b"k"]
        site.cam.publish(init(b"init", COPY))
        site.cam.publish(fragment(b"k2", COPY, key=True))
        assert await body(exchange) == b"k2"
        site.cam.publish(init(b"other", COPY))
        assert await body(exchange) == b"(end)"
        await settle()
        assert site.cam.viewers == 0


async def test_mp4_begins_with_what_a_new_worker_sends_and_ends_with_its_end() -> None:
    site = Site()
    site.cam.open(H264)
    site.cam.publish(fragment(b"old", COPY, key=True))
    site.cam.restart()
    async with site.exchange("/streams/cam/stream.mp4") as exchange:
        await live(site)
        site.cam.publish(init(b"init", COPY))
        site.cam.publish(fragment(b"k", COPY, key=True))
        await exchange.next()
        assert [await body(exchange), await body(exchange)] == [b"init", b"k"]
        site.cam.restart()
        site.cam.publish(init(b"init", COPY))
        site.cam.publish(fragment(b"k2", COPY, key=True))
        assert await body(exchange) == b"(end)"


async def test_mjpeg_is_multipart() -> None:
    site = Site()
    async with site.exchange("/streams/cam/stream.mjpeg") as exchange:
        await live(site)
        site.cam.publish(jpeg(b"one", JPEG))
        start = await exchange.next()
        media_type = dict(start["headers"])[b"content-type"]
        assert media_type == b"multipart/x-mixed-replace; boundary=frame"
        assert await body(exchange) == (
            b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\none\r\n"
        )
        site.cam.publish(jpeg(b"two", JPEG))
        assert (await body(exchange)).endswith(b"\r\n\r\ntwo\r\n")
        exchange.tell({"type": "http.disconnect"})
        await settle()
        assert site.cam.viewers == 0


def with_meta(message: bytearray) -> bytearray:
    """The same message with metadata of its picture."""
    header, payload = unpack(message)
    return bytearray(pack(header, payload, b'{"text":"door"}'))


async def test_metadata_stays_out_of_files() -> None:
    site = Site()
    async with site.exchange("/streams/cam/snapshot.jpg") as exchange:
        await live(site)
        site.cam.publish(with_meta(jpeg(b"picture", JPEG)))
        await exchange.next()
        assert await body(exchange) == b"picture(end)"
    async with site.exchange("/streams/cam/stream.mjpeg") as exchange:
        await settle()
        await exchange.next()
        site.cam.publish(with_meta(jpeg(b"one", JPEG)))
        part = await body(exchange)
        assert (b"Content-Length: 7" in part, b"door" in part) == (True, False)
        assert (await body(exchange)).endswith(b"Content-Length: 3\r\n\r\none\r\n")
    async with site.exchange("/streams/cam/stream.mp4") as exchange:
        await settle()
        site.cam.publish(init(b"init", COPY))
        site.cam.publish(with_meta(fragment(b"k", COPY, key=True)))
        await exchange.next()
        assert [await body(exchange), await body(exchange)] == [b"init", b"k"]


async def test_a_stream_that_ends_ends_the_response() -> None:
    site = Site()
    async with site.exchange("/streams/cam/stream.mjpeg") as exchange:
        await live(site)
        site.cam.publish(jpeg(b"one", JPEG))
        await exchange.next()
        await body(exchange)
        site.cam.enter(State(Phase.OFFLINE, "Stopped.", 10**9))
        await settle()
        assert exchange.pending == 0
        site.cam.enter(State(Phase.ENDED))
        assert await body(exchange) == b"(end)"


async def test_a_source_that_can_no_longer_be_sent_ends_the_response() -> None:
    site = Site()
    async with site.exchange("/streams/cam/stream.mp4?rendition=copy") as exchange:
        await live(site)
        site.cam.publish(init(b"init", COPY))
        await exchange.next()
        await body(exchange)
        site.cam.open(Opened("vp8", 640, 360, 30.0))
        assert await body(exchange) == b"(end)"


@pytest.mark.parametrize("takes", [1, 2, 3])
async def test_whoever_takes_nothing_is_let_go(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, takes: int
) -> None:
    """The first part or a later one is not taken, and nor would the end be."""
    site = Site()
    caplog.set_level("INFO")
    async with site.exchange("/streams/cam/stream.mjpeg", takes=takes) as exchange:
        await live(site)
        monkeypatch.setattr(capture, "SEND_WITHIN_S", 0.01)
        for _ in range(takes):
            site.cam.publish(jpeg(b"one", JPEG))
            await settle()
        with anyio.fail_after(TIMEOUT_S):
            while site.cam.viewers:
                await anyio.wait_all_tasks_blocked()
        assert exchange.pending == takes
    assert "The client takes nothing." in caplog.text


async def test_a_response_of_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    monkeypatch.setattr("streamer.server.routes.wanted_seconds", lambda _request: 0.0)
    async with site.exchange("/streams/cam/stream.mjpeg?seconds=1") as exchange:
        await live(site)
        site.cam.publish(jpeg(b"one", JPEG))
        await exchange.next()
        assert b"one" in await body(exchange)
        assert await body(exchange) == b"(end)"


@pytest.mark.parametrize("path", ["stream.mp4", "stream.mjpeg"])
async def test_a_head_request_starts_nothing(path: str) -> None:
    site = Site()
    found = await site.get(f"/streams/cam/{path}", method="HEAD")
    assert (found.status, found.body, site.cam.arrivals) == (200, b"", 0)


async def test_a_full_stream_and_an_unknown_one() -> None:
    full = await Site(limits=Limits(0, 0)).get("/streams/cam/snapshot.jpg")
    assert (full.status, full.headers["retry-after"]) == (503, "2")
    unknown = await Site().get("/streams/none/snapshot.jpg")
    assert (unknown.status, b"No stream is called 'none'" in unknown.body) == (404, True)


async def test_a_server_that_stops_ends_every_response() -> None:
    site = Site()
    async with site.exchange("/streams/cam/stream.mjpeg") as exchange:
        await live(site)
        site.cam.describe(JPEG, Description("jpeg", 640, 360, 30.0))
        site.cam.publish(jpeg(b"one", JPEG))
        await exchange.next()
        await body(exchange)
        site.hub.close()
        assert await body(exchange) == b"(end)"


async def slated(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stream have slates that are their reason."""
    site.cam.spec = replace(site.cam.spec, slate=True)

    async def message(_stream: object, state: State, _rendition: str) -> Message | None:
        if state.phase is not Phase.OFFLINE:
            return None
        return Message(jpeg((state.reason or "").encode(), JPEG), 0, 0)

    monkeypatch.setattr(site.hub.slates, "message", message)


async def test_a_slate_stands_in_until_there_are_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    await slated(site, monkeypatch)
    async with site.exchange("/streams/cam/stream.mjpeg") as exchange:
        await settle()
        site.cam.enter(State(Phase.OFFLINE, "No answer.", 1))
        assert (await exchange.next())["status"] == 200
        assert b"No answer." in await body(exchange)
        await live(site)
        site.cam.publish(jpeg(b"picture", JPEG))
        assert b"picture" in await body(exchange)
        site.cam.enter(State(Phase.OFFLINE, "Password."))
        assert b"Password." in await body(exchange)
        assert await body(exchange) == b"(end)"


async def test_a_snapshot_may_be_a_slate_and_a_film_never(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    await slated(site, monkeypatch)
    async with site.exchange("/streams/cam/snapshot.jpg") as exchange:
        await settle()
        site.cam.enter(State(Phase.OFFLINE, "No answer.", 1))
        assert (await exchange.next())["status"] == 200
        assert await body(exchange) == b"No answer.(end)"
    async with site.exchange("/streams/cam/stream.mp4") as exchange:
        assert await answer(exchange) == (503, "No answer.")
