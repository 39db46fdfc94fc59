"""A command whose standard output is a source, and which never outlives the one who started it.

A process can be killed at any moment, and what it started would go on. So the command runs beside
a keeper, a shell of its process group that waits at a pipe of which only we hold the other end.
However we end, the kernel closes that end, and the keeper ends the whole group. It asks first, as
some say goodbye to their peers (SRT's listener would wait 5 s for a caller that does not), and
kills what is left once the command has ended, or half a second later.
"""

import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from typing import IO, cast

from streamer.address import redact
from streamer.errors import SourceMissing
from streamer.fields import printable

_KEEPER = """
exec 3<&0 </dev/null
trap : TERM
"$@" 3<&- & command=$!
exec >&- 2>&-
read -r _ <&3
kill -TERM 0
(sleep 0.5; kill -KILL 0) &
wait $command
kill -KILL 0
"""
_LONGEST_LINE = 4096
_SHOWN = 200
_LAST_WORDS_S = 0.5


class Command:
    """A running command."""

    def __init__(self, words: Sequence[str]) -> None:
        """Start the program of the first word with the others as its arguments; no shell.

        Raises:
            SourceMissing: there is no such program.
        """
        if shutil.which(words[0]) is None:
            raise SourceMissing(f"There is no program '{redact(words[0])}' here; install it.")
        self._process = subprocess.Popen(  # noqa: S603 (the operator's own, and allowed)
            ["/bin/sh", "-c", _KEEPER, "sh", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        self._stdout = cast(IO[bytes], self._process.stdout)
        self._stderr = cast(IO[bytes], self._process.stderr)
        self._lifeline = cast(IO[bytes], self._process.stdin)
        self._last = ""
        self._listener = threading.Thread(target=self._listen, name="stderr", daemon=True)
        self._listener.start()

    @property
    def output(self) -> int:
        """A descriptor of its standard output, for the caller to close."""
        return os.dup(self._stdout.fileno())

    def last_words(self) -> str:
        """The last line that it wrote to its standard error, without passwords; may be empty."""
        self._listener.join(_LAST_WORDS_S)
        return self._last

    def close(self) -> None:
        """End it and all that it started in its process group."""
        self._lifeline.close()
        self._process.wait()
        self._stdout.close()  # not before: what still writes a goodbye would die of it

    def _listen(self) -> None:
        with self._stderr as lines:
            while line := lines.readline(_LONGEST_LINE):
                text = line.decode(errors="replace").strip()
                if text:
                    self._last = printable(redact(text.rpartition("\r")[2]))[:_SHOWN]
