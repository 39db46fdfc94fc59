"""Take publishers, one at a time, at a port of this machine.

FFmpeg can listen, but for one connection only, which whoever comes first may leave hanging, and it
is deaf in between. So the port is ours: it stays open for as long as the source is wanted. Each
publisher that comes is carried to an FFmpeg that listens for it alone, on loopback, with the
timeouts that every source has; whoever comes meanwhile is turned away.
"""

import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator

from streamer.address import Address, SourceSpec
from streamer.clock import Clock
from streamer.errors import SourceError, SourceRefused
from streamer.media.ingest.access import access_to_publisher
from streamer.media.ingest.explain import explain_listen
from streamer.media.ingest.greeting import greeting
from streamer.media.ingest.part import Part
from streamer.media.ingest.source import PacketSource
from streamer.parsing import Listening, listening

log = logging.getLogger(__name__)

_LOOPBACK = "127.0.0.1"
_SLICE_S = 0.25
_RETRY_S = 0.01
_JOIN_S = 2.0
_READ_BYTES = 64 * 1024


def publishers(
    spec: SourceSpec, clock: Clock, idle: Callable[[], None], waiting: Callable[[], None]
) -> Iterator[Part]:
    """Whoever publishes, one after the other, without end.

    `waiting` is called when there is nobody, then `idle` several times a second.

    Raises:
        SourceError: the port cannot be had.
    """
    wanted = listening(spec.address)
    with _listen(wanted, spec.address) as port:
        while True:
            waiting()
            carrier = Carrier(_accept(port, idle), port, wanted, spec.open_timeout_s)
            try:
                yield from _publication(carrier, wanted, spec, clock, idle)
            finally:
                carrier.close()


def _publication(
    carrier: "Carrier",
    wanted: Listening,
    spec: SourceSpec,
    clock: Clock,
    idle: Callable[[], None],
) -> Iterator[Part]:
    """What one publisher sends, unless it is not the one that is wanted."""
    access = access_to_publisher(wanted, carrier.inner_port)
    try:
        source = PacketSource(spec, clock, idle, access=access)
    except SourceError as exc:
        carrier.close()  # only then is its trouble known
        log.warning("event=publisher-refused reason=%r", carrier.trouble or exc.sentence)
        return
    part = Part(source)
    if carrier.admitted:
        yield part
    else:  # it hid its name from us, though not from FFmpeg
        part.close()
    if part.end is not None:
        log.info("event=publisher-left reason=%r", part.end.sentence)


def _listen(wanted: Listening, address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in wanted.host else socket.AF_INET
    try:
        return socket.create_server((wanted.host, wanted.port), family=family, backlog=8)
    except (OSError, UnicodeError) as exc:
        raise explain_listen(exc, address) from exc


def _accept(port: socket.socket, idle: Callable[[], None]) -> socket.socket:
    while not select.select([port], [], [], _SLICE_S)[0]:
        idle()
    return port.accept()[0]


class Carrier:
    """Carries one publisher's connection to an FFmpeg that listens on loopback, and back.

    A thread of its own does, until either side ends. `trouble` says why it ended this itself.
    """

    def __init__(
        self, outer: socket.socket, port: socket.socket, wanted: Listening, timeout_s: float
    ) -> None:
        """Take over the connection `outer`; who else comes to `port` is turned away."""
        self._outer = outer
        self._port = port
        self._timeout_s = timeout_s
        self.trouble: str | None = None
        with socket.create_server((_LOOPBACK, 0)) as probe:
            self.inner_port: int = probe.getsockname()[1]
        self._greeting = greeting(wanted, self.inner_port)
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    @property
    def admitted(self) -> bool:
        """Whether the publisher has said the right name."""
        return self._greeting.done

    def close(self) -> None:
        """End the connection."""
        try:
            self._outer.shutdown(socket.SHUT_RDWR)
        except OSError as exc:
            log.debug("event=publisher-gone reason=%r", exc.strerror)
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        try:
            with self._outer, self._connect() as inner:
                self._carry(inner)
        except SourceRefused as exc:
            self.trouble = exc.sentence
        except OSError as exc:
            log.debug("event=publisher-broke reason=%r", exc.strerror)

    def _connect(self) -> socket.socket:
        """A connection to FFmpeg, which may need a moment before it listens."""
        give_up_s = time.monotonic() + self._timeout_s
        while True:
            try:
                return socket.create_connection((_LOOPBACK, self.inner_port))
            except OSError:
                if time.monotonic() > give_up_s:
                    raise
                time.sleep(_RETRY_S)

    def _carry(self, inner: socket.socket) -> None:
        while True:
            ready, _, _ = select.select([self._outer, inner, self._port], [], [])
            if self._port in ready:
                self._port.accept()[0].close()
            for source in (inner, self._outer):
                if source not in ready:
                    continue
                if not (data := source.recv(_READ_BYTES)):
                    return
                if source is inner:
                    self._outer.sendall(self._greeting.reply(data))
                else:
                    self._forward(data, inner)

    def _forward(self, data: bytes, inner: socket.socket) -> None:
        if self._greeting.done:
            inner.sendall(data)
            return
        passed, answer = self._greeting.push(data)
        inner.sendall(passed)
        self._outer.sendall(answer)
