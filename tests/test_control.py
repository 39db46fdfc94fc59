"""The control messages against the vectors that the JavaScript suite reads too."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from streamer import control
from streamer.errors import BadMessage

VECTORS = json.loads((Path(__file__).parent / "vectors" / "control.json").read_text())


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("vector", VECTORS["client"], ids=lambda v: v["text"][:40])
def test_client_messages_parse_to_their_fields(vector: dict[str, Any]) -> None:
    message = control.parse_client(vector["text"])
    assert _plain({"type": message.type, **asdict(message)}) == vector["fields"]


@pytest.mark.parametrize("vector", VECTORS["client"], ids=lambda v: v["text"][:40])
def test_client_messages_survive_a_round_trip(vector: dict[str, Any]) -> None:
    message = control.parse_client(vector["text"])
    assert control.parse_client(control.dump(message)) == message


@pytest.mark.parametrize("vector", VECTORS["bad_client"], ids=lambda v: v["why"])
def test_bad_client_messages_are_refused_with_a_sentence(vector: dict[str, Any]) -> None:
    with pytest.raises(BadMessage) as caught:
        control.parse_client(vector["text"])
    assert caught.value.sentence.endswith(".")


def test_oversized_and_deeply_nested_messages_are_refused() -> None:
    for text in ("x" * 20_000, "[" * 16_000):
        with pytest.raises(BadMessage):
            control.parse_client(text)


def test_numbers_without_end_are_refused() -> None:
    with pytest.raises(BadMessage, match="out of range"):
        control.parse_client('{"type":"ack","staleness_ms":' + "9" * 400 + "}")


def test_a_reason_is_made_printable() -> None:
    message = control.parse_client('{"type":"quality","reason":"half \\ud800"}')
    assert message == control.Quality(reason="half ?")


def test_no_text_of_a_server_steers_a_terminal() -> None:
    texts = '"phase":"live\\u001b[2J","reason":"gone\\u009b1m\\n\\u0007"'
    assert control.read_state(json.loads(f"{{{texts}}}")) == control.StateChange(
        "live\ufffd[2J", "gone\ufffd1m \ufffd"
    )
    assert control.read_hello({"stream": "a\x1b]0;b\x07"}).stream == "a\ufffd]0;b\ufffd"


@pytest.mark.parametrize("vector", VECTORS["server"], ids=lambda v: v["fields"]["type"])
def test_server_messages_dump_to_their_text(vector: dict[str, Any]) -> None:
    fields = dict(vector["fields"])
    kinds: dict[str, Any] = {
        cls.type: cls
        for cls in (
            control.Hello,
            control.StateChange,
            control.RenditionChange,
            control.SoundChange,
            control.Pong,
            control.Shift,
            control.ErrorNotice,
        )
    }
    kind = fields.pop("type")
    if kind == "catalog":
        offers = tuple(control.Offer(**offer) for offer in fields["renditions"])
        message: Any = control.Catalog(offers, tuple(fields["sound"]))
    else:
        message = kinds[kind](**fields)
    assert control.dump(message) == vector["text"]


@pytest.mark.parametrize("staleness", ["23.4", "0", "-3.5", "99999999.25"])
@pytest.mark.parametrize("numbers", [(0, 1, 2, 3, 4), (255, 999999999, 5, 5, 9999)])
def test_a_usual_ack_is_read_as_any_other(numbers: tuple[int, ...], staleness: str) -> None:
    names = ("rendition", "received", "decoded", "painted", "queue")
    fields = ",".join(f'"{name}":{number}' for name, number in zip(names, numbers, strict=True))
    usual = f'{{"type":"ack",{fields},"staleness_ms":{staleness}}}'
    assert control._USUAL_ACK.fullmatch(usual)
    assert control.parse_client(usual) == control.parse_client(usual.replace(":", ": "))


@pytest.mark.parametrize("queue", ["10000", "-1", "1e3", "٣"])
def test_what_is_no_usual_ack_is_looked_at_closely(queue: str) -> None:
    text = (
        '{"type":"ack","rendition":0,"received":1,"decoded":1,"painted":1,'
        f'"queue":{queue},"staleness_ms":1}}'
    )
    assert control._USUAL_ACK.fullmatch(text) is None
