"""No password of any kind of address shows anywhere: pages, states, logs, metrics, answers."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from websockets.sync.client import connect

from tests.integration.conftest import StartServer
from tests.integration.peeking import ask, assert_calm, described
from tests.integration.processes import free_port, wait_until

SECRET = "s3cr3t"
WHERE = (
    "/",
    "/api/streams",
    "/metrics",
    "/watch/{0}",
    "/embed/{0}",
    "/streams/{0}/snapshot.jpg",
    "/streams/{0}/stream.mp4",
)


def sources() -> dict[str, str]:
    """One of each kind that can carry a password; nobody is behind any of them."""
    login, host = f"user:{SECRET}", f"127.0.0.1:{free_port()}"
    return {
        **{kind: f"{kind}://{login}@{host}/1" for kind in ("rtsp", "rtsps", "rtmp", "rtmps")},
        **{kind: f"{kind}://{login}@{host}/a.m3u8" for kind in ("http", "https")},
        "slash": f"rtsp://user:a/b@{SECRET}@{host}/1",
        "query": f"http://{host}/video.mjpg?user=admin&password={SECRET}",
        "token": f"rtmp://{host}/live/cam?accessToken={SECRET}",
        "path": f"rtsp://{host}/user=admin_password={SECRET}_channel=1.sdp",
        "exec": f"exec:ffmpeg -v error -i rtsp://{login}@{host}/x -f mpegts -",
        "word": f"exec:false --password {SECRET}",
        "listen": f"listen:rtmp://192.0.2.1:1935/live/{SECRET}",
        "announce": f"listen:rtsp://192.0.2.1:8554/{SECRET}",
    }


def test_no_password_is_shown(serve: StartServer) -> None:
    named = sources()
    opened = [f"{name}={url}" for name, url in named.items()]
    lent = f"--fallback=query={named['slash']}"
    server = serve("--always", "--allow-exec", "-v", *opened, lent)
    failed: set[str] = set()

    def all_failed() -> bool:
        failed.update(n for n in named if described(server.port, n)["phase"] == "offline")
        return failed == set(named)

    wait_until(all_failed, "failure of all", 60, lambda: f"{set(named) - failed}")
    with ThreadPoolExecutor(len(named)) as pool:
        found = dict(zip(named, pool.map(partial(told, server.port), named), strict=True))
    assert [name for name, text in found.items() if SECRET in text] == []
    assert "event=offline" in server.process.output
    assert SECRET not in server.process.output
    assert_calm(server.process)


def told(port: int, name: str) -> str:
    """All that the server says of a stream."""
    bodies = [ask(port, path.format(name)).body.decode() for path in WHERE]
    return "".join(bodies) + state(port, name)


def state(port: int, name: str) -> str:
    """All that a viewer is told at first."""
    with connect(
        f"ws://127.0.0.1:{port}/ws/streams/{name}",
        subprotocols=["streamer.v1"],  # type: ignore[list-item]
    ) as socket:
        hello, now = socket.recv(5), socket.recv(5)
        assert [json.loads(text)["type"] for text in (hello, now)] == ["hello", "state"]
        return f"{hello!r}{now!r}"
