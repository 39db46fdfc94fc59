"""The viewer's end of the JSON half of the wire: what a server tells it. Pure.

The messages are those of `control`.
"""

from typing import Any

from streamer.control import (
    Catalog,
    ErrorNotice,
    Hello,
    Offer,
    Pong,
    RenditionChange,
    ServerMessage,
    SoundChange,
    StateChange,
    read_error,
    read_hello,
    read_pong,
    read_state,
)
from streamer.fields import field, integer, number, objects, printable, read_object, sentence, tag

# An announcement may be padded, to see how much the link carries.
MAX_BYTES = 128 * 1024
_TYPES = tuple(
    each.type
    for each in (Hello, Catalog, StateChange, RenditionChange, SoundChange, Pong, ErrorNotice)
)


def parse_server(text: str) -> ServerMessage:
    """The message that a server sent to a viewer.

    Raises:
        BadMessage: not a JSON object, an unknown type, or a field that does not fit.
    """
    body = read_object(text, MAX_BYTES)
    match tag(body, _TYPES):
        case "hello":
            return read_hello(body)
        case "catalog":
            return _catalog(body)
        case "state":
            return read_state(body)
        case "rendition":
            return RenditionChange(**_offer(body), reason=sentence(body, "reason") or "")
        case "sound":
            return _sound(body)
        case "pong":
            return read_pong(body)
        case _:
            return read_error(body)


def _catalog(body: dict[str, Any]) -> Catalog:
    sound: Any = field(body, "sound", (list, tuple), ())
    return Catalog(
        tuple(Offer(**_offer(each)) for each in objects(body, "renditions")),
        tuple(printable(each) for each in sound if isinstance(each, str)),
    )


def _sound(body: dict[str, Any]) -> SoundChange:
    form = integer(body, "rate", 0), integer(body, "channels", 0)
    return SoundChange(_text(body, "codec"), *form, sentence(body, "reason") or "")


def _offer(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "index": integer(body, "index", 0),
        "id": _text(body, "id"),
        "codec": _text(body, "codec"),
        "width": integer(body, "width", 0),
        "height": integer(body, "height", 0),
        "fps": number(body, "fps", 0.0),
    }


def _text(body: dict[str, Any], name: str) -> str:
    return printable(field(body, name, str, ""))
