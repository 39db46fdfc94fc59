"""`imshow`: an array on a page, from a notebook or script, without a server being set up.

The first call starts a server beside the program, unless STREAMER_URL names one. That server is
the program's own: it listens on this machine alone and ends with it.
"""

import atexit
import os
import threading
from collections.abc import Mapping

from streamer.client.companion import Companion
from streamer.client.publish.publisher import Publisher
from streamer.errors import StreamerError

URL_VARIABLE = "STREAMER_URL"
_REPEAT_S = 1.0


class Gallery:
    """The streams that one program shows, and the server that it shows them on."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """`environment` may name a server that runs already."""
        self._environment = environment
        self._lock = threading.Lock()
        self._publishers: dict[str, Publisher] = {}
        self._told: set[str] = set()
        self._companion: Companion | None = None

    def imshow(
        self,
        name: str,
        picture: object,
        *,
        meta: object = None,
        format: str = "rgb24",  # noqa: A002  # FFmpeg's and PyAV's word for it
    ) -> None:
        """Show a picture as the stream `name`; the first of each name prints its page's address.

        Returns at once, but for the very first call, which waits until the server is up. The
        arguments are those of `Publisher.send`; the picture stays until the next, or until the
        program ends.

        Raises:
            TypeError, ValueError: nothing that could be a picture or its metadata.
            StreamerError: no server could be started, or it refuses this stream.
        """
        with self._lock:
            publisher = self._publisher(name)
        try:
            publisher.send(picture, meta=meta, format=format)
        except StreamerError:
            # It is told once, and the next call tries anew.
            with self._lock:
                if self._publishers.get(name) is publisher:
                    del self._publishers[name]
            publisher.close()
            raise

    def close(self) -> None:
        """Take everything down; the next call to `imshow` begins again."""
        with self._lock:
            self._take_down()

    def _take_down(self) -> None:
        for publisher in self._publishers.values():
            publisher.close()
        self._publishers.clear()
        if self._companion is not None:
            self._companion.close()
            self._companion = None

    def _publisher(self, name: str) -> Publisher:
        url = self._server()
        publisher = self._publishers.get(name)
        if publisher is None:
            publisher = self._publishers[name] = Publisher(url, name, repeat_s=_REPEAT_S)
            if publisher.page_url not in self._told:
                self._told.add(publisher.page_url)
                print(f"Watch '{name}' at {publisher.page_url}", flush=True)
        return publisher

    def _server(self) -> str:
        if url := self._environment.get(URL_VARIABLE):
            return url
        if self._companion is not None and not self._companion.is_running:
            self._take_down()
        if self._companion is None:
            self._companion = Companion()
        return self._companion.url


# Whoever calls `imshow` has nothing to keep between calls, so this is kept for them.
_gallery = Gallery(os.environ)
imshow = _gallery.imshow
atexit.register(_gallery.close)
