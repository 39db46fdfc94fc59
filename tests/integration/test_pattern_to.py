"""`streamer pattern` and `streamer probe` together: through servers of others and of ours."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import StartProcess, StartServer
from tests.integration.counterparts import NGINX
from tests.integration.peeking import ask, assert_calm
from tests.integration.probing import PROBE, probe_plausibly
from tests.integration.processes import Process, free_port, listens, wait_until

PATTERN = (sys.executable, "-m", "streamer", "pattern", "320x240@20")
FPS = 20
# Some containers and demuxers hold back two frames; servers add theirs.
OLD_MS = 600


@pytest.mark.parametrize(
    ("url", "codec"),
    [
        ("rtsp://127.0.0.1:{}/cam", "h264"),
        ("rtsp://127.0.0.1:{}/cam", "mjpeg"),
        ("rtmp://127.0.0.1:{}/live/cam", "h264"),
    ],
)
def test_to_a_listening_probe(start: StartProcess, url: str, codec: str) -> None:
    target = url.format(free_port())
    start(*PATTERN, "--to", target, "--codec", codec)
    found = probe_plausibly(f"listen:{target}", fps=FPS, most_ms=OLD_MS)
    assert found["what"] == f"{codec} 320x240"


def test_over_udp(start: StartProcess) -> None:
    target = f"udp://127.0.0.1:{free_port()}"
    start(*PATTERN, "--to", target, "--gop", "10")
    probe_plausibly(target, fps=FPS, most_ms=OLD_MS)


@pytest.mark.parametrize("codec", ["h264", "hevc", "vp8", "mjpeg"])
def test_through_a_server_of_ours(serve: StartServer, start: StartProcess, codec: str) -> None:
    server = serve()
    start(*PATTERN, "--to", f"{server.url}/publish/cam", "--codec", codec)
    wait_until(lambda: ask(server.port, "/watch/cam").status == 200, "stream", 20)
    probe_plausibly(f"ws://127.0.0.1:{server.port}/cam", fps=FPS, most_ms=OLD_MS)
    assert_calm(server.process)


@pytest.mark.parametrize(
    ("form", "codec"),
    [("mpegts", "h264"), ("matroska", "hevc"), ("flv", "h264"), ("mjpeg", "mjpeg")],
)
def test_through_a_pipe(form: str, codec: str) -> None:
    command = (*PATTERN, "--to", "-", "--format", form, "--codec", codec)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as pattern:
        times = ("--json", "--seconds", "1.5", "--warm-up", "0.5")
        done = subprocess.run(
            (*PROBE, *times, "-"),
            stdin=pattern.stdout,
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
        )
        assert pattern.stdout is not None
        pattern.stdout.close()
        assert pattern.wait(10) == 0  # as nobody reads any more
    assert done.returncode == 0, done.stderr
    assert f'"what": "{codec} 320x240"' in done.stdout


@pytest.fixture
def nginx(tmp_path: Path) -> tuple[int, tuple[str, ...]]:
    """A port, and the command of an RTMP server on it."""
    port = free_port()
    config = tmp_path / "nginx.conf"
    config.write_text(NGINX.format(folder=tmp_path, port=port))
    return port, ("/usr/sbin/nginx", "-p", str(tmp_path), "-c", str(config))


def test_through_an_rtmp_server_that_is_restarted(
    start: StartProcess, nginx: tuple[int, tuple[str, ...]]
) -> None:
    port, command = nginx
    url = f"rtmp://127.0.0.1:{port}/live/cam"
    pattern = start(*PATTERN, "--to", url)
    pattern.wait_for(lambda: "takes nothing (connection refused)" in pattern.output, "word", 20)
    first = run(start, command, port)
    probe_plausibly(url, fps=FPS, most_ms=OLD_MS)
    first.clear()
    run(start, command, port)
    probe_plausibly(url, fps=FPS, most_ms=OLD_MS)
    assert "sending again" in pattern.output
    os.kill(pattern.pid, signal.SIGINT)
    assert pattern.wait(10) == 128 + signal.SIGINT
    assert "Traceback" not in pattern.output


def run(start: StartProcess, command: tuple[str, ...], port: int) -> Process:
    process = start(*command)
    wait_until(lambda: listens(port), "listening nginx", 20)
    return process


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/publish/pattern", "answers with 409: 'pattern' has a source of its own"),
        ("/publish/a%20b", "answers with 400"),
        ("/nowhere", "answers with 40"),
    ],
)
def test_a_refusal_ends_it(serve: StartServer, path: str, words: str) -> None:
    server = serve("--publish", "pattern=pattern:320x180@10")
    said = refused(f"{server.url}{path}")
    assert words in said


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nosuch://h/x", "cannot be sent to"),
        ("rtmp://me:hunter2@127.0.0.1:9/live/x", "takes nothing (connection refused)"),
        ("http://127.0.0.1:9/x", "takes nothing (connection refused)"),
    ],
)
def test_nobody_there(target: str, words: str) -> None:
    said = refused(target, "--seconds", "1")
    assert words in said
    assert "hunter2" not in said


def refused(*arguments: str) -> str:
    """What it says when it ends with status 2."""
    command = (*PATTERN, "--to", *arguments)
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr
