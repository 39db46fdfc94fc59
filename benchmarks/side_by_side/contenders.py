"""Who is compared: a page each, and what has to run behind it, started for its turn only."""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import go2rtc_binary, hls_js
from benchmarks.side_by_side.camera import NAME, Camera
from streamer.bench.processes import TreeCpu
from tests.integration.processes import Process, answers, free_port

_START_S = 20
_MSE = """import('/bench/mse.js').then(({{ MseViewer }}) => {{
  document.body.innerHTML = '<video style="width: 100vw"></video>';
  const video = document.querySelector('video');
  const url = 'ws://{site}/ws/streams/{name}';
  globalThis.viewer = new MseViewer(video, url, '{rendition}', 500);
}})"""


@dataclass(frozen=True, slots=True)
class Running:
    """A page to look at, what is run in it, and the CPU time of what serves it."""

    page: str
    cpu: TreeCpu
    script: str = ""


@dataclass(frozen=True, slots=True)
class Contender:
    """One way from the camera to the screen."""

    name: str
    means: str
    start: Callable[[Camera], "Opened"]


Opened = Iterator[Running]


def contenders() -> list[Contender]:
    """All that are there, ours first."""
    found = [
        Contender("streamer `copy`", "WebCodecs, canvas", _ours("copy")),
        Contender("streamer `h264`", "WebCodecs, canvas", _ours("h264")),
        Contender("streamer `jpeg`", "createImageBitmap, canvas", _ours("jpeg")),
        Contender("streamer `copy`", "MSE, video", _ours("copy", by_mse=True)),
    ]
    if go2rtc_binary() is not None:
        found += [
            Contender("go2rtc", "MSE page", _go2rtc("stream.html?src=cam&mode=mse")),
            Contender("go2rtc", "MJPEG", _go2rtc("api/stream.mjpeg?src=jpeg")),
        ]
    if shutil.which("ffmpeg"):
        found.append(Contender("FFmpeg", "MJPEG over HTTP", _ffmpeg))
    if hls_js() is not None:
        found.append(Contender("nginx-rtmp", "HLS, hls.js", _hls))
    return found


def left_out() -> list[str]:
    """Who is not there, and why, as sentences."""
    said = [
        "µStreamer reads V4L2 devices only and is left out; FFmpeg serves MJPEG in its place.",
        "go2rtc's WebRTC page is left out; it showed nothing in this browser.",
        "A version of go2rtc with `cui` in it is camera.ui's build of it, slightly changed.",
    ]
    if go2rtc_binary() is None:
        said.append("go2rtc is left out: no binary was found on PATH or in build/peers.")
    if not shutil.which("ffmpeg"):
        said.append("FFmpeg is left out: it is not installed.")
    if hls_js() is None:
        said.append("The HLS page is left out: hls.js could not be had by npm.")
    return said


def _ours(rendition: str, *, by_mse: bool = False) -> Callable[[Camera], Opened]:
    def start(camera: Camera) -> Opened:
        port = free_port()
        command = (sys.executable, "-m", "streamer", "serve", "--port", str(port))
        with _process(*command, f"{NAME}={camera.url}") as process:
            process.wait_for(lambda: answers(port, "/healthz"), "an answer", _START_S)
            site, cpu = f"localhost:{port}", TreeCpu(process.pid)
            if by_mse:
                script = _MSE.format(site=site, name=NAME, rendition=rendition)
                yield Running(f"http://{site}/healthz", cpu, script)
            else:
                yield Running(f"http://{site}/embed/{NAME}?rendition={rendition}", cpu)

    return start


def _go2rtc(path: str) -> Callable[[Camera], Opened]:
    def start(camera: Camera) -> Opened:
        api, rtsp, rtc = free_port(), free_port(), free_port()
        config = {
            "api": {"listen": f"127.0.0.1:{api}"},
            "rtsp": {"listen": f"127.0.0.1:{rtsp}"},  # by which its FFmpeg gets the pictures
            "webrtc": {"listen": f"127.0.0.1:{rtc}", "candidates": [f"127.0.0.1:{rtc}"]},
            "srtp": {"listen": ""},
            "log": {"level": "error"},
            "streams": {"cam": camera.url, "jpeg": "ffmpeg:cam#video=mjpeg"},
        }
        with _process(go2rtc_binary() or "go2rtc", "-config", json.dumps(config)) as process:
            process.wait_for(lambda: answers(api, "/api"), "an answer", _START_S)
            yield Running(f"http://localhost:{api}/{path}", TreeCpu(process.pid))

    return start


def _ffmpeg(camera: Camera) -> Opened:
    port = free_port()
    prompt = "-fflags nobuffer -flags low_delay -probesize 32768 -analyzeduration 100000"
    form = "-f mpjpeg -content_type multipart/x-mixed-replace;boundary=ffmpeg -listen 1"
    command = f"ffmpeg -v error -nostdin {prompt} -i {camera.url} -q:v 3 {form}"
    with _process(*command.split(), f"http://127.0.0.1:{port}/") as process:
        yield Running(f"http://localhost:{port}/", TreeCpu(process.pid))


def _hls(camera: Camera) -> Opened:
    yield Running(camera.hls_page, camera.cpu)


@contextmanager
def _process(*command: str) -> Iterator[Process]:
    with tempfile.TemporaryDirectory() as folder:
        process = Process(command, Path(folder) / "log")
        try:
            yield process
        finally:
            process.clear()
