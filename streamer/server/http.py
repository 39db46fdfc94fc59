"""uvicorn's HTTP protocol, with an end to waiting for a request.

uvicorn bounds the time between two requests, but not until the first: whoever connects and says
nothing would hold a descriptor for ever, and needs no token for that.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0


class Http(H11Protocol):
    """Closes a connection on which no whole head of a request comes within `HEAD_S`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(HEAD_S, self._lose_patience)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)

    def _lose_patience(self) -> None:
        asked = cast("object | None", self.cycle)
        is_websocket = self.transport.get_protocol() is not self
        if asked is None and not is_websocket:
            self.transport.close()
