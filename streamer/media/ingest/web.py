"""Open what is behind an HTTP URL, and nothing that it has no business with.

FFmpeg would follow every redirect and open whatever a playlist names. So it is told to follow no
redirect, which is done here, each step checked; and it may take the content for a playlist only
where all that the playlist names is opened by a hook, which asks `Reach` first. The hook reads
through a second container, of FFmpeg's "data" format: FFmpeg's own HTTP with its authentication,
cookies and decryption, as plain bytes.
"""

import errno
import http.client
import ssl
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import unquote_to_bytes, urljoin, urlsplit, urlunsplit

import av
from av.container import InputContainer

from streamer.address import redact
from streamer.errors import SourceRefused, SourceUnknown
from streamer.media.ingest.access import PLAYLIST, Access
from streamer.media.ingest.patience import Patience
from streamer.media.ingest.reach import Reach

_MAX_REDIRECTS = 8
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NEEDED = {"max_redirects": "0", "raw_packet_size": "32768"}

Timeout = tuple[float, float]


class Web:
    """Opens one source over HTTP. `timeout` is that of `av.open`: to open, to read."""

    def __init__(self, access: Access, timeout: Timeout, reach: Reach, patience: Patience) -> None:
        self._access = access
        self._timeout = timeout
        self._reach = reach
        self._patience = patience
        self._is_open = False

    def open(self) -> InputContainer:
        """The open container.

        Raises:
            SourceError: it leads where it may not.
            av.error.FFmpegError, OSError: it cannot be opened.
        """
        try:
            container = self._follow(self._access.url, self._open)
        except av.error.ArgumentError:
            # Its format is none of those that name nothing else.
            container = self._follow(self._access.url, self._open_playlist)
        self._is_open = True
        return container

    def _open(self, url: str) -> InputContainer:
        access = self._access
        return av.open(
            url,
            format=access.format,
            options=access.options,
            metadata_errors="ignore",
            timeout=self._timeout,
        )

    def _open_playlist(self, url: str) -> InputContainer:
        return av.open(
            url,
            format="hls",
            options=self._access.options | PLAYLIST,
            metadata_errors="ignore",
            timeout=self._timeout,
            io_open=self._named,
        )

    def _named(self, url: str, _flags: int, options: dict[str, str]) -> "Reading":
        """What a playlist names, or the playlist itself."""
        self._reach.check(url)
        allowed = {"protocol_whitelist": self._access.options["protocol_whitelist"]}

        def opened(at: str) -> InputContainer:
            told = options | _NEEDED | allowed
            return av.open(at, format="data", options=told, timeout=self._remaining())

        try:
            container = self._follow(url, opened)
        except av.error.FFmpegError:
            if not self._is_open or self._patience.is_over:
                raise
            return Reading(None)  # a live playlist goes on without a segment that is gone
        return Reading(self._reach.admit(container))

    def _remaining(self) -> Timeout:
        """What a named address may take: FFmpeg looks at its own timeout only between them."""
        if not self._is_open:
            return self._timeout
        opening_s, reading_s = map(self._patience.bound, self._timeout)
        return opening_s, reading_s

    def _follow(self, url: str, opened: Callable[[str], InputContainer]) -> InputContainer:
        """Open `url`, or where its redirects lead."""
        try:
            return opened(url)
        except av.error.FFmpegError as exc:
            if exc.errno != errno.EIO:
                raise
            if (target := landing(url, self._reach, self._timeout[0])) is None:
                raise
        # A name server may have said something else to FFmpeg than to us.
        return self._reach.admit(opened(target))


class Reading:
    """A container of plain bytes as a file."""

    def __init__(self, container: InputContainer | None) -> None:
        self._container = container
        self._packets = None if container is None else container.demux()
        self._left = b""

    def read(self, size: int) -> bytes:
        """At most `size` bytes, as soon as there are any; none at the end."""
        if not self._left and self._packets is not None:
            try:
                packet = next(self._packets, None)
            except av.error.EOFError:
                packet = None
            self._left = b"" if packet is None else bytes(packet)
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def close(self) -> None:
        """End the connection."""
        if self._container is not None:
            self._container.close()


def landing(url: str, reach: Reach, timeout_s: float) -> str | None:
    """Where the redirects of an HTTP URL end; None if it has none.

    Raises:
        SourceRefused: they lead where they may not.
        SourceUnknown: they go round in a circle, or too far.
    """
    at = url.removeprefix("crypto+")
    prefix = url[: len(url) - len(at)]
    for _ in range(_MAX_REDIRECTS):
        if (location := _location(at, timeout_s)) is None:
            return None if prefix + at == url else prefix + at
        at = _onward(at, location)
        reach.check(at)
    raise SourceUnknown(f"{reach.shown} redirects too often; check the address.")


def answers(url: str, timeout_s: float) -> bool:
    """Whether a server says anything when it is asked for an HTTP URL."""
    try:
        _ask(url, timeout_s, {})
    except (OSError, ValueError, http.client.HTTPException):
        return False
    return True


def _location(url: str, timeout_s: float) -> str | None:
    """Where one URL redirects to."""
    try:
        answer = _ask(url, timeout_s, {})
        if answer.status == http.client.UNAUTHORIZED and _asks_for_password(answer):
            # Not at once: who wants it in another form is not told it in this one.
            answer = _ask(url, timeout_s, _login(url))
    except (OSError, ValueError, http.client.HTTPException):
        return None
    return answer.getheader("Location") if answer.status in _REDIRECTS else None


def _ask(url: str, timeout_s: float, login: dict[str, str]) -> http.client.HTTPResponse:
    """The answer without its body."""
    connection = _connection(url, timeout_s)
    try:
        connection.request("GET", _request_target(url), headers={"Accept": "*/*", **login})
        return connection.getresponse()
    finally:
        connection.close()


def _asks_for_password(answer: http.client.HTTPResponse) -> bool:
    wanted = answer.headers.get_all("WWW-Authenticate", [])
    return any(each.lower().startswith("basic") for each in wanted)


def _login(url: str) -> dict[str, str]:
    """The header with a URL's user and password."""
    parts = urlsplit(url)
    both = (unquote_to_bytes(each or "") for each in (parts.username, parts.password))
    return {"Authorization": f"Basic {b64encode(b':'.join(both)).decode()}"}


def _connection(url: str, timeout_s: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    # As FFmpeg does: cameras sign their certificates themselves.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(
        parts.hostname or "", parts.port, timeout=timeout_s, context=context
    )


def _request_target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _onward(url: str, location: str) -> str:
    """The URL that a redirect names; the same host keeps getting the same user and password."""
    before, after = urlsplit(url), urlsplit(urljoin(url, location))
    if before.scheme == "https" != after.scheme:
        raise SourceRefused(f"{redact(url)} redirects to {after.scheme}:, which is not private.")
    user, at, _ = before.netloc.rpartition("@")
    if after.hostname == before.hostname and "@" not in after.netloc:
        after = after._replace(netloc=user + at + after.netloc)
    return urlunsplit(after._replace(fragment=""))
