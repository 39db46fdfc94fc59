"""The JSON half of the wire for publishing: what publisher and server say to each other. Pure.

`hello`, `state`, `ping`, `pong`, `keyframe` and `error` are those of `control`, with the roles of
`keyframe` turned round: here the server asks. The publisher's media are `Kind.PACKET` messages,
and `Kind.AUDIO_PACKET` for sound.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, ClassVar

from streamer.control import (
    ErrorNotice,
    Hello,
    Keyframe,
    Ping,
    Pong,
    StateChange,
    read_error,
    read_hello,
    read_pong,
    read_state,
)
from streamer.errors import BadMessage, UnsupportedMedia
from streamer.fields import field, integer, number, optional_text, read_object, sequence, tag

SOUND_CODECS = ("opus", "mp4a")
CODECS = ("avc1", "avc3", "hvc1", "hev1", "vp8", "vp09", "av01", "jpeg")
MAX_MESSAGE_BYTES = 8 * 1024 * 1024
CONTAINERS = ("webm",)
MAX_SIDE = 16_384
MAX_CHANNELS = 8
_CODEC_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class PublishedSound:
    """What the packets of sound are: codec as WebCodecs names it, samples per second, channels.

    `description` is the decoder's configuration in base64, which AAC needs: its
    AudioSpecificConfig. Opus may have its identification header (RFC 7845) there.
    """

    codec: str
    rate: int
    channels: int
    description: str | None = None

    @property
    def entry(self) -> str:
        """The codec's sample entry."""
        return self.codec.partition(".")[0]

    @property
    def extradata(self) -> bytes | None:
        """The decoder's configuration, as bytes."""
        return _decoded(self.description)


@dataclass(frozen=True, slots=True)
class Publish:
    """What the next packets are; `codec` as WebCodecs names it, or jpeg.

    `description` is the decoder's configuration record (avcC, hvcC, av1C ...) in base64: packets
    are then in its format. Without it H.264 and HEVC are Annex B. Zero means not known. `sound`
    says what the packets of sound are, if there are any.
    """

    type: ClassVar[str] = "publish"
    codec: str
    description: str | None = None
    width: int = 0
    height: int = 0
    fps: float = 0.0
    sound: PublishedSound | None = None

    @property
    def entry(self) -> str:
        """The codec without profile and level: its RFC 6381 sample entry, vp8 or jpeg."""
        return self.codec.partition(".")[0]

    @property
    def extradata(self) -> bytes | None:
        """The decoder's configuration record, as bytes."""
        return _decoded(self.description)


@dataclass(frozen=True, slots=True)
class Audience:
    """How many viewers the stream has now."""

    type: ClassVar[str] = "audience"
    viewers: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """The sequence of the last packet that was handed to the worker."""

    type: ClassVar[str] = "ack"
    received: int


PublisherMessage = Publish | Ping
ServerMessage = Hello | StateChange | Pong | Keyframe | Audience | Receipt | ErrorNotice
_PUBLISHER = (Publish.type, Ping.type)
_SERVER = tuple(
    each.type for each in (Hello, StateChange, Pong, Keyframe, Audience, Receipt, ErrorNotice)
)


def parse_publisher(text: str) -> PublisherMessage:
    """The message that a publisher sent.

    Raises:
        BadMessage: not a JSON object, an unknown type, or a field that does not fit.
        UnsupportedMedia: a codec that is not taken.
    """
    body = read_object(text)
    if tag(body, _PUBLISHER) == Publish.type:
        return _publish(body)
    return Ping(integer(body, "id", 0), integer(body, "client_us", 0))


def parse_server(text: str) -> ServerMessage:
    """The message that a server sent to a publisher.

    Raises:
        BadMessage: not a JSON object, an unknown type, or a field that does not fit.
    """
    body = read_object(text)
    match tag(body, _SERVER):
        case "hello":
            return read_hello(body)
        case "state":
            return read_state(body)
        case "pong":
            return read_pong(body)
        case "audience":
            return Audience(integer(body, "viewers", 0))
        case "ack":
            return Receipt(sequence(body, "received") or 0)
        case "error":
            return read_error(body)
        case _:
            return Keyframe()


def check_meta(meta: bytes | memoryview) -> None:
    """Look whether the metadata of a picture can be read by every JSON parser.

    Raises:
        BadMessage: it cannot.
    """
    try:
        json.loads(bytes(meta).decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as exc:
        raise BadMessage("The metadata of a picture is not JSON.") from exc


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _publish(body: dict[str, Any]) -> Publish:
    message = Publish(
        codec=field(body, "codec", str, ""),
        description=_description(body),
        width=_side(body, "width"),
        height=_side(body, "height"),
        fps=number(body, "fps", 0.0),
        sound=_sound(body),
    )
    if message.entry not in CODECS or len(message.codec) > _CODEC_CHARACTERS:
        raise UnsupportedMedia(
            f"The codec {message.codec!r:.40} is not taken; send one of {', '.join(CODECS)}."
        )
    return message


def _sound(body: dict[str, Any]) -> PublishedSound | None:
    said: Any = field(body, "sound", (dict, type(None)), None)
    if said is None:
        return None
    within = {**said, "type": body["type"]}
    sound = PublishedSound(
        codec=field(within, "codec", str, ""),
        rate=integer(within, "rate", 48_000),
        channels=integer(within, "channels", 1),
        description=_description(within),
    )
    if sound.entry not in SOUND_CODECS or len(sound.codec) > _CODEC_CHARACTERS:
        raise UnsupportedMedia(
            f"Sound in {sound.codec!r:.40} is not taken; send one of {', '.join(SOUND_CODECS)}."
        )
    if not (8_000 <= sound.rate <= 192_000 and 1 <= sound.channels <= MAX_CHANNELS):
        raise BadMessage(
            "Sound of 'publish' has 8000 to 192000 samples per second and 1 to 8 channels."
        )
    return sound


def _decoded(description: str | None) -> bytes | None:
    return None if description is None else base64.b64decode(description)


def _description(body: dict[str, Any]) -> str | None:
    text = optional_text(body, "description")
    try:
        if text is not None:
            base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise BadMessage("Field 'description' of 'publish' is not base64.") from exc
    return text or None


def _side(body: dict[str, Any], name: str) -> int:
    side = integer(body, name, 0)
    if side > MAX_SIDE:
        raise BadMessage(f"Field '{name}' of 'publish' is {side}; it goes up to {MAX_SIDE}.")
    return side
