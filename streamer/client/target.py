"""Where to publish or watch: a server and a stream's name, from what people type. Pure."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlsplit

from streamer.address import redact
from streamer.errors import ConfigError
from streamer.parsing import STREAM_NAME

_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_PAGES = {"ws": "http", "wss": "https"}
_FOLDERS = (["ws", "publish"], ["publish"], ["ws", "streams"], ["watch"], ["embed"])


@dataclass(frozen=True, slots=True)
class Target:
    """A stream of a server; `shown` is its address without the token."""

    scheme: str
    host: str
    folder: str
    name: str
    token: str | None = field(default=None, repr=False)

    def socket_url(self, kind: str) -> str:
        """Where the WebSocket is; `kind` is `publish`, or `streams` to watch."""
        return f"{self.scheme}://{self.host}{self.folder}/ws/{kind}/{self.name}"

    @property
    def page_url(self) -> str:
        """Where a browser watches the stream."""
        query = f"?token={quote(self.token, safe='')}" if self.token else ""
        return f"{_PAGES[self.scheme]}://{self.host}{self.folder}/watch/{self.name}{query}"

    @property
    def shown(self) -> str:
        """The address for people and logs."""
        return f"{_PAGES[self.scheme]}://{self.host}{self.folder}/{self.name}"

    def explain_token(self) -> str:
        """Why its server does not let us in, and what to do."""
        if self.token is None:
            return f"{self.shown} needs a token; name it with --token or token=."
        return f"{self.shown} refuses this token; check what --token or token= says."


def parse_target(url: str, name: str | None = None, token: str | None = None) -> Target:
    """The target that `url` and, where the address does not end with it, `name` stand for.

    Raises:
        ConfigError: no such address, no name, or a name that no stream can have.
    """
    scheme, host, path, query = _split(url)
    folders = [each for each in path.split("/") if each]
    if name is None:
        name = folders.pop() if folders else ""
    if STREAM_NAME.match(name) is None:
        raise ConfigError(
            f"'{redact(url)}' names no stream; write http://HOST:PORT/NAME with a NAME of "
            "letters and digits."
            if not name
            else f"'{name}' cannot be a stream's name; use letters, digits, '_', '.' and '-'."
        )
    for known in _FOLDERS:
        if folders[-len(known) :] == known:
            del folders[-len(known) :]
            break
    folder = "".join(f"/{each}" for each in folders)
    in_query = parse_qs(query).get("token", [None])[0]
    return Target(scheme, host, folder, name, token or in_query)


def _split(url: str) -> tuple[str, str, str, str]:
    try:
        parts = urlsplit(url)
        scheme, host, _port = _SCHEMES.get(parts.scheme), parts.hostname, parts.port
    except ValueError as exc:
        raise ConfigError(f"'{redact(url)}' is no address of a server.") from exc
    if scheme is None or not host or any(letter.isspace() for letter in url):
        raise ConfigError(
            f"'{redact(url)}' is no address of a server; write http://HOST:PORT/NAME."
        )
    return scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query
