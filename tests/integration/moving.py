"""A clip of marked pictures, how FFmpeg sends it, and whether a stream shows it moving."""

import io

from PIL import Image

from streamer.media.picture import mark
from tests.integration.conftest import Server
from tests.integration.peeking import SAMPLES, ask, assert_calm, described
from tests.integration.processes import wait_until

CLIP = str(SAMPLES / "h264.mp4")  # marked pictures 0 to 99, a keyframe every 2 s
FFMPEG = ("ffmpeg", "-v", "error", "-nostdin")
LIVE = ("-re", "-stream_loop", "-1", "-i", CLIP, "-c", "copy")
FORMATS = {
    "mpegts": "-c copy -f mpegts",
    "matroska": "-c copy -f matroska -cluster_time_limit 0 -flush_packets 1",
    "flv": "-c copy -f flv",
    "fmp4": "-c copy -f mp4 -movflags empty_moov+default_base_moof+frag_every_frame",
    "h264": "-c copy -bsf:v h264_mp4toannexb -f h264",
    "mjpeg": "-c:v mjpeg -q:v 3 -f mjpeg",
    "mpjpeg": "-c:v mjpeg -q:v 3 -f mpjpeg",
}


def read_mark(port: int, name: str) -> mark.Mark | None:
    """The mark of a stream's current picture; None while there is no picture."""
    answer = ask(port, f"/streams/{name}/snapshot.jpg")
    if answer.status != 200:
        return None
    luma = Image.open(io.BytesIO(answer.body)).convert("L")
    return mark.read(luma.tobytes(), luma.width, luma.width, luma.height)


def assert_moving(server: Server, name: str, timeout_s: float = 30.0) -> None:
    """Wait for three different marked pictures."""
    seen: set[int] = set()

    def moved() -> bool:
        found = read_mark(server.port, name)
        if found is not None:
            seen.add(found.sequence)
        return len(seen) >= 3

    wait_until(
        moved, f"moving picture of {name}", timeout_s, lambda: str(described(server.port, name))
    )
    assert_calm(server.process)
