"""Reads the marks of a source, opened as a server's worker opens it."""

from collections.abc import Iterator, Sequence

from streamer.address import Scheme, SourceSpec
from streamer.bench.probe.sightings import Sighting
from streamer.bench.probe.thread import ReadingThread
from streamer.clock import Clock
from streamer.errors import ConfigError
from streamer.media.ingest.opening import sources
from streamer.media.ingest.part import Part
from streamer.media.picture.decoder import Decoder
from streamer.media.picture.marked import read_mark
from streamer.media.sample import Sample, SourceFacts

_STDIN = 0
_TIMELESS = (Scheme.FILE, Scheme.DIR, Scheme.IMAGE)


def check_live(spec: SourceSpec) -> None:
    """Refuse what is kept in files: it was made at any time, and says nothing of delay.

    Raises:
        ConfigError: it is a file.
    """
    if spec.address.scheme in _TIMELESS:
        raise ConfigError(
            f"'{spec.address.shown}' is a file, whose pictures have no now to be late for; name "
            "what is live: rtsp://, http://, ws://, ..."
        )


class SourceReader:
    """Reads one source; pictures count as seen when they are decoded here."""

    def __init__(self, spec: SourceSpec, clock: Clock) -> None:
        self._spec = spec
        self._clock = clock
        self._facts: SourceFacts | None = None
        self._thread = ReadingThread(spec.address.shown, self._read)

    def look(self, wait_s: float) -> Sequence[Sighting]:
        """What was seen since the last call.

        Raises:
            StreamerError: it cannot be opened or decoded, or has stopped.
        """
        return self._thread.look(wait_s)

    def about(self) -> dict[str, str]:
        """Codec and size of the source."""
        if (facts := self._facts) is None:
            return {}
        return {"what": f"{facts.codec} {facts.width}x{facts.height}", "seen": "decoded"}

    def close(self) -> None:
        """Read no more."""
        self._thread.close()

    def _read(self) -> Iterator[Sighting]:
        stdin = _STDIN if self._spec.address.scheme is Scheme.STDIN else None
        for part in sources(self._spec, self._clock, _nothing, _nothing, stdin):
            try:
                yield from self._sightings(part)
            finally:
                part.close()

    def _sightings(self, part: Part) -> Iterator[Sighting]:
        self._facts = part.facts
        decoder = None if part.facts.context is None else Decoder(part.facts.context)
        for sample in part.samples():
            if isinstance(sample, Sample):
                yield from self._seen(sample, decoder)

    def _seen(self, sample: Sample, decoder: Decoder | None) -> list[Sighting]:
        began_us = self._clock.monotonic_us()
        frames = [] if sample.frame is None else [sample.frame]
        if decoder is not None and sample.packet is not None:
            frames = list(decoder.decode(sample.packet))
        at_us = self._clock.wall_us()
        marks = [read_mark(frame) for frame in frames]
        worked_us = self._clock.monotonic_us() - began_us
        return [Sighting(at_us, found, worked_us) for found in marks]


def _nothing() -> None:
    """There is nobody to tell that it still waits."""
