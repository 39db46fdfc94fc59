"""The worker's main: open one source, run its pipeline, tell the server how it went."""

import logging
import signal
import socket
from contextlib import suppress

import av.logging

from streamer.address import SourceSpec
from streamer.clock import SystemClock
from streamer.errors import MediaError, StreamerError
from streamer.media.explain import explain_no_picture
from streamer.media.freeze import FreezeWatch
from streamer.media.link import Link
from streamer.media.opening import open_source
from streamer.media.pipeline import Pipeline
from streamer.media.sample import Source, SourceFacts

log = logging.getLogger(__name__)

_FIRST_DEMAND_S = 1.0


def run(sock: socket.socket, spec: SourceSpec, stdin: int | None = None) -> None:
    """Serve one source until it ends, fails, or the server closes the socket.

    `stdin` is a descriptor of the server's standard input, for a source that is read from it.
    """
    # Ctrl-C reaches the whole process group; the server decides when a worker stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    av.logging.set_level(av.logging.PANIC)
    link = Link(sock, SystemClock())
    try:
        _work(link, _open(link, spec, stdin), spec)
        link.send_control("ended")
    except (BrokenPipeError, ConnectionResetError):
        return
    except MediaError as exc:
        _fail(link, f"{spec.address.shown}: {exc.sentence}", spec.address.comes_back)
    except StreamerError as exc:
        _fail(link, exc.sentence, exc.retryable and spec.address.comes_back)
    except Exception:
        log.exception("event=worker-failed source=%s", spec.address.shown)
        _fail(link, f"{spec.address.shown} could not be processed; see the server's log.", True)


def _open(link: Link, spec: SourceSpec, stdin: int | None) -> Source:
    """The open source; what cannot be opened now is tried again each time the server asks."""
    while True:
        try:
            return open_source(spec, SystemClock(), link.beat, stdin)
        except StreamerError as exc:
            if not (exc.retryable and spec.address.comes_back):
                raise
            link.send_control("failed", sentence=exc.sentence, retryable=True, waits=True)
        link.wait_to_try_again()


def _work(link: Link, source: Source, spec: SourceSpec) -> None:
    clock, facts = SystemClock(), source.facts
    link.send_control(
        "opened", codec=facts.codec, width=facts.width, height=facts.height, fps=facts.fps
    )
    pipeline = Pipeline(facts, link, clock, _watch(spec, facts, link))
    # A file of one picture would be over before anybody could ask for it.
    asked = not spec.address.is_live and link.wait_for_demand(_FIRST_DEMAND_S)
    try:
        for sample in source.samples():
            pipeline.push(sample)
            link.beat()
        pipeline.close()
        if asked and not link.sent:
            raise explain_no_picture(spec.address)
    finally:
        source.close()


def _watch(spec: SourceSpec, facts: SourceFacts, link: Link) -> FreezeWatch | None:
    if spec.freeze_after_s is None:
        return None

    def tell(for_ms: int | None) -> None:
        link.send_control("frozen", for_ms=for_ms)

    return FreezeWatch(facts, spec.freeze_after_s, SystemClock(), tell)


def _fail(link: Link, sentence: str, retryable: bool) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        link.send_control("failed", sentence=sentence, retryable=retryable, waits=False)
