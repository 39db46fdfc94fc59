"""A stream into MP4 files, fragment by fragment as they come.

Every file is whole at every moment: an init segment, then fragments, which go to the file at once.
One file holds one configuration; another takes another file. Times begin at zero and go on where
the stream's begin anew, as after a restart of the server.
"""

from collections.abc import Callable
from pathlib import Path
from typing import IO

from streamer.client.view.message import Message
from streamer.errors import ConfigError
from streamer.media.boxer.fragment import decode_time_us, moved
from streamer.wire import Kind

_ENDINGS = (".mp4", ".m4v")
_USUAL_STEP_US = 33_333


class Recording:
    """Writes messages to `path`, and to `path` with a number where another file is needed.

    `tell` is given a sentence for each file but the first.
    """

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        """Look whether it can be written; nothing is yet.

        Raises:
            ConfigError: it cannot, is there already, or is named as something else than MP4.
        """
        self.files: list[Path] = []
        self.pictures = 0
        self.bytes = 0
        self._path = path
        self._tell = tell
        self._file: IO[bytes] | None = None
        self._init: bytes | None = None
        self._shift_us = 0
        self._last_us = -_USUAL_STEP_US
        self._step_us = _USUAL_STEP_US
        if path.suffix.lower() not in _ENDINGS:
            raise ConfigError(f"'{path}' is no name of an MP4 file; end it with .mp4.")
        if path.exists():
            raise ConfigError(f"'{path}' is there already; name another file or move it away.")
        if not path.parent.is_dir():
            raise ConfigError(f"There is no folder '{path.parent}' to save '{path.name}' in.")

    def write(self, message: Message) -> None:
        """Save a fragment; what is none is left out.

        Raises:
            ConfigError: the file cannot be written.
        """
        if message.header.kind is not Kind.FRAGMENT or message.init is None:
            return
        try:
            if message.init != self._init:
                self._begin(message.init)
            self._append(self._in_time(message.payload))
        except OSError as exc:
            name = exc.filename or self.files[-1]
            raise ConfigError(f"'{name}' cannot be written: {exc.strerror}.") from exc
        self.pictures += 1

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self, init: bytes) -> None:
        is_first = not self.files
        self.close()
        path = self._path if is_first else self._next_path()
        # Unbuffered, so that nothing is lost however this program ends.
        self._file = path.open("xb", buffering=0)
        self.files.append(path)
        self._init = init
        self._last_us = -self._step_us
        self._shift_us = 0
        if not is_first:
            self._tell(f"Another configuration of the codec: goes on in '{self.files[-1]}'.")
        self._append(init)

    def _next_path(self) -> Path:
        number = len(self.files) + 1
        while (path := self._path.with_stem(f"{self._path.stem}-{number}")).exists():
            number += 1
        return path

    def _append(self, data: bytes) -> None:
        if self._file is not None:
            self._file.write(data)
            self.bytes += len(data)

    def _in_time(self, payload: memoryview) -> bytes:
        """The fragment, a step after the last where its own time does not follow on that."""
        fragment = bytes(payload)
        time_us = decode_time_us(fragment)
        is_first = self._last_us < 0
        if is_first or time_us + self._shift_us <= self._last_us:
            self._shift_us = self._last_us + self._step_us - time_us
        else:
            self._step_us = time_us + self._shift_us - self._last_us
        self._last_us = time_us + self._shift_us
        return moved(fragment, self._shift_us)
