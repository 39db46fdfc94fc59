"""Metadata becomes JSON, or a clear refusal."""

from typing import Any

import numpy as np
import pytest

from streamer.client.publish.metadata import pack_metadata
from streamer.wire import MAX_META_BYTES


def test_nothing_stays_nothing() -> None:
    assert pack_metadata(None) is None


def test_plain_things_and_numpy_s() -> None:
    boxes = [{"x": np.float32(0.5), "n": np.int64(3), "at": np.array([1, 2], np.uint8)}]
    assert pack_metadata({"boxes": boxes, "label": "Tür"}) == (
        '{"boxes":[{"x":0.5,"n":3,"at":[1,2]}],"label":"Tür"}'.encode()
    )
    assert pack_metadata([]) == b"[]"


def test_what_json_cannot_say() -> None:
    itself: list[Any] = []
    itself.append(itself)
    with pytest.raises(TypeError, match="there is a object in it"):
        pack_metadata({"a": object()})
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        pack_metadata({(1, 2): 3})
    for bad in (float("nan"), itself, "\ud800"):
        with pytest.raises(ValueError, match="cannot be written as JSON"):
            pack_metadata(bad)


def test_it_is_bounded() -> None:
    assert len(pack_metadata("x" * (MAX_META_BYTES - 2)) or b"") == MAX_META_BYTES
    with pytest.raises(ValueError, match="65537 bytes of JSON; a picture takes 65536 at most"):
        pack_metadata("x" * (MAX_META_BYTES - 1))
