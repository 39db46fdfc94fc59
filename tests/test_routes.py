"""The pages, the list of streams, and what is not there."""

import json
from dataclasses import replace
from typing import Any

import pytest

from streamer.address import SourceSpec
from streamer.hub.state import Phase, State
from streamer.hub.supply.publication import Terms
from streamer.parsing import parse
from streamer.rendition import Description
from streamer.rendition import parse as parse_rendition
from streamer.server.tokens import Gate
from tests.asgi import H264, Site
from tests.media_messages import Ear, Eye, fragment, init

pytestmark = pytest.mark.anyio


async def test_the_list_of_streams_shows_no_password() -> None:
    site, eye = Site(), Eye()
    site.cam.attach(eye)
    site.cam.open(H264)
    site.cam.enter(State(Phase.OFFLINE, "Stopped.", 2_000_000))
    site.clock.advance(500_000)
    found = json.loads((await site.get("/api/streams")).body)["streams"]
    site.cam.detach(eye)
    assert found == [
        {
            "name": "cam",
            "source": "rtsp://***@cam.lan/1?token=***",
            "phase": "offline",
            "reason": "Stopped.",
            "retry_in_ms": 1500,
            "frozen_ms": None,
            "viewers": 1,
            "publisher": False,
            "kept": False,
            "codec": "h264",
            "width": 640,
            "height": 360,
            "fps": 30.0,
        },
        {
            "name": "pattern.js",
            "source": "pattern:",
            "phase": "idle",
            "reason": None,
            "retry_in_ms": None,
            "frozen_ms": None,
            "viewers": 0,
            "publisher": False,
            "kept": False,
            "codec": None,
            "width": None,
            "height": None,
            "fps": None,
        },
    ]


async def test_the_list_of_streams_tells_what_plays_and_how_it_is_sent() -> None:
    site, ear = Site(), Ear()
    site.cam.open(replace(H264, width=0, height=0, fps=0.0))
    site.cam.playing = SourceSpec(parse("rtsp://u:s3cr3t@spare.lan/2"))
    copy, small = site.cam.channels[0], site.cam.channel(parse_rendition("h264-180"))
    small.describe(Description("avc1.42c01e", 320, 180, 25.0))
    small.publish(init(index=small.index))
    small.publish(fragment(b"1", small.index, key=True))
    assert await _told(site) == ("rtsp://***@spare.lan/2", 0, 0, 0.0)
    site.cam.subscribe(copy, ear, "")
    copy.describe(Description("avc1.42c01e", 1920, 1080, 15.0))
    assert (await _told(site))[1:] == (0, 0, 0.0)
    copy.publish(init())
    copy.publish(fragment(b"1", key=True))
    assert (await _told(site))[1:] == (1920, 1080, 15.0)
    site.cam.restart()
    assert await _told(site) == ("rtsp://***@cam.lan/1?token=***", 0, 0, 0.0)


async def _told(site: Site) -> tuple[Any, ...]:
    found = json.loads((await site.get("/api/streams")).body)["streams"][0]
    return found["source"], found["width"], found["height"], found["fps"]


async def test_pages() -> None:
    site = Site()
    for path in ("/", "/watch/cam", "/embed/cam", "/watch/pattern.js", "/publish"):
        answer = await site.get(path)
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-cache")
        assert answer.headers["content-type"].startswith("text/html")


async def test_the_page_comes_with_what_keeps_it_from_sending() -> None:
    for site, status in ((Site(), 200), (Site(terms=Terms(open=False)), 403)):
        assert (await site.get("/publish")).status == status


async def test_a_page_of_no_stream_says_so_itself() -> None:
    answer = await Site().get("/watch/none")
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "path",
    [
        "/none",
        "/watch/a/b",
        "/streams/cam",
        "/../pyproject.toml",
        "/..%2fpyproject.toml",
    ],
)
async def test_what_is_not_there(path: str) -> None:
    answer = await Site().get(path)
    assert answer.status == 404
    assert json.loads(answer.body)["error"].endswith("are at /, and each is at /watch/NAME.")


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("/watch", "/"),
        ("/watch/", "/"),
        ("/watch/?token=a%20b&theme=dark", "/?token=a%20b&theme=dark"),
        ("/cam", "/watch/cam"),
        ("/cam?token=a%20b", "/watch/cam?token=a%20b"),
        ("/pattern.js", "/watch/pattern.js"),
        ("/publish/cam", "/publish?name=cam"),
        ("/publish/x?token=a%20b", "/publish?name=x&token=a%20b"),
        ("/publish//evil.example/&a", "/publish?name=%2Fevil.example%2F%26a"),
    ],
)
async def test_who_leaves_out_a_part_is_led_to_the_page(asked: str, page: str) -> None:
    answer = await Site().get(asked)
    assert (answer.status, answer.headers["location"]) == (307, page)


@pytest.mark.parametrize("path", ["/pattern.js", "/none.js"])
async def test_nobody_learns_without_the_token_which_streams_there_are(path: str) -> None:
    site = Site(Gate("open-sesame"))
    assert (await site.get(path)).status == 404
    for page in ("/cam", "/none"):
        assert (await site.get(page)).status == 401
    led = await site.get("/pattern.js?token=open-sesame")
    assert led.headers["location"] == "/watch/pattern.js?token=open-sesame"


@pytest.mark.parametrize("path", ["//evil.example", "/%2Fevil.example", "//cam"])
async def test_nobody_is_led_elsewhere(path: str) -> None:
    assert (await Site().get(path)).status == 404


async def test_pages_lead_on_without_a_token_as_they_ask_for_it_themselves() -> None:
    for path in ("/publish/publish.css", "/publish/publish.js"):
        assert (await Site().get(path)).status == 200, "a file of the page is no stream"
    for path in ("/watch", "/watch/", "/publish/cam"):
        assert (await Site(Gate("open-sesame")).get(path)).status == 307
    assert (await Site(Gate("open-sesame")).get("/publish/cam", method="PUT")).status == 401


@pytest.mark.parametrize("path", ["/api/streams", "/streams/cam/snapshot.jpg", "/", "/player.js"])
async def test_other_methods_are_refused(path: str) -> None:
    assert (await Site().get(path, method="DELETE")).status == 405


async def test_health_is_open_to_all() -> None:
    for path in ("/healthz", "/readyz"):
        answer = await Site(Gate("open-sesame")).get(path)
        assert (answer.status, answer.body) == (200, b"ok")


async def test_who_asks_for_a_socket_as_for_a_page_is_told() -> None:
    for path in ("/ws/streams/cam", "/ws/publish/cam"):
        answer = await Site().get(path)
        assert answer.status == 426, path
        told = json.loads(answer.body)["error"]
        assert told.startswith(f"{path} is the address of a WebSocket; watch at /watch/NAME")
