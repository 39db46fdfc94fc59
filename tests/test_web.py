"""Redirects, step by step: who is asked what, and who is not asked at all."""

import errno
import http.server
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import ClassVar

import av
import pytest
from av.error import FFmpegError

from streamer.address import SourceSpec
from streamer.clock import SystemClock
from streamer.errors import SourceRefused, SourceUnknown
from streamer.media.ingest import web
from streamer.media.ingest.access import access_to
from streamer.media.ingest.patience import Patience
from streamer.media.ingest.peers import known
from streamer.media.ingest.reach import Reach
from streamer.media.ingest.web import Reading, Web, _onward, landing
from streamer.parsing import parse

Start = Callable[[dict[str, str]], str]
TIMEOUT_S = 5.0


@pytest.fixture
def start() -> Iterator[Start]:
    """A server that redirects from each path to what belongs to it; its URL without a slash."""
    servers: list[http.server.HTTPServer] = []

    def run(redirects: dict[str, str]) -> str:
        class Redirecting(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                target = redirects.get(self.path)
                self.send_response(302 if target else 200)
                if target:
                    self.send_header("Location", target)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = http.server.HTTPServer(("127.0.0.1", 0), Redirecting)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield run
    for server in servers:
        server.shutdown()
        server.server_close()


class Guarded(http.server.BaseHTTPRequestHandler):
    """Redirects whoever gives the password of the form that `scheme` names."""

    scheme = "Basic"
    told: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        given = self.headers.get("Authorization")
        self.told.append(given)
        if given is None:
            self.send_response(401)
            self.send_header("WWW-Authenticate", f'{self.scheme} realm="cam"')
        else:
            self.send_response(302)
            self.send_header("Location", "/b" if self.path == "/a" else "http://localhost:9/c")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def guarded() -> Iterator[str]:
    """The address of a server that redirects only those whom it knows."""
    Guarded.told.clear()
    server = http.server.HTTPServer(("127.0.0.1", 0), Guarded)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def reach(url: str) -> Reach:
    return Reach(url, lambda host: frozenset({host}))


def test_redirects_are_followed_to_their_end(start: Start) -> None:
    url = start({"/a?x=1": "/b/c", "/b/c": "d#e"})
    named = f"{url}/a?x=1".replace("http://", "http://user:pass@")
    end = f"{url}/b/d".replace("http://", "http://user:pass@")
    assert landing(named, reach(named), TIMEOUT_S) == end
    assert landing(f"{url}/z", reach(url), TIMEOUT_S) is None
    assert landing(f"crypto+{url}/b/c", reach(url), TIMEOUT_S) == f"crypto+{url}/b/d"


def test_another_host_is_not_told_the_password() -> None:
    named = "http://user:pass@cam.lan/a/b?c"
    assert _onward(named, "http://other.lan/d") == "http://other.lan/d"
    assert _onward(named, "//other.lan/d") == "http://other.lan/d"
    assert _onward(named, "https://cam.lan/d") == "https://user:pass@cam.lan/d"
    assert _onward(named, "http://new:word@cam.lan/d") == "http://new:word@cam.lan/d"


def test_a_password_leads_through_redirects_to_another_host(guarded: str) -> None:
    named = f"http://us%40er:p%C3%A9:ss@{guarded}/a"
    anybody = Reach(named, lambda _: frozenset({"127.0.0.1"}))
    assert landing(named, anybody, TIMEOUT_S) == "http://localhost:9/c"
    expected = "Basic " + b64encode("us@er:pé:ss".encode()).decode()
    assert Guarded.told == [None, expected, None, expected]


def test_a_password_is_told_only_to_who_asks_for_it_so(
    guarded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Guarded, "scheme", "Digest")
    named = f"http://user:pass@{guarded}/a"
    assert landing(named, reach(named), TIMEOUT_S) is None
    assert Guarded.told == [None]


def test_what_was_private_stays_so() -> None:
    with pytest.raises(SourceRefused, match=r"^https://\*\*\*@cam.lan/a redirects to http:"):
        _onward("https://user:pass@cam.lan/a", "http://cam.lan/b")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("http://10.0.0.1/x", r"leads to 10\.0\.0\.1, an address of a private network"),
        ("http://[::1]:80/x", "leads to ::1"),
        ("file:///etc/passwd", "which is not opened"),
    ],
)
def test_redirects_that_are_refused(start: Start, target: str, words: str) -> None:
    url = start({"/a": target})
    with pytest.raises(SourceRefused, match=words):
        landing(f"{url}/a", reach(url), TIMEOUT_S)


def test_a_circle_may_be_mended(start: Start) -> None:
    url = start({"/a": "/a"})
    with pytest.raises(SourceUnknown, match="redirects too often") as told:
        landing(f"{url}/a", reach(url), TIMEOUT_S)
    assert told.value.retryable


def test_where_a_redirect_has_led_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server may say something else to FFmpeg than to us."""
    url = "http://tv.example/a"
    access = access_to(SourceSpec(parse(url)))
    there = Reach(url, lambda _: frozenset({"8.8.8.8"}))
    opened = Web(access, (1, 1), there, Patience(SystemClock(), 1))
    closed: list[str] = []

    def fake_open(at: str, **_: object) -> SimpleNamespace:
        if at == url:
            raise FFmpegError(errno.EIO, "redirected")
        return SimpleNamespace(close=lambda: closed.append(at))

    monkeypatch.setattr(av, "open", fake_open)
    monkeypatch.setattr(web, "landing", lambda *_: "http://trap.example/b")
    monkeypatch.setattr(known, "others", lambda: frozenset({"192.168.1.9"}))
    with pytest.raises(SourceRefused, match=r"leads to 192\.168\.1\.9"):
        opened.open()
    assert closed == ["http://trap.example/b"]
    monkeypatch.setattr(known, "others", lambda: frozenset({"8.8.8.8"}))
    opened.open()
    assert len(closed) == 1


def test_nobody_there_is_no_redirect() -> None:
    assert landing("http://127.0.0.1:1/a", reach("http://127.0.0.1:1/a"), TIMEOUT_S) is None


def test_nothing_is_an_empty_file() -> None:
    reading = Reading(None)
    assert (reading.read(10), reading.read(10)) == (b"", b"")
    reading.close()
