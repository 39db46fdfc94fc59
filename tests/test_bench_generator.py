"""The load generator, as a process, against a server that does what the test wants."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from streamer.bench.child import Child, python
from streamer.control import ErrorNotice, Play, dump
from streamer.errors import ChildFailed
from streamer.wire import SUBPROTOCOL, Kind
from tests.fake_server import AHEAD_US, TIMEOUT_S, FakeServer
from tests.view_server import H264, ViewVisit, media

PLAY = dump(Play(("h264",), ("avc1",)))


class LoadVisit(ViewVisit):
    """A viewer that is given a rendition as soon as it wants to play."""

    def take(self, message: str | bytes) -> None:
        super().take(message)
        if isinstance(self.said[-1], Play):
            self.say(H264)


@pytest.fixture
def server() -> Iterator[FakeServer[LoadVisit]]:
    running = FakeServer(LoadVisit)
    running.open()
    yield running
    running.close()


@pytest.fixture
def child() -> Iterator[Child]:
    generator = Child("generator", python("streamer.bench.load.generator"), apart=True)
    yield generator
    generator.end()


def open_viewers(
    child: Child, server: FakeServer[LoadVisit], count: int, at_once: int = 1
) -> None:
    way: dict[str, Any] = {
        "path": "/ws/streams/cam",
        "protocol": SUBPROTOCOL,
        "first": PLAY,
        "token": "t",
    }
    way |= {"until": '"type":"rendition"', "acks_per_s": 0.5, "timed": True}
    way |= {"port": server.port, "offset_us": AHEAD_US, "at_once": at_once}
    child.ask(do="open", name="cam", count=count, **way)


def counted(child: Child, wanted: int) -> dict[str, Any]:
    """What came, once so much has."""
    total: dict[str, Any] = {}
    while total.get("delivered", 0) < wanted:
        (group,) = child.ask(do="ages", names=["cam"])["groups"]
        ages = total.get("ages", 0) + sum(group["ages"].values())
        delivered = total.get("delivered", 0) + group["delivered"]
        total = {**group, "ages": ages, "delivered": delivered}
    return total


def test_viewers_come_watch_acknowledge_and_go(
    server: FakeServer[LoadVisit], child: Child
) -> None:
    open_viewers(child, server, 3)
    assert [visit.token for visit in server.visits] == ["Bearer t"] * 3
    assert child.ask(do="watch", name="cam", total=0)["watching"] == 3
    for sequence in range(5):
        for visit in server.visits:
            visit.send(media(Kind.FRAGMENT, sequence, bytes(3000), keyframe=sequence == 0))
    found = counted(child, 15)
    assert (found["viewers"], found["ages"], found["missed"], found["lost"]) == (3, 15, 0, 0)
    assert 0 <= found["busy"] < 2
    server.wait(lambda: all(len(visit.acks) == 5 for visit in server.visits), "acks")
    for visit in server.visits:
        staleness_ms = visit.acks[0].staleness_ms or 0
        assert 10 < staleness_ms < 5000, "the server's clock is an hour ahead"
    assert child.ask(do="close", name="cam")["closed"] == 3
    server.wait(lambda: all(visit.ended for visit in server.visits), "goodbye")


def test_who_is_disconnected_is_lost_and_the_others_stay(
    server: FakeServer[LoadVisit], child: Child
) -> None:
    open_viewers(child, server, 2)
    gone, left = server.visits
    gone.connection.close_socket()
    server.wait(lambda: gone.ended, "end")
    for sequence in range(2):
        left.send(media(Kind.FRAGMENT, sequence, keyframe=True))
    assert counted(child, 2)["lost"] == 1
    child.ask(do="close", name="cam")


def test_who_is_gone_leaves_first(server: FakeServer[LoadVisit], child: Child) -> None:
    open_viewers(child, server, 3)
    gone = server.visits[2]
    gone.connection.close_socket()
    server.wait(lambda: gone.ended, "end")
    while not child.ask(do="ages", names=["cam"])["groups"][0]["lost"]:
        pass
    assert child.ask(do="leave", name="cam", count=1)["left"] == 1
    (group,) = child.ask(do="ages", names=["cam"])["groups"]
    assert (group["viewers"], group["lost"]) == (2, 0)
    assert child.ask(do="leave", name="cam", count=1)["left"] == 1
    assert child.ask(do="close", name="cam")["closed"] == 1


def test_several_come_at_once(
    server: FakeServer[LoadVisit], child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(3)
    monkeypatch.setattr(server, "prepare", lambda _: together.wait(TIMEOUT_S))
    open_viewers(child, server, 3, at_once=3)
    assert child.ask(do="watch", name="cam", total=0)["watching"] == 3
    assert not together.broken


def test_who_is_refused_says_why(server: FakeServer[LoadVisit], child: Child) -> None:
    server.refusal = ErrorNotice(4429, "The stream is full.")
    with pytest.raises(ChildFailed, match="generator: The stream is full"):
        open_viewers(child, server, 1)
    server.close()
    with pytest.raises(ChildFailed, match="refused"):
        open_viewers(child, server, 1)


def test_a_child_that_ends_is_an_error(child: Child) -> None:
    with pytest.raises(ChildFailed, match="has ended with 1"):
        child.ask(do=json.dumps("dance"))
