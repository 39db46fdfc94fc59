"""What the load generator's viewers do with each frame."""

import json
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest

from streamer.bench.load.reading import Group, Reader, Viewer
from streamer.control import parse_client
from streamer.server.inbound import whole_text
from streamer.wire import Flags, Header, Kind, pack
from tests.view_server import H264

BINARY, TEXT, PING, PONG = 0x82, 0x81, 0x89, 0x8A
S = 1_000_000


def frame(opcode: int, data: bytes) -> bytes:
    size = len(data)
    if size < 126:
        return struct.pack(">BB", opcode, size) + data
    if size < 1 << 16:
        return struct.pack(">BBH", opcode, 126, size) + data
    return struct.pack(">BBQ", opcode, 127, size) + data


def picture(
    sequence: int, *, age_ms: float = 20, rendition: int = 0, key: bool = False, size: int = 500
) -> bytes:
    captured_us = time.time_ns() // 1000 - round(age_ms * 1000)
    flags = Flags.KEYFRAME if key else Flags.NONE
    header = Header(Kind.FRAGMENT, flags, rendition, sequence, 0, captured_us, 0, 5000)
    return frame(BINARY, pack(header, bytes(size)))


class Ends:
    """A viewer and the server's end of its socket."""

    def __init__(self, **group: Any) -> None:
        ours, self.theirs = socket.socketpair()
        ours.setblocking(False)
        self.theirs.settimeout(5)
        self.group = Group(**{"acks_per_s": 0.5, "timed": True, **group})
        self.viewer = Viewer(ours, self.group, due_s=time.monotonic() + 2)
        self.group.viewers.append(self.viewer)
        self._reader = Reader()

    def send(self, *frames: bytes) -> None:
        """Send frames, and let the viewer read all of them."""
        for each in frames:
            self.theirs.sendall(each)
            self._reader.read(self.viewer)
            while self.viewer.left:
                self._reader.read(self.viewer)

    def read(self) -> None:
        self._reader.read(self.viewer)

    def said(self) -> list[Any]:
        """What the viewer has said since the last time, each in one frame."""
        data = self.theirs.recv(65536) if self.group.acks else b""
        found = []
        while data:
            size = data[1] & 0x7F
            head = 4 if size == 126 else 2
            size = int.from_bytes(data[2:4], "big") if size == 126 else size
            end = head + 4 + size
            text = whole_text(data[:end])
            assert text is not None
            found.append(parse_client(text.decode()))
            data = data[end:]
        return found

    def close(self) -> None:
        self.viewer.sock.close()
        self.theirs.close()


@pytest.fixture
def ends() -> Iterator[Ends]:
    made = Ends()
    yield made
    made.close()


def test_pictures_are_counted_and_the_first_are_acknowledged(ends: Ends) -> None:
    ends.send(*(picture(number, size=size) for number, size in enumerate((50, 500, 100_000))))
    acks = ends.said()
    assert [each.decoded for each in acks] == [0, 1, 2]
    assert 19 < acks[0].staleness_ms < 5000
    assert (ends.group.delivered, ends.group.missed, ends.group.ages.total) == (3, 0, 3)
    assert ends.group.bytes == 3 * 32 + 100_550
    assert min(ends.group.delays_us) >= 15_000, "published 5 ms after it was captured"


def test_a_gap_is_a_loss_but_not_where_the_rendition_changes(ends: Ends) -> None:
    ends.send(picture(0), picture(4), picture(0, rendition=2), picture(1, rendition=2))
    assert (ends.group.missed, ends.group.moved) == (3, 1)
    assert ends.said()[-1].rendition == 2
    ends.send(picture(0xFFFFFFFF, rendition=3), picture(0, rendition=3))
    assert ends.group.missed == 3, "sequences wrap"
    ends.send(picture(9))
    assert ends.group.moved == 0, "it is back"


def test_who_keeps_up_acknowledges_on_a_keyframe_before_it_is_due(ends: Ends) -> None:
    ends.send(*(picture(number) for number in range(12)))
    assert len(ends.said()) == 12
    ends.group.acks = 0
    ends.viewer.due_s = time.monotonic() + 1.5
    ends.send(picture(12))
    assert ends.group.acks == 0
    ends.viewer.key_s = time.monotonic() - 0.2
    ends.send(picture(13, key=True))
    assert ends.group.acks == 0, "the next comes in time"
    ends.viewer.key_s = time.monotonic() - 2
    ends.send(picture(14, key=True))
    assert ends.group.acks == 1


def test_who_is_sent_a_group_at_once_acknowledges_each(ends: Ends) -> None:
    ends.send(*(picture(number, age_ms=(12 - number) * 33) for number in range(12)))
    ends.said()
    ends.send(*(picture(12 + number, age_ms=400 - number * 33) for number in range(8)))
    assert [each.decoded for each in ends.said()][-4:] == [16, 17, 18, 19]


def test_an_init_segment_is_no_picture(ends: Ends) -> None:
    init = frame(BINARY, pack(Header(Kind.INIT, Flags.NONE, 0, 3, 0, 0), bytes(700)))
    ends.send(init, picture(40), picture(41))
    assert (ends.group.delivered, ends.group.missed, ends.group.bytes) == (2, 0, 2 * 532)
    assert len(ends.said()) == 2


def test_who_falls_behind_acknowledges_each(ends: Ends) -> None:
    ends.send(*(picture(number) for number in range(12)))
    ends.said()
    ends.send(picture(12, age_ms=300), picture(13))
    assert [each.decoded for each in ends.said()] == [12, 13]
    assert ends.group.late == 0


def test_how_young_pictures_were_long_ago_makes_none_late(ends: Ends) -> None:
    ends.send(*(picture(number, age_ms=20) for number in range(13)))
    for _ in range(2):
        ends.viewer.forget()
        ends.send(picture(ends.viewer.sequence + 1, age_ms=90))
    ends.viewer.closely_until_s = 0.0
    before = ends.group.acks
    ends.send(picture(15, age_ms=95), picture(16, age_ms=100))
    assert ends.group.acks == before


def test_what_no_player_would_paint_is_late(ends: Ends) -> None:
    ends.send(picture(0), picture(1, age_ms=5000), picture(2))
    assert (ends.group.late, ends.group.ages.total, ends.group.delivered) == (1, 2, 3)


def test_another_clock_is_taken_into_account() -> None:
    ends = Ends(offset_us=3600 * S)
    ends.send(picture(0, age_ms=20 - 3600 * 1000))
    assert 19 < ends.said()[0].staleness_ms < 5000
    ends.close()


def test_announcements_and_pings_are_answered_and_other_words_are_not(ends: Ends) -> None:
    told = {"type": "rendition", "index": H264.index, "padding": "-" * 5000}
    text = json.dumps(told, separators=(",", ":")).encode()
    ends.send(frame(TEXT, b'{"type":"state","phase":"live"}' + b" " * 20), frame(TEXT, text))
    said = ends.theirs.recv(100)
    assert json.loads(whole_text(said) or b"") == {"type": "ack"}
    ends.send(frame(PING, b"are you there, with all these words that are long"))
    assert ends.theirs.recv(100)[0] == PONG


def test_half_a_head_is_waited_for(ends: Ends) -> None:
    whole = picture(0)
    ends.theirs.sendall(whole[:20])
    ends.read()
    assert (ends.viewer.left, ends.group.delivered) == (0, 0)
    ends.send(whole[20:])
    assert ends.group.delivered == 1


def test_a_server_that_closes_is_an_error(ends: Ends) -> None:
    ends.theirs.close()
    with pytest.raises(ConnectionError):
        ends.read()


def test_without_acks_nothing_is_said() -> None:
    ends = Ends(acks_per_s=0.0)
    ends.send(picture(0), picture(1))
    assert (ends.group.acks, ends.group.delivered) == (0, 2)
    ends.close()


def test_a_new_run_begins_at_nothing(ends: Ends) -> None:
    ends.send(picture(0), picture(2))
    ends.group.restart()
    group = ends.group
    assert (group.delivered, group.missed, group.bytes, group.ages.total) == (0, 0, 0, 0)
    ends.send(picture(3))
    assert (group.delivered, group.missed) == (1, 0)
