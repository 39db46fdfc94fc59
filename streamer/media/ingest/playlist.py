"""The video files of a directory as sources, one after the other on one timeline.

They are played by name. What cannot be opened, or breaks off, is told once and passed over; a
directory of which nothing can be shown is an error, or looping over it would never rest.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from streamer.address import Address, Scheme, SourceSpec
from streamer.clock import Clock
from streamer.errors import (
    SourceError,
    SourceMissing,
    SourceRefused,
    SourceUnreadable,
    StreamerError,
)
from streamer.media.ingest.part import Part
from streamer.media.ingest.source import PacketSource

log = logging.getLogger(__name__)


def directory(address: Address) -> Path | None:
    """The directory that an address names; None if it is something else."""
    if address.scheme is Scheme.DIR:
        return Path(address.target.removeprefix(f"{Scheme.DIR}:"))
    path = Path(address.target)
    return path if address.scheme is Scheme.FILE and path.is_dir() else None


class Playlist:
    """The files of one directory. New files are found when the list begins again."""

    def __init__(
        self, folder: Path, spec: SourceSpec, clock: Clock, idle: Callable[[], None]
    ) -> None:
        self._folder = folder
        self._spec = spec
        self._clock = clock
        self._idle = idle
        self._told: set[Path] = set()
        self._last: PacketSource | None = None

    def sources(self) -> Iterator[Part]:
        """Each file in turn, opened when it is asked for; the one before should be closed.

        Raises:
            SourceError: nothing in the directory can be shown.
        """
        while True:
            count = 0
            for path in self._files():
                self._idle()
                if (source := self._open(path)) is None:
                    continue
                part = Part(source)
                yield part
                if part.end is not None:
                    self._tell(path, part.end)
                count += part.count
            if not count:
                raise SourceUnreadable(
                    f"{self._spec.address.shown} holds no video file that can be shown; "
                    "put some in, such as MP4, MKV, WebM, TS or AVI."
                )
            if not self._spec.loop:
                return

    def _files(self) -> list[Path]:
        shown = self._spec.address.shown
        try:
            return sorted(
                path
                for path in self._folder.iterdir()
                if path.is_file() and not path.name.startswith(".")
            )
        except PermissionError:
            raise SourceRefused(
                f"{shown} may not be read by this user; change its permissions."
            ) from None
        except OSError as exc:
            raise SourceMissing(f"{shown} cannot be read ({exc.strerror}).") from exc

    def _open(self, path: Path) -> PacketSource | None:
        spec = replace(self._spec, address=Address(Scheme.FILE, str(path)), loop=False)
        try:
            source = PacketSource(spec, self._clock, self._idle, after=self._last)
        except SourceError as exc:
            self._tell(path, exc)
            return None
        self._last = source
        return source

    def _tell(self, path: Path, exc: StreamerError) -> None:
        if path not in self._told:
            self._told.add(path)
            log.warning("event=skipped reason=%r", exc.sentence)
