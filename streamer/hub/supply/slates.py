"""The stills that plain HTTP clients get while a stream has no picture.

Each is drawn once, in a process of its own, as this one must never touch pictures, and kept until
another reason or size is asked for.
"""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio

from streamer.clock import Clock
from streamer.errors import MediaError
from streamer.hub.delivery.message import Message
from streamer.hub.state import Phase, State
from streamer.hub.stream import Stream
from streamer.hub.supply.entry import enter_slate
from streamer.hub.supply.errand import FAILURES, run_errand
from streamer.hub.supply.worker import Forge
from streamer.slate import SlateSpec
from streamer.wire import Flags, Header, Kind, pack

log = logging.getLogger(__name__)

Draw = Callable[[SlateSpec], Awaitable[bytes]]

_USUAL_SIZE = (1280, 720)
_KEPT = 32
AGAIN = "Trying again."
NO_MORE = "Tried again for whoever comes next."


class Slates:
    """Draws slates by `draw`, one at a time, and keeps the last ones."""

    def __init__(self, draw: Draw, clock: Clock) -> None:
        self._draw = draw
        self._clock = clock
        self._lock = anyio.Lock()
        self._drawn: dict[SlateSpec, bytes] = {}

    async def message(self, stream: Stream, state: State, rendition: str) -> Message | None:
        """The slate for a stream in this state, as a media message; None where there is none."""
        if not stream.spec.slate or state.phase is not Phase.OFFLINE:
            return None
        picture = await self._picture(spec_of(stream, state, rendition))
        if not picture:
            return None
        now_us = self._clock.wall_us()
        header = Header(Kind.JPEG, Flags.KEYFRAME, 0, 0, 0, now_us, 0)
        return Message(bytearray(pack(header, picture)), 0, self._clock.monotonic_us())

    async def _picture(self, spec: SlateSpec) -> bytes:
        async with self._lock:
            if spec not in self._drawn:
                try:
                    self._drawn[spec] = await self._draw(spec)
                except (*FAILURES, MediaError) as exc:
                    log.warning("event=no-slate name=%s reason=%r", spec.name, str(exc))
                    return b""
                while len(self._drawn) > _KEPT:
                    del self._drawn[next(iter(self._drawn))]
            return self._drawn[spec]


def spec_of(stream: Stream, state: State, rendition: str) -> SlateSpec:
    """What is to be written, and how large: as the picture in whose place it is shown."""
    background = stream.spec.slate if isinstance(stream.spec.slate, Path) else None
    width, height = _size(stream, rendition)
    return SlateSpec(stream.name, state.reason or "", _outlook(state), width, height, background)


def _outlook(state: State) -> str:
    if state.waits:
        return ""  # the reason says for whom
    return NO_MORE if state.retry_at_us is None else AGAIN


def _size(stream: Stream, rendition: str) -> tuple[int, int]:
    for channel in stream.channels:
        described = channel.description
        if str(channel.rendition) == rendition and described.width and described.height:
            return described.width, described.height
    return _USUAL_SIZE


async def draw(forge: Forge, spec: SlateSpec) -> bytes:
    """A slate as a JPEG.

    Raises:
        OSError, EOFError, RuntimeError, MediaError: it could not be drawn, or not in time.
    """
    return await run_errand(forge, enter_slate, spec)
