"""Files that lead elsewhere: what arrives there, and what is said when nobody takes it."""

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from streamer.bench.pattern.outlets import datagrams, http_body, standard_output
from streamer.errors import ConfigError, TargetError, TargetRefused

REFUSAL = b'HTTP/1.1 409 Conflict\r\nContent-Length: 19\r\n\r\n{"error": "Taken."}'


@contextmanager
def server(answer: bytes, until: bytes) -> Iterator[tuple[int, bytearray]]:
    """The port of a server that answers once it has read `until`, and what it reads."""
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                while until not in heard:
                    heard.extend(peer.recv(4096) or until)
                peer.sendall(answer)
                while data := peer.recv(4096):
                    heard.extend(data)

        thread = Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join()


def test_a_body_in_chunks() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with server(answer, b"\r\n0\r\n\r\n") as (port, heard):
        url = f"http://me:p%20w@127.0.0.1:{port}/publish/cam?a=b"
        with http_body(url, "PUT", "video/mp2t") as body:
            assert body.write(b"hello") == 5
            body.write(b"x" * 16)
    head, _, rest = bytes(heard).partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /publish/cam?a=b HTTP/1.1\r\n")
    assert b"Authorization: Basic bWU6cCB3" in head
    assert b"Content-Type: video/mp2t" in head
    assert rest == b"5\r\nhello\r\n10\r\n" + b"x" * 16 + b"\r\n0\r\n\r\n"


def write_on(port: int, data: bytes = b"x" * 4096) -> None:
    """Write to `/cam` until that fails."""
    url = f"http://127.0.0.1:{port}/cam?token=hunter2"
    with http_body(url, "POST", "video/mp2t") as body:
        while True:
            body.write(data)


def test_an_answer_before_the_end_is_told() -> None:
    with server(REFUSAL, b"\r\n\r\n") as (port, _), pytest.raises(TargetRefused) as caught:
        write_on(port)
    assert (
        caught.value.sentence == f"http://127.0.0.1:{port}/cam?token=*** answers with 409: Taken."
    )


def test_a_busy_server_may_be_asked_again() -> None:
    busy = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"
    with server(busy, b"\r\n\r\n") as (port, _), pytest.raises(TargetError) as caught:
        write_on(port)
    assert caught.value.retryable
    assert caught.value.sentence.endswith("answers with 503.")


def test_a_server_that_only_closes() -> None:
    with server(b"nonsense", b"\r\n\r\n") as (port, _), pytest.raises(TargetError) as caught:
        write_on(port)
    assert caught.value.sentence.endswith("closed the connection.")


def test_datagrams_hold_whole_packets() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        with datagrams(f"udp://127.0.0.1:{receiver.getsockname()[1]}") as outlet:
            outlet.write(b"a" * 188 * 8 + b"b" * 100)
            outlet.write(b"b" * 88)
        sizes = [len(receiver.recv(2000)) for _ in range(3)]
    assert sizes == [7 * 188, 188, 188]


def test_standard_output_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdout", Terminal())
    with pytest.raises(ConfigError, match="that is a terminal"), standard_output():
        pass
