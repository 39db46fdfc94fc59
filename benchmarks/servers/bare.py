"""The least there can be: a loop of `send()` over accepted sockets, on a prepared frame."""

import base64
import contextlib
import hashlib
import json
import os
import re
import select
import socket
import sys
import time
from typing import Any

from benchmarks.fanout.system import Meter
from benchmarks.servers.publishing import BASE, listen, say
from streamer.hub.delivery.message import pack_frame

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3


def accept(listener: socket.socket) -> socket.socket:
    """One viewer, its handshake answered."""
    sock, _ = listener.accept()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = b""
    while b"\r\n\r\n" not in request:
        request += sock.recv(4096)
    match = re.search(rb"(?i)sec-websocket-key: *(\S+)", request)
    assert match is not None
    answer = base64.b64encode(hashlib.sha1(match[1] + _MAGIC).digest())
    sock.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + answer + b"\r\n\r\n"
    )
    return sock


def run(sockets: list[socket.socket], command: dict[str, Any]) -> dict[str, float]:
    """One timed run, as `publishing.obey` does it."""
    meter, answer = Meter(), {}
    frame = pack_frame(0x82, BASE[: command["size"]])
    for sock in sockets:
        drain(sock)
    begin_s = time.monotonic()
    for index in range(command["warm"] + command["count"] + 1):
        time.sleep(max(0.0, begin_s + index / command["fps"] - time.monotonic()))
        if index == command["warm"]:
            meter.start()
        if index == command["warm"] + command["count"]:
            answer = meter.stop()
        for sock in sockets:
            sock.send(frame)
    return answer


def drain(sock: socket.socket) -> None:
    """Throw away what a viewer has said; outside of the measured time."""
    with contextlib.suppress(BlockingIOError):
        while sock.recv(65536, socket.MSG_DONTWAIT):
            pass


def main() -> None:
    """Serve as long as somebody asks."""
    listener = listen()
    sockets: list[socket.socket] = []
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if listener in ready:
            sockets.append(accept(listener))
            continue
        asked = os.read(0, 65536)
        if not asked:
            return
        for line in asked.splitlines():
            say(**run(sockets, json.loads(line)))


if __name__ == "__main__":
    main()
