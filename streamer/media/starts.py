"""Whether viewers can begin with a source's own pictures.

Encoders with intra refresh, and those with open groups alone, send no keyframe that stands for
itself: a decoder gets there over some pictures, and browsers do not begin with those at all.
"""

from collections.abc import Callable

from streamer.errors import MediaError
from streamer.media.boxer.remux import open_carriage
from streamer.media.sample import Sample, SourceFacts


class Starts:
    """Tells when the source turns out to have no such keyframe, and when one comes after all."""

    def __init__(self, tell: Callable[[bool], None]) -> None:
        self._tell = tell
        self._are_missing = False

    def missed(self) -> None:
        """Nothing could begin with what the demuxer calls a keyframe."""
        if not self._are_missing:
            self._are_missing = True
            self._tell(False)

    def see(self, sample: Sample, facts: SourceFacts) -> None:
        """Look at a sample, as long as no keyframe is known."""
        if self._are_missing and sample.keyframe and _is_start(sample, facts):
            self._are_missing = False
            self._tell(True)


def _is_start(sample: Sample, facts: SourceFacts) -> bool:
    if sample.packet is None:
        return False
    try:
        carriage = open_carriage(facts.codec, facts.extradata, facts.reorders)
        return carriage.take(bytes(sample.packet)).keyframe
    except MediaError:
        return False
