"""The forms of sound, and who is given which."""

import pytest

from streamer.sound import Form, choose, form_at, offered


@pytest.mark.parametrize(
    ("codec", "entries"),
    [("aac", ("mp4a", "opus")), ("opus", ("opus",)), ("mp3", ("opus",)), ("", ())],
)
def test_what_a_source_offers(codec: str, entries: tuple[str, ...]) -> None:
    assert offered(codec) == entries


@pytest.mark.parametrize(
    ("codec", "decodable", "form"),
    [
        ("aac", ("mp4a", "opus"), Form.COPY),
        ("aac", ("opus",), Form.OPUS),
        ("opus", ("opus",), Form.COPY),
        ("pcm_mulaw", ("mp4a", "opus"), Form.OPUS),
        ("pcm_mulaw", ("mp4a",), None),
        ("", ("opus",), None),
    ],
)
def test_everybody_gets_what_passes_through_where_it_can_be_decoded(
    codec: str, decodable: tuple[str, ...], form: Form | None
) -> None:
    assert choose(codec, decodable) == form


def test_forms_have_numbers_that_no_rendition_has() -> None:
    assert {form_at(form.number) for form in Form} == set(Form)
    assert all(form.number > 16 for form in Form)
    assert form_at(3) is None
