"""A worker's end of the border: what it sends, what it is told, and what ends it."""

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from streamer.border import CONTROL, MEDIA, RecordReader, pack_control, parse_control
from streamer.clock import ManualClock
from streamer.media.border_end import BEAT_US, BorderEnd
from streamer.rendition import Description, parse

TIMEOUT_S = 20


class Ends:
    """A border end, the server's end of its socket, and whether the process was ended."""

    def __init__(self, ended: threading.Event) -> None:
        self.server, worker = socket.socketpair()
        self.server.settimeout(TIMEOUT_S)
        self.clock = ManualClock()
        self.clock.advance(10 * BEAT_US)
        self.ended = ended
        self.border = BorderEnd(worker, self.clock)
        self._worker = worker
        self._records = RecordReader()

    def said(self) -> object:
        while True:
            record = self._records.filled(self.server.recv_into(self._records.buffer()))
            if record is not None:
                kind, payload = record
                return parse_control(payload) if kind == CONTROL else (MEDIA, bytes(payload))

    def tell(self, **body: object) -> None:
        self.server.sendall(pack_control(body))

    def close(self) -> None:
        self.server.close()
        assert self.ended.wait(TIMEOUT_S)
        for thread in threading.enumerate():
            if thread.name == "control":
                thread.join(TIMEOUT_S)
        self._worker.close()


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    ended = threading.Event()
    monkeypatch.setattr(os, "_exit", lambda _code: ended.set())
    # A real process is gone before its thread could complain.
    monkeypatch.setattr(threading, "excepthook", lambda _arguments: None)
    ends = Ends(ended)
    yield ends
    ends.close()


def test_media_and_control_are_sent_in_order(ends: Ends) -> None:
    ends.border.send_control("ended")
    ends.border.send_media(b"message")
    ends.border.describe(3, Description("jpeg", 64, 48, 5.0))
    assert ends.said() == {"type": "ended"}
    assert ends.said() == (MEDIA, b"message")
    assert ends.said() == {
        "type": "description",
        "rendition": 3,
        "codec": "jpeg",
        "width": 64,
        "height": 48,
        "fps": 5.0,
    }
    assert ends.border.sent == 1


@pytest.mark.parametrize("size", [1, 4096, 4097, 40_000])
def test_a_message_arrives_whole_whatever_its_size(ends: Ends, size: int) -> None:
    ends.border.send_media(b"-" * size)
    assert (ends.said(), ends.border.sent) == ((MEDIA, b"-" * size), 1)


def test_a_beat_is_sent_once_a_second(ends: Ends) -> None:
    ends.border.beat()
    ends.clock.advance(BEAT_US - 1)
    ends.border.count_corrupt()
    ends.border.beat()
    ends.clock.advance(1)
    ends.border.beat()
    ends.border.send_control("end")
    assert [ends.said() for _ in range(3)] == [
        {"type": "beat", "corrupt": 0},
        {"type": "beat", "corrupt": 1},
        {"type": "end"},
    ]


def test_demand_replaces_what_was_demanded(ends: Ends) -> None:
    assert not ends.border.wait_for_demand(0)
    before = ends.border.demand
    ends.tell(type="demand", renditions={0: "copy", 3: "jpeg-480-q60"}, sound=["opus"])
    assert ends.border.wait_for_demand(TIMEOUT_S)
    assert ends.border.demand == {0: parse("copy"), 3: parse("jpeg-480-q60")}
    assert before == {}


def test_keyframes_are_collected_until_taken(ends: Ends) -> None:
    assert ends.border.take_keyframes() == set()
    for index in (1, 4, 1):
        ends.tell(type="keyframe", rendition=index)
    ends.tell(type="something new")
    ends.tell(type="demand", renditions={}, sound=[])
    assert ends.border.wait_for_demand(TIMEOUT_S)
    assert ends.border.take_keyframes() == {1, 4}
    assert ends.border.take_keyframes() == set()


def test_a_server_that_is_gone_ends_the_process(ends: Ends) -> None:
    ends.server.shutdown(socket.SHUT_RDWR)
    assert ends.ended.wait(TIMEOUT_S)


@pytest.mark.parametrize(
    "data", [b"\0\0\0\0\0", pack_control({"type": "demand", "renditions": 1})]
)
def test_a_server_that_makes_no_sense_ends_the_process(ends: Ends, data: bytes) -> None:
    ends.server.sendall(data)
    assert ends.ended.wait(TIMEOUT_S)


def test_another_try_waits_for_the_server(ends: Ends) -> None:
    for _ in range(2):
        waiter = threading.Thread(target=ends.border.wait_to_try_again)
        waiter.start()
        waiter.join(0.02)
        assert waiter.is_alive()
        ends.tell(type="again")
        waiter.join(TIMEOUT_S)
        assert not waiter.is_alive()
