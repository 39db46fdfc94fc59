"""The way to a server: a real WebSocket, to a server as unfriendly as can be."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from streamer.client import connection as module
from streamer.client.publish.encoded import Encoded, Moment
from streamer.client.publish.uplink import Uplink
from streamer.client.target import parse_target
from streamer.clock import SystemClock
from streamer.control import ErrorNotice, Keyframe
from streamer.errors import PublisherExists, UnsupportedMedia
from streamer.publishing import Audience, Publish
from tests.publish_server import TIMEOUT_S, PublishServer, publish_server

JPEG = Publish("jpeg", None, 64, 48, 30.0)
Open = Callable[..., Uplink]


class Patience:
    """Waits between tries that take no time, and are counted."""

    def __init__(self, _random: object) -> None:
        self.resets = 0

    def next_s(self, _cap_s: float) -> float:
        return 0.001

    def reset(self) -> None:
        self.resets += 1


@pytest.fixture
def server() -> Iterator[PublishServer]:
    with publish_server() as running:
        yield running


@pytest.fixture
def open_uplink(monkeypatch: pytest.MonkeyPatch, server: PublishServer) -> Iterator[Open]:
    opened: list[Uplink] = []
    monkeypatch.setattr(module, "Backoff", Patience)

    def make(ask: Callable[[], None] = lambda: None, **options: Any) -> Uplink:
        uplink = Uplink(parse_target(f"{server.url}/cam"), SystemClock(), ask, **options)
        opened.append(uplink)
        return uplink

    yield make
    for each in opened:
        each.close()
    names = [thread.name for thread in threading.enumerate()]
    assert "streamer-publishing" not in names


def picture(data: bytes = b"\xff\xd8", form: Publish = JPEG, keyframe: bool = True) -> Encoded:
    clock = SystemClock()
    return Encoded(form, data, keyframe, Moment(clock.monotonic_us(), clock.wall_us()))


def test_nothing_connects_before_there_is_something_to_send(
    server: PublishServer, open_uplink: Open
) -> None:
    uplink = open_uplink()
    assert [uplink.is_connected] == [False]
    assert uplink.wait_open(TIMEOUT_S)
    assert [uplink.is_connected] == [True]
    uplink.push(picture())
    server.wait(lambda: server.packets, "picture")
    assert server.last.path == "/ws/publish/cam"
    assert server.last.token is None
    assert len(server.visits) == 1
    assert server.last.forms == [JPEG]


def test_the_token_goes_with_the_handshake(server: PublishServer) -> None:
    uplink = Uplink(
        parse_target(f"{server.url}/cam?token=a b".replace(" ", "%20")),
        SystemClock(),
        lambda: None,
    )
    assert uplink.wait_connected(TIMEOUT_S)
    uplink.close()
    assert (server.last.token, server.last.path) == ("Bearer a b", "/ws/publish/cam")


def test_a_server_that_was_restarted(server: PublishServer, open_uplink: Open) -> None:
    asked = threading.Semaphore(0)
    uplink = open_uplink(asked.release)
    assert uplink.wait_open(TIMEOUT_S)
    uplink.push(picture(b"first"))
    server.wait(lambda: server.packets, "picture")
    server.close()
    server.open()
    while len(server.visits) == 1:  # the first may be lost before the break is noticed
        uplink.push(picture(b"lost"))
        uplink.wait_open(0.05)
    assert asked.acquire(timeout=TIMEOUT_S)
    assert uplink.wait_open(TIMEOUT_S)
    uplink.push(picture(b"second"))
    server.wait(lambda: server.last.packets, "picture in the second session")
    assert {data for _, data in server.last.packets} <= {b"lost", b"second"}
    assert server.last.forms == [JPEG]
    assert uplink.figures.sessions == len(server.visits)
    assert uplink.failure is None


def test_a_server_that_is_not_there_is_told_of_once(
    server: PublishServer, open_uplink: Open, caplog: pytest.LogCaptureFixture
) -> None:
    server.close()
    uplink = open_uplink()
    uplink.push(picture())
    assert not uplink.wait_open(0.1)
    assert uplink.trouble is not None
    assert uplink.trouble.endswith("/cam does not answer (connection refused).")
    assert len(caplog.records) == 1
    server.open()
    assert uplink.wait_open(TIMEOUT_S)
    uplink.push(picture())
    server.wait(lambda: uplink.trouble is None, "end of the trouble")  # looked at on each ping
    assert "publishing-again" in caplog.text


def test_what_a_server_refuses_for_good_is_not_tried_again(
    server: PublishServer, open_uplink: Open
) -> None:
    server.refusal = ErrorNotice(4415, "Not this codec.")
    uplink = open_uplink()
    assert not uplink.wait_open(TIMEOUT_S)
    assert isinstance(uplink.failure, UnsupportedMedia)
    assert uplink.failure.sentence == "Not this codec."
    assert (uplink.is_over, len(server.visits)) == (True, 1)


def test_a_name_that_is_taken_is_tried_again(server: PublishServer, open_uplink: Open) -> None:
    server.refusal = ErrorNotice(4409, "Another publishes.")
    uplink = open_uplink()
    while len(server.visits) < 2:
        assert not uplink.wait_open(0.05)
    assert uplink.trouble == "Another publishes."
    server.refusal = None
    assert uplink.wait_open(TIMEOUT_S)


def test_who_is_replaced_does_not_come_back(server: PublishServer, open_uplink: Open) -> None:
    uplink = open_uplink()
    assert uplink.wait_open(TIMEOUT_S)
    uplink.push(picture())
    server.wait(lambda: server.packets, "picture")
    assert uplink.wait_open(TIMEOUT_S)
    server.last.say(ErrorNotice(4409, "Another has taken over."))
    server.last.connection.close(4409, "Another has taken over.")
    server.wait(lambda: server.last.ended, "goodbye")
    while not uplink.is_over:
        uplink.wait_open(0.01)
    assert not uplink.wait_open(TIMEOUT_S)
    assert isinstance(uplink.failure, PublisherExists)
    assert len(server.visits) == 1


def test_what_is_unacknowledged_is_bounded(server: PublishServer, open_uplink: Open) -> None:
    server.acknowledges = False
    uplink = open_uplink()
    assert uplink.wait_open(TIMEOUT_S)
    for _ in range(20):
        uplink.push(picture(bytes(30_000)))
    assert not uplink.wait_open(0.01)
    figures = uplink.figures
    assert figures.sent <= 2
    assert figures.dropped == 20 - figures.sent - 1


def test_what_the_server_tells(server: PublishServer, open_uplink: Open) -> None:
    asked = threading.Semaphore(0)
    uplink = open_uplink(asked.release)
    assert uplink.wait_open(TIMEOUT_S)
    assert asked.acquire(timeout=TIMEOUT_S)
    server.last.say(Audience(2))
    server.last.say(Keyframe())
    assert asked.acquire(timeout=TIMEOUT_S)
    assert uplink.figures.viewers == 2


def test_a_server_that_talks_nonsense_is_left(server: PublishServer, open_uplink: Open) -> None:
    uplink = open_uplink()
    assert uplink.wait_open(TIMEOUT_S)
    first = server.last
    first.connection.send("{}")
    server.wait(lambda: first.ended, "end of the session")
    assert uplink.wait_open(TIMEOUT_S)
    assert len(server.visits) == 2


def test_what_waits_is_flushed_at_the_end(server: PublishServer, open_uplink: Open) -> None:
    uplink = open_uplink()
    assert uplink.wait_open(TIMEOUT_S)
    for data in (b"a", b"b"):
        uplink.push(picture(data * 20_000))
    uplink.close()
    assert server.packets[-1][1] == b"b" * 20_000
    server.wait(lambda: server.last.ended, "goodbye")
    assert server.last.connection.close_code == 1000
    uplink.push(picture())
    assert not uplink.wait_open(TIMEOUT_S)
