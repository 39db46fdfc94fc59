"""The JSON half of the wire: control messages between viewer and server. Pure.

Each message is a frozen dataclass whose `type` is its tag on the wire. `parse_client` and
`parse_server` validate once, here; inside, types are trusted. Unknown fields are ignored, unknown
types are an error. `docs/protocol.md` is the reference, `tests/vectors/control.json` the vectors.
"""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeVar

from streamer.errors import BadMessage

MAX_CONTROL_BYTES = 16 * 1024
DEFAULT_MAX_LATENCY_MS = 500
CODECS = ("avc1", "hvc1", "vp09", "av01", "jpeg")

T = TypeVar("T")
_LARGEST = 2**53  # JavaScript's whole numbers; NaN is not below it either


@dataclass(frozen=True, slots=True)
class Play:
    """What a viewer wants, and what it can decode (`codecs`: RFC 6381 sample entries, or jpeg)."""

    type: ClassVar[str] = "play"
    renditions: tuple[str, ...] = ("auto",)
    codecs: tuple[str, ...] = ("jpeg",)
    width: int = 0
    height: int = 0
    max_latency_ms: int = DEFAULT_MAX_LATENCY_MS


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


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a `Pong`; `client_us` comes back untouched."""

    type: ClassVar[str] = "ping"
    id: int = 0
    client_us: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """Send no media until `Resume`."""

    type: ClassVar[str] = "pause"


@dataclass(frozen=True, slots=True)
class Resume:
    """Send media again, from the newest picture."""

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


ClientMessage = Play | Ack | Ping | Pause | Resume | Quality | Keyframe
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_CLIENT: dict[str, Any] = {
    message.type: message for message in (Play, Ack, Ping, Pause, Resume, Quality, Keyframe)
}


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
    """The renditions that a stream offers."""

    type: ClassVar[str] = "catalog"
    renditions: tuple[Offer, ...] = ()


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
class Pong:
    """The answer to `Ping`, with the server's wall clock."""

    type: ClassVar[str] = "pong"
    id: int
    client_us: int
    server_us: int


@dataclass(frozen=True, slots=True)
class ErrorNotice:
    """Why the server is about to close; `code` is the close code."""

    type: ClassVar[str] = "error"
    code: int
    message: str


ServerMessage = Hello | Catalog | StateChange | RenditionChange | Pong | ErrorNotice


def dump(message: ClientMessage | ServerMessage) -> str:
    """One control message as JSON text."""
    return json.dumps({"type": message.type, **asdict(message)}, separators=(",", ":"))


def parse_client(text: str) -> ClientMessage:
    """The message that a viewer sent.

    Raises:
        BadMessage: not a JSON object, an unknown type, or a field that does not fit.
    """
    body = _object(text)
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in _CLIENT:
        raise BadMessage(f"Unknown control message type {kind!r:.40}.")
    match kind:
        case "play":
            return _play(body)
        case "ack":
            return _ack(body)
        case "ping":
            return Ping(_integer(body, "id", 0), _integer(body, "client_us", 0))
        case "quality":
            reason = _field(body, "reason", str, "")
            return Quality(_names(body, "renditions", ("auto",)), _printable(reason[:200]))
        case _:
            message: ClientMessage = _CLIENT[kind]()
            return message


def _play(body: dict[str, Any]) -> Play:
    latency = _integer(body, "max_latency_ms", DEFAULT_MAX_LATENCY_MS)
    if not 100 <= latency <= 10_000:
        raise BadMessage(f"'max_latency_ms' is {latency}; it goes from 100 to 10000.")
    return Play(
        renditions=_names(body, "renditions", ("auto",)),
        codecs=_names(body, "codecs", ("jpeg",)),
        width=_integer(body, "width", 0),
        height=_integer(body, "height", 0),
        max_latency_ms=latency,
    )


def _ack(body: dict[str, Any]) -> Ack:
    staleness: Any = _field(body, "staleness_ms", (int, float, type(None)), None)
    if staleness is not None and not -_LARGEST < staleness < _LARGEST:
        raise BadMessage("Field 'staleness_ms' of 'ack' is out of range.")
    return Ack(
        rendition=_sequence(body, "rendition"),
        received=_sequence(body, "received"),
        decoded=_sequence(body, "decoded"),
        painted=_sequence(body, "painted"),
        queue=_integer(body, "queue", 0),
        staleness_ms=None if staleness is None else float(staleness),
    )


def _object(text: str) -> dict[str, Any]:
    if len(text) > MAX_CONTROL_BYTES:
        raise BadMessage(f"A control message of {len(text)} characters is too long.")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise BadMessage("A control message is not JSON.") from exc
    if not isinstance(body, dict):
        raise BadMessage("A control message is not a JSON object.")
    return body


def _field(body: dict[str, Any], name: str, kind: Any, default: T) -> T:
    value = body.get(name, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadMessage(f"Field '{name}' of '{body['type']}' has the wrong type.")
    return value  # type: ignore[no-any-return]  # isinstance above is the check


def _integer(body: dict[str, Any], name: str, default: int) -> int:
    value = _field(body, name, (int, float), default)
    if not 0 <= value < _LARGEST:
        raise BadMessage(f"Field '{name}' of '{body['type']}' is out of range.")
    return int(value)


def _sequence(body: dict[str, Any], name: str) -> int | None:
    if body.get(name) is None:
        return None
    return _integer(body, name, 0) & 0xFFFFFFFF


def _printable(text: str) -> str:
    """Without lone surrogates, which JSON may hold and no log or peer can be given."""
    return text.encode("utf-8", "replace").decode()


def _names(body: dict[str, Any], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    values: Any = body.get(name, default)
    if not isinstance(values, (list, tuple)) or not 1 <= len(values) <= 16:
        raise BadMessage(f"Field '{name}' of '{body['type']}' is not a list of 1 to 16 names.")
    names = tuple(value for value in values if isinstance(value, str) and _NAME.match(value))
    if len(names) != len(values):
        raise BadMessage(f"Field '{name}' of '{body['type']}' holds something that is no name.")
    return names
