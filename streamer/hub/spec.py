"""What an operator wants of a stream."""

from dataclasses import dataclass
from pathlib import Path

from streamer.address import Scheme, SourceSpec
from streamer.hub.past.history import DEFAULT_MB, DEFAULT_S


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """What an operator wants of a stream.

    `always` keeps the source open without viewers; otherwise it is closed `linger_s` after the
    last one left. When `source` fails, each of `fallbacks` is tried in turn, then `source` again.
    One of them may be a publisher, who goes before all others while it is there. A `temporary`
    stream exists for its publisher and goes away after it. `slate` gives plain HTTP clients a
    still with the reason while there is no picture, on that picture if it is a path. The last
    `history_s` of each rendition in demand are kept, in at most `history_mb` megabytes.
    """

    name: str
    source: SourceSpec
    always: bool = False
    linger_s: float = 5.0
    fallbacks: tuple[SourceSpec, ...] = ()
    temporary: bool = False
    slate: Path | bool = False
    history_s: float = DEFAULT_S
    history_mb: int = DEFAULT_MB

    @property
    def published(self) -> SourceSpec | None:
        """The source that is a publisher, if there is one."""
        return next((s for s in self.sources if s.address.scheme is Scheme.PUBLISH), None)

    @property
    def pulled(self) -> tuple[SourceSpec, ...]:
        """The other sources, in the order in which they are tried."""
        return tuple(s for s in self.sources if s.address.scheme is not Scheme.PUBLISH)

    @property
    def is_read_once(self) -> bool:
        """Whether there is nothing more to come once the source has ended, whoever asks."""
        return [s.address.scheme for s in self.pulled] == [Scheme.STDIN]

    @property
    def sources(self) -> tuple[SourceSpec, ...]:
        """All sources, in the order in which they are tried."""
        return (self.source, *self.fallbacks)
