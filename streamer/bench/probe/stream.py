"""Reads the marks of a stream of a server of ours, as one of its viewers."""

from collections.abc import Iterator, Sequence

from streamer.bench.probe.sightings import Sighting
from streamer.bench.probe.thread import ReadingThread
from streamer.client.view.viewer import Viewer
from streamer.media.picture.marked import read_mark


class StreamReader:
    """Watches one stream; pictures count as seen when they are decoded here."""

    def __init__(self, viewer: Viewer, shown: str) -> None:
        self._viewer = viewer
        self._thread = ReadingThread(shown, self._read)

    def look(self, wait_s: float) -> Sequence[Sighting]:
        """What was seen since the last call.

        Raises:
            StreamerError: the server refuses this viewer, or the stream has ended.
        """
        return self._thread.look(wait_s)

    def about(self) -> dict[str, str]:
        """The rendition, and how far the server's clock is from this one."""
        state, rendition, stats = self._viewer.state, self._viewer.rendition, self._viewer.stats
        if rendition is None:
            trouble = stats.trouble or (state and state.reason)
            return {"trouble": trouble} if trouble else {}
        what = f"{rendition.id} {rendition.width}x{rendition.height}"
        about = {"what": what, "seen": "decoded"}
        if (error_ms := stats.clock_error_ms) is not None:
            ahead_ms = self._viewer.offset_us / 1000
            about["clock"] = f"the server's is {ahead_ms:.2f} ms ahead, to {error_ms:.2f}"
        counts = ", ".join(f"{count} {why}" for why, count in stats.dropped.items() if count)
        if counts:
            about["note"] = f"Not seen, by the viewer's count: {counts}."
        return about

    def close(self) -> None:
        """Take leave."""
        self._thread.close()
        self._viewer.close()

    def _read(self) -> Iterator[Sighting]:
        for frame in self._viewer.frames(every=True):
            yield Sighting(frame.decoded_us, read_mark(frame.picture))
