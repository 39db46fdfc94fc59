"""Where processes of media work enter: the one place that names their mains."""

import importlib
import socket
from multiprocessing import reduction
from typing import Any

from streamer.address import SourceSpec
from streamer.rendition import Rendition
from streamer.slate import SlateSpec

MAIN = "streamer.media.process"
SLATE_MAIN = "streamer.media.picture.slate"
STILL_MAIN = "streamer.media.picture.still"


class Descriptor:
    """A file descriptor among a worker's arguments; the worker gets a duplicate, its own."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (reduction.DupFd(self.number),)


def _received(duplicate: Any) -> Descriptor:
    return Descriptor(duplicate.detach())


def enter(sock: socket.socket, spec: SourceSpec, pipe: Descriptor | None) -> None:
    """Run the pipeline in this, a worker's process.

    It is imported by name because the server's process, which names this function, must never
    load PyAV; the forkserver that workers are forked from has it loaded already.
    """
    importlib.import_module(MAIN).run(sock, spec, pipe and pipe.number)


def enter_slate(sock: socket.socket, spec: SlateSpec) -> None:
    """Draw one slate in this process."""
    importlib.import_module(SLATE_MAIN).run(sock, spec)


def enter_still(sock: socket.socket, rendition: Rendition, kind: str) -> None:
    """Make one picture of a group in this process."""
    importlib.import_module(STILL_MAIN).run(sock, rendition, kind)
