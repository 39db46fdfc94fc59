"""Open the source that a spec names: the test pattern, or anything that has packets."""

import time
from collections.abc import Callable, Iterator

from streamer.address import Scheme, SourceSpec
from streamer.clock import Clock
from streamer.media.pattern import Pattern, parse_pattern
from streamer.media.sample import RAW, Sample, Source, SourceFacts
from streamer.media.source import PacketSource
from streamer.media.timeline import Stamps


class PatternSource:
    """The test pattern at its frame rate, on the wall clock's grid; late frames are left out."""

    def __init__(self, width: int, height: int, fps: int, clock: Clock) -> None:
        self._clock = clock
        self._interval_us = round(1e6 / fps)
        self._pattern = Pattern(width, height, fps, clock)
        self._facts = SourceFacts(RAW, width, height, fps)

    @property
    def facts(self) -> SourceFacts:
        """What the source holds."""
        return self._facts

    def samples(self) -> Iterator[Sample]:
        """Frames without end."""
        start_us = self._clock.monotonic_us()
        index = 0
        while True:
            elapsed_us = self._clock.monotonic_us() - start_us
            index = max(index, elapsed_us // self._interval_us)
            time.sleep(max(0, index * self._interval_us - elapsed_us) / 1e6)
            pts_us = index * self._interval_us
            captured_us = self._clock.wall_us()
            frame = self._pattern.frame(index, captured_us)
            stamps = Stamps(pts_us, pts_us, self._interval_us, restarted=False)
            yield Sample(stamps, captured_us, keyframe=True, frame=frame)
            index += 1

    def close(self) -> None:
        """Nothing is held."""


def open_source(spec: SourceSpec, clock: Clock, idle: Callable[[], None]) -> Source:
    """The open source; `idle` is called several times a second while it waits for a due time.

    Raises:
        SourceError: it cannot be opened.
        ConfigError: bad pattern options.
    """
    if spec.address.scheme is Scheme.PATTERN:
        return PatternSource(*parse_pattern(spec.address.target), clock)
    return PacketSource(spec, clock, idle)
