"""A source that may be one of several: what breaks it off is its end, and not yet a failure."""

from collections.abc import Iterator

from streamer.errors import SourceError, StreamerError
from streamer.media.sample import Sample, SoundSample, Source, SourceFacts


class Part:
    """A source whose failure is kept in `end`; `count` says how many samples it gave.

    Whoever uses it may put there, too, what made it of no use.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.end: StreamerError | None = None
        self.count = 0

    @property
    def facts(self) -> SourceFacts:
        """What the source holds."""
        return self._source.facts

    @property
    def is_live(self) -> bool:
        """Whether it has shown that it is, where its address does not say it."""
        return self._source.is_live

    def samples(self) -> Iterator[Sample | SoundSample]:
        """All samples up to the end, whatever it is."""
        try:
            for sample in self._source.samples():
                self.count += 1
                yield sample
        except SourceError as exc:
            self.end = exc

    def close(self) -> None:
        """Release the source."""
        self._source.close()
