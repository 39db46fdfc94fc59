"""Reading the fields of a JSON control message; what does not fit is a `BadMessage`. Pure."""

import json
import re
from collections.abc import Container
from typing import Any, TypeVar

from streamer.errors import BadMessage

MAX_CONTROL_BYTES = 16 * 1024
_MAX_OBJECTS = 256
LARGEST = 2**53  # JavaScript's whole numbers; NaN is not below it either

# C0, DEL and C1, by which a terminal is steered; what ends a line or a word becomes a space.
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), "�")
_CONTROLS |= dict.fromkeys(b"\t\n\r", " ")

T = TypeVar("T")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")


def read_object(text: str, max_bytes: int = MAX_CONTROL_BYTES) -> dict[str, Any]:
    """The JSON object that a control message is."""
    if len(text) > max_bytes:
        raise BadMessage(f"A control message of {len(text)} characters is too long.")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise BadMessage("A control message is not JSON.") from exc
    if not isinstance(body, dict):
        raise BadMessage("A control message is not a JSON object.")
    return body


def tag(body: dict[str, Any], known: Container[str]) -> str:
    """The type of a message, one of those that are known."""
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in known:
        raise BadMessage(f"Unknown control message type {kind!r:.40}.")
    return kind


def field(body: dict[str, Any], name: str, kind: Any, default: T) -> T:
    """A field of one of the kinds, or its default; a boolean is no number."""
    value = body.get(name, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadMessage(f"Field '{name}' of '{body['type']}' has the wrong type.")
    return value  # type: ignore[no-any-return]  # isinstance above is the check


def flag(body: dict[str, Any], name: str, *, default: bool) -> bool:
    """A field that is true or false."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise BadMessage(f"Field '{name}' of '{body['type']}' is neither true nor false.")
    return value


def number(body: dict[str, Any], name: str, default: float) -> float:
    """A number that is not negative."""
    value: float = field(body, name, (int, float), default)
    if not 0 <= value < LARGEST:
        raise BadMessage(f"Field '{name}' of '{body['type']}' is out of range.")
    return value


def integer(body: dict[str, Any], name: str, default: int) -> int:
    """A number that is not negative, without its fraction."""
    return int(number(body, name, default))


def sequence(body: dict[str, Any], name: str) -> int | None:
    """A sequence number; None where there is none yet."""
    if body.get(name) is None:
        return None
    return integer(body, name, 0) & 0xFFFFFFFF


def printable(text: str) -> str:
    """Without lone surrogates, which no log or peer can be given, and what steers a terminal."""
    return text.encode("utf-8", "replace").decode().translate(_CONTROLS)


def optional_text(body: dict[str, Any], name: str) -> str | None:
    """A text; None where there is none."""
    text: Any = field(body, name, (str, type(None)), None)
    return text if isinstance(text, str) else None


def sentence(body: dict[str, Any], name: str) -> str | None:
    """A text that is fit to be shown; None where there is none."""
    text = optional_text(body, name)
    return None if text is None else printable(text)


def objects(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of up to 256 objects, whose fields belong to the message."""
    values: Any = field(body, name, (list, tuple), ())
    if len(values) > _MAX_OBJECTS or not all(isinstance(each, dict) for each in values):
        raise BadMessage(f"Field '{name}' of '{body['type']}' is not a list of objects.")
    return [{**each, "type": body["type"]} for each in values]


def names(body: dict[str, Any], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """A list of 1 to 16 names."""
    values: Any = body.get(name, default)
    if not isinstance(values, (list, tuple)) or not 1 <= len(values) <= 16:
        raise BadMessage(f"Field '{name}' of '{body['type']}' is not a list of 1 to 16 names.")
    found = tuple(value for value in values if isinstance(value, str) and _NAME.match(value))
    if len(found) != len(values):
        raise BadMessage(f"Field '{name}' of '{body['type']}' holds something that is no name.")
    return found
