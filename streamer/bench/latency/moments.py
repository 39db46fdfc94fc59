"""When one frame passed each point of its way, and how long each stage took. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The stages of a frame, in order; each ends at the moment that its label names."""

    SOURCE = "source"
    ENCODE = "encode"
    PUBLISH = "publish"
    NETWORK = "network"
    DECODE = "decode"
    PAINT = "paint"


LABELS = {
    Stage.SOURCE: "captured to decoded, server",
    Stage.ENCODE: "to encoded",
    Stage.PUBLISH: "to published",
    Stage.NETWORK: "to received",
    Stage.DECODE: "to decoded, viewer",
    Stage.PAINT: "to painted",
}


@dataclass(frozen=True, slots=True)
class Moments:
    """The way of one frame, in microseconds on the server's clock.

    A moment that nobody took is None; its stage is then part of the next. `size` is in bytes.
    """

    sequence: int
    captured_us: int
    made_us: int | None
    encoded_us: int
    published_us: int
    received_us: int
    decoded_us: int | None
    painted_us: int | None
    size: int

    @property
    def end_us(self) -> int:
        """The last moment that is known: where the way ends for this viewer."""
        return self.painted_us or self.decoded_us or self.received_us

    @property
    def total_ms(self) -> float:
        """The age of the picture at the end of its way."""
        return (self.end_us - self.captured_us) / 1000

    def stages_ms(self) -> dict[Stage, float]:
        """How long each stage took; together exactly `total_ms`."""
        ends = (
            (Stage.SOURCE, self.made_us),
            (Stage.ENCODE, self.encoded_us),
            (Stage.PUBLISH, self.published_us),
            (Stage.NETWORK, self.received_us),
            (Stage.DECODE, self.decoded_us),
            (Stage.PAINT, self.painted_us),
        )
        found, before_us = {}, self.captured_us
        for stage, end_us in ends:
            if end_us is not None:
                found[stage] = (end_us - before_us) / 1000
                before_us = end_us
        return found
