"""The port where publishers come: who is carried to whom, and what is left open."""

import socket
import threading
from collections.abc import Iterator

import pytest

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.errors import SourceMissing
from streamer.media.ingest.listener import Carrier, publishers
from streamer.parsing import listening, parse

WANTED = listening(parse("listen:rtmp://127.0.0.1:1935/live/cam"))
PUBLISH = b"\x02\x00\x07publish\x00\x40\x14\x00\x00\x00\x00\x00\x00\x05\x02\x00\x03cam"
TIMEOUT_S = 5


class Ends:
    """A publisher's end of a carried connection, and FFmpeg's."""

    def __init__(self) -> None:
        self.port = socket.create_server(("127.0.0.1", 0))
        self.publisher = self.connect()
        self.carrier = Carrier(self.port.accept()[0], self.port, WANTED, TIMEOUT_S)
        with socket.create_server(("127.0.0.1", self.carrier.inner_port)) as listener:
            listener.settimeout(TIMEOUT_S)
            self.ffmpeg, _ = listener.accept()
        self.ffmpeg.settimeout(TIMEOUT_S)

    def connect(self) -> socket.socket:
        return socket.create_connection(self.port.getsockname(), timeout=TIMEOUT_S)

    def close(self) -> None:
        self.carrier.close()
        for each in (self.publisher, self.ffmpeg, self.port):
            each.close()


@pytest.fixture
def ends() -> Iterator[Ends]:
    ends = Ends()
    yield ends
    ends.close()
    assert [each.name for each in threading.enumerate() if each.name == "publisher"] == []


def test_both_ways_once_the_name_is_said(ends: Ends) -> None:
    ends.publisher.sendall(PUBLISH)
    assert ends.ffmpeg.recv(100) == PUBLISH
    assert ends.carrier.admitted
    ends.ffmpeg.sendall(b"onStatus")
    assert ends.publisher.recv(100) == b"onStatus"
    ends.publisher.sendall(b"media")
    assert ends.ffmpeg.recv(100) == b"media"


def test_a_second_publisher_is_turned_away(ends: Ends) -> None:
    with ends.connect() as second:
        assert second.recv(100) == b""
    ends.publisher.sendall(b"still here")
    assert ends.ffmpeg.recv(100) == b"still here"


def test_who_is_refused_is_cut_off_on_both_sides(ends: Ends) -> None:
    ends.publisher.sendall(PUBLISH.replace(b"cam", b"dog"))
    assert (ends.publisher.recv(100), ends.ffmpeg.recv(100)) == (b"", b"")
    ends.carrier.close()
    assert ends.carrier.trouble == "A publisher gave another name."
    assert not ends.carrier.admitted


@pytest.mark.parametrize("leaves", ["publisher", "ffmpeg"])
def test_the_end_of_one_side_is_that_of_the_other(ends: Ends, leaves: str) -> None:
    stays = ends.ffmpeg if leaves == "publisher" else ends.publisher
    getattr(ends, leaves).close()
    assert stays.recv(100) == b""


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as port:
        text = f"listen:rtmp://127.0.0.1:{port.getsockname()[1]}/live/s3cr3t"
        waits: list[int] = []
        sources = publishers(
            SourceSpec(parse(text)), ManualClock(), lambda: None, lambda: waits.append(0)
        )
        with pytest.raises(SourceMissing, match=r"/live/\*\*\* cannot be .* \(the port is taken"):
            next(sources)
        assert waits == []
    unknown = SourceSpec(parse("listen:rtsp://no-such-host.invalid:8554/cam"))
    with pytest.raises(SourceMissing, match="cannot be listened on"):
        next(publishers(unknown, ManualClock(), lambda: None, lambda: None))
