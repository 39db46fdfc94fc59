"""Why a server ended a session, as an error of ours, and whether trying again can help. Pure.

The name may be taken by our own last connection, which the server has not missed yet (a network
that went away says no goodbye), so `PublisherExists` is borne for a while; but whoever was
publishing and is told so has been replaced, and two that take turns would help nobody.
"""

from streamer import errors
from streamer.errors import PeerError, PublisherExists

BEAR_S = 15.0  # more than a server takes to let go of a publisher that fell silent
_FINAL = (
    errors.BadMessage,
    errors.BadVersion,
    errors.MessageTooBig,
    errors.Unauthorized,
    errors.PublishingOff,
    errors.UnknownStream,
    PublisherExists,
    errors.StreamRemoved,
    errors.UnsupportedMedia,
)


def by_close_code(code: int | None, sentence: str) -> PeerError | None:
    """The error that this close code means; None if the next try may go better."""
    for error in _FINAL:
        if error.close_code == code:
            return error(sentence)
    return None


def by_http_status(status: int, shown: str) -> PeerError | None:
    """The error that a refused handshake means; None if the next try may go better."""
    for error in _FINAL:
        if error.http_status == status:
            return error(f"{shown} refuses to be published to (HTTP {status}).")
    return None


def is_borne(error: PeerError, since_s: float) -> bool:
    """Whether to try again all the same, `since_s` after the first such refusal."""
    return isinstance(error, PublisherExists) and since_s < BEAR_S
