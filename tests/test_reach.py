"""Where a source may lead: its own host and public addresses, however they are written."""

import socket
import threading
from collections.abc import Callable
from functools import partial

import pytest

from streamer.errors import SourceMissing, SourceRefused
from streamer.media.ingest.peers import Known, known
from streamer.media.ingest.reach import Reach, is_public, resolve

NAMES = {
    "cam.lan": {"192.168.1.5", "fd00::5"},
    "nas.lan": {"192.168.1.9"},
    "same.lan": {"192.168.1.5"},
    "tv.example": {"8.8.8.8"},
    "cdn.example": {"8.8.4.4", "2001:4860:4860::8888"},
    "trap.example": {"8.8.4.4", "10.0.0.1"},
    "localhost": {"127.0.0.1", "::1"},
}
PUBLIC, PRIVATE = "http://u:s3cr3t@tv.example/live.m3u8", "http://u:s3cr3t@cam.lan/live.m3u8"

TIMEOUT_S = 10


def fake_resolve(host: str) -> frozenset[str]:
    return frozenset(NAMES.get(host, {host} if host[:1].isdigit() or ":" in host else ()))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1%eth0",
        "fd00::1", "ff02::1", "::ffff:10.0.0.1", "2002:0a00:0001::1", "64:ff9b::10.0.0.1",
    ],
)  # fmt: skip
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("source", "url"),
    [
        (PUBLIC, "http://tv.example:8080/1.ts"),
        (PUBLIC, "http://TV.example/1.ts"),
        (PUBLIC, "https://cdn.example/1.ts?x=y#z"),
        (PUBLIC, "crypto+http://cdn.example/1.ts"),
        (PUBLIC, "http://8.8.4.4/1.ts"),
        (PRIVATE, "http://cam.lan:81/1.ts"),
        (PRIVATE, "http://192.168.1.5/1.ts"),
        (PRIVATE, "http://[fd00::5]/1.ts"),
        (PRIVATE, "http://same.lan/1.ts"),
        (PRIVATE, "http://tv.example/1.ts"),
    ],
)
def test_where_it_may_lead(source: str, url: str) -> None:
    Reach(source, fake_resolve).check(url)


@pytest.mark.parametrize("source", [PUBLIC, PRIVATE])
@pytest.mark.parametrize(
    "url",
    [
        "http://nas.lan/1.ts",
        "http://192.168.1.9/1.ts",
        "http://localhost/1.ts",
        "http://127.0.0.1:8000/1.ts",
        "http://[::1]/1.ts",
        "http://trap.example/1.ts",
        "crypto+http://nas.lan/1.ts",
        "crypto:http://10.0.0.1/1.ts",
        "http://tv.example@10.0.0.1/1.ts",
    ],
)
def test_where_it_may_not(source: str, url: str) -> None:
    with pytest.raises(SourceRefused, match="an address of a private network") as caught:
        Reach(source, fake_resolve).check(url)
    assert "s3cr3t" not in caught.value.sentence


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "concat:http://tv.example/1.ts|/etc/passwd",
        "subfile,,start,0,end,9,,:http://tv.example/1.ts",
        "async:http://tv.example/1.ts",
        "cache:http://tv.example/1.ts",
        "data:text/plain,x",
        "tcp://tv.example:22",
        "crypto+file:///etc/passwd",
        "http://tv.example\\@10.0.0.1/1.ts",
        "http://tv.example /1.ts",
        "http://tv.example\t.lan/1.ts",
        "http://a@tv.example@10.0.0.1/",
        "http:///1.ts",
        "http://tv.example/1.ts\r\nX: y",
        "ftp://u:s3cr3t@tv.example/1.ts",
    ],
)
def test_what_is_no_business_of_a_playlist(url: str) -> None:
    with pytest.raises(SourceRefused, match="which is not opened") as caught:
        Reach(PUBLIC, fake_resolve).check(url)
    assert "s3cr3t" not in caught.value.sentence


def test_a_host_that_is_not_known_is_said() -> None:
    with pytest.raises(SourceMissing, match=r"gone\.example, a host that is not known"):
        Reach(PUBLIC, fake_resolve).check("http://gone.example/1.ts")
    assert resolve("no-such-host.invalid") == frozenset()
    assert resolve("x" * 300) == frozenset()
    assert resolve("127.0.0.1") == {"127.0.0.1"}


def test_connections_are_looked_at() -> None:
    Reach(PUBLIC, fake_resolve).check_peers()
    server = socket.create_server(("127.0.0.1", 0))
    with server, socket.create_connection(server.getsockname()):
        assert known.others() == {"127.0.0.1"}
        Reach("rtsp://localhost/1", fake_resolve).check_peers()
        with pytest.raises(SourceRefused, match=r"leads to 127\.0\.0\.1"):
            Reach("rtsp://cam.lan/1", fake_resolve).check_peers()
    assert known.others() == frozenset()


def test_a_private_source_may_lead_to_public_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    reach = Reach(PRIVATE, fake_resolve)
    monkeypatch.setattr(known, "others", lambda: frozenset({"192.168.1.5", "8.8.8.8"}))
    reach.check_peers()
    monkeypatch.setattr(known, "others", lambda: frozenset({"192.168.1.9", "8.8.8.8"}))
    with pytest.raises(SourceRefused, match=r"leads to 192\.168\.1\.9, an address"):
        reach.check_peers()


def test_a_connection_that_no_source_made_is_let_be() -> None:
    """As `push` has one with the server that it publishes to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        dial = partial(socket.create_connection, server.getsockname())
        with known.connected(dial, lambda sock: sock) as sock:
            Reach("rtsp://cam.lan/1", fake_resolve).check_peers()
        with sock, pytest.raises(SourceRefused):
            Reach("rtsp://cam.lan/1", fake_resolve).check_peers()


def test_a_connection_that_is_being_made_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows yet whose it is."""
    ours, waits, found = Known(), threading.Event(), list[frozenset[str]]()
    wait_for = ours._changed.wait_for

    def waiting(is_over: Callable[[], bool], timeout_s: float) -> bool:
        waits.set()
        return wait_for(is_over, timeout_s)

    def dial() -> socket.socket:
        sock = socket.create_connection(server.getsockname())
        looking.start()
        assert waits.wait(TIMEOUT_S)
        return sock

    monkeypatch.setattr(ours._changed, "wait_for", waiting)
    looking = threading.Thread(target=lambda: found.append(ours.others()))
    with socket.create_server(("127.0.0.1", 0)) as server:
        with ours.connected(dial, lambda sock: sock) as sock:
            looking.join(TIMEOUT_S)
        sock.close()
    assert found == [frozenset()]


def test_one_that_cannot_be_made_is_waited_for_no_longer() -> None:
    def dial() -> socket.socket:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError), known.connected(dial, lambda sock: sock):
        pass
    assert known.others() == frozenset()
