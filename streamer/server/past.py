"""The past over plain HTTP: a picture of some seconds ago, and the last seconds as a file."""

import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import anyio
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from streamer.control import Play
from streamer.errors import BadMessage, ConfigError, MediaError, SourceLost, TooManyViewers
from streamer.hub.delivery.channel import Channel
from streamer.hub.delivery.message import Message
from streamer.hub.hub import Hub
from streamer.hub.past.errand import FAILURES, run_errand
from streamer.hub.past.history import Group, Spot
from streamer.hub.past.past import at
from streamer.hub.stream import Stream
from streamer.hub.supply.entry import enter_still
from streamer.media.boxer.fragment import decode_time_us, moved
from streamer.rendition import Format, Rendition, parse
from streamer.server.capture import BOXED, SEND_WITHIN_S, first_of, media, payload, picture
from streamer.wire import Flags

log = logging.getLogger(__name__)

CLIP_S = 10.0
MAX_CLIPS = 8
MAX_STILLS = 2
MAX_WAITING = 16
MIME = {"JPEG": "image/jpeg", "PNG": "image/png"}
_ANY = (*BOXED, "jpeg")
_PATIENCE_MS = 10_000
_LEFT_US = 3_000_000
_FLAGS_AT = 2
_RENDITION_AT = 3


class Part(NamedTuple):
    """What lies in one file: messages that go on from each other, with their init segment."""

    init: Message
    messages: list[Message]


class _File(StreamingResponse):
    """One that a client must take, or it is not kept in memory for it."""

    def __init__(self, parts: AsyncGenerator[bytes, None], headers: dict[str, str]) -> None:
        super().__init__(parts, 200, headers, "video/mp4")
        self._parts = parts

    async def stream_response(self, send: Send) -> None:
        """Send all, or what the client takes in time."""
        head = {"type": "http.response.start", "status": self.status_code}
        await send({**head, "headers": self.raw_headers})
        try:
            async with aclosing(self._parts) as parts:
                async for body in parts:
                    with anyio.fail_after(SEND_WITHIN_S):
                        await send({"type": "http.response.body", "body": body, "more_body": True})
        except TimeoutError:
            log.info("event=clip-ended reason='The client takes nothing.'")
        else:
            await send({"type": "http.response.body", "body": b""})


class Past:
    """Serves what is kept of streams; not too much at a time."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._clips = 0
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

    def clip(self, stream: Stream, name: str, seconds: float, ago_s: float) -> Response:
        """The `seconds` up to `ago_s` seconds ago as MP4, from the keyframe before them on.

        Raises:
            BadMessage: so much is not kept, or in no such rendition.
            SourceLost: nothing is kept.
            TooManyViewers: enough clips are being sent.
        """
        if self._clips >= MAX_CLIPS:
            raise TooManyViewers(f"{self._clips} clips are being sent, all at a time; try again.")
        kept = [each for each in _kept(stream) if _may_be_clip(each, name)]
        end_us = self._hub.clock.wall_us() - round(ago_s * 1e6)
        channel, last = _best(_find(stream, kept, end_us))
        part = _part(channel, last, end_us - round(seconds * 1e6))
        taken = datetime.fromtimestamp(part.messages[0].captured_us / 1e6, UTC)
        file = f"{stream.name}-{taken:%Y-%m-%d-%H-%M-%S}.mp4"
        size = sum(len(picture(each)) for each in (part.init, *part.messages))
        headers = {
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="{file}"',
            "content-length": str(size),
        }
        return _File(self._send(part), headers)

    async def _send(self, part: Part) -> AsyncGenerator[bytes, None]:
        with self._counted():
            yield payload(part.init)
            begin_us = decode_time_us(payload(part.messages[0]))
            for message in part.messages:
                yield moved(payload(message), -begin_us)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._clips += 1
        try:
            yield
        finally:
            self._clips -= 1

    def _kept(self, stream: Stream, rendition: Rendition, ago_s: float) -> list[Message]:
        at_us = self._hub.clock.wall_us() - round(ago_s * 1e6)
        found = _find(stream, list(_kept(stream)), at_us)
        same = [each for each in found if each[0].rendition == rendition]
        return _needed(_best(same or found)[1])

    async def _next(self, stream: Stream) -> list[Message]:
        play = Play(codecs=_ANY, max_latency_ms=_PATIENCE_MS)
        async with aclosing(media(stream, self._hub, play)) as messages:
            found = [await first_of(messages, stream)]
            while not found[-1].is_picture:
                found.append(await first_of(messages, stream))
            # Whoever comes in mid-group is given that from its keyframe on; now is its end.
            history = stream.channels[found[-1].data[_RENDITION_AT]].history
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


def _kept(stream: Stream) -> Iterator[Channel]:
    return (each for each in stream.channels if each.history.newest is not None)


def _may_be_clip(channel: Channel, name: str) -> bool:
    if name == "auto":
        return channel.rendition.format is not Format.JPEG
    return str(channel.rendition) == name


def _find(stream: Stream, channels: list[Channel], at_us: int) -> list[tuple[Channel, Spot]]:
    """The picture of that time in each of the channels that has it; there is one at least."""
    if not channels:
        raise SourceLost(
            f"Nothing of '{stream.name}' is kept; that begins when somebody watches it, or with "
            "--always."
        )
    found = at(channels, at_us)
    if not found:
        span_s = max(each.history.span_us for each in channels) / 1e6
        raise BadMessage(f"That is too long ago; the last {span_s:.0f} s are kept.")
    return found


def _best(found: list[tuple[Channel, Spot]]) -> tuple[Channel, Spot]:
    """The one with the largest pictures; of several the first, which is the source's own."""
    return max(found, key=lambda each: (each[0].description.height, -each[0].index))


def _needed(spot: Spot) -> list[Message]:
    """All that is needed to decode the last of it."""
    group, message = spot
    upto = group.messages[: message.number - group.number + 1]
    return upto if group.init is None else [group.init, *upto]


def _is(messages: list[Message], rendition: Rendition) -> bool:
    """Whether the picture is such a JPEG already."""
    return len(messages) == 1 and rendition == Rendition(Format.JPEG)


def _part(channel: Channel, last: Spot, start_us: int) -> Part:
    """The groups from `start_us` to `last` that go into one file."""
    groups: list[Group] = []
    for group in reversed(list(channel.history)):
        if group.number > last.group.number:
            continue
        if groups and not _goes_on(group, groups[0]):
            break
        groups.insert(0, group)
        if group.messages[0].captured_us <= start_us:
            break
    init = groups[0].init
    if init is None:
        raise BadMessage("JPEG pictures make no MP4; ask for another rendition.")
    upto = [each for group in groups for each in group.messages]
    return Part(init, [each for each in upto if each.number <= last.message.number])


def _goes_on(group: Group, following: Group) -> bool:
    """Whether one file holds both: the same init segment, and times that do not start over."""
    if group.init is None or following.init is None or _was_left(group, following):
        return False
    anew = following.messages[0].data[_FLAGS_AT] & Flags.DISCONTINUITY
    return not anew and payload(group.init) == payload(following.init)


def _was_left(group: Group, following: Group) -> bool:
    """Whether nobody watched for a while after the group, so that nothing of that is kept."""
    first, last = group.messages[0], group.messages[-1]
    usual_us = (last.published_us - first.published_us) / max(1, len(group.messages) - 1)
    away_us = following.messages[0].published_us - last.published_us
    return away_us > max(_LEFT_US, 4 * usual_us)
