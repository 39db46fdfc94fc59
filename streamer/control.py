"""The JSON half of the wire: control messages between viewer and server. Pure.

Each message is a frozen dataclass whose `type` is its tag on the wire. `parse_client` validates
once, here, and `viewing.parse_server` at the other end; inside, types are trusted. Unknown fields
are ignored, unknown types are an error. What a publisher says and is told is in `publishing`.
`docs/protocol.md` is the reference, `tests/vectors/control.json` the vectors.
"""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol

from streamer.errors import BadMessage
from streamer.fields import (
    LARGEST,
    field,
    flag,
    integer,
    names,
    printable,
    read_object,
    sentence,
    sequence,
    tag,
)

DEFAULT_MAX_LATENCY_MS = 500
MAX_FRAMES = 1000
CODECS = ("avc1", "hvc1", "vp09", "av01", "jpeg")


@dataclass(frozen=True, slots=True)
class Play:
    """What a viewer wants, and what it can decode (`codecs`: RFC 6381 sample entries, or jpeg).

    Without `adapt` it stays on its rendition, however much of it must be dropped.
    """

    type: ClassVar[str] = "play"
    renditions: tuple[str, ...] = ("auto",)
    codecs: tuple[str, ...] = ("jpeg",)
    width: int = 0
    height: int = 0
    max_latency_ms: int = DEFAULT_MAX_LATENCY_MS
    adapt: bool = True


@dataclass(frozen=True, slots=True)
class Ack:
    """How far a viewer is: sequence numbers (None: none yet), decoder queue, staleness in ms.

    `rendition` is the index that the numbers belong to.
    """

    type: ClassVar[str] = "ack"
    rendition: int | None = None
    received: int | None = None
    decoded: int | None = None
    painted: int | None = None
    queue: int = 0
    staleness_ms: float | None = None

    @property
    def done(self) -> int | None:
        """The last that needs nothing more; None where it answers an announcement."""
        return self.received if self.decoded is None else self.decoded


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a `Pong`; `client_us` comes back untouched."""

    type: ClassVar[str] = "ping"
    id: int = 0
    client_us: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """Send no media until `Resume`; `keep` the past meanwhile, to seek in it."""

    type: ClassVar[str] = "pause"
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Resume:
    """Send media again: from the newest picture or, in the past, from where it stands."""

    type: ClassVar[str] = "resume"


@dataclass(frozen=True, slots=True)
class Quality:
    """Another choice of renditions; `reason` is a sentence for the log."""

    type: ClassVar[str] = "quality"
    renditions: tuple[str, ...] = ("auto",)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """The decoder lost its way and asks for a keyframe."""

    type: ClassVar[str] = "keyframe"


@dataclass(frozen=True, slots=True)
class Sound:
    """Send sound, or send it no longer; `codecs` are the sample entries that can be decoded."""

    type: ClassVar[str] = "sound"
    on: bool = True
    codecs: tuple[str, ...] = ("opus",)


@dataclass(frozen=True, slots=True)
class Seek:
    """Go on with the past: with the picture of a time on the server's clock, or so long ago.

    More exactly, with the one that is shown `frames` after it. `paused`: send that one, and what
    it needs, and no more. `whole`: from its keyframe on, whatever was sent before.
    """

    type: ClassVar[str] = "seek"
    captured_us: int | None = None
    behind_ms: int = 0
    frames: int = 0
    paused: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Live:
    """Return from the past."""

    type: ClassVar[str] = "live"


ClientMessage = Play | Ack | Ping | Pause | Resume | Quality | Keyframe | Sound | Seek | Live
# What a viewer that keeps up says, as our player writes it: nearly all that is ever said.
_USUAL_ACK = re.compile(
    r'\{"type":"ack","rendition":(\d{1,3}),"received":(\d{1,9}),"decoded":(\d{1,9}),'
    r'"painted":(\d{1,9}),"queue":(\d{1,4}),"staleness_ms":(-?\d{1,9}(?:\.\d{1,9})?)\}',
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Hello:
    """The server's first message; `server_us` is its wall clock."""

    type: ClassVar[str] = "hello"
    stream: str
    server_us: int
    version: int = 1


@dataclass(frozen=True, slots=True)
class Offer:
    """One entry of the catalog; zero and empty mean not known yet."""

    index: int
    id: str
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0


@dataclass(frozen=True, slots=True)
class Catalog:
    """The renditions that a stream offers, and the sample entries of its sound."""

    type: ClassVar[str] = "catalog"
    renditions: tuple[Offer, ...] = ()
    sound: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StateChange:
    """Where a stream is: phase, reason as a sentence, milliseconds to the next try.

    `frozen_ms` is for how long a live picture has not changed, where that is worth telling.
    """

    type: ClassVar[str] = "state"
    phase: str
    reason: str | None = None
    retry_in_ms: int | None = None
    frozen_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RenditionChange:
    """What the next media messages are, and why."""

    type: ClassVar[str] = "rendition"
    index: int
    id: str
    codec: str
    width: int
    height: int
    fps: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SoundChange:
    """What the next messages of sound are; without a codec none come, and `reason` says why."""

    type: ClassVar[str] = "sound"
    codec: str = ""
    rate: int = 0
    channels: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to `Ping`, with the server's wall clock; a viewer can seek back `history_ms`."""

    type: ClassVar[str] = "pong"
    id: int
    client_us: int
    server_us: int
    history_ms: int = 0


@dataclass(frozen=True, slots=True)
class Shift:
    """What follows begins with this picture of the past, or is live (None).

    With `whole` it comes from its keyframe on; else it goes on from what was sent last.
    """

    type: ClassVar[str] = "shift"
    captured_us: int | None = None
    pts_us: int | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class ErrorNotice:
    """Why the server is about to close; `code` is the close code."""

    type: ClassVar[str] = "error"
    code: int
    message: str


ServerMessage = (
    Hello | Catalog | StateChange | RenditionChange | SoundChange | Pong | Shift | ErrorNotice
)


class ControlMessage(Protocol):
    """A control message: a dataclass with a type."""

    type: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


def dump(message: ControlMessage) -> str:
    """One control message as JSON text."""
    return json.dumps({"type": message.type, **asdict(message)}, separators=(",", ":"))


def parse_client(text: str) -> ClientMessage:
    """The message that a viewer sent.

    Raises:
        BadMessage: not a JSON object, an unknown type, or a field that does not fit.
    """
    usual = _USUAL_ACK.fullmatch(text)
    if usual is not None:
        rendition, received, decoded, painted, queue = map(int, usual.groups()[:-1])
        return Ack(rendition, received, decoded, painted, queue, float(usual[6]))
    body = read_object(text)
    return _PARSERS[tag(body, _PARSERS)](body)


def _play(body: dict[str, Any]) -> Play:
    latency = integer(body, "max_latency_ms", DEFAULT_MAX_LATENCY_MS)
    if not 100 <= latency <= 10_000:
        raise BadMessage(f"'max_latency_ms' is {latency}; it goes from 100 to 10000.")
    return Play(
        renditions=names(body, "renditions", ("auto",)),
        codecs=names(body, "codecs", ("jpeg",)),
        width=integer(body, "width", 0),
        height=integer(body, "height", 0),
        max_latency_ms=latency,
        adapt=flag(body, "adapt", default=True),
    )


def _seek(body: dict[str, Any]) -> Seek:
    captured_us = body.get("captured_us")
    frames: int = field(body, "frames", int, 0)
    if not -MAX_FRAMES <= frames <= MAX_FRAMES:
        raise BadMessage(f"'frames' is {frames}; it goes from -{MAX_FRAMES} to {MAX_FRAMES}.")
    return Seek(
        captured_us=None if captured_us is None else integer(body, "captured_us", 0),
        behind_ms=integer(body, "behind_ms", 0),
        frames=frames,
        paused=flag(body, "paused", default=False),
        whole=flag(body, "whole", default=False),
    )


def _ack(body: dict[str, Any]) -> Ack:
    staleness: Any = field(body, "staleness_ms", (int, float, type(None)), None)
    if staleness is not None and not -LARGEST < staleness < LARGEST:
        raise BadMessage("Field 'staleness_ms' of 'ack' is out of range.")
    return Ack(
        rendition=sequence(body, "rendition"),
        received=sequence(body, "received"),
        decoded=sequence(body, "decoded"),
        painted=sequence(body, "painted"),
        queue=integer(body, "queue", 0),
        staleness_ms=None if staleness is None else float(staleness),
    )


def _ping(body: dict[str, Any]) -> Ping:
    return Ping(integer(body, "id", 0), integer(body, "client_us", 0))


def _quality(body: dict[str, Any]) -> Quality:
    reason = field(body, "reason", str, "")
    return Quality(names(body, "renditions", ("auto",)), printable(reason[:200]))


def _sound(body: dict[str, Any]) -> Sound:
    return Sound(flag(body, "on", default=True), names(body, "codecs", ("opus",)))


_PARSERS: dict[str, Callable[[dict[str, Any]], ClientMessage]] = {
    "play": _play,
    "ack": _ack,
    "ping": _ping,
    "pause": lambda body: Pause(flag(body, "keep", default=False)),
    "resume": lambda _: Resume(),
    "quality": _quality,
    "keyframe": lambda _: Keyframe(),
    "sound": _sound,
    "seek": _seek,
    "live": lambda _: Live(),
}


def read_hello(body: dict[str, Any]) -> Hello:
    """A `hello` from its fields."""
    stream = printable(field(body, "stream", str, ""))
    return Hello(stream, integer(body, "server_us", 0), integer(body, "version", 1))


def read_pong(body: dict[str, Any]) -> Pong:
    """A `pong` from its fields."""
    times = integer(body, "client_us", 0), integer(body, "server_us", 0)
    return Pong(integer(body, "id", 0), *times, integer(body, "history_ms", 0))


def read_state(body: dict[str, Any]) -> StateChange:
    """A `state` from its fields."""
    times = (
        None if body.get(name) is None else integer(body, name, 0)
        for name in ("retry_in_ms", "frozen_ms")
    )
    return StateChange(printable(field(body, "phase", str, "")), sentence(body, "reason"), *times)


def read_error(body: dict[str, Any]) -> ErrorNotice:
    """An `error` from its fields."""
    return ErrorNotice(integer(body, "code", 0), sentence(body, "message") or "")
