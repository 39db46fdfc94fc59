"""What viewers are told, against the vectors that the JavaScript suite reads too."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from streamer import control, viewing
from streamer.errors import BadMessage

VECTORS = json.loads((Path(__file__).parent / "vectors" / "control.json").read_text())


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("vector", VECTORS["server"], ids=lambda v: v["fields"]["type"])
def test_server_messages_parse_to_their_fields(vector: dict[str, Any]) -> None:
    message = viewing.parse_server(vector["text"])
    assert _plain({"type": message.type, **asdict(message)}) == vector["fields"]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"type":"audience","viewers":1}',
        '{"type":"state","phase":1}',
        '{"type":"catalog","renditions":[1]}',
        '{"type":"catalog","renditions":' + str([{}] * 257).replace("'", '"') + "}",
        '{"type":"rendition","index":-1}',
        '{"type":"hello","stream":"' + "x" * viewing.MAX_BYTES + '"}',
    ],
)
def test_bad_server_messages_are_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadMessage) as caught:
        viewing.parse_server(text)
    assert caught.value.sentence.endswith(".")


def test_an_announcement_may_be_padded() -> None:
    text = '{"type":"rendition","index":1,"id":"jpeg","padding":"' + "-" * 65_536 + '"}'
    assert viewing.parse_server(text) == control.RenditionChange(1, "jpeg", "", 0, 0, 0)
