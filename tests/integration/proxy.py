"""A WebSocket proxy between page and server that loses or spoils messages on the way."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

SUBPROTOCOL = Subprotocol("streamer.v1")

# Takes a media message and gives what is to arrive of it; None loses it.
Meddle = Callable[[bytes], bytes | None]


@contextmanager
def proxy(upstream: str, meddle: Meddle) -> Iterator[int]:
    """Run a proxy to the WebSocket address `upstream`; its port on loopback."""

    def passes(page: ServerConnection) -> None:
        with connect(upstream, subprotocols=[SUBPROTOCOL], max_size=None) as server:
            back = threading.Thread(target=_to_server, args=(page, server))
            back.start()
            _to_page(server, page, meddle)
            page.close()
            back.join()

    with serve(passes, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL], compression=None) as listener:
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        try:
            yield listener.socket.getsockname()[1]
        finally:
            listener.shutdown()
            thread.join()


def _to_page(server: ClientConnection, page: ServerConnection, meddle: Meddle) -> None:
    with suppress(ConnectionClosed):
        for message in server:
            arrives = message if isinstance(message, str) else meddle(message)
            if arrives is not None:
                page.send(arrives)


def _to_server(page: ServerConnection, server: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        for message in page:
            server.send(message)
    server.close()
