"""Where a stream is, and why. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from streamer.control import StateChange


class Phase(StrEnum):
    """The phases of a stream.

    `idle`: nobody watches, nothing runs. `offline`: the source failed; there may be a next try.
    `ended`: the source came to its end; it starts again for the next viewer.
    """

    IDLE = "idle"
    CONNECTING = "connecting"
    LIVE = "live"
    OFFLINE = "offline"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class State:
    """A phase, its reason as a sentence, and the monotonic time of the next try, if any.

    `waits` says that it is up to somebody else what comes next: to a publisher. `frozen_since_us`
    is the monotonic time since which the picture of a live stream has not changed, where that is
    so long that it is worth telling.
    """

    phase: Phase
    reason: str | None = None
    retry_at_us: int | None = None
    waits: bool = False
    frozen_since_us: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing more will come by itself."""
        over = self.phase is Phase.OFFLINE and self.retry_at_us is None
        return self.phase is Phase.ENDED or (over and not self.waits)

    def message(self, now_us: int) -> StateChange:
        """The state as viewers are told it at monotonic time `now_us`."""
        left = None if self.retry_at_us is None else max(0, self.retry_at_us - now_us) // 1000
        return StateChange(self.phase, self.reason, left, self.frozen_ms(now_us))

    def frozen_ms(self, now_us: int) -> int | None:
        """For how long the picture has not changed; None while it does."""
        since_us = self.frozen_since_us
        return None if since_us is None else max(0, now_us - since_us) // 1000


IDLE = State(Phase.IDLE)
WAITING = State(Phase.OFFLINE, "Waiting for a publisher.", waits=True)
