"""Encoders that publish over RTMP and RTSP to a port of the server's."""

import socket
from contextlib import suppress

import pytest

from tests.integration.conftest import Server, StartProcess, StartServer
from tests.integration.moving import FFMPEG, LIVE, assert_moving
from tests.integration.peeking import assert_calm, described, offline_reason, workers
from tests.integration.processes import free_port, wait_until

FORMATS = {"rtmp": ("flv", "live/cam"), "rtsp": ("rtsp", "cam")}
WAITING = "Waiting for a publisher."


def addresses(kind: str) -> tuple[str, tuple[str, ...]]:
    """What the server listens on, and how FFmpeg publishes there, but for the name."""
    form, path = FORMATS[kind]
    url = f"{kind}://127.0.0.1:{free_port()}/{path}"
    return f"listen:{url}", (*FFMPEG, *LIVE, "-f", form, url)


def waits(server: Server) -> bool:
    told = described(server.port, "cam")
    return (told["phase"], told["reason"]) == ("connecting", WAITING)


def port_of(command: tuple[str, ...]) -> int:
    return int(command[-1].split(":")[2].partition("/")[0])


@pytest.mark.parametrize("kind", ["rtmp", "rtsp"])
def test_publishers_come_and_go(serve: StartServer, start: StartProcess, kind: str) -> None:
    ours, command = addresses(kind)
    server = serve(f"cam={ours}")  # nobody watches, and yet they can come
    wait_until(lambda: waits(server), WAITING, 30)
    (worker,) = workers(server.process)
    for _ in range(3):
        publisher = start(*command)
        assert_moving(server, "cam")
        publisher.clear()
        wait_until(lambda: waits(server), WAITING, 30)
    assert workers(server.process) == [worker]
    assert_calm(server.process)


@pytest.mark.parametrize("kind", ["rtmp", "rtsp"])
def test_who_should_not_publish_does_not(
    serve: StartServer, start: StartProcess, kind: str
) -> None:
    ours, command = addresses(kind)
    server = serve(f"cam={ours}", "-v")
    wait_until(lambda: waits(server), WAITING, 30)
    stranger = start(*command[:-1], command[-1] + "2")
    stranger.wait_for(lambda: "event=publisher-refused" in server.process.output, "refusal", 30)
    assert "gave another name" in server.process.output
    publisher = start(*command)
    assert_moving(server, "cam")
    second = start(*command)
    wait_until(lambda: not second.is_running(), "end of the second publisher", 30)
    assert publisher.is_running()
    assert_moving(server, "cam")


@pytest.mark.parametrize("kind", ["rtmp", "rtsp"])
def test_who_says_nothing_is_not_waited_for(
    serve: StartServer, start: StartProcess, kind: str
) -> None:
    ours, command = addresses(kind)
    server = serve(f"cam={ours}")
    wait_until(lambda: waits(server), WAITING, 30)
    for said in (b"", b"\x03" + bytes(5000), b"GET / HTTP/1.1\r\n\r\n" * 9, b"\xff" * 200_000):
        address = ("127.0.0.1", port_of(command))
        with suppress(ConnectionError), socket.create_connection(address, timeout=5) as guest:
            guest.sendall(said)
    silent = socket.create_connection(("127.0.0.1", port_of(command)))
    with silent:
        silent.settimeout(15)
        with suppress(ConnectionResetError):
            while silent.recv(4096):
                continue
    start(*command)
    assert_moving(server, "cam")
    assert_calm(server.process)


def test_the_port_is_the_one_named(serve: StartServer) -> None:
    ours, command = addresses("rtmp")
    with socket.create_server(("127.0.0.1", port_of(command))):
        server = serve(f"cam={ours}")
        sentence = offline_reason(server.port, "cam")
        assert sentence.startswith("listen:rtmp://127.0.0.1:")
        assert "/live/*** cannot be listened on (the port is taken); name another" in sentence
    wait_until(lambda: waits(server), WAITING, 30)
    other = serve(f"cam={ours.replace('127.0.0.1', '192.0.2.1')}")
    assert "not this machine's" in offline_reason(other.port, "cam")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port_of(command)))
