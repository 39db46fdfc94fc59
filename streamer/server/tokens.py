"""Who may come in: the bearer token, the Host header and the Origin header. Pure.

A browser sends cookies and opens WebSockets for any page that asks, so a server on loopback is
reachable from every page that its user visits. Two checks stand against that: a WebSocket must
come from a page of this server (or an origin that the operator allowed), and on loopback the Host
must be a loopback name, which a rebound DNS name is not.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from streamer.errors import OriginRefused, Unauthorized

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
# What may stand in a command that a person copies.
_NAME = re.compile(r"[a-z0-9_.:-]{1,80}")


@dataclass(frozen=True, slots=True)
class Gate:
    """The rules of one server. An empty `hosts` allows every Host, no `token` every client."""

    token: str | None = None
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    def check_token(self, authorization: str | None, query: Mapping[str, str]) -> None:
        """Let in whoever carries the token, as a bearer header or `?token=`.

        Raises:
            Unauthorized: no token, or a wrong one.
        """
        if self.token is None:
            return
        scheme, _, given = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            given = query.get("token", "")
        if not given:
            raise Unauthorized("This server needs a token: add ?token=... or a bearer header.")
        # A header comes to us decoded as latin-1, whatever the client's encoding was.
        spellings = (given.encode("utf-8", "replace"), given.encode("latin-1", "replace"))
        if not any(hmac.compare_digest(each, self.token.encode()) for each in spellings):
            raise Unauthorized("The token is wrong.")

    def check_host(self, host: str | None) -> None:
        """Refuse a Host that is not one of ours.

        Raises:
            OriginRefused: another name led here.
        """
        ours, name = [each.lower() for each in self.hosts], _hostname(host) or ""
        if ours and name not in ours:
            wanted = name if _NAME.fullmatch(name) else "NAME"
            raise OriginRefused(
                f"The host name {name or host or '(none)'!r:.80} is not one of this server's; "
                f"start it with --allow-host {wanted}."
            )

    def is_friend(self, origin: str) -> bool:
        """Whether the operator allowed pages from this origin."""
        # Browsers write origins in small letters and without a slash; operators may not.
        friends = [each.lower().rstrip("/") for each in self.origins]
        return "*" in friends or origin.lower() in friends

    def check_origin(self, origin: str | None, host: str | None, to: str = "watch") -> None:
        """Refuse a page from elsewhere; clients that are not browsers send no Origin.

        `to` is what it may not do here.

        Raises:
            OriginRefused: the page's origin is neither ours nor allowed.
        """
        if origin is None or self.is_friend(origin):
            return
        if host is not None and _netloc(origin) == host.lower():
            return
        raise OriginRefused(
            f"Pages from {origin!r:.80} may not {to} here; start the server with "
            "--allow-origin ORIGIN."
        )


def _hostname(host: str | None) -> str | None:
    try:
        return urlsplit(f"//{host or ''}").hostname
    except ValueError:
        return None


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None
