"""One frame to a row of sockets, as cheaply as a kernel does it.

`send` copies a frame for each socket; from some kilobytes on that is most of what sending costs.
A frame that lies in a file in memory is sent from the file's pages instead (`sendfile`), which
all sockets share. The file is emptied before it takes the next frame: pages that are still on
their way to somebody leave it, keep what they hold and live until the last socket lets them go.

Linux only. Elsewhere, for small frames and for few sockets, for which it would not pay, the row is
sent copies.
"""

import errno
import os
import sys
import weakref
from collections.abc import Iterable
from typing import Protocol

SHARED_BYTES = 8 * 1024
SHARED_LANES = 8
# What sandboxes answer that know files in memory, but not how to send from one.
_UNKNOWN = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


class Lane(Protocol):
    """The bare way to a viewer: its socket."""

    def send(self, frame: bytes, /) -> int:
        """How much of a frame the kernel took.

        Raises:
            OSError: nothing, as the socket is full or broken.
        """
        ...

    def fileno(self) -> int:
        """Its descriptor; -1 where it has none."""
        ...


Short = list[tuple[Lane, int]]


class Pages:
    """A file in memory that holds one frame at a time, opened when it is first needed."""

    def __init__(self) -> None:
        self._file: int | None = None
        self._is_possible = sys.platform == "linux"

    def hold(self, frame: bytes) -> int | None:
        """A descriptor of a file that holds this frame; None where there can be none."""
        if not self._is_possible:
            return None
        try:
            return self._put(frame)
        except OSError:  # no descriptor or no memory is left, or a sandbox forbids it
            self.give_up()
            return None

    def give_up(self) -> None:
        """Hold nothing any more: it is of no use here."""
        self._is_possible = False

    def _put(self, frame: bytes) -> int | None:
        file = self._open() if self._file is None else self._file
        os.ftruncate(file, 0)
        return file if os.pwrite(file, frame, 0) == len(frame) else None

    def _open(self) -> int:
        file = self._file = os.memfd_create("frame", os.MFD_CLOEXEC)
        weakref.finalize(self, os.close, file)
        return file


class Row:
    """The lanes of those who are sent the same; a lane stays open as long as it stands here."""

    def __init__(self, lanes: Iterable[Lane], pages: Pages) -> None:
        self._lanes = tuple(lanes)
        self._files = [lane.fileno() for lane in self._lanes]
        self._pages = pages
        self._shares = len(self._files) >= SHARED_LANES and min(self._files) >= 0

    def send(self, frame: bytes) -> Short:
        """Send a frame to all; those that did not take all of it, and how much they took."""
        if self._shares and len(frame) >= SHARED_BYTES:
            file = self._pages.hold(frame)
            if file is not None:
                return self._send_pages(file, frame)
        return self._send_copies(self._lanes, frame)

    # Nothing is touched in these two that belongs to one viewer, but its socket. One that is full
    # or broken takes nothing; its transport finds out which.

    def _send_copies(self, lanes: Iterable[Lane], frame: bytes) -> Short:
        whole = len(frame)
        short: Short = []
        for lane in lanes:
            try:
                sent = lane.send(frame)
            except OSError:
                sent = 0
            if sent != whole:
                short.append((lane, sent))
        return short

    def _send_pages(self, file: int, frame: bytes) -> Short:
        whole = len(frame)
        short: Short = []
        for index, lane in enumerate(self._files):
            try:
                sent = os.sendfile(lane, file, 0, whole)
            except OSError as exc:
                if exc.errno in _UNKNOWN:
                    self._pages.give_up()
                    return short + self._send_copies(self._lanes[index:], frame)
                sent = 0
            if sent != whole:
                short.append((self._lanes[index], sent))
        return short
