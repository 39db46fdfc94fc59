"""Opens a viewer for the load generator: the WebSocket handshake, and what is said first."""

import base64
import json
import os
import socket
import struct

_ANSWER_S = 20.0
_MASK = b"\x12\x34\x56\x78"


def mask_text(text: str) -> bytes:
    """A masked text frame, as clients send them."""
    return mask_frame(0x81, text.encode())


def mask_frame(opcode: int, data: bytes) -> bytes:
    """A masked frame (RFC 6455 section 5.2)."""
    size = len(data)
    head = struct.pack(">BB", opcode, 0x80 | size)
    if size >= 126:
        head = struct.pack(">BBH", opcode, 0x80 | 126, size)
    repeated = (_MASK * (size // 4 + 1))[:size]
    masked = int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")
    return head + _MASK + masked.to_bytes(size, "big")


EMPTY_ACK = mask_text('{"type":"ack"}')


def connect(
    port: int, path: str = "/ws", protocol: str = "", first: str = "", until: str = "",
    answers: bool = False, deflate: bool = False, host: str = "127.0.0.1", token: str = "",
) -> socket.socket:  # fmt: skip
    """A viewer whose handshake is done; `first` is said, and text read until `until` came.

    Raises:
        OSError: there is no server, it refuses, or says something else for too long.
    """
    sock = socket.create_connection((host, port), _ANSWER_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket"]
    lines += ["Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if protocol:
        lines.append(f"Sec-WebSocket-Protocol: {protocol}")
    if deflate:
        lines.append("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
    sock.sendall("\r\n".join([*lines, "", ""]).encode())
    said = b""
    while b"\r\n\r\n" not in said:
        said += _more(sock, 1)
    if b" 101 " not in said.split(b"\r\n")[0]:
        raise ConnectionError(f"The handshake was answered with {said.splitlines()[0]!r}.")
    if first:
        sock.sendall(mask_text(first))
    _read_until(sock, until.encode())
    if answers:
        sock.sendall(EMPTY_ACK)
    sock.setblocking(False)
    return sock


def _read_until(sock: socket.socket, wanted: bytes) -> None:
    """Read whole frames up to the one that has `wanted` in it; what follows is left to be read."""
    said = b""
    while wanted not in said:
        head = _exactly(sock, 2)
        size = head[1] & 0x7F
        if size >= 126:
            size = int.from_bytes(_exactly(sock, 2 if size == 126 else 8), "big")
        said = _exactly(sock, size)
        if b'"type":"error"' in said:
            raise ConnectionError(json.loads(said)["message"])


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += _more(sock, size - len(data))
    return data


def _more(sock: socket.socket, size: int) -> bytes:
    data = sock.recv(size)
    if not data:
        raise ConnectionResetError("The server has closed.")
    return data
