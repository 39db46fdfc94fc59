"""The viewer's end of the JSON half of the wire: what a server tells it. Pure.

The messages are those of `control`.
"""

from collections.abc import Callable
from typing import Any

from streamer.control import (
    Catalog,
    Offer,
    RenditionChange,
    ServerMessage,
    Shift,
    SoundChange,
    read_error,
    read_hello,
    read_pong,
    read_state,
)
from streamer.fields import (
    field,
    flag,
    integer,
    number,
    objects,
    printable,
    read_object,
    sentence,
    tag,
)

# An announcement may be padded, to see how much the link carries.
MAX_BYTES = 128 * 1024


def parse_server(text: str) -> ServerMessage:
    """The message that a server sent to a viewer.

    Raises:
        BadMessage: not a JSON object, an unknown type, or a field that does not fit.
    """
    body = read_object(text, MAX_BYTES)
    return _PARSERS[tag(body, _PARSERS)](body)


def _catalog(body: dict[str, Any]) -> Catalog:
    sound: Any = field(body, "sound", (list, tuple), ())
    return Catalog(
        tuple(Offer(**_offer(each)) for each in objects(body, "renditions")),
        tuple(printable(each) for each in sound if isinstance(each, str)),
    )


def _sound(body: dict[str, Any]) -> SoundChange:
    form = integer(body, "rate", 0), integer(body, "channels", 0)
    return SoundChange(_text(body, "codec"), *form, sentence(body, "reason") or "")


def _rendition(body: dict[str, Any]) -> RenditionChange:
    return RenditionChange(**_offer(body), reason=sentence(body, "reason") or "")


def _shift(body: dict[str, Any]) -> Shift:
    captured_us, pts_us = (
        None if body.get(name) is None else integer(body, name, 0)
        for name in ("captured_us", "pts_us")
    )
    return Shift(captured_us, pts_us, flag(body, "whole", default=True))


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


_PARSERS: dict[str, Callable[[dict[str, Any]], ServerMessage]] = {
    "hello": read_hello,
    "catalog": _catalog,
    "state": read_state,
    "rendition": _rendition,
    "sound": _sound,
    "pong": read_pong,
    "shift": _shift,
    "error": read_error,
}
