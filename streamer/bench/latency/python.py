"""Viewers in Python: one thread each, which decodes what comes and notes when."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from streamer.bench.latency.case import Case
from streamer.bench.latency.moments import Moments
from streamer.bench.latency.takes import Check, Take
from streamer.client.target import Target
from streamer.client.view.frames import Frame
from streamer.client.view.viewer import Viewer
from streamer.errors import PeerError, SourceError, StreamerError
from streamer.media.picture import mark
from streamer.media.picture.marked import read_mark

_FIRST_S = 20.0
_POLL_S = 0.05
_CHECK_S = 1.0


class PythonViewer:
    """One viewer and what it has noted."""

    def __init__(self, viewer: Viewer, is_here: bool) -> None:
        self.failure: PeerError | None = None
        self._viewer = viewer
        self._is_here = is_here
        self._renditions: dict[str, None] = {}
        self._moments: list[Moments] = []
        self._checks: list[Check] = []
        self._has_stopped = self._marked = False
        self._dropped = self._dropped_before = 0
        self._thread = threading.Thread(target=self._run, name="bench-viewer", daemon=True)
        self._thread.start()

    @property
    def pictures(self) -> int:
        """How many pictures were noted."""
        return len(self._moments)

    def forget(self) -> None:
        """Begin anew."""
        self._moments = []
        self._renditions = {}
        self._dropped_before = self._all_dropped()

    def stop(self) -> None:
        """Note no picture from now on."""
        self._dropped = self._all_dropped() - self._dropped_before
        self._has_stopped = True

    def read_marks(self) -> None:
        """Read the mark of each picture from now on, once it notes none."""
        self._marked = True

    def take(self) -> Take:
        """What was noted."""
        viewer = self._viewer
        dropped = (
            self._dropped if self._has_stopped else self._all_dropped() - self._dropped_before
        )
        error_us = 0 if self._is_here else viewer.offset_error_us
        trip_ms = viewer.stats.round_trip_ms
        return Take(
            tuple(self._moments),
            dropped,
            0,
            float("nan") if error_us is None else error_us,
            float("nan") if trip_ms is None else trip_ms * 1000,
            tuple(self._checks),
            renditions=tuple(self._renditions),
        )

    def join(self) -> None:
        """Wait for its thread, once the viewer is closed."""
        self._thread.join(_FIRST_S)

    @property
    def _offset_us(self) -> int:
        # On one machine there is one clock; a long way between would only make it uncertain.
        return 0 if self._is_here else self._viewer.offset_us

    def _all_dropped(self) -> int:
        return sum(self._viewer.stats.dropped.values())

    def _run(self) -> None:
        try:
            for frame in self._viewer.frames():
                if self._marked:
                    self._check(frame)
                elif not self._has_stopped:
                    self._moments.append(_moments(frame, self._offset_us))
                    self._renditions[frame.message.rendition.id] = None
        except PeerError as exc:
            self.failure = exc

    def _check(self, frame: Frame) -> None:
        decoded_us = frame.decoded_us + self._offset_us
        if (found := read_mark(frame.picture)) is not None:
            stamped_ms = (decoded_us - frame.captured_us) / 1000
            self._checks.append(Check(stamped_ms, mark.age_us(found, decoded_us) / 1000))


def _moments(frame: Frame, offset_us: int) -> Moments:
    header, message = frame.message.header, frame.message
    metadata = frame.metadata
    trace = metadata.get("trace") if isinstance(metadata, dict) else None
    return Moments(
        header.sequence,
        header.captured_us,
        None if trace is None else header.captured_us + int(trace["decoded_us"]),
        header.captured_us + header.encoded_us,
        header.captured_us + header.published_us,
        message.received_us + offset_us,
        frame.decoded_us + offset_us,
        None,
        message.size,
    )


class PythonWatch:
    """All viewers of one run, in this process."""

    def __init__(self, viewers: tuple[PythonViewer, ...], case: Case) -> None:
        self._viewers = viewers
        self._case = case

    def settle(self) -> None:
        """Wait until every viewer has pictures.

        Raises:
            StreamerError: one is refused, or has none.
        """
        deadline_s = time.monotonic() + _FIRST_S
        while not all(viewer.pictures for viewer in self._viewers):
            self.poll()
            if time.monotonic() > deadline_s:
                raise SourceError(f"{self._case.name} gave no picture in time.")
            time.sleep(_POLL_S)

    def poll(self) -> int:
        """How many pictures came so far.

        Raises:
            StreamerError: a viewer is refused.
        """
        failures = (viewer.failure for viewer in self._viewers)
        failure: StreamerError | None = next(filter(None, failures), None)
        if failure is not None:
            raise failure
        return sum(viewer.pictures for viewer in self._viewers)

    def forget(self) -> None:
        """End the warm-up."""
        for viewer in self._viewers:
            viewer.forget()

    def cpu_s(self) -> float:
        """Seconds of CPU of this process, in which the viewers are."""
        return time.process_time()

    def check(self) -> None:
        """End what is measured, and read the marks of the pictures of a second."""
        for viewer in self._viewers:
            viewer.stop()
        self._viewers[0].read_marks()
        time.sleep(_CHECK_S)

    def takes(self) -> tuple[Take, ...]:
        """What each viewer has noted since the warm-up."""
        return tuple(viewer.take() for viewer in self._viewers)


@contextmanager
def watching(
    target: Target, case: Case, max_latency_ms: int, *, is_here: bool
) -> Iterator[PythonWatch]:
    """The viewers of a case; `is_here` says that the server goes by this machine's clock."""
    with ExitStack() as stack:
        seats = []
        for _ in range(case.viewers):
            viewer = Viewer(
                target.page_url,
                token=target.token,
                renditions=(str(case.path),),
                max_latency_ms=max_latency_ms,
            )
            seat = PythonViewer(viewer, is_here)
            stack.callback(seat.join)
            stack.callback(viewer.close)
            seats.append(seat)
        yield PythonWatch(tuple(seats), case)
