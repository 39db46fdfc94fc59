"""Publishers without a socket: bodies over HTTP and sessions of the wire, and every refusal."""

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
from streamer.errors import UnsupportedMedia
from streamer.hub.hub import Limits
from streamer.hub.publication import Publication, Terms
from streamer.hub.state import Phase, State
from streamer.publishing import Audience
from streamer.server import routes
from streamer.server.publisher import Outbox, serve_publisher, take_body
from streamer.server.tokens import LOOPBACK_HOSTS, Gate
from streamer.wire import SUBPROTOCOL, Flags, Header, Kind, pack
from tests.asgi import Exchange, Site
from tests.media_messages import Eye
from tests.supervised import settle
from tests.test_routes_view import Talk, viewing

pytestmark = pytest.mark.anyio
PUBLISH = {"type": "publish", "codec": "avc1.42E01F", "width": 640, "height": 360, "fps": 30.0}
GREETING = 3  # hello, state, audience
SOON_S = 0.02


def packet(sequence: int = 0, payload: bytes = b"picture", meta: bytes | None = None) -> bytes:
    header = Header(Kind.PACKET, Flags.KEYFRAME, 0, sequence, 0, 0)
    return pack(header, payload, meta)


def publication_of(site: Site, name: str = "new") -> Publication:
    publication = site.hub.stream(name).stage.publication
    assert publication is not None
    return publication


@asynccontextmanager
async def putting(
    site: Site, url: str = "/publish/new", **headers: str
) -> AsyncIterator[Exchange]:
    async with site.exchange(url, method="PUT", headers=headers) as exchange:
        yield exchange


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def answered(exchange: Exchange) -> tuple[int, Any]:
    """Status and body of an answer, which is finished only once the publisher has heard it."""
    start, body = await exchange.next(), await exchange.next()
    assert body["more_body"]
    assert (b"connection", b"close") in start["headers"]
    exchange.tell(part(b"what was under way"))
    exchange.tell({"type": "http.disconnect"})
    assert not (await exchange.next()).get("more_body")
    return start["status"], json.loads(body["body"])


async def refusal(exchange: Exchange) -> tuple[int, str]:
    status, body = await answered(exchange)
    assert list(body) == ["error"]
    assert body["error"].endswith(".")
    return status, body["error"]


async def test_a_body_goes_to_the_worker_until_it_ends() -> None:
    site = Site()
    async with putting(site) as exchange:
        exchange.tell(part(b"abc"))
        await settle()
        publication = publication_of(site)
        with publication.open_feed() as feed:
            exchange.tell(part(b"def"))
            await settle()
            assert feed.recv(99) == b"abcdef"
            exchange.tell(part(b"", more=False))
            await settle()
            assert feed.recv(99) == b""
        site.clock.advance(2_500_000)
        publication.end()  # the worker has come to the end
        assert await answered(exchange) == (200, {"stream": "new", "bytes": 6, "seconds": 2.5})
    assert site.hub.stream("new").stage.publication is None


async def test_a_publisher_that_hangs_up_is_gone_at_once() -> None:
    site = Site()
    async with putting(site) as exchange:
        exchange.tell(part(b"abc"))
        await settle()
        with publication_of(site).open_feed() as feed:
            exchange.tell({"type": "http.disconnect"})
            await settle()
            assert (feed.recv(99), feed.recv(99)) == (b"abc", b"")
        assert site.hub.stream("new").stage.publication is None


async def test_a_publisher_that_hangs_up_after_the_end_is_gone_too() -> None:
    site = Site()
    async with putting(site) as exchange:
        exchange.tell(part(b"abc", more=False))
        await settle()
        with publication_of(site).open_feed():
            await settle()
            exchange.tell({"type": "http.disconnect"})
            await settle()
        assert site.hub.stream("new").stage.publication is None


async def test_what_cannot_be_read_is_said_while_the_body_still_comes() -> None:
    site = Site()
    async with putting(site) as exchange:
        await settle()
        publication_of(site).end(UnsupportedMedia("No video in it."))
        assert await refusal(exchange) == (415, "No video in it.")


async def test_a_silent_publisher_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "take_body", partial(take_body, silent_s=SOON_S))
    site = Site()
    async with putting(site) as exchange:
        assert await refusal(exchange) == (408, "Nothing came for 0.02 s; publish again.")
    assert site.hub.stream("new").stage.publication is None


@pytest.mark.parametrize(
    ("site", "url", "headers", "status", "words"),
    [
        (Site(), "/publish/cam", {}, 409, "'cam' has a source of its own"),
        (Site(), "/publish/a b", {}, 400, "cannot be a stream's name"),
        (Site(terms=Terms(open=False)), "/publish/new", {}, 403, "takes no publishers"),
        (Site(limits=Limits(streams=2)), "/publish/new", {}, 503, "has 2 streams"),
        (Site(), "/publish/new", {"origin": "http://evil.example"}, 403, "may not watch here"),
    ],
)
async def test_refusals_of_a_body(
    site: Site, url: str, headers: dict[str, str], status: int, words: str
) -> None:
    async with putting(site, url, **headers) as exchange:
        told, sentence = await refusal(exchange)
    assert told == status
    assert words in sentence
    assert [stream.name for stream in site.hub.streams] == ["cam", "pattern.js"]


@pytest.mark.parametrize(
    ("site", "headers", "status"),
    [
        (Site(Gate(token="open-sesame")), {}, 401),
        (Site(Gate(hosts=LOOPBACK_HOSTS)), {"host": "evil.example"}, 403),
    ],
)
async def test_who_may_not_come_in_at_all(
    site: Site, headers: dict[str, str], status: int
) -> None:
    for name in ("new", "new.js"):  # a name that looks like a file's opens nothing
        async with putting(site, f"/publish/{name}", **headers) as exchange:
            assert (await refusal(exchange))[0] == status


async def test_the_second_is_refused_and_the_first_goes_on() -> None:
    site = Site()
    async with putting(site):
        await settle()
        first = publication_of(site)
        async with putting(site) as second:
            assert (await refusal(second))[0] == 409
        assert publication_of(site) is first


async def test_the_second_takes_over_where_it_may() -> None:
    site = Site(terms=Terms(takeover=True))
    async with putting(site) as first:
        await settle()
        async with putting(site):
            status, sentence = await refusal(first)
            assert (status, sentence) == (409, "Another publisher has taken over 'new'.")
            assert not publication_of(site).is_over


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
            assert (kind, json.loads(body)) == (CONTROL, described)
            expected = [packet(41), packet(42, meta=b'{"boxes":[]}')]
            assert packets == [(MEDIA, each) for each in expected]
            talk.says({"type": "ping", "id": 3, "client_us": 9})
            pong = {"type": "pong", "id": 3, "client_us": 9}
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


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"short", 4400, "shorter than its header"),
        (b"\x02" + packet()[1:], 4406, "Wire version 2"),
        (pack(Header(Kind.JPEG, Flags.NONE, 0, 0, 0, 0), b"x"), 4400, "sends packets (kind 7)"),
        (packet(payload=b""), 4400, "holds no picture"),
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
