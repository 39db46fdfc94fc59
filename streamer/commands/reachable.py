"""Where a server is found that listens on every address of its machine."""

import socket
from contextlib import closing, suppress
from ipaddress import ip_address

ANY_IPV4 = "0.0.0.0"
ANY_IPV6 = "::"
ANYWHERE = frozenset({"", ANY_IPV4, ANY_IPV6})
# Of the ranges for documentation (RFC 5737 and 3849), which lead where everything unknown does.
_AWAY = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


def addresses(host: str) -> tuple[str, ...]:
    """This machine's addresses that others can use, where a server listens on `host`."""
    if host not in ANYWHERE:
        return ()
    families = [socket.AF_INET] + ([socket.AF_INET6] if host == ANY_IPV6 else [])
    found = [each for family in families if (each := _outward(family)) is not None]
    return tuple(each for each in found if _is_useful(each))


def _outward(family: socket.AddressFamily) -> str | None:
    """The address from which this machine speaks to others; nothing is sent to learn it."""
    with suppress(OSError), closing(socket.socket(family, socket.SOCK_DGRAM)) as sock:
        sock.connect((_AWAY[family], 9))
        address: str = sock.getsockname()[0]
        return address
    return None


def _is_useful(address: str) -> bool:
    known = ip_address(address)
    return not (known.is_loopback or known.is_link_local or known.is_unspecified)
