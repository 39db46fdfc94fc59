"""One encoded picture on its way to the server."""

from dataclasses import dataclass

from streamer.publishing import Publish

JPEG = "jpeg"


@dataclass(frozen=True, slots=True)
class Moment:
    """When a picture is to be shown and was taken, and what is known of it.

    `captured_us` is by this machine's wall clock, `meta` JSON.
    """

    pts_us: int
    captured_us: int
    meta: bytes | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as its encoder gave it; `form` is what the server must know of it."""

    form: Publish
    data: bytes
    keyframe: bool
    moment: Moment

    @property
    def stands_alone(self) -> bool:
        """Whether no other picture is needed for it, nor it for any other."""
        return self.form.codec == JPEG

    @property
    def size(self) -> int:
        """Bytes on the wire, but for the header."""
        return len(self.data) + len(self.moment.meta or b"")
