"""A bad link for programs without an event loop: real bytes, and a change in between."""

import argparse
import socket
import time
from collections.abc import Iterator
from threading import Thread

import pytest

from streamer.bench.impaired import add_link_argument, impaired
from streamer.bench.link import Impairment
from tests.integration.processes import free_port


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that gives one connection back what it says."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                while data := peer.recv(100):
                    peer.sendall(data)

        thread = Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def trip_s(peer: socket.socket) -> float:
    began_s = time.perf_counter()
    peer.sendall(b"x")
    assert peer.recv(1) == b"x"
    return time.perf_counter() - began_s


def test_bytes_pass_and_what_is_wrong_may_change(echo: int) -> None:
    with impaired(echo, Impairment()) as link:
        with socket.create_connection(("127.0.0.1", link.port), 5) as peer:
            trip_s(peer)
            link.impairment = Impairment(delay_ms=30)
            assert trip_s(peer) > 0.059
        port = link.port
    with socket.socket() as late:
        assert late.connect_ex(("127.0.0.1", port)) != 0


def test_a_server_is_reached_at_the_address_that_answers(
    echo: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    unused = free_port()
    addresses = [
        (socket.AF_INET6, socket.SOCK_STREAM, 0, "", ("::1", unused, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", echo)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    with impaired(echo, Impairment(), "server.test") as link, socket.socket() as peer:
        peer.settimeout(30)
        peer.connect(("127.0.0.1", link.port))
        assert trip_s(peer) < 30


def test_each_way_has_its_rate(echo: int) -> None:
    with (
        impaired(echo, Impairment(up_bps=400)) as link,
        socket.create_connection(("127.0.0.1", link.port), 5) as peer,
    ):
        peer.settimeout(30)
        assert trip_s(peer) > 0.014  # 20 ms, of which waking late may take 5
        link.impairment = Impairment(rate_bps=400)
        assert trip_s(peer) > 0.014


def test_the_option() -> None:
    parser = argparse.ArgumentParser()
    add_link_argument(parser)
    assert parser.parse_args([]).link is None
    assert parser.parse_args(["--link", "delay=5ms"]).link == "delay=5ms"
