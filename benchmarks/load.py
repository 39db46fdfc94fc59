"""The load generator: one process that opens many WebSocket viewers and throws away what comes.

Raw sockets and epoll. Of each frame only the head is looked at (`MSG_PEEK`); the kernel discards
the rest (`MSG_TRUNC`), so that no byte of it is copied. Viewers acknowledge like our player
(`web/acks.js`): each of the first twelve messages, then once a second, spread evenly over the
viewers, and each message for a while after one that came late.
"""

import base64
import json
import math
import os
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from typing import Any

_MANY = 1 << 20  # the largest frame
_HEAD = 18  # enough for a frame's head and the sequence of our message
_MASK = b"\x12\x34\x56\x78"
_FIRST = 12
_LATE_S = 0.05
_CLOSELY_S = 1.5
_GIVE_UP_S = 3.0
_LOOK_EVERY_S = 0.25


def mask_text(text: str) -> bytes:
    """A masked text frame, as clients send them (RFC 6455 section 5.2)."""
    data = text.encode()
    size = len(data)
    head = struct.pack(">BB", 0x81, 0x80 | size)
    if size >= 126:
        head = struct.pack(">BBH", 0x81, 0x80 | 126, size)
    repeated = (_MASK * (size // 4 + 1))[:size]
    masked = int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")
    return head + _MASK + masked.to_bytes(size, "big")


_EMPTY_ACK = mask_text('{"type":"ack","rendition":0}')


@dataclass(slots=True)
class Viewer:
    """One open viewer: bytes of a frame that are still to come, and messages of the run."""

    sock: socket.socket
    group: "Group"
    left: int = 0
    done: int = 0
    sequence: int = 0
    outputs: int = 0
    has_news: bool = False
    due_s: float = 0.0
    closely_until_s: float = 0.0
    least_s: float = math.inf


@dataclass(slots=True)
class Group:
    """The viewers of one server, and the run of `total` messages that they watch."""

    viewers: list[Viewer] = field(default_factory=list)
    acks_per_s: float = 0.0
    total: int = 0
    fps: float = 30.0
    every: bool = False
    complete: int = 0
    acks: int = 0
    lost: int = 0


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
        self._poll.register(0, select.EPOLLIN)

    def run(self) -> None:
        """Obey the parent and read, for ever."""
        while True:
            for fd, _event in self._poll.poll(0.1):
                if fd == 0:
                    self._obey()
                else:
                    self._read(self._viewers[fd])
            self._acknowledge_late()
            if self._reporting is not None:
                self._report(*self._reporting)

    def _obey(self) -> None:
        data = os.read(0, 65536)
        if not data:
            sys.exit()
        for line in data.splitlines():
            command: dict[str, Any] = json.loads(line)
            match command.pop("do"):
                case "open":
                    self._open(**command)
                case "watch":
                    self._watch(**command)
                case "stall":
                    self._stall(command["name"])
                case "report":
                    self._reporting = (self._groups[command["name"]], time.monotonic())

    def _open(self, name: str, count: int, acks_per_s: float = 0.0, **target: Any) -> None:
        group = self._groups.setdefault(name, Group(acks_per_s=acks_per_s))
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

    def _watch(self, name: str, **run: Any) -> None:
        group = self._groups[name]
        for key, value in run.items():
            setattr(group, key, value)
        group.complete = group.acks = 0
        now_s = time.monotonic()
        each_s = 1 / max(group.acks_per_s, 1e-9)
        for index, viewer in enumerate(group.viewers):
            viewer.done = 0
            viewer.due_s = now_s + index / len(group.viewers) * each_s
            viewer.closely_until_s, viewer.least_s = 0.0, math.inf
        self._wall_s, self._cpu_s = now_s, time.process_time()
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
        if not viewer.left and viewer.sequence >= 0:
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
        is_binary = head[0] & 0x0F == 2
        viewer.sequence = int.from_bytes(head[at + 4 : at + 8], "big") if is_binary else -1
        return size + at

    def _progress(self, viewer: Viewer, group: Group) -> None:
        now_s = time.monotonic()
        viewer.done += 1
        viewer.outputs += 1
        viewer.has_news = True
        if viewer.done == group.total:
            group.complete += 1
        if not group.acks_per_s:
            return
        delay_s = now_s - viewer.sequence / group.fps
        viewer.least_s = min(viewer.least_s, delay_s)
        if delay_s - viewer.least_s > _LATE_S:
            viewer.closely_until_s = now_s + _CLOSELY_S
        closely = viewer.outputs <= _FIRST or now_s < viewer.closely_until_s or group.every
        if closely or now_s >= viewer.due_s or viewer.done == group.total:
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
        while viewer.due_s <= now_s:
            viewer.due_s += 1 / group.acks_per_s
        sequence = viewer.sequence
        viewer.has_news = False
        group.acks += 1
        viewer.sock.send(
            mask_text(
                f'{{"type":"ack","rendition":0,"received":{sequence},"decoded":{sequence},'
                f'"painted":{sequence},"queue":0,"staleness_ms":23.4}}'
            )
        )

    def _lose(self, viewer: Viewer) -> None:
        self._poll.unregister(viewer.sock.fileno())
        del self._viewers[viewer.sock.fileno()]
        viewer.sock.close()
        viewer.group.lost += 1

    def _report(self, group: Group, since_s: float) -> None:
        """Answer once every viewer has everything, or nothing more is to be expected."""
        now_s = time.monotonic()
        short = len(group.viewers) - group.complete
        if short and now_s - since_s < _GIVE_UP_S:
            return
        self._reporting = None
        say(
            delivered=sum(each.done for each in group.viewers),
            short=short,
            lost=group.lost,
            acks=group.acks,
            busy=(time.process_time() - self._cpu_s) / (now_s - self._wall_s),
        )


def connect(
    port: int, path: str = "/ws", protocol: str = "", first: str = "", until: str = "",
    answers: bool = False, deflate: bool = False,
) -> socket.socket:  # fmt: skip
    """A viewer whose handshake is done; `first` is said, and text read until `until` came."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket"]
    lines += ["Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
    if protocol:
        lines.append(f"Sec-WebSocket-Protocol: {protocol}")
    if deflate:
        lines.append("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
    sock.sendall("\r\n".join([*lines, "", ""]).encode())
    said = b""
    while b"\r\n\r\n" not in said:
        said += sock.recv(1)
    if b" 101 " not in said.split(b"\r\n")[0]:
        raise ConnectionError(said.decode())
    if first:
        sock.sendall(mask_text(first))
    while until.encode() not in said:
        said += sock.recv(65536)
    if answers:
        sock.sendall(_EMPTY_ACK)
    sock.setblocking(False)
    return sock


def say(**answer: Any) -> None:
    """Answer the parent."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    Load().run()
