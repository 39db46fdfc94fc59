"""What is measured: a server of our own with the marked pattern, or the one that was named."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit

from streamer.address import redact
from streamer.bench.impaired import impaired
from streamer.bench.latency.case import Case, Path
from streamer.bench.latency.spread import NAN
from streamer.bench.link import parse_link
from streamer.bench.processes import TreeCpu
from streamer.client.companion import Companion
from streamer.client.dialling import cause
from streamer.client.target import Target, parse_target
from streamer.errors import ConfigError

_ANSWER_S = 10.0
_STOP_S = 5.0
_REFUSALS = {
    401: "it asks for a token; give it with --token",
    404: "there is no such stream",
    503: "its source is offline",
}


class Site(Protocol):
    """A server that is measured; `is_here` if it runs on this machine, by the same clock."""

    is_here: bool

    @contextmanager
    def stream(self, case: Case) -> Iterator[Target]:
        """The stream of a case, for as long as it is watched."""
        ...

    def cpu_s(self) -> float:
        """Seconds of CPU that the server and its workers have taken; NaN if not known."""
        ...


class OwnSite:
    """`streamer serve` with a pattern of each size, every picture traced."""

    is_here = True

    def __init__(self, companion: Companion) -> None:
        self._companion = companion
        self._cpu = TreeCpu(companion.pid)

    @contextmanager
    def stream(self, case: Case) -> Iterator[Target]:
        """The pattern; for `copy`, a publisher beside the server encodes it meanwhile."""
        target = parse_target(self._companion.url, _name(case))
        if case.path is not Path.COPY:
            yield target
            return
        source = f"pattern:{case.width}x{case.height}@{case.fps}"
        push = (sys.executable, "-m", "streamer", "push", source, target.page_url)
        process = subprocess.Popen(  # noqa: S603  # this very program
            push, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            yield target
        finally:
            _stop(process)

    def cpu_s(self) -> float:
        """What the server has taken, and its workers; a publisher is not the server."""
        return self._cpu.seconds()


class NamedSite:
    """A stream of a server that runs anyway, perhaps elsewhere."""

    is_here = False

    def __init__(self, target: Target) -> None:
        self._target = target

    @contextmanager
    def stream(self, case: Case) -> Iterator[Target]:  # noqa: ARG002  # there is one
        """The one that was named."""
        yield self._target

    def cpu_s(self) -> float:
        """Nothing is known of another machine's processes."""
        return NAN


@contextmanager
def own_site(cases: Sequence[Case]) -> Iterator[OwnSite]:
    """A server of our own for these cases, and its end.

    Raises:
        ConfigError: it could not be started.
    """
    sources = dict.fromkeys(_source(case) for case in cases)
    companion = Companion((0,), ("--trace", *sources))
    try:
        yield OwnSite(companion)
    finally:
        companion.close()


def _source(case: Case) -> str:
    if case.path is Path.COPY:
        return f"{_name(case)}=publish:"
    return f"{_name(case)}=pattern:{case.width}x{case.height}@{case.fps}"


def _name(case: Case) -> str:
    kind = "copy" if case.path is Path.COPY else "pattern"
    return f"{kind}-{case.width}x{case.height}-{case.fps}"


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def behind(target: Target, link: str) -> Iterator[Target]:
    """The same stream behind a bad link; `link` is as `--link` has it, empty for none.

    Raises:
        ConfigError: it is no link, or the server speaks TLS to who it is named as.
    """
    if not link:
        yield target
        return
    if target.scheme != "ws":
        raise ConfigError("A link can stand before http:// only; leave --link away.")
    parts = urlsplit(f"//{target.host}")
    host = parts.hostname or ""
    with impaired(parts.port or 80, parse_link(link), host) as between:
        yield replace(target, host=f"localhost:{between.port}")


@dataclass(frozen=True, slots=True)
class Offered:
    """What a server says of a stream."""

    width: int
    height: int
    fps: float


def ask(target: Target) -> Offered:
    """What the server says of a stream, once it has given a picture.

    Raises:
        ConfigError: it does not answer, or has no such stream, or no picture of it.
    """
    _get(target, f"/streams/{target.name}/snapshot.jpg")
    try:
        streams = json.loads(_get(target, "/api/streams"))["streams"]
        (found,) = (each for each in streams if each["name"] == target.name)
        return Offered(found["width"], found["height"], found["fps"])
    except (ValueError, KeyError) as exc:
        raise ConfigError(f"{target.shown} is no stream of a server like this one.") from exc


def _get(target: Target, path: str) -> bytes:
    query = f"?token={quote(target.token, safe='')}" if target.token else ""
    url = f"{urlsplit(target.page_url).scheme}://{target.host}{target.folder}{path}{query}"
    try:
        with urllib.request.urlopen(url, timeout=_ANSWER_S) as answer:  # noqa: S310  # http(s)
            body: bytes = answer.read()
            return body
    except OSError as exc:
        raise ConfigError(f"{target.shown} gives no picture ({_why(exc)}).") from exc


def _why(exc: OSError) -> str:
    if isinstance(exc, HTTPError):
        return _REFUSALS.get(exc.code, f"HTTP {exc.code}")
    # What urllib could not open is told by what it wraps.
    reason = getattr(exc, "reason", exc)
    return cause(reason) if isinstance(reason, OSError) else redact(str(reason))
