"""A viewer's WebSocket, without a socket: what is said in which order, and every refusal."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import pytest

from streamer.hub.hub import Limits
from streamer.hub.state import Phase, State
from streamer.rendition import Description
from streamer.server import routes, session
from streamer.server.session import serve_viewer
from streamer.server.tokens import LOOPBACK_HOSTS, Gate
from streamer.wire import SUBPROTOCOL, unpack
from tests.asgi import H264, TIMEOUT_S, Exchange, Site
from tests.media_messages import fragment, init, jpeg
from tests.supervised import settle

pytestmark = pytest.mark.anyio
PLAY = {"type": "play", "renditions": ["auto"], "codecs": ["avc1", "jpeg"]}
HELLO_AND_STATE = 2


class Talk:
    """A viewer's end."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    async def accepted(self) -> str | None:
        self.exchange.tell({"type": "websocket.connect"})
        event = await self.exchange.next()
        assert event["type"] == "websocket.accept"
        subprotocol: str | None = event["subprotocol"]
        return subprotocol

    async def hears(self) -> Any:
        """The next message: an object, or a payload."""
        event = await self.exchange.next()
        assert event["type"] == "websocket.send", event
        if event.get("text") is not None:
            return json.loads(event["text"])
        return bytes(unpack(event["bytes"])[1])

    async def hears_many(self, count: int) -> list[Any]:
        return [await self.hears() for _ in range(count)]

    def says(self, body: dict[str, Any] | str) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.exchange.tell({"type": "websocket.receive", "text": text})

    async def closed(self) -> tuple[int, str]:
        """The close code and sentence, after the error that says the same."""
        error = await self.hears()
        event = await self.exchange.next()
        assert event["type"] == "websocket.close"
        assert len(event["reason"].encode()) <= 123
        assert error["message"].startswith(event["reason"])
        assert (error["type"], error["code"]) == ("error", event["code"])
        return event["code"], error["message"]


@asynccontextmanager
async def viewing(
    site: Site,
    url: str = "/ws/streams/cam",
    offered: tuple[str, ...] = ("other", SUBPROTOCOL),
    **headers: str,
) -> AsyncIterator[Talk]:
    scope = {"type": "websocket", "scheme": "ws", "subprotocols": list(offered)}
    async with site.exchange(url, headers=headers, **scope) as exchange:
        talk = Talk(exchange)
        assert await talk.accepted() == (SUBPROTOCOL if SUBPROTOCOL in offered else None)
        yield talk


async def test_a_session_from_hello_to_media() -> None:
    site = Site()
    async with viewing(site) as talk:
        assert await talk.hears_many(HELLO_AND_STATE) == [
            {"type": "hello", "stream": "cam", "server_us": site.clock.wall_us(), "version": 1},
            {
                "type": "state",
                "phase": "idle",
                "reason": None,
                "retry_in_ms": None,
                "frozen_ms": None,
            },
        ]
        talk.says(PLAY)
        await settle()
        site.cam.enter(State(Phase.LIVE))
        site.cam.open(H264)
        state, catalog = await talk.hears_many(2)
        assert (state["phase"], catalog["type"]) == ("live", "catalog")
        assert [each["id"] for each in catalog["renditions"]] == ["copy", "h264", "jpeg"]
        site.cam.describe(0, Description("avc1.42c01f", 640, 360, 30.0))
        site.cam.publish(init(b"init", 0))
        site.cam.publish(fragment(b"k", 0, key=True))
        rendition, *media = await talk.hears_many(3)
        assert (rendition["id"], media) == ("copy", [b"init", b"k"])
        talk.says({"type": "quality", "renditions": ["jpeg"], "reason": "A person."})
        await settle()
        site.cam.publish(jpeg(b"jpeg", 2))
        assert await talk.hears() == b"jpeg"


async def test_pause_and_resume() -> None:
    site = Site()
    async with viewing(site) as talk:
        talk.says(PLAY | {"codecs": ["jpeg"]})
        await settle()
        site.cam.open(H264)
        await talk.hears_many(HELLO_AND_STATE + 1)
        talk.says({"type": "pause"})
        await settle()
        site.cam.publish(jpeg(b"missed", 2))
        talk.says({"type": "resume"})
        live = await talk.hears()
        assert (live["type"], live["captured_us"]) == ("shift", None)
        assert await talk.hears() == b"missed"
        talk.says({"type": "ping", "id": 7, "client_us": 5})
        assert await talk.hears() == {
            "type": "pong",
            "id": 7,
            "client_us": 5,
            "server_us": site.clock.wall_us(),
            "history_ms": 0,
        }


async def test_a_viewer_is_told_of_an_outage_and_stays() -> None:
    site = Site()
    async with viewing(site) as talk:
        await talk.hears_many(HELLO_AND_STATE)
        site.cam.enter(State(Phase.OFFLINE, "Stopped.", 1_000_000))
        assert await talk.hears() == {
            "type": "state",
            "phase": "offline",
            "reason": "Stopped.",
            "retry_in_ms": 1000,
            "frozen_ms": None,
        }
        await settle()
        assert site.cam.viewers == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("", "not JSON"),
        ("[" * 10_000, "not JSON"),
        ("x" * 20_000, "too long"),
        ('{"type": "dance"}', "Unknown control message type 'dance'"),
        ('{"type": "ack"}', "The first message must be 'play', not 'ack'"),
        ('{"type": "play", "max_latency_ms": 1}', "it goes from 100 to 10000"),
        ('{"type": "play", "codecs": "avc1"}', "not a list of 1 to 16 names"),
    ],
)
async def test_what_makes_no_sense_ends_the_session(said: str, words: str) -> None:
    async with viewing(Site()) as talk:
        await talk.hears_many(HELLO_AND_STATE)
        talk.says(said)
        code, sentence = await talk.closed()
        assert code == 4400
        assert words in sentence


async def test_a_viewer_sends_no_binary() -> None:
    async with viewing(Site()) as talk:
        await talk.hears_many(HELLO_AND_STATE)
        talk.exchange.tell({"type": "websocket.receive", "bytes": b"\1"})
        assert await talk.closed() == (
            4400,
            "A viewer sends text messages; binary is for the server.",
        )


async def test_what_cannot_be_sent_ends_the_session() -> None:
    site = Site()
    site.cam.open(H264)
    async with viewing(site) as talk:
        await talk.hears_many(HELLO_AND_STATE + 1)
        talk.says(PLAY | {"codecs": ["hvc1"]})
        code, sentence = await talk.closed()
        assert (code, "can be sent to a viewer that decodes hvc1" in sentence) == (4400, True)


async def test_who_does_not_play_in_time_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "serve_viewer", partial(serve_viewer, play_within_s=0))
    async with viewing(Site()) as talk:
        await talk.hears_many(HELLO_AND_STATE)
        assert await talk.closed() == (4408, "No 'play' within 0 s; send it first.")


async def test_whoever_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SEND_WITHIN_S", 0.01)
    site = Site()
    scope = {"type": "websocket", "scheme": "ws", "subprotocols": [SUBPROTOCOL]}
    async with site.exchange("/ws/streams/cam", takes=1, **scope) as exchange:
        await Talk(exchange).accepted()
        await settle()
        assert site.cam.viewers == 1
        with anyio.fail_after(TIMEOUT_S):
            while site.cam.viewers:
                await anyio.wait_all_tasks_blocked()
        assert exchange.pending == 1


async def test_a_server_that_stops_says_so() -> None:
    site = Site()
    async with viewing(site) as talk:
        await talk.hears_many(HELLO_AND_STATE)
        site.hub.close()
        assert await talk.closed() == (1001, "The server is being stopped.")


TOKEN = "open-sesame"
REFUSALS: list[tuple[dict[str, Any], int, str]] = [
    ({"url": "/ws/streams/none"}, 4404, "No stream is called 'none' here."),
    ({"url": "/ws/streams/" + "é" * 200}, 4404, "No stream is called"),
    ({"url": f"/ws/streams/cam?token={TOKEN}", "offered": ()}, 4406, "subprotocol streamer.v1"),
    ({"offered": ("streamer.v2",)}, 4406, "subprotocol streamer.v1"),
    ({"origin": "http://evil.example"}, 4403, "may not watch here"),
    ({"origin": "null"}, 4403, "may not watch here"),
    ({"host": "rebound.example"}, 4403, "is not one of this server's"),
    ({"gate": Gate(TOKEN)}, 4401, "needs a token"),
    ({"gate": Gate(TOKEN), "url": "/ws/streams/cam?token=wrong"}, 4401, "is wrong"),
    ({"gate": Gate(TOKEN), "url": "/ws/streams/none"}, 4401, "needs a token"),
    ({"gate": Gate(TOKEN), "authorization": "Bearer x"}, 4401, "is wrong"),
    ({"limits": Limits(0, 10)}, 4429, "all the viewers"),
    ({"limits": Limits(10, 0)}, 4429, "0 viewers, which is all it takes"),
]


@pytest.mark.parametrize(("given", "code", "words"), REFUSALS)
async def test_refusals(given: dict[str, Any], code: int, words: str) -> None:
    given = dict(given)
    site = Site(given.pop("gate", Gate(hosts=LOOPBACK_HOSTS)), given.pop("limits", None))
    async with viewing(site, **given) as talk:
        found, sentence = await talk.closed()
        assert (found, words in sentence) == (code, True), sentence
    assert site.cam.arrivals == 0


@pytest.mark.parametrize(
    "given",
    [
        {"url": f"/ws/streams/cam?token={TOKEN}"},
        {"authorization": f"Bearer {TOKEN}"},
        {"authorization": f"Bearer {TOKEN}", "origin": "http://localhost:8000"},
        {"authorization": f"Bearer {TOKEN}", "origin": "https://shop.example"},
    ],
)
async def test_who_may_watch(given: dict[str, Any]) -> None:
    site = Site(Gate(TOKEN, LOOPBACK_HOSTS, ("https://shop.example",)))
    async with viewing(site, **given) as talk:
        assert (await talk.hears())["type"] == "hello"


async def test_a_websocket_to_nowhere_is_refused() -> None:
    site = Site()
    scope = {"type": "websocket", "scheme": "ws", "subprotocols": [SUBPROTOCOL]}
    for url in ("/ws/none", "/", "/streams/cam/snapshot.jpg"):
        async with site.exchange(url, **scope) as exchange:
            exchange.tell({"type": "websocket.connect"})
            assert (await exchange.next())["type"] == "websocket.close"
