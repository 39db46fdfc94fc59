"""The middleware: what is open, what needs the token, and the headers on everything."""

import pytest

from streamer.errors import SourceLost, Unauthorized, UnknownStream
from streamer.server.guard import as_response
from streamer.server.tokens import LOOPBACK_HOSTS, Gate
from tests.asgi import Site

pytestmark = pytest.mark.anyio
TOKEN = "open-sesame"
GATE = Gate(TOKEN, origins=("https://shop.example",))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/player.js", 200),
        ("/no-such.js", 404),
        ("/", 401),
        ("/watch/cam", 401),
        ("/embed/cam", 401),
        ("/publish", 401),
        ("/watch/pattern.js", 401),
        ("/api/streams", 401),
        ("/streams/cam/snapshot.jpg", 401),
        ("/streams/none/stream.mp4", 401),
        ("/streams/pattern.js/stream.mjpeg", 401),
        ("/index.html", 401),
    ],
)
async def test_what_needs_the_token(path: str, status: int) -> None:
    answer = await Site(GATE).get(path)
    assert answer.status == status


async def test_the_token_opens_all() -> None:
    site = Site(GATE)
    for path in ("/", "/watch/cam", "/api/streams"):
        assert (await site.get(f"{path}?token={TOKEN}")).status == 200
        assert (await site.get(path, authorization=f"Bearer {TOKEN}")).status == 200


@pytest.mark.parametrize("host", ["x/healthz?", "x/a.js?", "x/a.js#", "x\\a.js", "[::1"])
async def test_a_host_header_opens_nothing(host: str) -> None:
    answer = await Site(GATE).get("/api/streams", host=host)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.body == (
        b'{"error":"This server needs a token: add ?token=... or a bearer header."}'
    )


async def test_another_host_name_is_refused_everywhere() -> None:
    site = Site(Gate(hosts=LOOPBACK_HOSTS))
    for path in ("/", "/healthz", "/player.js", "/api/streams"):
        answer = await site.get(path, host="rebound.example")
        assert answer.status == 403
        assert b"--allow-host" in answer.body
        assert (await site.get(path)).status == 200


async def test_every_answer_is_kept_safe() -> None:
    for path in ("/", "/api/streams", "/player.js", "/no-such"):
        headers = (await Site().get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"].endswith("frame-ancestors 'self'")


async def test_only_one_page_may_ask_for_a_camera() -> None:
    for path, owner in (
        ("/publish", "(self)"),
        ("/", "()"),
        ("/embed/cam", "()"),
        ("/none", "()"),
    ):
        policy = (await Site().get(path)).headers["permissions-policy"]
        assert policy.startswith(f"camera={owner}, display-capture={owner}, microphone={owner}")


async def test_only_embedded_pages_may_be_framed_by_friends() -> None:
    site = Site(Gate(origins=("https://shop.example",)))
    policies = [
        (await site.get(path)).headers["content-security-policy"]
        for path in ("/embed/cam", "/watch/cam")
    ]
    assert policies[0].endswith("frame-ancestors 'self' https://shop.example")
    assert policies[1].endswith("frame-ancestors 'self'")


async def test_the_player_may_be_imported_by_friends() -> None:
    site = Site(GATE)
    friend = (await site.get("/player.js", origin="https://shop.example")).headers
    other = (await site.get("/player.js", origin="https://evil.example")).headers
    assert friend["access-control-allow-origin"] == "https://shop.example"
    assert "origin" in friend["vary"].split(", ")
    assert "access-control-allow-origin" not in other
    assert friend["cache-control"] == "no-cache"


def test_errors_as_responses() -> None:
    lost = as_response(SourceLost("Stopped."))
    assert (lost.status_code, lost.headers["retry-after"]) == (503, "2")
    assert lost.body == b'{"error":"Stopped."}'
    unknown = as_response(UnknownStream("None."))
    assert (unknown.status_code, "retry-after" in unknown.headers) == (404, False)
    assert as_response(Unauthorized("No.")).headers["www-authenticate"] == "Bearer"
