"""Addresses as people type them, and what they lead to."""

import pytest

from streamer.client.target import parse_target
from streamer.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "socket_url"),
    [
        ("ws://host/cam", "ws://host/ws/publish/cam"),
        ("http://host:8000/cam", "ws://host:8000/ws/publish/cam"),
        ("http://host:8000/publish/cam", "ws://host:8000/ws/publish/cam"),
        ("https://host/ws/publish/cam/", "wss://host/ws/publish/cam"),
        ("wss://host/ws/streams/cam", "wss://host/ws/publish/cam"),
        ("http://host/watch/cam", "ws://host/ws/publish/cam"),
        ("http://host/video/cam", "ws://host/video/ws/publish/cam"),
        ("http://[::1]:8000/video/publish/cam", "ws://[::1]:8000/video/ws/publish/cam"),
        ("http://host/publish", "ws://host/ws/publish/publish"),
    ],
)
def test_addresses_that_end_with_the_name(url: str, socket_url: str) -> None:
    assert parse_target(url).socket_url("publish") == socket_url


def test_the_name_may_stand_apart() -> None:
    assert parse_target("http://h:1", "cam").socket_url("publish") == "ws://h:1/ws/publish/cam"
    assert (
        parse_target("http://h/video/", "cam").socket_url("publish")
        == "ws://h/video/ws/publish/cam"
    )
    assert parse_target("http://h/publish", "cam").socket_url("publish") == "ws://h/ws/publish/cam"


def test_the_token_is_in_the_page_s_address_only() -> None:
    target = parse_target("ws://h/cam?token=a%20secret")
    assert (target.token, target.name) == ("a secret", "cam")
    assert target.page_url == "http://h/watch/cam?token=a%20secret"
    for shown in (target.shown, target.socket_url("publish"), repr(target)):
        assert "secret" not in shown
    assert parse_target("ws://h/cam?token=a", token="b").token == "b"


@pytest.mark.parametrize(
    ("url", "name", "words"),
    [
        ("host/cam", None, "no address of a server"),
        ("rtmp://host/cam", None, "no address of a server"),
        ("http:///cam", None, "no address of a server"),
        ("http://host:x/cam", None, "no address of a server"),
        ("http://[::1/cam", None, "no address of a server"),
        ("http://ho st/cam", None, "no address of a server"),
        ("http://user:pass@/x", None, r"\*\*\*"),
        ("http://host:8000", None, "names no stream"),
        ("http://host/c%20m", None, "cannot be a stream's name"),
        ("http://host", "a/b", "cannot be a stream's name"),
    ],
)
def test_what_leads_nowhere(url: str, name: str | None, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_target(url, name)
