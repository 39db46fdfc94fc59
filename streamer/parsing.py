"""Addresses of sources as an operator types them: the allow-list of schemes, and names. Pure.

Everything that is typed as SOURCE comes through `parse`. What is not listed here is not opened:
FFmpeg knows dozens of protocols, several of which read local files whatever they are pointed at.
"""

import re
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import unquote, urlsplit

from streamer import options
from streamer.address import DEVICES, LISTENING, Address, Scheme, redact, words
from streamer.errors import ConfigError, SourceRefused

STREAM_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,63})=(.*)\Z", re.DOTALL)
NAME_RULE = (
    "a name is letters from a to z, digits, '_', '.' and '-', at most 64, and begins with a "
    "letter or digit"
)
# What stands where a name would, and can be neither the start of a path with folders nor of a URL.
_MEANT_AS_NAME = re.compile(r"([^/\\:=]*)=", re.DOTALL)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_LISTEN = re.compile(
    r"listen:(?:(?P<kind>rtmp|rtsp)://)(?P<host>[0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\]):"
    r"(?P<port>\d{1,5})/(?P<path>[\w.-]+(?:/[\w.-]+)*)\Z",
    re.ASCII,
)
_CAMERA = re.compile(r"/dev/video\d+\Z")
_FILE_URL = re.compile(r"(?i:file):(?://[^/]*(?=/))?(.+)\Z", re.DOTALL)
_UNPREFIXED = frozenset({Scheme.FILE, Scheme.STDIN})
_RATED = DEVICES | {Scheme.IMAGE}
# These take a path or name as it is, spaces and all; the others are URLs.
_PATHS = frozenset({Scheme.SDP, Scheme.UNIX, Scheme.DIR})
_PORTED = LISTENING | {Scheme.TCP}
# FFmpeg takes options of its protocols from the query; what is not here could do anything.
_QUERIES: dict[Scheme, options.Options] = {
    Scheme.UDP: options.UDP,
    Scheme.RTP: options.UDP,
    Scheme.TCP: {},
    **dict.fromkeys(DEVICES, options.DEVICE),
    Scheme.SCREEN: options.SIZE_AND_RATE,
    Scheme.IMAGE: options.FPS,
}
_INSTEAD = {
    "srt": "write exec:\"srt-live-transmit 'srt://HOST:PORT' file://con\" and allow it with "
    "--allow-exec",
}


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a `listen:` address takes publishers: RTMP or RTSP, and what they must name."""

    kind: Scheme
    host: str
    port: int
    path: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


def parse(text: str) -> Address:
    """The address that an operator typed.

    Raises:
        SourceRefused: a scheme that is not on the list.
        ConfigError: nothing, a URL without a host or with a space, or almost a URL.
    """
    match = _SCHEME.match(text)
    if match is None:
        scheme = Scheme.STDIN if text == Scheme.STDIN else Scheme.FILE
        return Address(scheme, _path(text))
    name = match[1].lower()
    if name == Scheme.PATTERN:
        return Address(Scheme.PATTERN, _pattern(text[match.end() :]))
    if name in _UNPREFIXED or name not in Scheme._value2member_map_:
        raise _refusal(text, name)
    # FFmpeg knows its protocols in small letters only.
    address = Address(Scheme(name), name + text[len(name) :])
    _check(address)
    return address


def parse_named(text: str) -> tuple[str, Address]:
    """`NAME=SOURCE`, or SOURCE alone with a name made from it.

    Raises:
        SourceRefused, ConfigError: as `parse` does, or what stands before `=` is no name.
    """
    if match := _NAMED.match(text):
        return match[1], parse(match[2])
    if match := _MEANT_AS_NAME.match(text):
        shown = match[1].encode("utf-8", "replace").decode()
        raise ConfigError(
            f"'{shown:.80}' cannot be a stream's name: {NAME_RULE}. If it begins the name of a "
            "file, write ./ before it."
        )
    address = parse(text)
    return default_name(address), address


def default_name(address: Address) -> str:
    """A stream name for an address that came without one: file stem, host, or `pattern`."""
    if address.scheme is Scheme.PATTERN:
        return "pattern"
    if address.scheme is Scheme.STDIN:
        return "stdin"
    if address.scheme is Scheme.PUBLISH:
        return "camera"
    if address.scheme is Scheme.LISTEN:
        return listening(address).kind
    if address.scheme is Scheme.EXEC:
        text = PurePath(words(address.target)[0]).name
    elif address.scheme in _RATED:
        text = PurePath(rated(address)[0]).stem or address.scheme
    elif address.scheme is Scheme.FILE or address.scheme in _PATHS:
        text = PurePath(address.target.removeprefix(f"{address.scheme}:")).stem
    else:
        text = urlsplit(address.target).hostname or ""
    text = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-._")[:64]
    return text or "camera"


def rated(address: Address) -> tuple[str, dict[str, str]]:
    """The name and the options (size, fps, format) of a device's, screen's or image's address."""
    name, mark, query = address.target.partition(":")[2].rpartition("?")
    return (name, _options(address, query)) if mark else (query, {})


def listening(address: Address) -> Listening:
    """What a `listen:` address says.

    Raises:
        ConfigError: it names no host, port or path, or something else.
    """
    match = _LISTEN.match(address.target)
    if match is None or not 0 < int(match["port"]) < 65536:
        raise ConfigError(
            f"'{address.shown}' cannot be listened on; write listen:rtmp://HOST:PORT/APP/NAME or "
            "listen:rtsp://HOST:PORT/NAME, with the HOST of this machine that encoders reach."
        )
    kind, path = Scheme(match["kind"]), match["path"]
    if kind is Scheme.RTMP and path.count("/") != 1:
        raise ConfigError(
            f"'{address.shown}' needs an application and a name; write "
            "listen:rtmp://HOST:PORT/APP/NAME."
        )
    return Listening(kind, match["host"].strip("[]"), int(match["port"]), path)


def _pattern(spec: str) -> str:
    if options.PATTERN.match(spec) is None:
        raise options.no_pattern(redact(spec))
    options.parse_pattern(spec)
    return spec


def _path(text: str) -> str:
    if not text.strip():
        raise ConfigError("A source is empty; name a URL, a file or pattern:1280x720@30.")
    if _CAMERA.match(text):
        raise ConfigError(f"'{text}' is a camera of this machine; write v4l2:{text}.")
    if "://" in text:
        raise ConfigError(
            f"'{redact(text)}' is neither a path nor a URL; write NAME=URL with a NAME of "
            "letters and digits."
        )
    return text


def _refusal(text: str, name: str) -> SourceRefused:
    allowed = ", ".join(f"{scheme}:" for scheme in Scheme if scheme not in _UNPREFIXED)
    instead = _INSTEAD.get(name, f"use a path, {allowed}")
    if match := _FILE_URL.match(text):
        instead = f"write the path alone: {redact(unquote(match[1], errors='replace'))}"
    return SourceRefused(f"'{redact(text)}': {name}: is not opened here; {instead}")


def _check(address: Address) -> None:
    if address.scheme is Scheme.EXEC:
        words(address.target)
    elif address.scheme is Scheme.PUBLISH:
        if address.target != f"{Scheme.PUBLISH}:":
            raise ConfigError("publish: takes nothing more; write NAME=publish:")
    elif address.scheme is Scheme.LISTEN:
        listening(address)
    elif address.scheme in _RATED:
        _check_rated(address)
    elif address.scheme not in _PATHS:
        _check_url(address)
    elif address.target == f"{address.scheme}:":
        raise ConfigError(f"'{address.shown}' names no path; write {address.scheme}:PATH.")


def _check_url(address: Address) -> None:
    text, name = address.target, address.scheme
    if address.scheme in _PORTED and not _has_port(text):
        raise ConfigError(f"'{address.shown}' names no port; write {name}://HOST:PORT.")
    if not _host(text) and address.scheme not in LISTENING:
        raise ConfigError(f"'{address.shown}' names no host; write {name}://HOST/PATH.")
    if any(letter.isspace() for letter in text):
        raise ConfigError(f"The {name}: address holds a space; write it as %20.")
    if address.scheme in _QUERIES:
        _options(address, text.partition("?")[2])


def _check_rated(address: Address) -> None:
    name, wanted = rated(address)
    if not name and address.scheme is not Scheme.SCREEN:
        raise ConfigError(f"'{address.shown}' names nothing; write {address.scheme}:NAME?fps=15.")
    if float(wanted.get("fps", 1)) == 0:
        raise ConfigError(f"'{address.shown}': fps must be more than 0.")
    if size := wanted.get("size"):
        width, height = size.split("x")
        options.check_pixels(address.shown, int(width), int(height))


def _host(text: str) -> str:
    try:
        return urlsplit(text).hostname or ""
    except ValueError:
        return ""


def _has_port(text: str) -> bool:
    try:
        return bool(urlsplit(text).port)
    except ValueError:
        return False


def _options(address: Address, query: str) -> dict[str, str]:
    """The options of a query; each must be known and look as it should."""
    shown, allowed = address.shown, _QUERIES[address.scheme]
    found = {}
    for part in filter(None, query.split("&")):
        key, _, value = part.partition("=")
        if key not in allowed:
            known = f"it knows {', '.join(sorted(allowed))}" if allowed else "it takes none"
            raise ConfigError(f"'{shown}' does not know the option '{redact(key)}'; {known}.")
        if allowed[key].match(value) is None:
            raise ConfigError(f"'{shown}': {key} cannot be '{redact(value)}'.")
        found[key] = value
    return found
