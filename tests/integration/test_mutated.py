"""500 damaged files, and as much damaged talk: the server serves on, and nothing is left."""

import itertools
import json
import socket
import struct
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from tests.integration.conftest import Server, StartServer
from tests.integration.mutating import mutated
from tests.integration.peeking import CLIPS, ask, assert_calm, workers
from tests.integration.processes import wait_until

FILES = 500
TALKS = 125  # of each kind
AT_A_TIME = 4
LINGER_S = 15.0
PATIENCE_S, QUIET_S = 30.0, 1.5  # for what has to be answered, and for what need not be
MOST_MIB = 200  # of the server's own process; what a file may cost is its worker's affair
WORKER_MIB = 700
HEAD = "Host: localhost:{port}\r\nUser-Agent: x\r\nAccept: */*\r\nAuthorization: Bearer abc\r\n"
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: streamer.v1\r\n"
)
REQUESTS = (
    "GET /api/streams HTTP/1.1\r\n",
    "GET /watch/pattern?token=abc HTTP/1.1\r\n",
    "GET /streams/pattern/snapshot.jpg?rendition=jpeg-120-q50 HTTP/1.1\r\n",
    "POST /api/streams HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n",
    "PUT /publish/cam HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: video/mp2t\r\n",
    "HEAD /player.js HTTP/1.1\r\nIf-None-Match: x\r\nRange: bytes=0-99\r\n",
)
MESSAGES: tuple[dict[str, object], ...] = (
    {"type": "play", "renditions": ["copy", "jpeg-120"], "codecs": ["avc1", "jpeg"]},
    {"type": "play", "renditions": ["auto"], "codecs": ["jpeg"], "max_latency_ms": 500},
    {"type": "ack", "rendition": 2, "received": 7, "painted": 6, "staleness_ms": 41.5},
    {"type": "ping", "id": 3, "client_us": 1_700_000_000_000_000},
    {"type": "quality", "renditions": ["jpeg-120-q50"], "reason": "chosen"},
    {"type": "keyframe"},
    {"type": "pause"},
)
TEXT, BINARY = 0x81, 0x82


def resident_mib(pid: int) -> float:
    """The memory that a process has now; 0 if it is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def damaged(folder: Path) -> list[Path]:
    """Each sample in turn, damaged once more."""
    paths = []
    for seed, clip in zip(range(FILES), itertools.cycle(CLIPS), strict=False):
        path = folder / f"{seed}{clip.suffix}"
        path.write_bytes(mutated(clip.read_bytes(), seed))
        paths.append(path)
    return paths


def test_damaged_files(serve: StartServer, tmp_path: Path) -> None:
    paths = damaged(tmp_path)
    sources = [f"s{index}={path}" for index, path in enumerate(paths)]
    server = serve("pattern=pattern:320x180@10", *sources)
    picture(server)
    before, most = descriptors(server.process.pid), Counter[str]()

    def look(index: int) -> int:
        wanted = ("", "?rendition=jpeg")[index % 2]
        status = ask(server.port, f"/streams/s{index}/snapshot.jpg{wanted}").status
        if index % 10 == 0:
            found = max(map(resident_mib, workers(server.process)), default=0)
            most["worker"] = max(most["worker"], round(found))
        return status

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        statuses = Counter(pool.map(look, range(FILES)))
    assert set(statuses) <= {200, 503}, statuses
    assert min(statuses.values()) > FILES // 20, statuses
    picture(server)
    wait_until(lambda: len(workers(server.process)) <= 1, "end of the workers", LINGER_S)
    wait_until(
        lambda: descriptors(server.process.pid) <= before + 4, "closed descriptors", LINGER_S
    )
    assert resident_mib(server.process.pid) < MOST_MIB
    assert most["worker"] < WORKER_MIB
    assert_calm(server.process)


def picture(server: Server) -> None:
    assert ask(server.port, "/streams/pattern/snapshot.jpg").status == 200


def exchange(port: int, *said: bytes) -> bytes:
    """Connect, say one thing after the other, and hear what comes until nothing does."""
    heard = b""
    with (
        suppress(ConnectionError, TimeoutError),
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as talk,
    ):
        for each in said:
            talk.settimeout(PATIENCE_S if each == handshake(port) else QUIET_S)
            talk.sendall(each)
            heard += talk.recv(4096)
        talk.settimeout(QUIET_S)
        talk.shutdown(socket.SHUT_WR)
        while len(heard) < 20_000 and (more := talk.recv(4096)):
            heard += more
    return heard


def frame(opcode: int, payload: bytes) -> bytes:
    """A client's WebSocket frame (RFC 6455, 5.2), masked with zeros."""
    size = len(payload)
    length = struct.pack(">B", 0x80 | size) if size < 126 else struct.pack(">BH", 0xFE, size)
    return bytes([opcode]) + length + bytes(4) + payload


def heads(port: int, seed: int) -> bytes:
    """A damaged request."""
    request = REQUESTS[seed % len(REQUESTS)] + HEAD.format(port=port) + "\r\n"
    return exchange(port, mutated(request.encode(), seed, most=6))


def handshakes(port: int, seed: int) -> bytes:
    """A damaged handshake."""
    return exchange(port, mutated(handshake(port), seed, most=4))


def handshake(port: int) -> bytes:
    request = "GET /ws/streams/pattern HTTP/1.1\r\n" + HEAD.format(port=port) + UPGRADE
    return f"{request}\r\n".encode()


def messages(port: int, seed: int) -> bytes:
    """A damaged message after a good one."""
    text = json.dumps(MESSAGES[seed % len(MESSAGES)]).encode()
    good = frame(TEXT, json.dumps(MESSAGES[seed % 2]).encode())
    return exchange(port, handshake(port), good, frame(TEXT, mutated(text, seed, most=5)))


def frames(port: int, seed: int) -> bytes:
    """Frames that are binary, which nobody asked for, or damaged themselves."""
    header = struct.pack(">BBBBIqQII", 1, 2, 1, 0, seed, 0, 0, 0, 0)
    whole = frame(BINARY if seed % 2 else TEXT, header + bytes(seed))
    return exchange(port, handshake(port), mutated(whole, seed, most=5) if seed % 3 else whole)


def test_damaged_talk(serve: StartServer) -> None:
    server = serve("pattern=pattern:320x180@10")
    picture(server)
    before = descriptors(server.process.pid)
    kinds = (heads, handshakes, messages, frames)
    with ThreadPoolExecutor(2 * AT_A_TIME) as pool:
        pending = [
            (kind.__name__, pool.submit(kind, server.port, seed))
            for seed in range(TALKS)
            for kind in kinds
        ]
        heard = [(name, future.result()) for name, future in pending]
    firsts = {
        name: Counter(said[:12] for kind, said in heard if kind == name) for name, _ in heard
    }
    assert {first[:9] for each in firsts.values() for first in each} <= {b"HTTP/1.1 ", b""}, firsts
    assert b"HTTP/1.1 500" not in set().union(*firsts.values())
    assert firsts["messages"][b"HTTP/1.1 101"] == firsts["frames"][b"HTTP/1.1 101"] == TALKS
    picture(server)
    wait_until(
        lambda: descriptors(server.process.pid) <= before + 4, "end of its connections", LINGER_S
    )
    assert resident_mib(server.process.pid) < MOST_MIB
    assert_calm(server.process)
