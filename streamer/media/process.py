"""The worker's main: open one source, run its pipeline, tell the server how it went."""

import logging
import signal
import socket
from contextlib import suppress

import av.logging

from streamer.address import SourceSpec
from streamer.clock import SystemClock
from streamer.errors import MediaError, StreamerError
from streamer.media.border_end import BorderEnd
from streamer.media.explain import explain_no_picture
from streamer.media.opening import open_source
from streamer.media.pipeline import Pipeline

log = logging.getLogger(__name__)

_FIRST_DEMAND_S = 1.0


def run(sock: socket.socket, spec: SourceSpec, stdin: int | None = None) -> None:
    """Serve one source until it ends, fails, or the server closes the socket.

    `stdin` is a descriptor of the server's standard input, for a source that is read from it.
    """
    # Ctrl-C reaches the whole process group; the server decides when a worker stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    av.logging.set_level(av.logging.PANIC)
    border = BorderEnd(sock, SystemClock())
    try:
        _work(border, spec, stdin)
        border.send_control("ended")
    except (BrokenPipeError, ConnectionResetError):
        return
    except MediaError as exc:
        _fail(border, f"{spec.address.shown}: {exc.sentence}", spec.address.comes_back)
    except StreamerError as exc:
        _fail(border, exc.sentence, exc.retryable and spec.address.comes_back)
    except Exception:
        log.exception("event=worker-failed source=%s", spec.address.shown)
        _fail(border, f"{spec.address.shown} could not be processed; see the server's log.", True)


def _work(border: BorderEnd, spec: SourceSpec, stdin: int | None) -> None:
    clock = SystemClock()
    source = open_source(spec, clock, border.beat, stdin)
    facts = source.facts
    border.send_control(
        "opened", codec=facts.codec, width=facts.width, height=facts.height, fps=facts.fps
    )
    pipeline = Pipeline(facts, border, clock)
    # A file of one picture would be over before anybody could ask for it.
    asked = not spec.address.is_live and border.wait_for_demand(_FIRST_DEMAND_S)
    try:
        for sample in source.samples():
            pipeline.push(sample)
            border.beat()
        pipeline.close()
        if asked and not border.sent:
            raise explain_no_picture(spec.address)
    finally:
        source.close()


def _fail(border: BorderEnd, sentence: str, retryable: bool) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        border.send_control("failed", sentence=sentence, retryable=retryable)
