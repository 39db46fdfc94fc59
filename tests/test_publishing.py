"""What publisher and server say to each other, against the vectors of the JavaScript suite."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from streamer import errors, publishing
from streamer.control import dump
from streamer.errors import BadMessage
from streamer.publishing import Publish

VECTORS = json.loads((Path(__file__).parent / "vectors" / "control.json").read_text())


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("vector", VECTORS["publisher"], ids=lambda v: v["text"][:40])
def test_what_a_publisher_says_parses_to_its_fields(vector: dict[str, Any]) -> None:
    message = publishing.parse_publisher(vector["text"])
    assert plain({"type": message.type, **asdict(message)}) == vector["fields"]
    assert publishing.parse_publisher(dump(message)) == message


@pytest.mark.parametrize("vector", VECTORS["bad_publisher"], ids=lambda v: v["why"])
def test_what_a_publisher_must_not_say_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(getattr(errors, vector["error"])) as caught:
        publishing.parse_publisher(vector["text"])
    assert caught.value.sentence.endswith(".")


@pytest.mark.parametrize("vector", VECTORS["to_publisher"], ids=lambda v: v["fields"]["type"])
def test_what_a_publisher_is_told_goes_both_ways(vector: dict[str, Any]) -> None:
    message = publishing.parse_server(vector["text"])
    assert plain({"type": message.type, **asdict(message)}) == vector["fields"]
    assert dump(message) == vector["text"]


@pytest.mark.parametrize("vector", VECTORS["bad_to_publisher"], ids=lambda v: v["why"])
def test_what_no_server_says_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(BadMessage):
        publishing.parse_server(vector["text"])


@pytest.mark.parametrize("name", ["retry_in_ms", "frozen_ms"])
def test_the_times_of_a_state_are_read(name: str) -> None:
    state = publishing.parse_server(f'{{"type":"state","phase":"live","{name}":40}}')
    assert asdict(state)[name] == 40


def test_the_entry_is_the_codec_without_profile() -> None:
    assert [Publish(codec).entry for codec in ("avc1.42E01F", "vp8", "jpeg")] == [
        "avc1",
        "vp8",
        "jpeg",
    ]


def test_the_description_comes_as_bytes() -> None:
    assert Publish("avc1.42E01F", "AULAHw==").extradata == bytes.fromhex("0142c01f")
    assert Publish("avc1.42E01F").extradata is None
