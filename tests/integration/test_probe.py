"""`streamer probe` on streams and pages of ours, and of others that must not be looked into."""

import os
import shlex
import signal
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path

import pytest

from tests.integration.conftest import Server, StartProcess, StartRtsp
from tests.integration.moving import FFMPEG
from tests.integration.peeking import assert_calm
from tests.integration.probing import PROBE, probe, probe_plausibly
from tests.integration.test_pull import HLS, web_server

FPS = 30
OLD_MS = 300
# A video fed by a script, as live pages of others are, held near the end of what it has.
FED = """<video muted autoplay style="width: 960px"></video><script>
const video = document.querySelector('video');
const source = new MediaSource();
video.src = URL.createObjectURL(source);
source.addEventListener('sourceopen', async () => {
  const buffer = source.addSourceBuffer('video/mp4; codecs="avc1.42c01f"');
  const reader = (await fetch('/live.mp4')).body.getReader();
  for (;;) {
    buffer.appendBuffer((await reader.read()).value);
    await new Promise((done) => buffer.addEventListener('updateend', done, { once: true }));
    const { buffered } = video;
    if (!buffered.length) continue;
    const end = buffered.end(buffered.length - 1);
    if (end - video.currentTime > 0.3) video.currentTime = end - 0.1;
  }
});
</script>"""


@pytest.mark.parametrize(("file", "codec"), [("stream.mp4", "h264"), ("stream.mjpeg", "mjpeg")])
def test_streams_over_http(server: Server, file: str, codec: str) -> None:
    url = f"{server.url}/streams/pattern/{file}"
    found = probe_plausibly(url, fps=FPS, most_ms=OLD_MS)
    assert (found["what"], found["seen"]) == (f"{codec} 640x360", "decoded")
    assert 0 < found["work_ms"]["p50"] < found["age_ms"]["p50"]
    assert_calm(server.process)


def test_streams_of_the_wire(server: Server) -> None:
    for rendition, shown in (("h264", "h264"), ("jpeg-240", "jpeg-240")):
        arguments = (f"ws://127.0.0.1:{server.port}/pattern", "--rendition", rendition)
        found = probe_plausibly(*arguments, fps=FPS, most_ms=OLD_MS)
        assert found["what"].startswith(shown)
        assert "the server's is" in found["clock"]
    assert_calm(server.process)


@pytest.mark.parametrize("codec", ["h264", "mjpeg"])
def test_a_camera(rtsp: StartRtsp, codec: str) -> None:
    found = probe_plausibly(rtsp().url(codec), fps=FPS, most_ms=4 * OLD_MS)
    assert (found["what"], found["seen"]) == (f"{codec} 640x360", "decoded")


def test_a_playlist(start: StartProcess, tmp_path: Path) -> None:
    pattern = (sys.executable, "-m", "streamer", "pattern", "320x240@20", "--to", "-")
    playlist = tmp_path / "cam.m3u8"
    segments = (*FFMPEG, "-i", "-", "-c", "copy", *HLS, str(playlist))
    maker = start("sh", "-c", f"{shlex.join(pattern)} | {shlex.join(segments)}")
    maker.wait_for(playlist.exists, "the playlist", 30)
    found = probe(f"http://127.0.0.1:{web_server(start, tmp_path)}/cam.m3u8", seconds=3).found
    assert (found["what"], found["unread"]) == ("h264 320x240", 0)
    assert found["pictures"] >= 10
    assert 0 < found["age_ms"]["p50"] < 100 * OLD_MS  # segments, of which some wait


def test_a_server_that_is_not_there() -> None:
    said = probe("ws://127.0.0.1:9/pattern", wait=1)
    assert said.status == 2
    assert "127.0.0.1:9/pattern does not answer (connection refused)" in said.err


@contextmanager
def site(page: str, live: str = "") -> Iterator[str]:
    """The address of a site with one page, and with a film that another address gives."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            is_film = self.path == "/live.mp4"
            self.send_header("Content-Type", "video/mp4" if is_film else "text/html")
            self.end_headers()
            if is_film:
                pass_on(live, self.wfile)
            else:
                self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/"
        http.shutdown()
        thread.join()


def pass_on(url: str, to: BufferedIOBase) -> None:
    """Copy what an address gives, as it comes, until either end has enough."""
    with suppress(OSError), urllib.request.urlopen(url, timeout=30) as answer:
        while data := answer.read1(65_536):
            to.write(data)


def test_the_player_in_its_shadow_tree(server: Server) -> None:
    url = f"{server.url}/watch/pattern"
    found = probe_plausibly("--page", url, fps=FPS, most_ms=OLD_MS)
    assert (found["what"], found["seen"]) == ("<canvas> 640x360", "drawn on the page")
    assert found["browser"].startswith("Chrome/")


def test_a_picture_that_never_ends(server: Server) -> None:
    url = f"{server.url}/streams/pattern/stream.mjpeg"
    found = probe_plausibly("--page", url, fps=FPS, most_ms=OLD_MS)
    assert found["what"] == "<img> 640x360"


def test_a_video_that_a_script_feeds(server: Server) -> None:
    with site(FED, f"{server.url}/streams/pattern/stream.mp4?rendition=h264") as url:
        found = probe("--page", url, seconds=2).found
    assert (found["what"], found["seen"]) == ("<video> 640x360", "drawn on the page")
    assert found["pictures"] > 5
    assert 0 < found["age_ms"]["p50"] < 10 * OLD_MS


def test_a_video_in_a_frame_by_its_selector(server: Server) -> None:
    video = f"<video id=live muted autoplay src={server.url}/streams/pattern/stream.mp4></video>"
    page = f"<canvas width=1200 height=700></canvas><iframe srcdoc='{video}'></iframe>"
    with site(page) as url:
        # Of another origin, and so read from screenshots; in the frame it is 150 lines high.
        small = probe("--page", url, "--selector", "#live", wait=3)
    assert (small.status, small.out) == (2, "")
    assert "none with a mark that can be read" in small.err


def test_pictures_of_another_origin_are_read_from_screenshots(server: Server) -> None:
    image = f"<img style='width:960px' src={server.url}/streams/pattern/stream.mjpeg>"
    with site(f"<h1>Camera</h1>{image}") as url:
        found = probe("--page", url, "--selector", "body", seconds=2).found
    assert found["seen"] == "in screenshots"
    assert "come from another origin than the page" in found["note"]
    assert found["pictures"] > 3
    assert 0 < found["age_ms"]["p50"] < 2 * OLD_MS


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("clip.mp4",), "'clip.mp4' is a file, whose pictures have no now"),
        ((), "Name one thing to look at"),
        (("pattern:", "--page", "http://h/"), "Name one thing to look at"),
        (("pattern:", "--selector", "video"), "--selector belongs to a page"),
        (("--page", "file:///etc/passwd"), "'file:///etc/passwd' is no page"),
        (("--page", "http://127.0.0.1:9/"), "The browser cannot open the page (net::ERR_"),
        (("--page", "http://h/", "--browser-path", "nosuch"), "'nosuch' is no program"),
        (("exec:cat x",), "allow it with --allow-exec"),
        (("rtsp://me:hunter2@127.0.0.1:9/x",), "rtsp://***@127.0.0.1:9/x does not answer"),
        (("tcp://127.0.0.1:9?listen=1",), "does not know the option 'listen'"),
    ],
)
def test_what_cannot_be_measured_is_a_sentence(arguments: tuple[str, ...], words: str) -> None:
    said = probe(*arguments)
    assert (said.status, said.out) == (2, "")
    assert words in said.err
    assert "hunter2" not in said.err
    assert "Traceback" not in said.err


def test_ctrl_c_prints_what_was_measured(start: StartProcess) -> None:
    process = start(*PROBE, "--seconds", "60", "pattern:320x180@30")
    process.wait_for_line("pattern:320x180@30  ", 20)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(10) == 128 + signal.SIGINT
    assert "interrupted; this is what was measured until then" in process.output
    assert "Age of the pictures when decoded, in ms:" in process.output


def test_pictures_without_a_mark(start: StartProcess) -> None:
    source = "testsrc=size=320x180:rate=10"
    command = f"exec:ffmpeg -v error -re -f lavfi -i {source} -c:v mpeg2video -f mpegts -"
    said = probe("--allow-exec", command, wait=3)
    assert said.status == 2
    assert "shows pictures, but none with a mark that can be read" in said.err
    assert sys.executable not in said.err
