"""Publishers of bodies over HTTP, without a socket: to the worker, and every refusal."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import pytest

from streamer.errors import UnsupportedMedia
from streamer.hub.hub import Limits
from streamer.hub.supply.publication import Publication, Terms
from streamer.server import routes
from streamer.server.publisher import take_body
from streamer.server.tokens import LOOPBACK_HOSTS, Gate
from tests.asgi import Exchange, Site
from tests.supervised import settle

pytestmark = pytest.mark.anyio
SOON_S = 0.02


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
    await settle()
    assert not exchange.pending
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
        (Site(), "/publish/a/b", {}, 400, "cannot be a stream's name"),
        (Site(), "/publish/", {}, 400, "cannot be a stream's name"),
        (Site(terms=Terms(open=False)), "/publish/new", {}, 403, "takes no publishers"),
        (Site(limits=Limits(streams=2)), "/publish/new", {}, 503, "has 2 streams"),
        (Site(), "/publish/new", {"origin": "http://evil.example"}, 403, "may not publish here"),
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


async def test_a_snapshot_does_not_wait_for_a_publisher() -> None:
    site = Site()
    async with putting(site) as exchange:
        exchange.tell({"type": "http.disconnect"})
        await settle()
    with anyio.fail_after(5):
        answer = await site.get("/streams/new/snapshot.jpg")
    assert (answer.status, json.loads(answer.body)) == (503, {"error": "Waiting for a publisher."})
