"""What is written on a slate, the still that stands in for a picture. Pure."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SlateSpec:
    """A slate to be drawn: the stream's name, why there is no picture, what comes next.

    `width` and `height` are those of the picture in whose place it is shown; it may be drawn on
    the picture file `background`.
    """

    name: str
    reason: str
    outlook: str
    width: int
    height: int
    background: Path | None = None
