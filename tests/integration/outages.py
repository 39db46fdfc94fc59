"""One outage of a counterpart, and how a viewer got over it."""

import time
from dataclasses import dataclass

from tests.integration.counterparts import PUSHES, Counterpart
from tests.integration.observers import Observer
from tests.integration.processes import POLL_S

GIVE_UP_S = 20.0
# The beginning of the RFC 6381 codec that shows a variant to a viewer that takes everything.
SIZED = {"usual": "avc1.42c01e", "small": "avc1.42c0"}
SHOWN = {
    "rtsp-tcp": {"usual": "avc1", "small": "avc1", "other": "jpeg"},
    "rtsp-udp": {"usual": "avc1", "small": "avc1", "other": "jpeg"},
    "rtmp": {**SIZED, "other": "avc1"},
    "http-mjpeg": dict.fromkeys(("usual", "small", "other"), "jpeg"),
    "http-ts": {**SIZED, "other": "hvc1"},
    "hls": {**SIZED, "other": "hvc1"},
    "udp": {**SIZED, "other": "hvc1"},
    "srt": {**SIZED, "other": "hvc1"},
    "listen-rtmp": {**SIZED, "other": "avc1"},
    "listen-rtsp": {**SIZED, "other": "hvc1"},
    "put": {**SIZED, "other": "hvc1"},
}


# What viewers are told of a source that is away; whoever publishes is waited for.
AWAY = {False: ("offline", "ended"), True: ("offline", "ended", "connecting")}


@dataclass(frozen=True, slots=True)
class Outage:
    """What happens to a source: `kill` or `freeze`, for how long, and what it comes back as."""

    how: str
    away_s: float
    variant: str = "usual"

    @property
    def words(self) -> str:
        """It in short."""
        change = {"usual": "", "small": ", another size", "other": ", another codec"}[self.variant]
        return f"{self.how} {self.away_s:.0f} s{change}"


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds from the loss to being told, and from the return to moving pictures; None: never."""

    told_s: float | None
    back_s: float | None
    reason: str | None


def suffer(counterpart: Counterpart, observer: Observer, outage: Outage) -> Recovery:
    """Bring an outage about and wait until pictures move again."""
    lost_s = time.monotonic()
    codec = SHOWN[counterpart.kind][outage.variant]
    if outage.how == "freeze":
        codec = ""  # it goes on with what it has
        counterpart.freeze()
        time.sleep(outage.away_s)
        back_s = time.monotonic()
        counterpart.thaw()
    else:
        counterpart.kill()
        time.sleep(outage.away_s)
        counterpart.start(outage.variant)
        back_s = time.monotonic()
    while (moved_s := observer.moves_since(back_s, codec)) is None:
        if time.monotonic() - back_s > GIVE_UP_S:
            break
        time.sleep(POLL_S)
    told = observer.told_since(lost_s, *AWAY[counterpart.kind in PUSHES])
    return Recovery(
        None if told is None else told.at_s - lost_s,
        None if moved_s is None else moved_s - back_s,
        None if told is None else told.reason,
    )
