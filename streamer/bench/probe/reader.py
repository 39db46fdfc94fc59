"""What reads marks somewhere: a source of FFmpeg's, a stream of ours, or a page."""

from collections.abc import Sequence
from typing import Protocol

from streamer.bench.probe.sightings import Sighting


class Reader(Protocol):
    """Reads marks until it is closed."""

    def look(self, wait_s: float) -> Sequence[Sighting]:
        """What was seen since the last call, which `wait_s` are given to.

        Raises:
            StreamerError: there will be no more.
        """
        ...

    def about(self) -> dict[str, str]:
        """What is read, as far as it is known."""
        ...
