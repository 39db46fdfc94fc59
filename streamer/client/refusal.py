"""Why a server ended a session, as an error of ours, and whether trying again can help. Pure.

A publisher's name may be taken by its own last connection, which the server has not missed yet (a
network that went away says no goodbye), so `PublisherExists` is borne for a while; but whoever was
publishing and is told so has been replaced, and two that take turns would help nobody. A stream
that a viewer has seen before comes back when whoever publishes it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from streamer import errors
from streamer.errors import PeerError, PublisherExists, UnknownStream

BEAR_S = 15.0  # more than a server takes to let go of a publisher that fell silent
_ALWAYS = (
    errors.BadMessage,
    errors.BadVersion,
    errors.MessageTooBig,
    errors.Unauthorized,
    UnknownStream,
    errors.StreamRemoved,
)
PUBLISHING = (*_ALWAYS, errors.PublishingOff, PublisherExists, errors.UnsupportedMedia)
WATCHING = (*_ALWAYS, errors.OriginRefused, errors.PeerTimeout)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An ending that another try would meet again, `since_s` after the first of a row of them.

    `had_worked` says whether all was well in the session that it ended, `ever_worked` in any.
    """

    error: PeerError
    since_s: float
    had_worked: bool
    ever_worked: bool


def by_close_code(
    final: Sequence[type[PeerError]], code: int | None, sentence: str
) -> PeerError | None:
    """The `final` error that this close code means; None if the next try may go better."""
    for error in final:
        if error.close_code == code:
            return error(sentence)
    return None


def by_http_status(
    final: Sequence[type[PeerError]], status: int, sentence: str
) -> PeerError | None:
    """The `final` error that a refused handshake means; None if the next try may go better."""
    for error in final:
        if error.http_status == status:
            return error(sentence)
    return None


def publisher_bears(refusal: Refusal) -> bool:
    """Whether a publisher tries again all the same."""
    is_taken = isinstance(refusal.error, PublisherExists)
    return is_taken and not refusal.had_worked and refusal.since_s < BEAR_S


def viewer_bears(refusal: Refusal) -> bool:
    """Whether a viewer tries again all the same."""
    return isinstance(refusal.error, UnknownStream) and refusal.ever_worked
