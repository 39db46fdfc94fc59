"""Real peers for the tests: streamer itself, a GStreamer RTSP server, and Chromium."""

import http.server
import shutil
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.integration import witness
from tests.integration.processes import Process, answers, free_port, wait_until
from tests.peers import DEBIAN_PYTHON

RTSP_SERVER = Path(__file__).with_name("rtsp_server.py")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A name that is not this machine's own: its pages are no secure context, as on a LAN.
    "--host-resolver-rules=MAP camera.test 127.0.0.1",
)
CAMERA = "--use-fake-device-for-media-stream"
POLICY = "Content Security Policy"


@dataclass(frozen=True, slots=True)
class Server:
    """A running `streamer serve`."""

    port: int
    process: Process

    @property
    def url(self) -> str:
        """Where its pages are; localhost, which browsers hold for a secure context."""
        return f"http://localhost:{self.port}"


@dataclass(frozen=True, slots=True)
class RtspServer:
    """A running RTSP server."""

    port: int
    process: Process
    address: str

    def url(self, mount: str) -> str:
        """Where the stream at `mount` is, for example `h264`."""
        return f"rtsp://{self.address}:{self.port}/{mount}"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files, without a word."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


StartServer = Callable[..., Server]
StartRtsp = Callable[..., RtspServer]
StartProcess = Callable[..., Process]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure's report what was seen."""
    report = yield
    if call.when == "call" and report.failed and isinstance(item, pytest.Function):
        report.sections.extend(witness.sections(item.funcargs))
    return report


@pytest.fixture
def programs() -> Iterator[witness.Programs]:
    """The programs of a test; they are killed, with all that they started, after it."""
    programs = witness.Programs()
    yield programs
    for process in reversed(programs.started):
        process.clear()


@pytest.fixture
def start(programs: witness.Programs, tmp_path: Path) -> StartProcess:
    """Start programs."""

    def run(*command: str) -> Process:
        process = Process(command, tmp_path / f"process-{len(programs.started)}.log")
        programs.started.append(process)
        return process

    return run


@pytest.fixture
def serve(start: StartProcess) -> Iterator[StartServer]:
    """Start `streamer serve` with the arguments given; it must leave no process behind."""
    servers: list[Server] = []

    def run(*arguments: str, port: int | None = None) -> Server:
        port = port or free_port()
        command = (sys.executable, "-m", "streamer", "serve", "--port", str(port), *arguments)
        server = Server(port, start(*command))
        servers.append(server)
        server.process.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
        return server

    yield run
    for server in servers:
        stop_cleanly(server.process)


def stop_cleanly(process: Process, grace_s: float = 15.0) -> None:
    """Stop a server and assert that none of its processes outlives it by more than `grace_s`."""
    process.stop()
    try:
        wait_until(lambda: not process.members(), "end of its processes", grace_s)
    except AssertionError:
        left = process.clear()
        pytest.fail(f"processes {left} outlived the server:\n{process.output}")


@pytest.fixture
def server(serve: StartServer) -> Server:
    """A server with one stream, `pattern`, of the test pattern."""
    return serve("pattern=pattern:640x360@30")


@pytest.fixture
def rtsp(start: StartProcess) -> StartRtsp:
    """Start an RTSP server, on a port of before where it is to come back."""

    def run(
        port: int = 0,
        clip: Path | None = None,
        cam: tuple[str, ...] = (),
        address: str = "127.0.0.1",
    ) -> RtspServer:
        file = () if clip is None else ("--file", str(clip))
        where = ("--address", address, "--port", str(port))
        process = start(DEBIAN_PYTHON, str(RTSP_SERVER), *where, *file, *cam)
        return RtspServer(int(process.wait_for_line("ready ")), process, address)

    return run


@pytest.fixture
def other_url(tmp_path: Path) -> Iterator[str]:
    """The files of `tmp_path` on an origin of their own."""
    (tmp_path / "page.html").write_text("<!doctype html>")
    handler = partial(Quiet, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def launched(*flags: str) -> Iterator[Browser]:
    """Debian's Chromium, with further flags."""
    executable = shutil.which("chromium")
    assert executable, "chromium is not installed; run tests/peers.py"
    arguments = [*CHROMIUM_FLAGS, *flags]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Tests of one module that use it must not run an event loop themselves."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def camera_chromium() -> Iterator[Browser]:
    """Chromium with a fake camera."""
    with launched(CAMERA) as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page with a profile of its own.

    An uncaught exception in it, or a breach of its content security policy, fails the test.
    """
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    uncaught: list[str] = []
    page.on("pageerror", lambda error: uncaught.append(str(error)))
    page.on("console", lambda said: uncaught.append(said.text) if POLICY in said.text else None)
    yield page
    context.close()
    assert uncaught == []
