"""Pictures of the past over plain HTTP, and which of what is kept is the best for one."""

import logging
from collections.abc import Iterator
from contextlib import aclosing

import anyio
from starlette.responses import Response

from streamer.control import Play
from streamer.errors import BadMessage, ConfigError, MediaError, SourceLost, TooManyViewers
from streamer.hub.delivery.channel import Channel
from streamer.hub.delivery.message import Message
from streamer.hub.hub import Hub
from streamer.hub.past.history import Spot
from streamer.hub.past.past import at, largest
from streamer.hub.stream import Stream
from streamer.hub.supply.entry import enter_still
from streamer.hub.supply.errand import FAILURES, run_errand
from streamer.rendition import Format, Rendition, parse
from streamer.server.capture.live import BOXED, first_of, media
from streamer.server.capture.mp4 import payload
from streamer.wire import RENDITION_AT

log = logging.getLogger(__name__)

MAX_STILLS = 2
MAX_WAITING = 16
MIME = {"JPEG": "image/jpeg", "PNG": "image/png"}
_ANY = (*BOXED, "jpeg")
_PATIENCE_MS = 10_000


class Past:
    """Serves pictures that are kept of streams; makes not too many at a time."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._stills = anyio.CapacityLimiter(MAX_STILLS)

    async def still(self, stream: Stream, name: str, kind: str, ago_s: float | None) -> Response:
        """The picture of `ago_s` seconds ago, None for the next, as `kind` ("JPEG", "PNG").

        Raises:
            BadMessage: so much is not kept, or that is no JPEG rendition.
            SourceLost: nothing is kept, or no picture can be had.
            TooManyViewers: enough pictures wait to be made.
        """
        rendition = _jpeg(name)
        if ago_s is None:
            messages = await self._next(stream)
        else:
            messages = self._kept(stream, rendition, ago_s)
        if kind == "JPEG" and _is(messages, rendition):
            data = payload(messages[-1])
        else:
            data = await self._make(messages, rendition, kind)
        headers = {"cache-control": "no-store", "x-captured-us": str(messages[-1].captured_us)}
        return Response(data, 200, headers, MIME[kind])

    def _kept(self, stream: Stream, rendition: Rendition, ago_s: float) -> list[Message]:
        at_us = self._hub.clock.wall_us() - round(ago_s * 1e6)
        found = find(stream, list(kept(stream)), at_us)
        same = [each for each in found if each[0].rendition == rendition]
        return _needed(largest(same or found)[1])

    async def _next(self, stream: Stream) -> list[Message]:
        play = Play(codecs=_ANY, max_latency_ms=_PATIENCE_MS)
        async with aclosing(media(stream, self._hub, play)) as messages:
            found = [await first_of(messages, stream)]
            while not found[-1].is_picture:
                found.append(await first_of(messages, stream))
            # Whoever comes in mid-group is given that from its keyframe on; now is its end.
            history = stream.channels[found[-1].data[RENDITION_AT]].history
            if history.group is None:
                return found
            return _needed(Spot(history.group, history.group.messages[-1]))

    async def _make(self, messages: list[Message], rendition: Rendition, kind: str) -> bytes:
        if self._stills.statistics().tasks_waiting >= MAX_WAITING:
            raise TooManyViewers(f"{MAX_WAITING} pictures wait to be made already; try again.")
        # Taken one by one where they are sent: of what waits nothing is copied.
        parts = (payload(each) for each in messages)
        try:
            async with self._stills:
                return await run_errand(self._hub.forge, enter_still, rendition, kind, parts=parts)
        except (*FAILURES, MediaError) as exc:
            log.warning("event=no-still reason=%r", str(exc))
            raise SourceLost("This picture cannot be decoded.") from exc


def _jpeg(name: str) -> Rendition:
    try:
        rendition = parse(name)
    except ConfigError as exc:
        raise BadMessage(exc.sentence) from exc
    if rendition.format is not Format.JPEG:
        raise BadMessage(f"'{name}' is no picture; use jpeg or for example jpeg-480-q60.")
    return rendition


def kept(stream: Stream) -> Iterator[Channel]:
    """The channels of which anything is kept."""
    return (each for each in stream.channels if each.history.newest is not None)


def find(stream: Stream, channels: list[Channel], at_us: int) -> list[tuple[Channel, Spot]]:
    """The picture of that time in each of the channels that has it; there is one at least.

    Raises:
        BadMessage: that is too long ago.
        SourceLost: there are no channels, as nothing is kept.
    """
    if not channels:
        raise SourceLost(
            f"Nothing of '{stream.name}' is kept; that begins when somebody watches it, and with "
            "--always where its codec passes untouched."
        )
    found = at(channels, at_us)
    if not found:
        span_s = max(each.history.span_us for each in channels) / 1e6
        raise BadMessage(f"That is too long ago; the last {span_s:.0f} s are kept.")
    return found


def _needed(spot: Spot) -> list[Message]:
    """All that is needed to decode the last of it."""
    group, message = spot
    upto = group.messages[: message.number - group.number + 1]
    return upto if group.init is None else [group.init, *upto]


def _is(messages: list[Message], rendition: Rendition) -> bool:
    """Whether the picture is such a JPEG already."""
    return len(messages) == 1 and rendition == Rendition(Format.JPEG)
