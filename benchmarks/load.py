"""The load generator: one process that opens many WebSocket viewers and throws away what comes.

It never waits for a message but looks for what has come, every two milliseconds. Otherwise every
`send` of the server would have to wake it, more often the slower the server is, and on a network
there is nobody to be woken. Of each frame only the head is looked at (`MSG_PEEK`); the kernel
discards the rest (`MSG_TRUNC`), so that no byte is copied. Viewers acknowledge like our player
(`web/acks.js`): each of the first twelve messages, then every two seconds, on a keyframe where one
comes, and each message for a while after one that came late. They do not begin all at once.
"""

import json
import math
import os
import select
import socket
import struct
import sys
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.opening import connect, mask_frame, mask_text

_MANY = 1 << 20  # the largest frame
_HEAD = 10 + 32  # enough for a frame's head and our message's
_CAPTURED = struct.Struct(">QII")  # captured_us, encoded, published
_CAPTURED_AT = 16
_WRAP = 1 << 32
_PING, _PONG = 0x89, 0x8A
_FIRST = 12
_LATE_US = 50_000
_CLOSELY_S = 1.5
_EARLY_S = 0.6  # a keyframe is acknowledged so long before it would be due
_KEYFRAME = 1
_GIVE_UP_S = 3.0
_LOOK_EVERY_S = 0.25
_NAP_S = 0.002


@dataclass(slots=True)
class Viewer:
    """One open viewer: bytes of a frame that are still to come, and messages of the run."""

    sock: socket.socket
    group: "Group"
    left: int = 0
    done: int = 0
    is_media: bool = False
    rendition: int = -1
    sequence: int = 0
    is_key: bool = False
    expected: int | None = None
    captured_us: int = 0
    published_us: int = 0
    outputs: int = 0
    has_news: bool = False
    due_s: float = 0.0
    closely_until_s: float = 0.0
    least_us: float = math.inf


@dataclass(slots=True)
class Group:
    """The viewers of one server, and the run of `total` messages that they watch.

    `missed` messages show as gaps in the sequences that our server counts, `moves` are changes of
    rendition. With `timed`, `delays_us` takes how long each message was on its way since it was
    published.
    """

    viewers: list[Viewer] = field(default_factory=list)
    acks_per_s: float = 0.0
    timed: bool = False
    total: int = 0
    every: bool = False
    complete: int = 0
    acks: int = 0
    lost: int = 0
    missed: int = 0
    moves: int = 0
    delays_us: "array[int]" = field(default_factory=lambda: array("q"))


class Load:
    """All groups, by name, and the loop."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._viewers: dict[int, Viewer] = {}
        self._groups: dict[str, Group] = {}
        self._trash = bytearray(_MANY)
        self._head = bytearray(_HEAD)
        self._reporting: tuple[Group, float] | None = None
        self._cpu_s = self._wall_s = self._look_again_s = 0.0
        self._turn_s, self._pause_s = time.monotonic(), 0.0
        self._commands: dict[str, Callable[..., None]] = {
            "open": self._open,
            "stall": self._stall,
            "close": self._close,
            "watch": self._watch,
            "report": self._report_soon,
            "count": self._count,
            "delays": self._delays,
        }
        self._poll.register(0, select.EPOLLIN)

    def run(self) -> None:
        """Obey the parent and read, for ever."""
        while True:
            time.sleep(_NAP_S)
            for fd, _event in self._poll.poll(0):
                if fd == 0:
                    self._obey()
                else:
                    self._read(self._viewers[fd])
            self._acknowledge_late()
            self._note_pause()
            if self._reporting is not None:
                self._report(*self._reporting)

    def _obey(self) -> None:
        data = os.read(0, 65536)
        if not data:
            sys.exit()
        for line in data.splitlines():
            command: dict[str, Any] = json.loads(line)
            self._commands[command.pop("do")](**command)

    def _open(
        self, name: str, count: int, acks_per_s: float = 0.0, timed: bool = False, **target: Any
    ) -> None:
        group = self._groups.setdefault(name, Group(acks_per_s=acks_per_s, timed=timed))
        for _ in range(count):
            sock = connect(answers=acks_per_s > 0, **target)
            viewer = Viewer(sock, group, due_s=time.monotonic())
            group.viewers.append(viewer)
            self._viewers[sock.fileno()] = viewer
            self._poll.register(sock.fileno(), select.EPOLLIN)
        say(opened=count)

    def _stall(self, name: str) -> None:
        """Read and say nothing more for these viewers."""
        group = self._groups[name]
        group.acks_per_s = 0.0
        for viewer in group.viewers:
            self._poll.unregister(viewer.sock.fileno())
        say(stalled=len(group.viewers))

    def _close(self, name: str) -> None:
        """Take leave for all viewers of a group."""
        group = self._groups.pop(name)
        for viewer in group.viewers:
            if self._viewers.pop(viewer.sock.fileno(), None) is not None:
                self._poll.unregister(viewer.sock.fileno())
            viewer.sock.close()
        say(closed=len(group.viewers))

    def _count(self, name: str) -> None:
        """Say what has come since the last count."""
        group = self._groups[name]
        say(delivered=sum(each.done for each in group.viewers), **self._figures(group))
        self._restart(group)

    def _delays(self, name: str) -> None:
        """Say how long the messages since the last count were on their way, in microseconds."""
        group = self._groups[name]
        delays, group.delays_us = sorted(group.delays_us), array("q")
        at = [delays[int(len(delays) * share)] for share in (0.5, 0.99)] if delays else [0, 0]
        say(messages=len(delays), p50_us=at[0], p99_us=at[1], **self._figures(group))
        self._restart(group)

    def _restart(self, group: Group) -> None:
        """Count from now on."""
        group.complete = group.acks = group.missed = group.moves = 0
        for viewer in group.viewers:
            viewer.done = 0
        self._wall_s, self._cpu_s = time.monotonic(), time.process_time()
        self._turn_s, self._pause_s = self._wall_s, 0.0

    def _figures(self, group: Group) -> dict[str, float]:
        """What was not as it should be, and whether it was for want of time here."""
        busy = (time.process_time() - self._cpu_s) / (time.monotonic() - self._wall_s)
        return {
            "lost": group.lost,
            "missed": group.missed,
            "moves": group.moves,
            "acks": group.acks,
            "busy": busy,
            "pause_s": self._pause_s,
        }

    def _note_pause(self) -> None:
        """Keep the longest time between two looks at the sockets."""
        now_s = time.monotonic()
        self._pause_s = max(self._pause_s, now_s - self._turn_s)
        self._turn_s = now_s

    def _watch(self, name: str, **run: Any) -> None:
        group = self._groups[name]
        for key, value in run.items():
            setattr(group, key, value)
        self._restart(group)
        now_s = time.monotonic()
        each_s = 1 / max(group.acks_per_s, 1e-9)
        for index, viewer in enumerate(group.viewers):
            if viewer.has_news and group.acks_per_s:
                self._acknowledge(viewer, group, now_s)  # what is due now would come too late
            viewer.due_s = now_s + index / len(group.viewers) * each_s
            viewer.closely_until_s, viewer.least_us = 0.0, math.inf
        say(watching=len(group.viewers))

    def _read(self, viewer: Viewer) -> None:
        try:
            if not viewer.left:
                viewer.left = self._begin(viewer)
            got = viewer.sock.recv_into(self._trash, viewer.left, socket.MSG_TRUNC)
        except BlockingIOError:
            return
        except ConnectionError:
            self._lose(viewer)
            return
        viewer.left -= got
        if not viewer.left and viewer.is_media:
            self._progress(viewer, viewer.group)

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
        viewer.is_media = head[0] & 0x0F == 2
        if viewer.is_media:
            self._take(viewer, head, at)
        elif head[0] == _PING:
            viewer.sock.send(mask_frame(_PONG, bytes(head[at : at + size])))
        return size + at

    def _take(self, viewer: Viewer, head: bytearray, at: int) -> None:
        """Take from the header of a message, which begins `at`, what is of use here."""
        viewer.sequence = int.from_bytes(head[at + 4 : at + 8], "big")
        viewer.is_key = bool(head[at + 2] & _KEYFRAME)
        if head[at + 3] != viewer.rendition:
            self._move(viewer, head[at + 3])
        if viewer.group.acks_per_s:
            viewer.captured_us, _, published = _CAPTURED.unpack_from(head, at + _CAPTURED_AT)
            viewer.published_us = viewer.captured_us + published

    @staticmethod
    def _move(viewer: Viewer, rendition: int) -> None:
        """Take another rendition, which has a sequence of its own."""
        viewer.group.moves += viewer.rendition >= 0
        viewer.rendition, viewer.expected = rendition, None

    def _progress(self, viewer: Viewer, group: Group) -> None:
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
        now_us = time.time_ns() // 1000
        if group.timed:
            group.delays_us.append(now_us - viewer.published_us)
        age_us = now_us - viewer.captured_us
        viewer.least_us = min(viewer.least_us, age_us)
        if age_us - viewer.least_us > _LATE_US:
            viewer.closely_until_s = now_s + _CLOSELY_S
        closely = viewer.outputs <= _FIRST or now_s < viewer.closely_until_s or group.every
        due_s = viewer.due_s - _EARLY_S if viewer.is_key else viewer.due_s
        if closely or now_s >= due_s or viewer.done == group.total:
            self._acknowledge(viewer, group, now_s)

    def _acknowledge_late(self) -> None:
        """Acknowledge what was due when nothing more came."""
        now_s = time.monotonic()
        if now_s < self._look_again_s:
            return
        self._look_again_s = now_s + _LOOK_EVERY_S
        for group in self._groups.values():
            for viewer in group.viewers if group.acks_per_s else ():
                if viewer.has_news and now_s > viewer.due_s + _LOOK_EVERY_S:
                    self._acknowledge(viewer, group, now_s)

    @staticmethod
    def _acknowledge(viewer: Viewer, group: Group, now_s: float) -> None:
        viewer.due_s = now_s + 1 / group.acks_per_s
        sequence = viewer.sequence
        viewer.has_news = False
        group.acks += 1
        viewer.sock.send(
            mask_text(
                f'{{"type":"ack","rendition":{viewer.rendition},"received":{sequence},"decoded":{sequence},'
                f'"painted":{sequence},"queue":0,"staleness_ms":23.4}}'
            )
        )

    def _lose(self, viewer: Viewer) -> None:
        self._poll.unregister(viewer.sock.fileno())
        del self._viewers[viewer.sock.fileno()]
        viewer.sock.close()
        viewer.group.lost += 1

    def _report_soon(self, name: str) -> None:
        self._reporting = (self._groups[name], time.monotonic())

    def _report(self, group: Group, since_s: float) -> None:
        """Answer once every viewer has everything, or nothing more is to be expected."""
        now_s = time.monotonic()
        short = len(group.viewers) - group.complete
        if short and now_s - since_s < _GIVE_UP_S:
            return
        self._reporting = None
        delivered = sum(each.done for each in group.viewers)
        say(delivered=delivered, short=short, **self._figures(group))


def say(**answer: Any) -> None:
    """Answer the parent."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    Load().run()
