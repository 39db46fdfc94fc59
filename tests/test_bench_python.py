"""Viewers in Python for `bench latency`, from a server that does what the test wants."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from streamer.bench.latency import python as module
from streamer.bench.latency.case import Case, Means, Path
from streamer.client.target import parse_target
from streamer.wire import Kind
from tests.fake_server import FakeServer
from tests.test_client_viewer import jpeg
from tests.view_server import JPEG, ViewVisit, media, view_server

Server = FakeServer[ViewVisit]


@pytest.fixture
def server() -> Iterator[Server]:
    with view_server() as running:
        yield running
    assert "bench-viewer" not in [thread.name for thread in threading.enumerate()]


def decoded(visit: ViewVisit, sequence: int) -> bool:
    return bool(visit.acks) and visit.acks[-1].decoded == sequence


def test_no_viewer_notes_what_comes_after_the_time(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CHECK_S", 0.0)
    target = parse_target(f"{server.url}/cam")
    case = Case(Path.JPEG, Means.PYTHON, 64, 48, 30, viewers=2)
    with module.watching(target, case, 500, is_here=True) as watch:
        server.wait(lambda: sum(bool(each.play) for each in server.visits) == 2, "plays")
        for visit in server.visits:
            visit.say(JPEG)
            visit.send(media(Kind.JPEG, 0, jpeg("red")))
        watch.settle()
        watch.check()
        before = watch.takes()
        for sequence in (1, 2, 3):
            for visit in server.visits:
                visit.send(media(Kind.JPEG, sequence, jpeg("red")))
                server.wait(partial(decoded, visit, sequence), "ack")
        after = watch.takes()
        assert [len(each.moments) for each in after] == [len(each.moments) for each in before]
