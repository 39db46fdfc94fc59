"""What the load generator's viewers do with each frame, at as little cost as can be.

Of each frame only the head is looked at (`MSG_PEEK`); the kernel discards the rest (`MSG_TRUNC`),
so that no byte is copied. Viewers acknowledge like our player (`web/engine/acks.js`): each
announcement, each of the first twelve messages, then every three seconds, on a keyframe where
one comes, and each message for a while after one that came late or those that came more quickly
than they were taken.
"""

import math
import socket
import struct
import time
from array import array
from dataclasses import dataclass, field

from streamer.bench.load.ages import Ages
from streamer.bench.load.opening import EMPTY_ACK, mask_frame, mask_text
from streamer.control import DEFAULT_MAX_LATENCY_MS
from streamer.wire import Kind

_MANY = 1 << 20
_HEAD = 10 + 32  # enough for a frame's head and our message's
_CAPTURED = struct.Struct(">QII")  # captured_us, encoded, published
_CAPTURED_AT = 16
_WRAP = 1 << 32
_TEXT, _BINARY, _PING, _PONG = 0x81, 0x82, 0x89, 0x8A
_KIND_AT = 1
_ANNOUNCEMENT = b'{"type":"rendition"'
_FIRST = 12
_LATE_US = 50_000
_NOT_PAINTED_US = DEFAULT_MAX_LATENCY_MS * 1000
_CLOSELY_S = 1.5
_EARLY_S = 1.6  # a keyframe is acknowledged so long before it would be due, if it is the last
_KEYFRAME = 1
_QUICK = 3.0  # times
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux alone
_QUEUE = 2


@dataclass(slots=True)
class Viewer:
    """One open viewer: bytes of a frame that are still to come, and messages of the run."""

    sock: socket.socket
    group: "Group"
    left: int = 0
    done: int = 0
    is_media: bool = False
    rendition: int = -1
    first: int = -1
    sequence: int = 0
    is_key: bool = False
    expected: int | None = None
    captured_us: int = 0
    published_us: int = 0
    age_us: int = 0
    outputs: int = 0
    has_news: bool = False
    due_s: float = 0.0
    closely_until_s: float = 0.0
    least_us: float = math.inf  # of the last 10 to 20 s
    least_lately_us: float = math.inf
    step_us: int = 0
    last_s: float = 0.0
    key_s: float = 0.0
    queue: int = 0

    def forget(self) -> None:
        """Let how young pictures were once no longer count; called every 10 s."""
        self.least_us, self.least_lately_us = self.least_lately_us, math.inf

    @property
    def is_gone(self) -> bool:
        """Whether it has been disconnected."""
        return self.sock.fileno() < 0

    @property
    def is_moved(self) -> bool:
        """Whether it is sent another rendition than at first."""
        return self.rendition != self.first

    @property
    def is_unwell(self) -> bool:
        """Whether it is no measure any more for how others are."""
        return self.is_gone or self.is_moved


@dataclass(slots=True)
class Group:
    """The viewers of one stream, and the run of `total` messages that they watch.

    `missed` messages show as gaps in the sequences that our server counts. With `timed`,
    `delays_us` takes how long each message was on its way since it was published; `ages` takes
    how old its picture was then. Those that a player would not paint, as they are so much older
    than the youngest, are `late` instead: the group that a viewer joins in the middle of comes
    like that. `offset_us` is the server's clock less ours.
    """

    viewers: list[Viewer] = field(default_factory=list)
    acks_per_s: float = 0.0
    timed: bool = False
    offset_us: int = 0
    total: int = 0
    every: bool = False
    complete: int = 0
    acks: int = 0
    lost: int = 0
    missed: int = 0
    late: int = 0
    bytes: int = 0
    ages: Ages = field(default_factory=Ages)
    delays_us: "array[int]" = field(default_factory=lambda: array("q"))

    @property
    def delivered(self) -> int:
        """Messages of the run that came."""
        return sum(each.done for each in self.viewers)

    @property
    def moved(self) -> int:
        """Viewers that are sent another rendition than at first."""
        return sum(each.is_moved for each in self.viewers)

    def restart(self) -> None:
        """Count from now on."""
        self.complete = self.acks = self.missed = self.late = self.bytes = 0
        self.ages, self.delays_us = Ages(), array("q")
        for viewer in self.viewers:
            viewer.done = 0


class Reader:
    """Reads for all viewers of a process."""

    def __init__(self) -> None:
        self._trash = bytearray(_MANY)
        self._head = bytearray(_HEAD)

    def read(self, viewer: Viewer) -> None:
        """Take what has come for a viewer, up to the end of a frame.

        Raises:
            ConnectionError: the server has closed.
        """
        try:
            if not viewer.left:
                viewer.left = self._begin(viewer)
            got = viewer.sock.recv_into(self._trash, min(viewer.left, _MANY), socket.MSG_TRUNC)
        except BlockingIOError:
            return
        viewer.left -= got
        if not viewer.left and viewer.is_media:
            _progress(viewer, viewer.group)

    def _begin(self, viewer: Viewer) -> int:
        """Look at the head of a frame: its size as a whole; the message's sequence is kept."""
        head = self._head
        there = viewer.sock.recv_into(head, 0, socket.MSG_PEEK)
        if not there:
            raise ConnectionResetError
        size, at = head[1], 2
        if size == 126:
            size, at = head[2] << 8 | head[3], 4
        elif size == 127:
            size, at = int.from_bytes(head[2:10], "big"), 10
        if there < min(size + at, len(head)):
            raise BlockingIOError
        viewer.is_media = head[0] == _BINARY
        if not viewer.is_media:
            _answer(viewer, head, at, size)
        elif viewer.group.acks_per_s and head[at + _KIND_AT] == Kind.INIT:
            viewer.is_media = False  # nobody acknowledges it, and its number is of long ago
        else:
            viewer.group.bytes += size
            _take(viewer, head, at)
        return size + at


def acknowledge(viewer: Viewer, now_s: float) -> None:
    """Say how far a viewer is."""
    group, sequence = viewer.group, viewer.sequence
    viewer.due_s = now_s + 1 / group.acks_per_s
    viewer.has_news = False
    group.acks += 1
    ack = (
        f'{{"type":"ack","rendition":{viewer.rendition},"received":{sequence},"decoded":{sequence},'
        f'"painted":{sequence},"queue":0,"staleness_ms":{viewer.age_us / 1000:.1f}}}'
    )
    _say(viewer.sock, mask_text(ack))


def _say(sock: socket.socket, frame: bytes) -> None:
    """Send a frame, and let the kernel acknowledge by TCP as for those who are silent.

    To whoever talks it leaves that for later. On one machine that is in the server's next `send`,
    at the server's expense, and not in our reading.
    """
    sock.send(frame)
    if _QUICK_ACK is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)


def _answer(viewer: Viewer, head: bytearray, at: int, size: int) -> None:
    """Answer what asks for it: a ping, and the announcement of a rendition."""
    if head[0] == _PING:
        _say(viewer.sock, mask_frame(_PONG, bytes(head[at : at + size])))
    elif viewer.group.acks_per_s and head.startswith(_ANNOUNCEMENT, at):
        _say(viewer.sock, EMPTY_ACK)


def _take(viewer: Viewer, head: bytearray, at: int) -> None:
    """Take from the header of a message, which begins `at`, what is of use here."""
    viewer.sequence = int.from_bytes(head[at + 4 : at + 8], "big")
    viewer.is_key = bool(head[at + 2] & _KEYFRAME)
    if head[at + 3] != viewer.rendition:
        # Another rendition has a sequence of its own.
        viewer.rendition, viewer.expected = head[at + 3], None
        if viewer.first < 0:
            viewer.first = viewer.rendition
    if viewer.group.acks_per_s:
        before_us = viewer.captured_us
        viewer.captured_us, _, published = _CAPTURED.unpack_from(head, at + _CAPTURED_AT)
        viewer.published_us = viewer.captured_us + published
        viewer.step_us = viewer.captured_us - before_us


def _progress(viewer: Viewer, group: Group) -> None:
    now_s = time.monotonic()
    viewer.done += 1
    viewer.outputs += 1
    viewer.has_news = True
    if viewer.done == group.total:
        group.complete += 1
    if not group.acks_per_s:
        return
    if viewer.sequence != viewer.expected and viewer.expected is not None:
        group.missed += (viewer.sequence - viewer.expected) % _WRAP
    viewer.expected = (viewer.sequence + 1) % _WRAP
    now_us = time.time_ns() // 1000 + group.offset_us
    age_us = viewer.age_us = now_us - viewer.captured_us
    viewer.least_us = min(viewer.least_us, age_us)
    viewer.least_lately_us = min(viewer.least_lately_us, age_us)
    late_us = age_us - viewer.least_us
    if late_us > _LATE_US:
        viewer.closely_until_s = now_s + _CLOSELY_S
    if group.timed:
        _time(group, age_us, now_us - viewer.published_us, late_us)
    _watch_queue(viewer, now_s)
    closely = viewer.outputs <= _FIRST or now_s < viewer.closely_until_s or group.every
    due_s = _due_s(viewer, now_s)
    if closely or now_s >= due_s or viewer.done == group.total:
        acknowledge(viewer, now_s)


def _due_s(viewer: Viewer, now_s: float) -> float:
    """When an acknowledgement is due; earlier on a keyframe, if the next would come too late."""
    if not viewer.is_key:
        return viewer.due_s
    group_s, viewer.key_s = now_s - viewer.key_s, now_s
    return viewer.due_s - _EARLY_S if now_s + group_s > viewer.due_s else viewer.due_s


def _watch_queue(viewer: Viewer, now_s: float) -> None:
    """Acknowledge closely while messages come so quickly that they would wait for a decoder.

    So it is when a viewer joins a group in the middle.
    """
    is_quick = now_s - viewer.last_s < viewer.step_us / 1e6 / _QUICK
    viewer.queue = viewer.queue + 1 if is_quick else 0
    viewer.last_s = now_s
    if viewer.queue > _QUEUE:
        viewer.closely_until_s = now_s + _CLOSELY_S


def _time(group: Group, age_us: int, delay_us: int, late_us: float) -> None:
    group.delays_us.append(delay_us)
    if late_us > _NOT_PAINTED_US:
        group.late += 1
    else:
        group.ages.add(age_us)
