"""The `streamer` command: what it refuses, whom it lets in, and how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.integration.conftest import Server, StartServer
from tests.integration.peeking import ask, asking, assert_calm, workers
from tests.integration.processes import wait_until

COMMAND = (sys.executable, "-m", "streamer")
PATTERN = "pattern:320x180@10"
TOKEN = "correct-horse"
PLAY: dict[str, object] = {"type": "play", "renditions": ["auto"], "codecs": ["avc1", "jpeg"]}
PLAY |= {"width": 640, "height": 360, "max_latency_ms": 500}
GOING_DOWN = 1001
END_WITHIN_S = 3.0


def refused(*arguments: str) -> str:
    """Run the command, which must refuse with exit code 2 and one line; that line."""
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, check=False, timeout=10, text=True
    )
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.startswith("streamer: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("streamer: ").strip()


@contextmanager
def viewer(
    server: Server, query: str = "", headers: dict[str, str] | None = None
) -> Iterator[ClientConnection]:
    """A WebSocket on the stream `pattern`."""
    url = f"ws://127.0.0.1:{server.port}/ws/streams/pattern{query}"
    origin = (headers or {}).pop("Origin", None)
    with connect(
        url,
        subprotocols=[Subprotocol("streamer.v1")],
        origin=None if origin is None else Origin(origin),
        additional_headers=headers,
        max_size=None,
        close_timeout=1,
    ) as connection:
        yield connection


def first_media(connection: ClientConnection) -> bytes:
    """Play, and give the first media message."""
    connection.send(json.dumps(PLAY))
    while isinstance(message := connection.recv(timeout=10), str):
        pass
    return message


def close_code(server: Server, query: str = "", headers: dict[str, str] | None = None) -> int:
    """The code with which the server closes on a viewer that it does not let in."""
    with viewer(server, query, headers) as connection:
        notice = json.loads(connection.recv(timeout=5))
        with pytest.raises(ConnectionClosed) as caught:
            connection.recv(timeout=5)
    assert caught.value.rcvd is not None
    assert notice["type"] == "error"
    assert notice["code"] == caught.value.rcvd.code
    return caught.value.rcvd.code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--no-publish",), "Nothing to serve"),
        (("--host", "0.0.0.0", PATTERN), "lets the network in; add --token SECRET"),
        (("--token", "short", PATTERN), "fewer than 8 characters"),
        (("nosuch://camera/1",), "nosuch: is not opened here"),
        (("file:///etc/passwd",), "file: is not opened here"),
        (("concat:/etc/passwd|/etc/hosts",), "concat: is not opened here"),
        (("rtsp:///path",), "names no host"),
        (("a=pattern:320x180@10", "a=pattern:320x180@5"), "Two streams are called 'a'"),
        (("--config", "/nowhere/streamer.toml"), "/nowhere/streamer.toml cannot be read"),
        (("--rtsp-transport", "pigeon", PATTERN), "'pigeon' is no RTSP transport"),
        (("--port", "70000", PATTERN), "Port 70000 does not exist"),
    ],
)
def test_what_cannot_be_served_is_refused(arguments: tuple[str, ...], words: str) -> None:
    assert words in refused("serve", *arguments)


def test_a_password_is_not_shown() -> None:
    assert "hunter2" not in refused("serve", "nosuch://admin:hunter2@camera/1")


def test_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = refused("serve", "--port", str(port), PATTERN)
    assert f"port {port} cannot be listened on" in sentence


def test_the_token_guards_everything(serve: StartServer) -> None:
    server = serve("--token", TOKEN, f"pattern={PATTERN}")
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    paths = ("/", "/watch/pattern", "/embed/pattern", "/api/streams")
    for path in (*paths, "/streams/pattern/snapshot.jpg"):
        for bad in (path, f"{path}?token=wrong-horse"):
            answer = ask(server.port, bad)
            assert answer.status == 401, bad
            assert TOKEN.encode() not in answer.body
        assert ask(server.port, f"{path}?token={TOKEN}").status == 200, path
        assert ask(server.port, path, bearer).status == 200, path
    for live in ("stream.mp4", "stream.mjpeg"):
        assert ask(server.port, f"/streams/pattern/{live}?seconds=1").status == 401
    assert close_code(server) == 4401
    assert close_code(server, "?token=wrong-horse") == 4401
    for query, headers in ((f"?token={TOKEN}", None), ("", bearer)):
        with viewer(server, query, headers) as connection:
            assert len(first_media(connection)) > 32
    assert TOKEN not in server.process.output.partition("Watch at")[2].partition("\n")[2]


def test_pages_and_names_from_elsewhere_are_refused(serve: StartServer) -> None:
    server = serve("--allow-origin", "https://friend.test", f"pattern={PATTERN}")
    assert close_code(server, headers={"Origin": "https://foe.test"}) == 4403
    assert ask(server.port, "/api/streams", {"Host": "rebound.test"}).status == 403
    for origin in ("https://friend.test", f"http://127.0.0.1:{server.port}"):
        with viewer(server, headers={"Origin": origin}) as connection:
            assert len(first_media(connection)) > 32


def test_streams_that_are_not_there_are_told(server: Server) -> None:
    assert ask(server.port, "/watch/nobody").status == 404
    for file in ("snapshot.jpg", "stream.mp4", "stream.mjpeg"):
        answer = ask(server.port, f"/streams/nobody/{file}")
        assert answer.status == 404
        assert answer.json == {"error": "No stream is called 'nobody' here."}
    assert_calm(server.process)


def end_by_key(server: Server) -> None:
    os.killpg(server.process.pid, signal.SIGINT)  # what a terminal does on Ctrl-C


def end_by_signal(server: Server) -> None:
    os.kill(server.process.pid, signal.SIGINT)


def end_as_service(server: Server) -> None:
    os.kill(server.process.pid, signal.SIGTERM)


@pytest.mark.parametrize("end", [end_by_key, end_by_signal, end_as_service])
def test_it_ends_at_once_whoever_watches(server: Server, end: Callable[[Server], None]) -> None:
    with ExitStack() as stack:
        reads_nothing = stack.enter_context(viewer(server))
        reads_nothing.send(json.dumps(PLAY))
        reads = stack.enter_context(viewer(server))
        first_media(reads)
        for live in ("stream.mp4", "stream.mjpeg"):
            response = stack.enter_context(asking(server.port, f"/streams/pattern/{live}"))
            assert response.read(100)
        assert len(workers(server.process)) == 1
        began = time.monotonic()
        end(server)
        wait_until(lambda: not server.process.is_running(), "end of the server", END_WITHIN_S)
        wait_until(lambda: not server.process.members(), "end of its processes", 30)
        assert time.monotonic() - began < END_WITHIN_S
        assert close_code_of(reads) == GOING_DOWN
    ends = (0, -signal.SIGTERM) if end is end_as_service else (0, 128 + signal.SIGINT)
    assert server.process.stop() in ends
    assert_calm(server.process)


def close_code_of(connection: ClientConnection) -> int | None:
    try:
        while True:
            connection.recv(timeout=2)
    except ConnectionClosed as exc:
        return exc.rcvd.code if exc.rcvd else None


def test_a_killed_server_leaves_nobody(server: Server) -> None:
    with viewer(server) as connection:
        first_media(connection)
        assert len(workers(server.process)) == 1
        os.kill(server.process.pid, signal.SIGKILL)
        wait_until(lambda: not server.process.members(), "end of its processes", 30)
