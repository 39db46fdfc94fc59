"""Real commands as sources: what they write, what they say last, and that they never stay."""

import os
import signal
import sys
from pathlib import Path

import pytest

from streamer.errors import SourceMissing
from streamer.media.ingest.command import Command
from tests.integration.processes import wait_until


def read_all(command: Command) -> bytes:
    with os.fdopen(command.output, "rb") as output:
        return output.read()


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_words_are_taken_as_they_are() -> None:
    command = Command(["printf", "%s|", "a b", "$HOME", ";", "`id`", "", "*"])
    assert read_all(command) == b"a b|$HOME|;|`id`||*|"
    command.close()


def test_it_has_no_input() -> None:
    command = Command(["cat"])
    assert read_all(command) == b""
    command.close()


def test_the_last_words_show_no_password() -> None:
    script = "echo one >&2; echo 'rtsp://u:s3cr3t@h: refused' >&2; echo >&2"
    command = Command(["sh", "-c", script])
    assert read_all(command) == b""
    assert command.last_words() == "rtsp://***@h: refused"
    command.close()


def test_last_words_are_of_bounded_length() -> None:
    command = Command(["sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x >&2; echo >&2"])
    read_all(command)
    assert len(command.last_words()) <= 200
    command.close()


def test_who_says_nothing() -> None:
    command = Command(["true"])
    read_all(command)
    assert command.last_words() == ""
    command.close()


def test_no_such_program() -> None:
    with pytest.raises(SourceMissing, match="There is no program 'no-such-thing' here"):
        Command(["no-such-thing", "x"])


def test_all_that_it_started_ends_when_closed() -> None:
    command = Command(["sh", "-c", "sleep 60 & echo $!; echo $$; wait"])
    with os.fdopen(command.output) as output:
        pids = [int(output.readline()), int(output.readline())]
        assert all(map(is_running, pids))
        command.close()
        wait_until(lambda: not any(map(is_running, pids)), "end of the command", 10)


def test_it_is_asked_to_end_and_may_say_goodbye(tmp_path: Path) -> None:
    said = tmp_path / "said"
    command = Command(
        ["sh", "-c", f"trap 'echo goodbye >{said}; exit' TERM; echo; sleep 60 & wait"]
    )
    with os.fdopen(command.output) as output:
        output.readline()
        command.close()
    assert said.read_text() == "goodbye\n"


def test_who_does_not_end_when_asked_is_killed() -> None:
    command = Command(["sh", "-c", "trap '' TERM; echo $$; sleep 60"])
    with os.fdopen(command.output) as output:
        pid = int(output.readline())
        command.close()
    wait_until(lambda: not is_running(pid), "end of the command", 10)


STARTER = """
import os, time
from streamer.media.ingest.command import Command
command = Command(["sh", "-c", "trap '' TERM HUP; echo $$; sleep 60"])
print(os.fdopen(command.output).readline().strip(), flush=True)
time.sleep(60)
"""


def test_it_does_not_outlive_who_started_it() -> None:
    reading, writing = os.pipe()
    starter = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", STARTER],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)],
    )
    os.close(writing)
    with os.fdopen(reading) as said:
        pid = int(said.readline())
    assert is_running(pid)
    os.kill(starter, signal.SIGKILL)
    os.waitpid(starter, 0)
    wait_until(lambda: not is_running(pid), "end of the command", 10)
