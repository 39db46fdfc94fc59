"""Who may come in."""

import pytest

from streamer.errors import OriginRefused, Unauthorized
from streamer.server.tokens import LOOPBACK_HOSTS, Gate

TOKEN = "open-sesame é&"
GATE = Gate(TOKEN)


@pytest.mark.parametrize(
    ("authorization", "query"),
    [
        (f"Bearer {TOKEN}", {}),
        (f"bearer {TOKEN}", {"token": "wrong"}),
        (None, {"token": TOKEN}),
        ("Basic dXNlcg==", {"token": TOKEN}),
    ],
)
def test_who_has_the_token_comes_in(authorization: str | None, query: dict[str, str]) -> None:
    GATE.check_token(authorization, query)


@pytest.mark.parametrize(
    ("authorization", "query", "words"),
    [
        (None, {}, "needs a token: add"),
        ("", {"token": ""}, "needs a token"),
        ("Bearer", {}, "needs a token"),
        ("Basic dXNlcg==", {}, "needs a token"),
        ("Bearer wrong", {"token": TOKEN}, "is wrong"),
        (None, {"token": TOKEN[:-1]}, "is wrong"),
        (None, {"token": TOKEN + " "}, "is wrong"),
        ("Bearer \xff\xfe", {}, "is wrong"),
    ],
)
def test_who_has_not_stays_out(
    authorization: str | None, query: dict[str, str], words: str
) -> None:
    with pytest.raises(Unauthorized, match=words) as caught:
        GATE.check_token(authorization, query)
    assert TOKEN not in caught.value.sentence


def test_without_a_token_everybody_comes_in() -> None:
    Gate().check_token(None, {})
    Gate().check_token("Bearer x", {})


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost:8000", "127.0.0.1:1", "[::1]", "[::1]:8000", "tv.lan:80"]
)
def test_hosts_of_ours(host: str) -> None:
    Gate(hosts=(*LOOPBACK_HOSTS, "TV.lan")).check_host(host)


@pytest.mark.parametrize(
    "host", [None, "", "evil.example", "localhost.evil.example", "[::1", "x@evil:1", "[::2]:8000"]
)
def test_hosts_of_others(host: str | None) -> None:
    with pytest.raises(OriginRefused, match="start it with --allow-host "):
        Gate(hosts=LOOPBACK_HOSTS).check_host(host)
    Gate().check_host(host)


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("Cam.test:18443", "--allow-host cam.test."),
        ("[fd00::1]:80", "--allow-host fd00::1."),
        ("a;rm", "--allow-host NAME."),
        (None, "--allow-host NAME."),
    ],
)
def test_what_to_allow_is_named_as_it_is_taken(host: str | None, named: str) -> None:
    with pytest.raises(OriginRefused) as caught:
        Gate(hosts=LOOPBACK_HOSTS).check_host(host)
    assert caught.value.sentence.endswith(named)
    assert "18443" not in caught.value.sentence


def test_a_page_is_told_what_it_may_not_do() -> None:
    with pytest.raises(OriginRefused, match="may not publish here"):
        Gate().check_origin("http://evil.example", "localhost", "publish")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "localhost:8000"),
        ("http://localhost:8000", "localhost:8000"),
        ("http://localhost:8000", "LOCALHOST:8000"),
        ("https://[::1]:8000", "[::1]:8000"),
        ("https://shop.example", "localhost:8000"),
        ("https://other.example:81", None),
    ],
)
def test_pages_that_may_watch(origin: str | None, host: str | None) -> None:
    Gate(origins=("https://Shop.example/", "https://other.example:81")).check_origin(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("null", "localhost:8000"),
        ("null", None),
        ("http://localhost:8001", "localhost:8000"),
        ("http://evil.example", "localhost:8000"),
        ("http://shop.example", "localhost:8000"),
        ("https://shop.example.evil", "localhost:8000"),
        ("http://[::1", "[::1"),
    ],
)
def test_pages_that_may_not(origin: str, host: str | None) -> None:
    gate = Gate(origins=("https://shop.example",))
    with pytest.raises(OriginRefused, match="start the server with --allow-origin ORIGIN"):
        gate.check_origin(origin, host)
    Gate(origins=("*",)).check_origin(origin, host)


def test_a_long_origin_is_cut() -> None:
    with pytest.raises(OriginRefused) as caught:
        Gate().check_origin("http://" + "x" * 10_000, "localhost")
    assert len(caught.value.sentence) < 250


def test_a_token_may_hold_any_letter() -> None:
    gate = Gate("p@ss w&rd é")
    gate.check_token(None, {"token": "p@ss w&rd é"})
    gate.check_token("Bearer " + "p@ss w&rd é".encode().decode("latin-1"), {})
