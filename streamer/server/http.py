"""uvicorn's HTTP protocol, with an end to waiting for a request.

uvicorn bounds the time between two requests, but neither until the first nor within the head of
one: whoever connects and says nothing, or one byte, would hold a descriptor for ever, and needs no
token for that.
"""

import asyncio
from typing import Any

import h11
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
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came; where it is part of a head, the rest must come in time."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._forget()
        super().connection_lost(exc)

    @property
    def _waits_for_head(self) -> bool:
        is_websocket = self.transport.get_protocol() is not self
        return not is_websocket and self.conn.their_state is h11.IDLE

    def _watch(self) -> None:
        if not self._waits_for_head:
            self._forget()
        elif self._patience is None:
            self._patience = self.loop.call_later(HEAD_S, self._lose_patience)

    def _forget(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        self._patience = None
        if self._waits_for_head:
            self.transport.close()
