"""What a server's goodbye means for the next try."""

from typing import Any

import pytest

from streamer.client.refusal import (
    BEAR_S,
    PUBLISHING,
    WATCHING,
    Refusal,
    by_close_code,
    by_http_status,
    publisher_bears,
    viewer_bears,
)
from streamer.errors import (
    OriginRefused,
    PeerError,
    PeerTimeout,
    PublisherExists,
    PublishingOff,
    StreamRemoved,
    Unauthorized,
    UnknownStream,
    UnsupportedMedia,
)


@pytest.mark.parametrize("code", [None, 1000, 1001, 1006, 1011, 1012, 4429])
def test_codes_after_which_another_try_may_help(code: int | None) -> None:
    assert by_close_code(PUBLISHING, code, "x") is None
    assert by_close_code(WATCHING, code, "x") is None


def test_a_publisher_that_fell_silent_comes_back_and_a_viewer_has_nothing_to_ask_for() -> None:
    assert by_close_code(PUBLISHING, 4408, "x") is None
    assert isinstance(by_close_code(WATCHING, 4408, "x"), PeerTimeout)


def test_codes_that_need_a_person() -> None:
    found = [by_close_code(PUBLISHING, code, "Why.") for code in (4401, 4403, 4409, 4415)]
    kinds = [Unauthorized, PublishingOff, PublisherExists, UnsupportedMedia]
    assert [type(each) for each in found] == kinds
    assert [each and each.sentence for each in found] == ["Why."] * 4
    watching = [by_close_code(WATCHING, code, "Why.") for code in (4401, 4403, 4404, 4410)]
    assert [type(each) for each in watching] == [
        Unauthorized,
        OriginRefused,
        UnknownStream,
        StreamRemoved,
    ]


def test_handshakes_that_are_refused() -> None:
    assert isinstance(by_http_status(PUBLISHING, 401, "x"), Unauthorized)
    refused = by_http_status(PUBLISHING, 403, "Not here.")
    assert refused is not None
    assert refused.sentence == "Not here."
    assert by_http_status(PUBLISHING, 502, "x") is None


def refusal(error: PeerError, **told: Any) -> Refusal:
    return Refusal(error, **{"since_s": 0, "had_worked": False, "ever_worked": True, **told})


def test_a_name_that_is_taken_is_borne_for_a_while() -> None:
    taken = PublisherExists("x")
    assert publisher_bears(refusal(taken))
    assert not publisher_bears(refusal(taken, since_s=BEAR_S))
    assert not publisher_bears(refusal(taken, had_worked=True)), "it was replaced"
    assert not publisher_bears(refusal(Unauthorized("x")))


def test_a_stream_that_was_there_is_waited_for() -> None:
    unknown = UnknownStream("x")
    assert viewer_bears(refusal(unknown, since_s=1e6))
    assert not viewer_bears(refusal(unknown, ever_worked=False))
    assert not viewer_bears(refusal(Unauthorized("x")))
