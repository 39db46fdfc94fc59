"""What a server's goodbye means for the next try."""

import pytest

from streamer.client.refusal import BEAR_S, by_close_code, by_http_status, is_borne
from streamer.errors import PublisherExists, PublishingOff, Unauthorized, UnsupportedMedia


@pytest.mark.parametrize("code", [None, 1000, 1001, 1006, 1011, 1012, 4408, 4429])
def test_codes_after_which_another_try_may_help(code: int | None) -> None:
    assert by_close_code(code, "x") is None


def test_codes_that_need_a_person() -> None:
    found = [by_close_code(code, "Why.") for code in (4401, 4403, 4409, 4415)]
    kinds = [Unauthorized, PublishingOff, PublisherExists, UnsupportedMedia]
    assert [type(each) for each in found] == kinds
    assert [each and each.sentence for each in found] == ["Why."] * 4


def test_handshakes_that_are_refused() -> None:
    assert isinstance(by_http_status(401, "http://h/cam"), Unauthorized)
    refused = by_http_status(403, "http://h/cam")
    assert refused is not None
    assert refused.sentence == "http://h/cam refuses to be published to (HTTP 403)."
    assert by_http_status(502, "http://h/cam") is None


def test_a_name_that_is_taken_is_borne_for_a_while() -> None:
    assert is_borne(PublisherExists("x"), 0)
    assert not is_borne(PublisherExists("x"), BEAR_S)
    assert not is_borne(Unauthorized("x"), 0)
