"""The last seconds of a stream as one MP4 file, its sound included."""

import logging
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import anyio
import anyio.lowlevel
import anyio.to_thread
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from streamer.errors import SourceLost, TooManyViewers
from streamer.hub.delivery.channel import Channel
from streamer.hub.delivery.message import Message
from streamer.hub.hub import Hub
from streamer.hub.past.cut import Cut, cut
from streamer.hub.past.past import largest
from streamer.hub.stream import Stream
from streamer.media.boxer.film import Film, Track, lay_out
from streamer.media.boxer.fragment import OVERHEAD, facts_of
from streamer.rendition import Format
from streamer.server.allowance import SEND_WITHIN_S
from streamer.server.capture.mp4 import payload, picture
from streamer.server.capture.past import find, kept

log = logging.getLogger(__name__)

CLIP_S = 10.0
MAX_CLIPS = 8
# Whoever takes less than this holds a place that others wait for.
SLOWEST_BYTES_PER_S = 32 * 1024
_PIECE = 1 << 17
_AT_A_TIME = 500  # messages that are looked at before others have their turn


def allowed_s(size: int) -> float:
    """How long a client may take for a clip of so many bytes."""
    return SEND_WITHIN_S + size / SLOWEST_BYTES_PER_S


class _Reel(NamedTuple):
    """The messages of one track."""

    init: Message
    messages: Sequence[Message]


class _File(StreamingResponse):
    """One that a client must take in time, or it is not kept in memory for it."""

    def __init__(self, parts: AsyncGenerator[bytes, None], headers: dict[str, str]) -> None:
        super().__init__(parts, 200, headers, "video/mp4")
        self._parts = parts
        self._within_s = allowed_s(int(headers["content-length"]))

    async def stream_response(self, send: Send) -> None:
        """Send all, or what the client takes in time."""
        head = {"type": "http.response.start", "status": self.status_code}
        await send({**head, "headers": self.raw_headers})
        try:
            with anyio.fail_after(self._within_s):
                async with aclosing(self._parts) as parts:
                    await self._send_all(parts, send)
        except TimeoutError:
            log.info("event=clip-ended reason='The client takes it too slowly.'")
        else:
            await send({"type": "http.response.body", "body": b""})

    async def _send_all(self, parts: AsyncGenerator[bytes, None], send: Send) -> None:
        async for body in parts:
            with anyio.fail_after(SEND_WITHIN_S):
                await send({"type": "http.response.body", "body": body, "more_body": True})


class Clips:
    """Serves clips; not too many at a time."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._count = 0

    async def clip(self, stream: Stream, name: str, seconds: float, ago_s: float) -> Response:
        """The `seconds` up to `ago_s` seconds ago as MP4, from the keyframe before them on.

        Raises:
            BadMessage: so much is not kept.
            SourceLost: nothing is kept, or nothing that makes this clip.
            TooManyViewers: enough clips are being sent.
        """
        if self._count >= MAX_CLIPS:
            raise TooManyViewers(f"{self._count} clips are being sent, all at a time; try again.")
        channels = _clippable(stream, name)
        end_us = self._hub.clock.wall_us() - round(ago_s * 1e6)
        channel, last = largest(find(stream, channels, end_us))
        part = cut(channel, last, end_us - round(seconds * 1e6))
        with self._counted():
            reels, film = await _lay_out(stream, part)
        taken = datetime.fromtimestamp(part.messages[0].captured_us / 1e6, UTC)
        file = f"{stream.name}-{taken:%Y-%m-%d-%H-%M-%S}.mp4"
        headers = {
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="{file}"',
            "content-length": str(len(film.head) + film.size),
        }
        return _File(self._send(reels, film), headers)

    async def _send(self, reels: Sequence[_Reel], film: Film) -> AsyncGenerator[bytes, None]:
        with self._counted():
            piece = bytearray(film.head)
            for number, index in film.order:
                piece += picture(reels[number].messages[index])[OVERHEAD:]
                if len(piece) >= _PIECE:
                    yield bytes(piece)
                    piece.clear()
            yield bytes(piece)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1


async def _lay_out(stream: Stream, part: Cut) -> tuple[list[_Reel], Film]:
    """The pictures and the sound that was heard with them, and the file that they make."""
    reels = [_Reel(part.init, part.messages)]
    pictures = await _track(reels[0])
    track = stream.sound.past.along(part.messages[0], part.messages[-1])
    if track is not None:
        shown_us = [each.time_us + each.offset_us for each in pictures.samples]
        end_us = max(shown_us) + pictures.samples[-1].duration_us
        if heard := track.between(min(shown_us), end_us):
            reels.append(_Reel(track.init, heard))
    tracks = [pictures, *[await _track(each) for each in reels[1:]]]
    return reels, await anyio.to_thread.run_sync(lay_out, tracks)


async def _track(reel: _Reel) -> Track:
    samples = []
    for number, message in enumerate(reel.messages):
        samples.append(facts_of(picture(message)))
        if number % _AT_A_TIME == 0:
            await anyio.lowlevel.checkpoint()
    return Track(payload(reel.init), samples)


def _clippable(stream: Stream, name: str) -> list[Channel]:
    """The channels that a clip of this rendition may be of; none where nothing is kept at all."""
    there = list(kept(stream))
    wanted = [each for each in there if name in ("auto", str(each.rendition))]
    found = [each for each in wanted if each.rendition.format is not Format.JPEG]
    if wanted and not found:
        raise SourceLost(
            f"Of '{stream.name}' only JPEG pictures are kept{_as(name)}, which make no MP4 clip; "
            "ask for ?rendition=h264 while somebody watches it as h264, or for pictures with "
            "snapshot.jpg?ago=3."
        )
    if there and not wanted:
        names = ", ".join(sorted(str(each.rendition) for each in there))
        raise SourceLost(
            f"Nothing of '{stream.name}' is kept{_as(name)}, but of {names}; that begins when "
            "somebody watches it so."
        )
    return found


def _as(name: str) -> str:
    return "" if name == "auto" else f" as {name:.40}"
