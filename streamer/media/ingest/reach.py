"""Where a source may lead: a playlist or redirect names other hosts, and not all are its business.

Whom the operator names may be anybody, also in a private network. What that source then names may
be its own host again, or any public address, but nothing else: otherwise whoever writes a playlist
would ask the operator's network questions through this server.

Names are resolved here and once more by FFmpeg, and a name server may answer the second time what
it did not say the first. So `check_peers` looks at the connections themselves, before anything
that came through them is shown. What such a name server can still do is have one request sent; the
same holds for an RTSP server that redirects, which FFmpeg follows before anybody could look.
"""

import ipaddress
import re
import socket
from collections.abc import Callable
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from streamer.address import redact
from streamer.errors import SourceMissing, SourceRefused
from streamer.media.ingest.peers import known

Resolve = Callable[[str], frozenset[str]]


class Closable(Protocol):
    """What can be closed."""

    def close(self) -> None:
        """Close it."""
        ...


Opened = TypeVar("Opened", bound=Closable)

# Nothing that two readers of URLs could understand in two ways.
_URL = re.compile(
    r"(?:crypto[+:])?(https?)://(?:[^/?#@\s\\]*@)?"
    r"([0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?#][^\s\\]*)?\Z",
    re.ASCII,
)
_EMBEDDED_V4 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


def resolve(host: str) -> frozenset[str]:
    """All addresses of a host; none if it is not known."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return frozenset()
    return frozenset(str(each[4][0]) for each in found)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the Internet's, not of this machine or a private network."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if any(ip in network for network in _EMBEDDED_V4):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


class Reach:
    """What may be reached through one source."""

    def __init__(self, url: str, resolve: Resolve = resolve) -> None:
        """`url` is the one that the operator named."""
        self.shown = redact(url)
        self._own = urlsplit(url).hostname or ""
        self._resolve = resolve
        self._own_addresses: frozenset[str] | None = None

    def check(self, url: str) -> None:
        """Raise unless the source may lead to this URL, over HTTP or HTTPS.

        Raises:
            SourceRefused: it may not.
            SourceMissing: there is no such host.
        """
        match = _URL.match(url)
        if match is None:
            raise SourceRefused(
                f"{self.shown} leads to '{redact(url):.200}', which is not opened; "
                "only http: and https: are."
            )
        host = match[2].strip("[]").lower()
        if host == self._own:
            return
        addresses = self._resolve(host)
        if not addresses:
            raise SourceMissing(f"{self.shown} leads to {host}, a host that is not known.")
        self._check(addresses, host)

    def check_peers(self) -> None:
        """Raise unless this process is connected only where it may be, but for what is `known`.

        Raises:
            SourceRefused: it is not.
        """
        # Its own host may be a private one, and lead to public ones.
        private = frozenset(each for each in known.others() if not is_public(each))
        if private:
            self._check(private, ", ".join(sorted(private)))

    def admit(self, opened: Opened) -> Opened:
        """What was opened just now, if that has led where it may; else it is closed.

        Raises:
            SourceRefused: it has not.
        """
        try:
            self.check_peers()
        except BaseException:
            opened.close()
            raise
        return opened

    def _check(self, addresses: frozenset[str], shown: str) -> None:
        if all(map(is_public, addresses)) or addresses <= self._named():
            return
        raise SourceRefused(
            f"{self.shown} leads to {shown}, an address of a private network; "
            "if that is what you want, name that source itself."
        )

    def _named(self) -> frozenset[str]:
        if self._own_addresses is None:
            self._own_addresses = self._resolve(self._own)
        return self._own_addresses
