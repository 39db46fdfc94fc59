"""Servers on the web that are not ours: whoever names one is told at once."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from streamer.address import SourceSpec
from streamer.client.publish import push
from streamer.client.view import watch
from streamer.errors import BadMessage
from streamer.parsing import parse

TIMEOUT_S = 30.0


class Foreign(ThreadingHTTPServer):
    """Answers everything with one status."""

    status = 200


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Foreign)
        self.send_response(server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    with Foreign(("127.0.0.1", 0), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join(TIMEOUT_S)


@pytest.mark.parametrize(
    ("status", "version"),
    [(200, "HTTP/1.1"), (404, "HTTP/1.1"), (501, "HTTP/1.1"), (200, "HTTP/1.0")],
)
def test_what_is_no_streamer_server_is_told(
    foreign: Foreign, monkeypatch: pytest.MonkeyPatch, status: int, version: str
) -> None:
    monkeypatch.setattr(_Answer, "protocol_version", version)
    foreign.status = status
    url = f"http://127.0.0.1:{foreign.server_port}/cam"
    words = f"{url} is no streamer server; check the address"
    with pytest.raises(BadMessage, match=words):
        watch.run(url, seconds=TIMEOUT_S)
    with pytest.raises(BadMessage, match=words):
        push.run(SourceSpec(parse("pattern:320x180@30")), url)
