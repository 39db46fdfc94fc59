"""The error tree: what each failure tells a person and a peer."""

import pytest

from streamer import errors
from streamer.errors import PeerError, SourceError, StreamerError


def subclasses(error: type[StreamerError]) -> list[type[StreamerError]]:
    found = [error]
    for child in error.__subclasses__():
        found += subclasses(child)
    return found


ALL = [error for error in subclasses(StreamerError) if error.__module__ == errors.__name__]
PEER = [error for error in ALL if issubclass(error, PeerError)]


def test_sentence_is_what_was_said() -> None:
    assert StreamerError("No such stream.", "internal").sentence == "No such stream."


def test_sentence_without_words_is_the_name_of_the_class() -> None:
    assert errors.SourceLost().sentence == "SourceLost"


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_http_status_is_an_error(error: type[StreamerError]) -> None:
    assert 400 <= error.http_status < 600


@pytest.mark.parametrize("error", PEER, ids=lambda error: error.__name__)
def test_close_code_may_be_sent(error: type[PeerError]) -> None:
    """RFC 6455 section 7.4: 1001 and 1009 are defined, 4000 to 4999 are for private use."""
    assert error.close_code in (1001, 1009) or 4000 <= error.close_code < 5000


def test_a_close_code_asks_one_thing_of_a_peer() -> None:
    told = {
        (error.close_code, error.http_status, error.retryable)
        for error in PEER
        if error is not PeerError
    }
    assert len(told) == len({code for code, _, _ in told})


def test_what_is_not_the_peers_fault_closes_as_our_failure() -> None:
    assert {error.close_code for error in ALL if error not in PEER} == {1011}


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (StreamerError, False),
        (errors.ConfigError, False),
        (SourceError, True),
        (errors.SourceRefused, False),
        (errors.SourceDenied, True),
        (errors.SourceMissing, True),
        (errors.SourceUnreadable, True),
        (errors.SourceLost, True),
        (errors.MediaError, True),
        (errors.BadMessage, False),
        (errors.Unauthorized, False),
        (errors.UnknownStream, False),
        (errors.TooManyViewers, True),
        (errors.TooManyMessages, True),
    ],
)
def test_retryable(error: type[StreamerError], *, retryable: bool) -> None:
    assert error.retryable is retryable
