"""A pipe as a file that FFmpeg reads: what is there at once, and never for long without a word."""

import os
import select
from collections.abc import Callable

_SLICE_MS = 250
# For whoever fills the pipe to go on after it was emptied.
_MOMENT_MS = 1


class Pipe:
    """Reads a file descriptor for `av.open`, which takes anything that has `read`.

    `idle` is called at each reading, as that may be of sound which nobody hears, and several times
    a second while nothing comes. FFmpeg's own reading of a pipe could not be interrupted, nor does
    it give less than it was asked for.
    """

    def __init__(
        self,
        descriptor: int,
        idle: Callable[[], None],
        silent: Callable[[], Exception],
        timeout_s: float | None,
        first_s: float | None = None,
    ) -> None:
        """Take over `descriptor`; `silent` makes what is raised after `timeout_s` of nothing.

        The first may take `first_s`, if that is longer.
        """
        self._descriptor = descriptor
        self._idle = idle
        self._silent = silent
        self._slices = None if timeout_s is None else _slices(timeout_s)
        self._more = 0 if first_s is None or timeout_s is None else _slices(first_s - timeout_s)
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self._has_ended = False

    @property
    def has_ended(self) -> bool:
        """Whether `read` has come to the end."""
        return self._has_ended

    def read(self, size: int) -> bytes:
        """At most `size` bytes, as soon as there are any; none at the end."""
        self._wait()
        data = os.read(self._descriptor, size)
        self._has_ended = not data
        return data

    def read_into(self, buffer: memoryview) -> int:
        """Read into `buffer` what there is, as soon as there is any; returns 0 at the end."""
        self._wait()
        return os.readv(self._descriptor, [buffer])

    def has_more(self) -> bool:
        """Whether there is something to read, or the end, now or in a moment."""
        return bool(self._poll.poll(_MOMENT_MS))

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)

    def _wait(self) -> None:
        waited = 0
        self._idle()
        while not self._poll.poll(_SLICE_MS):
            self._idle()
            waited += 1
            if self._slices is not None and waited >= self._slices + self._more:
                raise self._silent()
        self._more = 0


def _slices(seconds: float) -> int:
    return max(0, round(seconds * 1000 / _SLICE_MS))
