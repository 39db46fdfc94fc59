"""A thread that reads marks, and why it ended."""

from collections.abc import Iterator

import pytest

from streamer.bench.probe.sightings import Sighting
from streamer.bench.probe.thread import ReadingThread
from streamer.errors import MediaError, SourceLost, StreamerError


def reading(failure: Exception | None) -> Iterator[Sighting]:
    yield Sighting(0, None)
    if failure is not None:
        raise failure


@pytest.mark.parametrize(
    ("failure", "error", "sentence"),
    [
        (None, SourceLost, "h has ended."),
        (MediaError("Broken."), MediaError, "Broken."),
        (OSError(5, "Input/output error"), SourceLost, "h was lost: Input/output error."),
    ],
)
def test_what_ended_the_reading_is_told(
    failure: Exception | None, error: type[StreamerError], sentence: str
) -> None:
    thread = ReadingThread("h", lambda: reading(failure))
    assert len(thread.look(9.0)) == 1
    with pytest.raises(error) as caught:
        thread.look(9.0)
    assert caught.value.sentence == sentence
