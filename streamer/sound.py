"""The forms in which a stream's sound can be had, and who is given which. Pure.

Sound has channels of its own beside those of the renditions, one for each form, whose numbers
stand where media messages name their rendition.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

# Sample entries (RFC 6381) of what passes through, by FFmpeg's names.
PASSED = {"aac": "mp4a", "opus": "opus"}
CODECS = ("mp4a", "opus")


class Form(StrEnum):
    """Sound as the source has it, or encoded here."""

    COPY = "copy"
    OPUS = "opus"

    @property
    def number(self) -> int:
        """What media messages of this form carry as their rendition."""
        return 255 if self is Form.COPY else 254


@dataclass(frozen=True, slots=True)
class SoundDescription:
    """What the next messages of sound are: RFC 6381, samples per second, channels."""

    codec: str = ""
    rate: int = 0
    channels: int = 0

    def as_json(self) -> dict[str, Any]:
        """The fields, for a message."""
        return asdict(self)


def offered(codec: str) -> tuple[str, ...]:
    """The sample entries in which a source's sound can be had; none where it has no sound."""
    if not codec:
        return ()
    return tuple(dict.fromkeys((PASSED.get(codec, "opus"), "opus")))


def choose(codec: str, decodable: tuple[str, ...]) -> Form | None:
    """The form for who decodes these sample entries; None where there is none.

    `codec` is FFmpeg's name of what the source has, empty where it has no sound.
    """
    if PASSED.get(codec) in decodable:
        return Form.COPY
    return Form.OPUS if codec and "opus" in decodable else None


def form_at(number: int) -> Form | None:
    """The form that a number stands for; None for a rendition's."""
    return next((form for form in Form if form.number == number), None)
