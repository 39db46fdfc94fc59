"""An HTTP body without a length is live, whatever its MP4 says that it lasts."""

import io
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import pytest

from streamer.address import SourceSpec
from streamer.clock import SystemClock
from streamer.errors import SourceLost
from streamer.media.ingest.opening import open_source
from streamer.media.picture.pattern import Pattern
from streamer.parsing import parse

FPS, COUNT = 20, 40


def clip() -> bytes:
    """Two seconds of fragmented MP4, as who joins a live stream gets the group so far."""
    out = io.BytesIO()
    options = {"movflags": "frag_every_frame+empty_moov+default_base_moof"}
    with av.open(out, "w", format="mp4", container_options=options) as container:
        video = container.add_stream("libx264", rate=FPS, options={"tune": "zerolatency"})
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        for index in range(COUNT):
            frame = Pattern(320, 180, FPS, SystemClock()).frame(index, index)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return out.getvalue()


@pytest.fixture
def live() -> Iterator[str]:
    """Where such a clip comes at once, and nothing after it until the test ends."""
    body, is_over = clip(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp4")
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
            is_over.wait(10)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/live.mp4"
        is_over.set()
        http.shutdown()
        thread.join()


def test_the_group_so_far_is_not_played_at_its_pace(live: str) -> None:
    source = open_source(SourceSpec(parse(live), stall_timeout_s=2), SystemClock(), lambda: None)
    came_s: list[float] = []
    with pytest.raises(SourceLost):  # and so it is tried again
        came_s.extend(time.monotonic() for _ in source.samples())
    source.close()
    assert len(came_s) >= COUNT - 2
    assert came_s[COUNT - 5] - came_s[0] < 0.75 * (COUNT - 5) / FPS
