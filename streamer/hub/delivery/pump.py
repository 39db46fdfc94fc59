"""Send what waits: a clock for the subscriptions that could not send at once."""

import logging
from typing import Protocol

import anyio

log = logging.getLogger(__name__)

EVERY_S = 0.01


class Pumped(Protocol):
    """Something with messages that wait."""

    def pump(self) -> None:
        """Send what may be sent now."""
        ...

    @property
    def waits(self) -> bool:
        """Whether anything still waits."""
        ...


class Pump:
    """Pumps, every hundredth of a second, whoever waits; sleeps while nobody does."""

    def __init__(self) -> None:
        self._waiting: set[Pumped] = set()
        self._wake = anyio.Event()

    def add(self, pumped: Pumped) -> None:
        """Pump it until nothing waits in it any more."""
        if not self._waiting:
            self._wake.set()
        self._waiting.add(pumped)

    def discard(self, pumped: Pumped) -> None:
        """Pump it no longer."""
        self._waiting.discard(pumped)

    async def run(self) -> None:
        """Pump for ever."""
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            while self._waiting:
                await anyio.sleep(EVERY_S)
                for each in tuple(self._waiting):
                    self._pump(each)

    def _pump(self, pumped: Pumped) -> None:
        try:
            pumped.pump()
        except Exception:
            # One viewer's trouble must not stop the others'; it is pumped no more.
            log.exception("event=pump-failed")
            self._waiting.discard(pumped)
        if not pumped.waits:
            self._waiting.discard(pumped)
