"""Metadata of a picture as JSON, from whatever can be written so. Pure."""

import json
from typing import Any, Protocol, runtime_checkable

from streamer.wire import MAX_META_BYTES


@runtime_checkable
class _Listable(Protocol):
    def tolist(self) -> Any:
        """The same in Python's own types."""
        ...


def pack_metadata(metadata: object) -> bytes | None:
    """The JSON of `metadata`; None if that is None. Numbers and arrays of numpy become plain.

    Raises:
        TypeError: it holds something that JSON has no word for.
        ValueError: it is too large, holds NaN or infinity, or itself.
    """
    if metadata is None:
        return None
    try:
        text = json.dumps(
            metadata,
            separators=(",", ":"),
            default=_plain,
            allow_nan=False,
            ensure_ascii=False,
        )
        packed = text.encode()
    except TypeError as exc:
        raise TypeError(f"meta cannot be written as JSON: {exc}.") from exc
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"meta cannot be written as JSON: {exc}.") from exc
    if len(packed) > MAX_META_BYTES:
        raise ValueError(
            f"meta is {len(packed)} bytes of JSON; a picture takes {MAX_META_BYTES} at most."
        )
    return packed


def _plain(value: object) -> Any:
    if isinstance(value, _Listable):
        return value.tolist()
    raise TypeError(f"there is a {type(value).__name__} in it")
