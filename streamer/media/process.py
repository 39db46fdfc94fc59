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
from streamer.media.link import Link
from streamer.media.opening import open_source
from streamer.media.pipeline import Pipeline
from streamer.media.sample import SourceFacts

log = logging.getLogger(__name__)

_FIRST_DEMAND_S = 1.0
_NAMELESS = ("standard input", "a publisher")


def run(sock: socket.socket, spec: SourceSpec, descriptor: int | None = None) -> None:
    """Serve one source until it ends, fails, or the server closes the socket.

    `descriptor` is where standard input or a publisher is read from.
    """
    # Ctrl-C reaches the whole process group; the server decides when a worker stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    av.logging.set_level(av.logging.PANIC)
    link = Link(sock, SystemClock())
    try:
        _work(link, spec, descriptor)
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


def _work(link: Link, spec: SourceSpec, descriptor: int | None) -> None:
    clock = SystemClock()
    source = open_source(spec, clock, link.beat, descriptor)
    facts = source.facts
    _tell(link, facts)
    pipeline = Pipeline(facts, link, clock)
    # A file of one picture would be over before anybody could ask for it.
    asked = not spec.address.is_live and link.wait_for_demand(_FIRST_DEMAND_S)
    try:
        for sample in source.samples():
            if source.facts is not facts:
                pipeline.close()
                facts = source.facts
                _tell(link, facts)
                pipeline = Pipeline(facts, link, clock)
            pipeline.push(sample)
            link.beat()
        pipeline.close()
        # Without a size FFmpeg saw no picture either, although nobody may have asked for one.
        if not link.sent and (asked or not facts.width):
            raise explain_no_picture(spec.address)
    finally:
        source.close()


def _tell(link: Link, facts: SourceFacts) -> None:
    link.send_control(
        "opened", codec=facts.codec, width=facts.width, height=facts.height, fps=facts.fps
    )


def _fail(link: Link, sentence: str, retryable: bool) -> None:
    if sentence.startswith(_NAMELESS):
        sentence = sentence[0].upper() + sentence[1:]
    with suppress(BrokenPipeError, ConnectionResetError):
        link.send_control("failed", sentence=sentence, retryable=retryable)
