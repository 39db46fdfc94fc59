"""`imshow` on a server that is there; starting one is for the integration tests."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from streamer.client import companion
from streamer.client.companion import Companion
from streamer.client.publish import show
from streamer.client.publish.show import URL_VARIABLE, Gallery
from streamer.control import ErrorNotice
from streamer.errors import ConfigError, StreamerError
from tests.publish_server import PublishServer, publish_server, split

GREY = np.full((48, 64, 3), 128, np.uint8)


@pytest.fixture
def server() -> Iterator[PublishServer]:
    with publish_server() as running:
        yield running


def has_packets(server: PublishServer, count: int) -> bool:
    return len(server.packets) >= count


def test_each_name_is_a_stream_and_its_page_is_told_once(
    server: PublishServer, capsys: pytest.CaptureFixture[str]
) -> None:
    gallery = Gallery({URL_VARIABLE: f"{server.url}?token=abc"})
    for count, name in enumerate(("a", "b", "a"), 1):
        gallery.imshow(name, GREY, meta={"n": name})
        server.wait(partial(has_packets, server, count), "picture")
    assert sorted(visit.path for visit in server.visits) == ["/ws/publish/a", "/ws/publish/b"]
    assert split(server.visits[0].packets[0])[0] == b'{"n":"a"}'
    assert server.visits[0].token == "Bearer abc"
    assert capsys.readouterr().out == (
        f"Watch 'a' at {server.url}/watch/a?token=abc\n"
        f"Watch 'b' at {server.url}/watch/b?token=abc\n"
    )
    gallery.close()
    gallery.close()


def test_bad_pictures_are_refused(server: PublishServer) -> None:
    gallery = Gallery({URL_VARIABLE: server.url})
    with pytest.raises(TypeError, match="float64"):
        gallery.imshow("a", GREY / 255)
    with pytest.raises(ConfigError, match="cannot be a stream's name"):
        gallery.imshow("a b", GREY)
    gallery.close()


def test_who_was_refused_is_taken_in_once_that_is_mended(
    server: PublishServer, capsys: pytest.CaptureFixture[str]
) -> None:
    gallery = Gallery({URL_VARIABLE: server.url})
    server.refusal = ErrorNotice(4403, "Publishing is off.")
    gallery.imshow("a", GREY)
    server.wait(lambda: gallery._publishers["a"].uplink.is_over, "refusal")
    with pytest.raises(StreamerError):
        gallery.imshow("a", GREY)
    server.refusal = None
    gallery.imshow("a", GREY)
    server.wait(partial(has_packets, server, 1), "picture")
    assert capsys.readouterr().out.count("Watch") == 1
    gallery.close()


def test_a_server_of_its_own_that_died_is_replaced(
    server: PublishServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[SimpleNamespace] = []

    def start() -> SimpleNamespace:
        started.append(SimpleNamespace(is_running=True, url=server.url, close=lambda: None))
        return started[-1]

    monkeypatch.setattr(show, "Companion", start)
    gallery = Gallery({})
    for died, count in ((False, 1), (False, 1), (True, 2)):
        if died:
            started[-1].is_running = False
        before = len(server.packets)
        gallery.imshow("a", GREY)
        server.wait(partial(has_packets, server, before + 1), "picture")
        assert (len(started), len(server.visits)) == (count, count)
    gallery.close()


def test_no_free_port(monkeypatch: pytest.MonkeyPatch, server: PublishServer) -> None:
    with pytest.raises(ConfigError, match="No server could be started"):
        Companion([server.port])
    assert companion.PORTS[0] == 8000
