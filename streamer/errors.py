"""The error tree: every failure a user or a peer can meet, and what may be done about it.

    StreamerError
    ├── ConfigError          a setting or argument cannot be used
    ├── SourceError          the source gives no pictures
    │   ├── SourceRefused      we will not open it: scheme or format not allowed
    │   ├── SourceDenied       whoever has it does not let us in
    │   ├── SourceMissing      nothing there: no such file, host or path
    │   │   └── SourceUnknown    its server is there, and has nothing of that name
    │   ├── SourceUnreadable   something is there, but no video that we can decode
    │   └── SourceLost         it was there and stopped
    ├── ChildFailed          a process that a measurement needs ended, or does not answer
    ├── MediaError           one packet or frame cannot be used
    │   └── NoStart            what is marked as a keyframe is none to begin with
    ├── TargetError          what we send the pattern to does not take it
    │   └── TargetRefused      and would not take it later
    ├── BrowserError         the browser of a measurement does not do what it should
    └── PeerError            a client broke the protocol or its limits
        ├── BadMessage         malformed, unknown type, wrong order
        ├── BadVersion         a wire version that we do not speak
        ├── MessageTooBig      over the size limit
        ├── Unauthorized       no token, or a wrong one
        ├── OriginRefused      a page from elsewhere
        ├── UnknownStream      no stream of that name
        ├── PeerTimeout        a client that did not say in time what it wants
        ├── StreamRemoved      the stream was removed while it was watched
        ├── GoingDown          the server is being stopped
        ├── TooManyViewers     the stream or the server is full
        ├── TooManyMessages    a viewer asks for more than one may
        ├── TooManyStreams     the server holds all the streams it may
        ├── TooManyFailures    what was published under that name was of no use again and again
        ├── PublishingOff      this server takes no publishers
        ├── PublisherExists    another publishes under that name
        ├── NameTaken          the stream of that name has a source of its own
        └── UnsupportedMedia   a body or codec that is not taken

`retryable` says whether trying again later can help, `haste` of a source how soon. `close_code` is
what a WebSocket peer gets, `http_status` what an HTTP client gets; `docs/protocol.md` lists the
same table.
"""

from enum import IntEnum
from typing import ClassVar


class Haste(IntEnum):
    """How soon a source may be tried again: as is best for viewers, slowly, or hardly ever."""

    SOON = 0
    SLOWLY = 1
    SELDOM = 2


class StreamerError(Exception):
    """A failure with one clear sentence: what, where, what to do."""

    retryable: ClassVar[bool] = False
    haste: ClassVar[Haste] = Haste.SOON
    close_code: ClassVar[int] = 1011
    http_status: ClassVar[int] = 500

    @property
    def sentence(self) -> str:
        """The sentence, fit to be shown to a person."""
        return str(self.args[0]) if self.args else type(self).__name__


class ConfigError(StreamerError):
    """A setting or an argument cannot be used."""

    http_status = 400


class ChildFailed(StreamerError):
    """A process that a measurement needs ended, or did not answer in time."""


class SourceError(StreamerError):
    """The source gives no pictures."""

    retryable = True
    http_status = 503


class SourceRefused(SourceError):
    """We will not open this source: its scheme or format is not allowed."""

    retryable = False
    http_status = 403


class SourceDenied(SourceError):
    """Whoever has the source does not let us in; cameras lock users who go on trying."""

    haste = Haste.SELDOM


class SourceMissing(SourceError):
    """Nothing is there: no such file, host or path."""


class SourceUnknown(SourceMissing):
    """The source's server is there, and has nothing of that name, or not yet."""

    haste = Haste.SLOWLY


class SourceUnreadable(SourceError):
    """Something is there, but no video in it that can be decoded."""


class SourceLost(SourceError):
    """The source was there and stopped."""


class MediaError(StreamerError):
    """One packet or frame cannot be used; the next one may be."""

    retryable = True


class NoStart(MediaError):
    """What a demuxer calls a keyframe is no picture that a decoder can begin with."""


class TargetError(StreamerError):
    """What we send the pattern to is not there, or does not take it."""

    retryable = True


class TargetRefused(TargetError):
    """What we send the pattern to does not take it, and would not take it later."""

    retryable = False


class BrowserError(StreamerError):
    """The browser of a measurement does not start, is gone, or does not do what it was told."""


class PeerError(StreamerError):
    """A client broke the protocol or its limits."""

    close_code = 4400
    http_status = 400


class BadMessage(PeerError):
    """A message that is malformed, of unknown type or out of order."""


class BadVersion(PeerError):
    """A wire version that we do not speak."""

    close_code = 4406


class MessageTooBig(PeerError):
    """A message over the size limit (RFC 6455 section 7.4.1 gives it 1009)."""

    close_code = 1009
    http_status = 413


class Unauthorized(PeerError):
    """No token, or a wrong one."""

    close_code = 4401
    http_status = 401


class OriginRefused(PeerError):
    """A page from an origin that the operator did not allow."""

    close_code = 4403
    http_status = 403


class UnknownStream(PeerError):
    """No stream of that name."""

    close_code = 4404
    http_status = 404


class TooManyViewers(PeerError):
    """The stream or the server is full."""

    retryable = True
    close_code = 4429
    http_status = 503


class PeerTimeout(PeerError):
    """A client that did not say in time what it wants."""

    close_code = 4408
    http_status = 408


class StreamRemoved(PeerError):
    """The stream was removed while it was watched."""

    close_code = 4410
    http_status = 410


class GoingDown(PeerError):
    """The server is being stopped; another may be up soon (RFC 6455 section 7.4.1: 1001)."""

    retryable = True
    close_code = 1001
    http_status = 503


class TooManyMessages(PeerError):
    """A viewer asks for more than one may."""

    retryable = True
    close_code = 4429
    http_status = 503


class TooManyStreams(PeerError):
    """The server holds all the streams it may."""

    retryable = True
    close_code = 4429
    http_status = 503


class TooManyFailures(PeerError):
    """What was published under that name was of no use, again and again."""

    retryable = True
    close_code = 4429
    http_status = 503


class PublishingOff(PeerError):
    """This server takes no publishers."""

    close_code = 4403
    http_status = 403


class PublisherExists(PeerError):
    """Another publishes under that name, or has taken over."""

    close_code = 4409
    http_status = 409


class NameTaken(PeerError):
    """The stream of that name has a source of its own."""

    close_code = 4409
    http_status = 409


class UnsupportedMedia(PeerError):
    """A body or a codec that is not taken from publishers."""

    close_code = 4415
    http_status = 415
