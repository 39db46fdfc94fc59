"""What breaks a part off is its end."""

from collections.abc import Iterator

from streamer.errors import SourceLost
from streamer.media.ingest.part import Part
from streamer.media.sample import RAW, Sample, SourceFacts
from streamer.media.timeline import Stamps

SAMPLE = Sample(Stamps(0, 0, 1, restarted=False), 0, keyframe=True)


class Breaking:
    """Gives two samples and breaks."""

    facts = SourceFacts(RAW, 64, 64, 25.0)
    closed = False
    is_live = False

    def samples(self) -> Iterator[Sample]:
        yield SAMPLE
        yield SAMPLE
        raise SourceLost("Stopped.")

    def close(self) -> None:
        self.closed = True


def test_a_part_ends_without_failing() -> None:
    source = Breaking()
    part = Part(source)
    assert (list(part.samples()), part.facts.codec) == ([SAMPLE] * 2, RAW)
    assert (part.count, str(part.end)) == (2, "Stopped.")
    part.close()
    assert source.closed
