"""What the tests of a running server share: its HTTP answers, its processes and its log."""

import http.client
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.processes import Process, wait_until

SAMPLES = Path(__file__).parent.parent.parent / "samples"
CLIPS = sorted(
    each for each in SAMPLES.iterdir() if each.suffix in {".mp4", ".webm", ".ts", ".avi"}
)
# What a server says when it did not mean to say anything.
ALARMS = ("Traceback", "Exception", "CRITICAL", "never retrieved", "never awaited", "leaked")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


@contextmanager
def asking(
    port: int, path: str, headers: dict[str, str] | None = None, timeout_s: float = 30.0
) -> Iterator[http.client.HTTPResponse]:
    """A GET whose answer is still coming."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers=headers or {})
        yield connection.getresponse()
    finally:
        connection.close()


def ask(
    port: int, path: str, headers: dict[str, str] | None = None, timeout_s: float = 30.0
) -> Answer:
    """GET `path` of a server on loopback."""
    with asking(port, path, headers, timeout_s) as response:
        return Answer(response.status, response.headers, response.read())


def described(port: int, name: str) -> dict[str, Any]:
    """What the server's API says of a stream."""
    streams: list[dict[str, Any]] = ask(port, "/api/streams").json["streams"]
    return next(each for each in streams if each["name"] == name)


def offline_reason(port: int, name: str, timeout_s: float = 30.0) -> str:
    """Why a stream is offline, once it is; both of one answer, as it is soon tried again."""
    told: dict[str, Any] = {}

    def is_offline() -> bool:
        told.update(described(port, name))
        return bool(told["phase"] == "offline")

    wait_until(is_offline, f"failure of {name}", timeout_s, lambda: str(told))
    return str(told["reason"])


def workers(server: Process) -> list[int]:
    """The media workers of a server: children of its children."""
    members = server.members()
    parents = {pid: parent_of(pid) for pid in members}
    return [pid for pid in members if parents[pid] in members and parents[pid] != server.pid]


def parent_of(pid: int) -> int:
    """The process that started `pid`; 0 if it has just ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(text.rpartition(")")[2].split()[1])


def assert_calm(server: Process) -> None:
    """The server's log holds no stack trace and nothing else that nobody meant to say."""
    assert [alarm for alarm in ALARMS if alarm in server.output] == [], server.output


def assert_sound(path: Path) -> None:
    """FFmpeg reads and decodes all of a file without a word."""
    for command in (
        ["ffprobe", "-v", "warning", "-show_entries", "stream=codec_name", "-of", "csv=p=0"],
        ["ffmpeg", "-v", "warning", "-xerror", "-nostdin", "-f", "null", "-", "-i"],
    ):
        done = subprocess.run([*command, str(path)], capture_output=True, check=False, timeout=60)
        assert (done.returncode, done.stderr.decode()) == (0, ""), command[0]
