"""A thread that reads marks while the program counts them and tells how it goes.

Nobody waits for the thread at the end: FFmpeg cannot be interrupted while it opens or reads.
"""

import threading
from collections.abc import Callable, Iterator, Sequence

from streamer.bench.probe.sightings import Sighting
from streamer.errors import SourceLost, StreamerError


class ReadingThread:
    """Keeps what `read` gives until it is looked at; `shown` is for sentences."""

    def __init__(self, shown: str, read: Callable[[], Iterator[Sighting]]) -> None:
        self._shown = shown
        self._read = read
        self._failure: StreamerError | None = None
        self._closing = False
        self._seen: list[Sighting] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="probe", daemon=True)
        self._thread.start()

    def look(self, wait_s: float) -> Sequence[Sighting]:
        """What was read since the last call.

        Raises:
            StreamerError: there will be no more.
        """
        self._thread.join(wait_s)
        with self._lock:
            seen, self._seen = self._seen, []
        if not seen and not self._thread.is_alive():
            raise self._failure or SourceLost(f"{self._shown} has ended.")
        return seen

    def close(self) -> None:
        """Read no more."""
        self._closing = True

    def _run(self) -> None:
        try:
            for each in self._read():
                with self._lock:
                    self._seen.append(each)
                if self._closing:
                    return
        except StreamerError as exc:
            self._failure = exc
        except OSError as exc:
            self._failure = SourceLost(f"{self._shown} was lost: {exc.strerror or exc}.")
