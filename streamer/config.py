"""Settings: what the command line and `streamer.toml` say, checked once."""

import ipaddress
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from streamer.address import Address, Scheme, SourceSpec, Transport
from streamer.errors import ConfigError, StreamerError
from streamer.hub.hub import Limits
from streamer.hub.past.history import DEFAULT_MB, DEFAULT_S
from streamer.hub.spec import StreamSpec
from streamer.hub.supply.publication import Terms
from streamer.parsing import NAME_RULE, STREAM_NAME, parse

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
DEFAULT_FREEZE_AFTER_S = 30.0
# The least and the most seconds of each; zero for `freeze_after` means never.
_SECONDS = {"open_timeout": (0.5, 600), "stall_timeout": (0.5, 600), "freeze_after": (2, 86_400)}
_STREAM_KINDS: dict[str, type | tuple[type, ...]] = {
    "source": str,
    "sources": list,
    "loop": bool,
    "transport": str,
    "always": bool,
    "trace": bool,
    "slate": (bool, str),
    "history": (int, float),
    "history_mb": int,
    **dict.fromkeys(_SECONDS, (int, float)),
}
_STREAM_KEYS = set(_STREAM_KINDS)
_LONGEST_HISTORY_S = 3600
_LARGEST_HISTORY_MB = 4096
_COUNTS = ("max_viewers", "max_viewers_per_stream", "max_streams")
# As browsers write them (RFC 6454, section 6.2); a page that has none is "null".
_ORIGIN = re.compile(r"\*|null|file://|[a-zA-Z][\w+.-]*://[^\s/?#@]+/?")
# What people copy from a browser: a scheme or port does no harm.
_HOST = re.compile(r"(?i:https?://)?(?:([\w.-]+)|\[([\da-fA-F:.]+)\])(?::\d{1,5})?/?", re.ASCII)
_SWITCHES = ("insecure", "allow_exec", "publish", "publish_takeover")
_SERVER_KEYS = {"host", "port", "token", "allow_host", "allow_origin", *_COUNTS, *_SWITCHES}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server is told. `token` None lets everyone in who reaches it.

    `publish` None lets publishers in where not just anybody could be one.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    token: str | None = None
    insecure: bool = False
    allow_exec: bool = False
    allow_host: tuple[str, ...] = ()
    allow_origin: tuple[str, ...] = ()
    max_viewers: int = Limits().viewers
    max_viewers_per_stream: int = Limits().viewers_per_stream
    max_streams: int = Limits().streams
    publish: bool | None = None
    publish_takeover: bool = False
    streams: tuple[StreamSpec, ...] = ()

    @property
    def limits(self) -> Limits:
        """How many viewers and streams there may be."""
        return Limits(self.max_viewers, self.max_viewers_per_stream, self.max_streams)

    @property
    def terms(self) -> Terms:
        """Whether and how publishers are let in."""
        is_guarded = self.on_loopback or self.token is not None
        return Terms(is_guarded if self.publish is None else self.publish, self.publish_takeover)

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def check(settings: Settings) -> Settings:
    """The same settings, if they are safe and complete.

    Raises:
        ConfigError: open to the network without a token, a name twice, a bad port.
    """
    if not settings.on_loopback and settings.token is None and not settings.insecure:
        raise ConfigError(
            f"Listening on {settings.host} lets the network in; add --token SECRET, "
            "or --insecure if everyone may watch."
        )
    if settings.token is not None and len(settings.token) < 8:
        raise ConfigError("A token of fewer than 8 characters is easily guessed; make it longer.")
    if not 0 <= settings.port <= 65535:
        raise ConfigError(f"Port {settings.port} does not exist; choose 1 to 65535.")
    for key in _COUNTS:
        if getattr(settings, key) < 1:
            raise ConfigError(f"{key} must be at least 1.")
    _check_origins(settings.allow_origin)
    hosts = tuple(_host(each) for each in settings.allow_host)
    _check_sources(settings)
    names = [spec.name for spec in settings.streams]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"Two streams are called '{name}'; write NAME=SOURCE to tell them.")
    return replace(settings, allow_host=hosts)


def _host(text: str) -> str:
    """The name of a host, as the gate compares it."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        match = _HOST.fullmatch(text)
    if match is None:
        raise ConfigError(
            f"'{text}' is no name of a host; write it as in the address bar, as cam.example, "
            "without what follows."
        )
    return match[1] or match[2]


def _check_origins(origins: Iterable[str]) -> None:
    for origin in origins:
        if _ORIGIN.fullmatch(origin) is None:
            raise ConfigError(
                f"'{origin}' is no origin of pages; write https://HOST or https://HOST:PORT, or * "
                "for all."
            )


def _check_sources(settings: Settings) -> None:
    sources = [source for spec in settings.streams for source in spec.sources]
    schemes = [source.address.scheme for source in sources]
    if schemes.count(Scheme.STDIN) > 1:
        raise ConfigError("There is one standard input; only one stream can be read from '-'.")
    for spec in settings.streams:
        own = [source.address.scheme for source in spec.sources]
        if Scheme.EXEC in own and not settings.allow_exec:
            raise ConfigError(
                f"'{spec.name}': exec: runs a command on this machine; allow it with --allow-exec."
            )
        if Scheme.PUBLISH in own and not settings.terms.open:
            raise ConfigError(
                f"'{spec.name}': publish: needs publishers, who are not let in; add --publish."
            )
        if len(spec.sources) - len(spec.pulled) > 1:
            raise ConfigError(f"'{spec.name}' has one publisher at a time; name publish: once.")
        if any(source.address.scheme is Scheme.LISTEN for source in spec.pulled[:-1]):
            raise ConfigError(
                f"'{spec.name}' would never come to what follows listen:, which waits and does "
                "not fail; name it last, or use publish: instead."
            )


def stream_spec(
    name: str,
    sources: Sequence[SourceSpec],
    *,
    always: bool,
    slate: Path | bool = False,
    history: float = DEFAULT_S,
    history_mb: int = DEFAULT_MB,
) -> StreamSpec:
    """A stream; it is always open where whoever sends to it would have to wait.

    Raises:
        ConfigError: so much of the past cannot be kept.
    """
    if not 0 <= history <= _LONGEST_HISTORY_S:
        raise ConfigError(
            f"history is {history:g}; it goes from 0 to {_LONGEST_HISTORY_S} seconds."
        )
    if not 1 <= history_mb <= _LARGEST_HISTORY_MB:
        raise ConfigError(f"history_mb is {history_mb}; it goes from 1 to {_LARGEST_HISTORY_MB}.")
    always = always or any(each.address.must_stay_open for each in sources)
    return StreamSpec(
        name,
        sources[0],
        always,
        fallbacks=tuple(sources[1:]),
        slate=slate,
        history_s=float(history),
        history_mb=history_mb,
    )


def source_spec(
    address: Address,
    loop: bool,
    transport: Transport,
    seconds: Mapping[str, float | None],
    *,
    trace: bool = False,
) -> SourceSpec:
    """A source with the patience that is asked for (`_SECONDS`; what is not there is usual).

    Raises:
        ConfigError: so many seconds make no sense.
    """
    given = {key: value for key, value in seconds.items() if value is not None}
    for key, value in given.items():
        least, most = _SECONDS[key]
        if not least <= value <= most and (key != "freeze_after" or value != 0):
            raise ConfigError(f"{key} is {value:g}; it goes from {least:g} to {most:g} seconds.")
    usual_s = DEFAULT_FREEZE_AFTER_S if address.is_camera else 0
    freeze_after_s = given.pop("freeze_after", usual_s) or None
    patience: dict[str, Any] = {f"{key}_s": float(value) for key, value in given.items()}
    return SourceSpec(
        address, loop, transport, freeze_after_s=freeze_after_s, trace=trace, **patience
    )


def read(path: Path) -> Settings:
    """The settings of a `streamer.toml`.

    Raises:
        ConfigError: it cannot be read, is not TOML, or says something that we do not know.
    """
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(f"{path} cannot be read ({exc.strerror}).") from exc
    except ValueError as exc:
        raise ConfigError(f"{path} is not TOML: {exc}.") from exc
    streams = _table(path, body.pop("streams", {}), "streams")
    server = _table(path, body.pop("server", {}), "server")
    for key in body:
        raise ConfigError(
            f"{path}: the top level does not know '{key}'; it knows [server] and [streams.NAME]."
        )
    _known(path, "[server]", server, _SERVER_KEYS)
    settings = replace(Settings(), **_server(path, server))
    specs = tuple(_stream(path, name, fields) for name, fields in streams.items())
    return replace(settings, streams=specs)


def _server(path: Path, fields: dict[str, Any]) -> dict[str, Any]:
    kinds: dict[str, type] = dict.fromkeys(("port", *_COUNTS), int)
    kinds |= {**dict.fromkeys(_SWITCHES, bool), "allow_host": list, "allow_origin": list}
    for key, value in fields.items():
        _typed(path, f"[server] {key}", value, kinds.get(key, str))
    for key in {"allow_host", "allow_origin"} & fields.keys():
        for value in fields[key]:
            _typed(path, f"each of [server] {key}", value, str)
    return {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}


def _stream(path: Path, name: str, fields: Any) -> StreamSpec:
    where = f"[streams.{name}]"
    if STREAM_NAME.match(name) is None:
        raise ConfigError(f"{path}: '{name}' cannot be a stream's name: {NAME_RULE}.")
    fields = _table(path, fields, f"streams.{name}")
    _known(path, where, fields, _STREAM_KEYS)
    if ("source" in fields) is ("sources" in fields):
        raise ConfigError(
            f'{path}: {where} has no source, or two keys for it; add source = "rtsp://...".'
        )
    for key, value in fields.items():
        _typed(path, f"{where} {key}", value, _STREAM_KINDS[key])
    with _named_in(path, where):
        return _spec(path, name, fields)


@contextmanager
def _named_in(path: Path, where: str) -> Iterator[None]:
    """Say of what is wrong where it stands, if that is not said."""
    try:
        yield
    except StreamerError as exc:
        if exc.sentence.startswith(f"{path}: "):
            raise
        raise type(exc)(f"{path}: {where}: {exc.sentence}") from None


def _spec(path: Path, name: str, fields: dict[str, Any]) -> StreamSpec:
    where = f"[streams.{name}]"
    addresses = _addresses(path, where, fields)
    loop, carried = fields.get("loop", False), transport(fields.get("transport", "auto"))
    seconds = {key: fields.get(key) for key in _SECONDS}
    trace = fields.get("trace", False)
    specs = [source_spec(address, loop, carried, seconds, trace=trace) for address in addresses]
    slate = _slate(path, where, fields.get("slate", False))
    past = {key: fields[key] for key in ("history", "history_mb") if key in fields}
    return stream_spec(name, specs, always=fields.get("always", False), slate=slate, **past)


def _slate(path: Path, where: str, value: bool | str) -> Path | bool:
    if isinstance(value, bool):
        return value
    if not Path(value).is_file():
        raise ConfigError(f"{path}: {where} slate: there is no file '{value}'; name a picture.")
    return Path(value)


def _addresses(path: Path, where: str, fields: dict[str, Any]) -> list[Address]:
    texts = fields.get("sources", [fields.get("source")])
    for text in texts:
        _typed(path, f"each of {where} sources", text, str)
    if not texts:
        raise ConfigError(f"{path}: {where} sources is empty; name one at least.")
    return [parse(text) for text in texts]


def transport(text: str) -> Transport:
    """The RTSP transport of that name.

    Raises:
        ConfigError: there is none.
    """
    try:
        return Transport(text)
    except ValueError:
        raise ConfigError(f"'{text}' is no RTSP transport; use auto, tcp or udp.") from None


def _table(path: Path, value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: [{name}] must be a table.")
    return value


def _known(path: Path, where: str, fields: dict[str, Any], allowed: set[str]) -> None:
    for key in fields:
        if key not in allowed:
            known = ", ".join(sorted(allowed))
            raise ConfigError(f"{path}: {where} does not know '{key}'; it knows {known}.")


def _typed(path: Path, where: str, value: Any, kind: type | tuple[type, ...]) -> None:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise ConfigError(f"{path}: {where} must be {_named(kinds)}.")


def _named(kinds: Iterable[type]) -> str:
    names = {str: "text", int: "a whole number", bool: "true or false", list: "a list"}
    return "a number" if float in kinds else " or ".join(names[kind] for kind in kinds)
