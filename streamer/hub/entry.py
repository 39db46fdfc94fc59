"""Where a worker process enters: the one place that names the media pipeline's main."""

import importlib
import socket

from streamer.address import SourceSpec

MAIN = "streamer.media.process"


def enter(sock: socket.socket, spec: SourceSpec) -> None:
    """Run the pipeline in this, a worker's process.

    It is imported by name because the server's process, which names this function, must never
    load PyAV; the forkserver that workers are forked from has it loaded already.
    """
    importlib.import_module(MAIN).run(sock, spec)
