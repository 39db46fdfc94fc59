"""How web cameras wrap their pictures, and encoders that put theirs elsewhere: all is opened."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest

from streamer.address import SourceSpec
from streamer.clock import SystemClock
from streamer.errors import SourceMissing, SourceUnreadable
from streamer.media.ingest.source import PacketSource
from streamer.media.picture.mjpeg import mend
from streamer.parsing import parse
from tests.fake_border import SAMPLES, pictures

Start = Callable[[bytes, bytes], str]
TYPE = b"multipart/x-mixed-replace; boundary=frame"
COUNT = 10


@pytest.fixture
def start() -> Iterator[Start]:
    """A server that answers with a type and a body, and then says nothing; its URL."""
    listeners: list[socket.socket] = []
    held: list[socket.socket] = []

    def run(kind: bytes, body: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                held.append(connection)
                connection.recv(4096)
                connection.sendall(
                    b"HTTP/1.0 200 OK\r\nContent-Type: " + kind + b"\r\n\r\n" + body
                )

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield run
    for each in (*listeners, *held):
        each.close()


def jpegs() -> list[bytes]:
    with av.open(str(SAMPLES / "mjpeg.avi")) as container:
        return [mend(bytes(each)) for each in container.demux(video=0) if each.size][:COUNT]


def opened(url: str) -> PacketSource:
    spec = SourceSpec(parse(url), open_timeout_s=1.0, stall_timeout_s=1.0)
    return PacketSource(spec, SystemClock(), lambda: None)


@pytest.mark.parametrize(
    ("head", "tail", "before"),
    [
        (b"--frame\r\nContent-Type: image/jpeg\r\n\r\n", b"\r\n", b""),
        (b"--frame\r\nContent-Type: image/jpg\r\n\r\n", b"\r\n", b""),
        (b"--frame\r\nContent-Length: %d\r\n\r\n", b"\r\n", b""),
        (b"--frame\nContent-Type: image/jpeg\n\n", b"\n", b""),
        (b"--frame\r\nContent-Type: image/jpeg\r\n\r\n", b"", b""),
        (b"--frame\r\nContent-Type: image/jpeg\r\n\r\n", b"\r\n", b"This has parts.\r\n\r\n"),
        (b"", b"", b""),
    ],
    ids=["usual", "jpg", "no type", "bare lines", "no line before", "preamble", "no parts"],
)
def test_a_web_camera_plays_however_it_wraps_its_pictures(
    start: Start, head: bytes, tail: bytes, before: bytes
) -> None:
    sent = jpegs()
    body = before + b"".join(
        (head % len(each) if b"%d" in head else head) + each + tail for each in sent
    )
    source = opened(start(TYPE, body))
    assert (source.facts.codec, source.facts.width) == ("mjpeg", 320)
    samples = pictures(source.samples())
    for jpeg in sent[:-1]:
        packet = next(samples).packet
        assert packet is not None
        assert mend(bytes(packet)) == jpeg
    source.close()


def test_a_page_is_no_camera(start: Start) -> None:
    with pytest.raises(SourceUnreadable, match="nothing that can be read as video"):
        opened(start(b"text/html\r\nContent-Length: 26", b"<html>Please log in</html>"))


def test_a_camera_that_answers_and_sends_nothing_is_told_from_one_that_is_away(
    start: Start,
) -> None:
    with pytest.raises(SourceMissing, match="answers, but sends nothing; restart the camera"):
        opened(start(TYPE, b""))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(SourceMissing, match="does not answer"):
            opened(url)


def test_pictures_that_go_on_elsewhere_in_mpeg_ts_are_read_on(tmp_path: Path) -> None:
    path = tmp_path / "two.ts"
    path.write_bytes(written(tmp_path / "1.ts", "256") + written(tmp_path / "2.ts", "768"))
    source = PacketSource(SourceSpec(parse(str(path))), SystemClock(), lambda: None)
    source._paced = False
    assert len(list(pictures(source.samples()))) == 2 * COUNT
    source.close()


def written(path: Path, pid: str) -> bytes:
    """The first pictures of a clip as MPEG-TS whose streams have numbers from `pid` on."""
    options = {"mpegts_start_pid": pid}
    with (
        av.open(str(SAMPLES / "mpeg2.ts")) as clip,
        av.open(str(path), "w", format="mpegts", options=options) as film,
    ):
        stream = film.add_stream_from_template(clip.streams.video[0])
        for packet in [each for each in clip.demux(video=0) if each.size][:COUNT]:
            packet.stream = stream
            film.mux(packet)
    return path.read_bytes()
