"""What servers give over HTTP and SRT: marked pictures that move, also after a loss."""

import http.server
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.integration.conftest import StartProcess, StartServer
from tests.integration.moving import CLIP, FFMPEG, LIVE, assert_moving
from tests.integration.peeking import SAMPLES, described
from tests.integration.processes import answers, free_port, wait_until

BACK_WITHIN_S = 15.0
HLS = ("-f", "hls", "-hls_time", "1", "-hls_list_size", "4", "-hls_flags", "delete_segments")
KEYS = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-t", "60")
BODIES = {
    "mpegts": ("video/mp2t", "-c", "copy", "-f", "mpegts"),
    "mpjpeg": ("multipart/x-mixed-replace", "-c:v", "mjpeg", "-q:v", "3", "-f", "mpjpeg"),
}


def web_server(start: StartProcess, folder: Path) -> int:
    """Serve a folder over HTTP, and return the port."""
    port = free_port()
    served = ("--bind", "127.0.0.1", "--directory", str(folder))
    server = start(sys.executable, "-m", "http.server", str(port), *served)
    server.wait_for(lambda: answers(port, "/"), "an answer", 30)
    return port


@pytest.mark.parametrize("segments", ["mpegts", "fmp4"])
def test_hls(serve: StartServer, start: StartProcess, tmp_path: Path, segments: str) -> None:
    folder = tmp_path / "hls"
    folder.mkdir()
    port = web_server(start, folder)
    path = folder / "cam.m3u8"
    command = (*FFMPEG, *LIVE[:-2], *KEYS, *HLS, "-hls_segment_type", segments, str(path))
    maker = start(*command)
    maker.wait_for(path.exists, "the playlist", 20)
    server = serve("--always", f"cam=http://127.0.0.1:{port}/cam.m3u8")
    assert_moving(server, "cam")
    if segments == "fmp4":
        return  # how a loss is told does not depend on what is in the segments
    maker.clear()
    wait_until(lambda: described(server.port, "cam")["phase"] != "live", "the loss", 20)
    start(*command)
    assert_moving(server, "cam", BACK_WITHIN_S)


@pytest.mark.parametrize("form", BODIES)
def test_a_body_without_end(serve: StartServer, start: StartProcess, form: str) -> None:
    mime, *how = BODIES[form]
    url = f"http://127.0.0.1:{free_port()}/cam"
    command = (*FFMPEG, *LIVE[:-2], *how, "-content_type", mime, "-listen", "1", url)
    sender = start(*command)
    server = serve("--always", f"cam={url}")
    assert_moving(server, "cam")
    sender.clear()
    wait_until(lambda: described(server.port, "cam")["phase"] != "live", "the loss", 12)
    start(*command)
    assert_moving(server, "cam", BACK_WITHIN_S)


def test_a_film_whose_index_is_at_its_end(serve: StartServer, start: StartProcess) -> None:
    port = web_server(start, SAMPLES)
    server = serve("--loop", f"cam=http://127.0.0.1:{port}/{Path(CLIP).name}")
    assert_moving(server, "cam")


@pytest.fixture
def https(tmp_path: Path) -> Iterator[str]:
    """The address of a server of all samples by HTTPS, as a camera has it: it signed itself."""
    files = str(tmp_path / "key.pem"), str(tmp_path / "own.pem")
    subject = ("-subj", "/CN=camera", "-days", "2", "-keyout", files[0], "-out", files[1])
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject)
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[0])
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(SAMPLES))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_https(serve: StartServer, https: str) -> None:
    server = serve("--loop", f"cam={https}/{Path(CLIP).name}")
    assert_moving(server, "cam")


def test_srt(serve: StartServer, start: StartProcess) -> None:
    """A real sender that waits for callers, taken through the command that the docs name."""
    port = free_port()
    sender = f"srt://127.0.0.1:{port}?mode=listener"
    film = " ".join((*FFMPEG, *LIVE, "-f", "mpegts", "-"))
    command = ("sh", "-c", f"{film} | exec srt-live-transmit file://con '{sender}'")
    running = start(*command)
    take = f"srt-live-transmit srt://127.0.0.1:{port} file://con"
    server = serve("--allow-exec", "--always", f"cam=exec:{take}")
    assert_moving(server, "cam", BACK_WITHIN_S)
    running.clear()
    wait_until(lambda: described(server.port, "cam")["phase"] != "live", "the loss", 25)
    start(*command)
    assert_moving(server, "cam", 2 * BACK_WITHIN_S)
