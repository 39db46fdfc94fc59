"""Publishers' WebSocket sessions, without a socket: in which order, and every refusal."""

import base64
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from streamer.border import CONTROL, MEDIA, RecordReader
from streamer.control import Keyframe
from streamer.hub.hub import Limits
from streamer.hub.state import Phase, State
from streamer.hub.supply.publication import Terms
from streamer.publishing import MAX_MESSAGE_BYTES, Audience
from streamer.server import routes
from streamer.server.fanout import EXTENSION
from streamer.server.publisher import Outbox, serve_publisher
from streamer.server.tokens import Gate
from streamer.wire import SUBPROTOCOL, Flags, Header, Kind, pack
from tests.asgi import Site
from tests.media_messages import Eye
from tests.supervised import settle
from tests.test_publisher import publication_of
from tests.test_routes_view import Talk, viewing

pytestmark = pytest.mark.anyio
PUBLISH = {"type": "publish", "codec": "avc1.42E01F", "width": 640, "height": 360, "fps": 30.0}
GREETING = 3  # hello, state, audience
SOON_S = 0.02


def packet(sequence: int = 0, payload: bytes = b"picture", meta: bytes | None = None) -> bytes:
    header = Header(Kind.PACKET, Flags.KEYFRAME, 0, sequence, 0, 0)
    return pack(header, payload, meta)


def sound(sequence: int = 0) -> bytes:
    return pack(Header(Kind.AUDIO_PACKET, Flags.KEYFRAME, 0, sequence, 0, 0), b"sound")


@asynccontextmanager
async def publishing(site: Site, query: str = "", **headers: str) -> AsyncIterator[Talk]:
    async with viewing(site, f"/ws/publish/new{query}", (SUBPROTOCOL,), **headers) as talk:
        yield talk


def sends(talk: Talk, data: bytes) -> None:
    talk.exchange.tell({"type": "websocket.receive", "bytes": data})


def records(feed: socket.socket) -> list[tuple[int, bytes]]:
    """All records that lie in a worker's feed."""
    feed.setblocking(False)
    reader = RecordReader()
    found: list[tuple[int, bytes]] = []
    while True:
        try:
            count = feed.recv_into(reader.buffer())
        except BlockingIOError:
            return found
        if not count:
            return found
        if (record := reader.filled(count)) is not None:
            found.append((record[0], bytes(record[1])))


async def test_a_session_from_hello_to_packets() -> None:
    site = Site()
    async with publishing(site) as talk:
        hello, state, audience = await talk.hears_many(GREETING)
        assert (hello["type"], hello["stream"]) == ("hello", "new")
        assert (state["phase"], state["reason"]) == ("offline", "Waiting for a publisher.")
        assert audience == {"type": "audience", "viewers": 0}
        described = {**PUBLISH, "description": base64.b64encode(b"avcC").decode()}
        talk.says(described)
        sends(talk, packet(41))
        await settle()
        with publication_of(site).open_feed() as feed:
            assert await talk.hears() == {"type": "ack", "received": 41}
            sends(talk, packet(42, meta=b'{"boxes":[]}'))
            assert await talk.hears() == {"type": "ack", "received": 42}
            (kind, body), *packets = records(feed)
            assert (kind, json.loads(body)) == (CONTROL, {**described, "sound": None})
            expected = [packet(41), packet(42, meta=b'{"boxes":[]}')]
            assert packets == [(MEDIA, each) for each in expected]
            talk.says({"type": "ping", "id": 3, "client_us": 9})
            pong = {"type": "pong", "id": 3, "client_us": 9, "history_ms": 0}
            assert await talk.hears() == {**pong, "server_us": site.clock.wall_us()}
    assert site.hub.stream("new").stage.publication is None


async def test_the_publisher_hears_of_the_stream() -> None:
    site, eye = Site(), Eye()
    async with publishing(site) as talk:
        await talk.hears_many(GREETING)
        stream = site.hub.stream("new")
        stream.enter(State(Phase.LIVE))
        assert (await talk.hears())["phase"] == "live"
        stream.attach(eye)
        stream.stage.ask_keyframe()
        heard = await talk.hears_many(2)
        assert heard == [{"type": "audience", "viewers": 1}, {"type": "keyframe"}]
        stream.detach(eye)
        assert await talk.hears() == {"type": "audience", "viewers": 0}


@pytest.mark.parametrize(
    ("says", "code", "words"),
    [
        (packet(), 4400, "The first message must be 'publish'"),
        ({"type": "play"}, 4400, "Unknown control message type 'play'"),
        ({**PUBLISH, "codec": "theora"}, 4415, "'theora' is not taken"),
        ("", 4400, "not JSON"),
    ],
)
async def test_what_must_not_be_said_first(
    says: bytes | str | dict[str, Any], code: int, words: str
) -> None:
    async with publishing(Site()) as talk:
        await talk.hears_many(GREETING)
        sends(talk, says) if isinstance(says, bytes) else talk.says(says)
        told, sentence = await talk.closed()
    assert told == code
    assert words in sentence


async def test_sound_that_was_announced_is_handed_on() -> None:
    site = Site()
    async with publishing(site) as talk:
        await talk.hears_many(GREETING)
        with publication_of(site).open_feed() as feed:
            talk.says({**PUBLISH, "sound": {"codec": "opus", "rate": 48_000, "channels": 1}})
            sends(talk, packet(0))
            sends(talk, sound(1))
            assert (await talk.hears())["type"] == "ack"
            await settle()
            assert [body for _, body in records(feed)[1:]] == [packet(0), sound(1)]


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"short", 4400, "shorter than its header"),
        (b"\x02" + packet()[1:], 4406, "Wire version 2"),
        (
            pack(Header(Kind.JPEG, Flags.NONE, 0, 0, 0, 0), b"x"),
            4400,
            "sends packets (kinds 7 and 8)",
        ),
        (sound(), 4400, "has said nothing"),
        (packet(payload=b""), 4400, "holds nothing"),
        (packet(meta=b"{"), 4400, "not JSON"),
        (packet(meta=b"NaN"), 4400, "not JSON"),
        (packet(meta=b"\xff"), 4400, "not JSON"),
        (packet(meta=b"[" * 60_000), 4400, "not JSON"),
        (packet()[:2] + b"\x08" + packet()[3:32] + b"\x00\x01\x00\x01", 1009, "has 65537 bytes"),
    ],
)
async def test_messages_that_are_no_packets(data: bytes, code: int, words: str) -> None:
    site = Site()
    async with publishing(site) as talk:
        await talk.hears_many(GREETING)
        with publication_of(site).open_feed() as feed:
            talk.says(PUBLISH)
            sends(talk, data)
            told, sentence = await talk.closed()
            assert [kind for kind, _ in records(feed)] == [CONTROL]
    assert told == code
    assert words in sentence


@pytest.mark.parametrize(
    ("described", "sentence"),
    [(False, "No 'publish' came for 0.02 s."), (True, "No packet came for 0.02 s.")],
)
async def test_pings_alone_do_not_keep_a_publisher(
    monkeypatch: pytest.MonkeyPatch, described: bool, sentence: str
) -> None:
    monkeypatch.setattr(routes, "serve_publisher", partial(serve_publisher, silent_s=SOON_S))
    site = Site()
    async with publishing(site) as talk:
        await talk.hears_many(GREETING)
        with publication_of(site).open_feed():
            if described:
                talk.says(PUBLISH)
            talk.says({"type": "ping"})
            assert (await talk.hears())["type"] == "pong"
            assert await talk.closed() == (4408, sentence)


@pytest.mark.parametrize(
    ("site", "headers", "code"),
    [
        (Site(terms=Terms(open=False)), {}, 4403),
        (Site(Gate(token="open-sesame")), {}, 4401),
        (Site(), {"origin": "http://evil.example"}, 4403),
        (Site(limits=Limits(streams=2)), {}, 4429),
    ],
)
async def test_refusals_of_a_session(site: Site, headers: dict[str, str], code: int) -> None:
    async with publishing(site, **headers) as talk:
        assert (await talk.closed())[0] == code


async def test_a_session_needs_its_subprotocol() -> None:
    async with viewing(Site(), "/ws/publish/new", offered=("other",)) as talk:
        assert (await talk.closed())[0] == 4406


class Door:
    """The side door of a WebSocket, as far as a publisher needs it."""

    def __init__(self) -> None:
        self.limits: list[int] = []
        self.take_messages = self.limits.append


async def test_a_publishers_messages_may_be_long() -> None:
    site, door = Site(), Door()
    scope = {"type": "websocket", "scheme": "ws", "subprotocols": [SUBPROTOCOL]}
    extensions = {EXTENSION: door}
    async with site.exchange("/ws/publish/new", **scope, extensions=extensions) as exchange:
        talk = Talk(exchange)
        await talk.accepted()
        await talk.hears_many(GREETING)
    assert door.limits == [MAX_MESSAGE_BYTES]


async def test_one_session_at_a_time() -> None:
    site = Site()
    async with publishing(site) as first:
        await first.hears_many(GREETING)
        async with publishing(site) as second:
            code, sentence = await second.closed()
        assert (code, sentence) == (
            4409,
            "Another publishes to 'new'; stop it, or use another name.",
        )
        site.hub.close()
        assert await first.closed() == (1001, "The server is being stopped.")


async def test_a_publisher_that_takes_nothing_is_gone() -> None:
    site = Site()

    async with publishing(site) as talk:
        await talk.hears_many(GREETING)

        async def broken(_event: Any) -> None:
            raise OSError

        publication = publication_of(site)
        talk.exchange.send = broken  # type: ignore[assignment]  # as uvicorn does when it is lost
        publication.tell(Keyframe())
        talk.exchange.tell({"type": "websocket.disconnect", "code": 1006})
        await settle()
        assert site.hub.stream("new").stage.publication is None


async def test_an_outbox_keeps_only_the_newest_of_each_type() -> None:
    outbox = Outbox()
    for viewers in range(1000):
        outbox.put(Audience(viewers))
        outbox.put(Keyframe())
    taken = [await outbox.take(), await outbox.take()]
    assert taken == [Audience(999), Keyframe()]
