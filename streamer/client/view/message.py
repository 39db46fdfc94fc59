"""One message of media as a viewer gets it, with all that is needed to make use of it."""

import json
from dataclasses import dataclass
from typing import Any

from streamer.control import RenditionChange
from streamer.wire import Flags, Header, Kind


@dataclass(frozen=True, slots=True)
class Message:
    """One encoded picture: a fragment, or a JPEG.

    `payload` is that alone, and `meta` its metadata as JSON, None without any. `init` is the init
    segment that a fragment needs: what a decoder or file has begun with is good as long as it is
    the same object. `received_us` is when it came, by this machine's wall clock; the header's
    times are the server's.
    """

    header: Header
    payload: memoryview
    meta: memoryview | None
    rendition: RenditionChange
    init: bytes | None
    received_us: int

    @property
    def keyframe(self) -> bool:
        """Whether a decoder may begin with it."""
        return bool(self.header.flags & Flags.KEYFRAME)

    @property
    def stands_alone(self) -> bool:
        """Whether no other picture is needed for it, nor it for any other."""
        return self.header.kind is Kind.JPEG

    @property
    def size(self) -> int:
        """Bytes of its payload."""
        return len(self.payload)

    @property
    def metadata(self) -> Any:
        """What was published with the picture; None if nothing, or no JSON, was."""
        try:
            return None if self.meta is None else json.loads(bytes(self.meta))
        except (ValueError, RecursionError):
            return None
