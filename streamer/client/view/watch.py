"""`streamer watch`: a stream's figures in a terminal, and the stream itself in a file."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TextIO

from streamer.client.statusline import StatusLine
from streamer.client.view.message import Message
from streamer.client.view.recording import Recording
from streamer.client.view.viewer import Viewer, ViewerStats
from streamer.control import CODECS, RenditionChange
from streamer.errors import ConfigError, SourceMissing

_LIVE = "live"
_OFFLINE = "offline"
_TURN_S = 0.5
_JPEG = "jpeg"


def run(
    url: str,
    *,
    token: str | None = None,
    rendition: str = "auto",
    seconds: float | None = None,
    save: Path | None = None,
    out: TextIO = sys.stderr,
    now_s: Callable[[], float] = time.monotonic,
) -> None:
    """Watch until the stream ends, for so many seconds, or until interrupted.

    Raises:
        StreamerError: it cannot be watched or saved, and trying again would not help.
    """
    if seconds is not None and not seconds > 0:
        raise ConfigError(f"Watching for {seconds:g} s shows nothing; say more than 0.")
    codecs: tuple[str, ...] = CODECS
    if save is not None:
        codecs = tuple(each for each in CODECS if each != _JPEG)
        if rendition.partition("-")[0] == _JPEG:
            raise ConfigError(
                f"'{rendition}' is no video for an MP4 file; save another rendition."
            )
    with ExitStack() as stack:
        viewer = stack.enter_context(
            Viewer(url, token=token, renditions=(rendition,), codecs=codecs)
        )
        line = stack.enter_context(closing(StatusLine(out, viewer.name)))
        recording = None if save is None else Recording(save, line.note)
        if recording is not None:
            stack.callback(_sum_up, recording, line)
        until_s = None if seconds is None else now_s() + seconds
        watch = Watch(viewer, line, recording)
        watch.run(lambda: until_s is not None and now_s() >= until_s)
        if not viewer.stats.received:
            raise SourceMissing(_missing(viewer))


def _missing(viewer: Viewer) -> str:
    """Why nothing came."""
    trouble, state = viewer.stats.trouble, viewer.state
    if trouble is not None:
        return trouble
    if state is not None and state.phase == _OFFLINE:
        return f"Nothing came of '{viewer.name}', which is offline: {state.reason}"
    if viewer.is_over:
        return f"Nothing came of '{viewer.name}', which has ended."
    return f"Nothing came of '{viewer.name}' in this time; watch for longer."


class Watch:
    """One viewer, its line in the terminal, and where it is saved."""

    def __init__(self, viewer: Viewer, line: StatusLine, recording: Recording | None) -> None:
        self._viewer = viewer
        self._line = line
        self._recording = recording
        self._rendition: RenditionChange | None = None
        self._trouble: str | None = None

    def run(self, is_enough: Callable[[], bool]) -> None:
        """Watch until that is enough, or there is no more; the last figures stay."""
        try:
            self._watch(is_enough)
        except KeyboardInterrupt:
            self._conclude()
            raise

    def _watch(self, is_enough: Callable[[], bool]) -> None:
        while not is_enough():
            message = self._viewer.read(min(self._line.every_s, _TURN_S))
            if message is None and self._viewer.is_over:
                self._line.note("The stream has ended.")
                return
            self._tell(message)
            if message is not None and self._recording is not None:
                self._recording.write(message)
        self._conclude()

    def _conclude(self) -> None:
        """Say how it went, unless that was said already."""
        if self._viewer.stats.trouble is None:
            self._line.show(self._words())

    def _tell(self, message: Message | None) -> None:
        if message is not None and message.rendition is not self._rendition:
            self._rendition = message.rendition
            self._line.note(describe(message.rendition))
        if message is None or self._trouble is not None:
            self._tell_trouble(self._viewer.stats.trouble)
        if self._line.is_due:
            self._line.show(self._words())

    def _tell_trouble(self, trouble: str | None) -> None:
        """Say at once that there is no connection, and that there is one again."""
        if trouble != self._trouble:
            self._trouble = trouble
            self._line.note(trouble or "The connection is back.")

    def _words(self) -> str:
        stats, state = self._viewer.stats, self._viewer.state
        if stats.trouble is not None:
            return stats.trouble
        if state is None:
            return "connecting"
        if state.phase != _LIVE:
            return f"{state.phase}{f': {state.reason}' if state.reason else ''}"
        return figures(stats)


def describe(rendition: RenditionChange) -> str:
    """What is sent, and why that."""
    size = f", {rendition.width}x{rendition.height}" if rendition.width else ""
    rate = f" at {rendition.fps:g} fps" if rendition.fps else ""
    return f"{rendition.id} ({rendition.codec}{size}{rate}): {rendition.reason}"


def figures(stats: ViewerStats) -> str:
    """How it goes, in a line."""
    dropped = ", ".join(f"{count} {why}" for why, count in stats.dropped.items() if count)
    return (
        f"staleness {_ms(stats.staleness_p50_ms)}/{_ms(stats.staleness_p95_ms)} "
        f"(±{_ms(stats.clock_error_ms)}) ms  {stats.fps:.1f} fps  "
        f"{stats.bitrate_bps / 1e6:.2f} Mbit/s  round trip {_ms(stats.round_trip_ms)} ms  "
        f"dropped {dropped or 0}"
    )


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _sum_up(recording: Recording, line: StatusLine) -> None:
    recording.close()
    if not recording.files:
        line.note("Nothing was saved.")
        return
    names = ", ".join(f"'{each}'" for each in recording.files)
    line.note(f"Saved {recording.pictures} pictures, {recording.bytes / 1e6:.2f} MB, in {names}.")
