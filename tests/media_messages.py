"""Wire messages, and the ends that take them, for the tests of the hub and the server."""

import json
from collections.abc import Callable
from typing import Any

from streamer.control import Catalog
from streamer.errors import PeerError
from streamer.hub.delivery.message import Message
from streamer.hub.state import State
from streamer.sound import Form
from streamer.wire import Flags, Header, Kind, pack, unpack


def init(payload: bytes = b"init", index: int = 0) -> bytearray:
    return _message(Kind.INIT, Flags.NONE, payload, index)


def fragment(
    payload: bytes, index: int = 0, *, key: bool = False, pts_us: int = 0, captured_us: int = 0
) -> bytearray:
    flags = Flags.KEYFRAME if key else Flags.NONE
    header = Header(Kind.FRAGMENT, flags, index, 0, pts_us, captured_us)
    return bytearray(pack(header, payload))


def sound(payload: bytes, form: Form = Form.COPY, pts_us: int = 0) -> bytearray:
    header = Header(Kind.AUDIO_FRAGMENT, Flags.KEYFRAME, form.number, 0, pts_us, 0)
    return bytearray(pack(header, payload))


def sound_init(payload: bytes, form: Form = Form.COPY) -> bytearray:
    return bytearray(pack(Header(Kind.AUDIO_INIT, Flags.NONE, form.number, 0, 0, 0), payload))


def jpeg(payload: bytes, index: int = 0) -> bytearray:
    return _message(Kind.JPEG, Flags.KEYFRAME, payload, index)


def _message(kind: Kind, flags: Flags, payload: bytes, index: int) -> bytearray:
    return bytearray(pack(Header(kind, flags, index, 0, 0, 0), payload))


class Ear:
    """A sink that keeps what it is given: control messages as objects, media as payloads."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.messages: list[Message] = []

    def tell(self, text: str) -> None:
        self.told.append(json.loads(text))

    def offer(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def heard(self) -> list[bytes]:
        return [bytes(unpack(each.data)[1]) for each in self.messages]

    @property
    def headers(self) -> list[Header]:
        return [unpack(each.data)[0] for each in self.messages]


class Eye:
    """A watcher that keeps what it is told, and does `reaction` each time."""

    def __init__(self, reaction: Callable[[], None] = lambda: None) -> None:
        self.states: list[State] = []
        self.catalogs: list[Catalog] = []
        self.failures: list[PeerError] = []
        self._reaction = reaction

    def state_changed(self, state: State) -> None:
        self.states.append(state)
        self._reaction()

    def catalog_changed(self, catalog: Catalog) -> None:
        self.catalogs.append(catalog)
        self._reaction()

    def fail(self, exc: PeerError) -> None:
        self.failures.append(exc)
        self._reaction()
