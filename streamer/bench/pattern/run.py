"""`streamer pattern`: send the marked pattern until interrupted, and tell how it goes."""

import math
import sys

from streamer.bench.pattern.encoding import Encoding
from streamer.bench.pattern.sender import Sender
from streamer.bench.pattern.target import Codec, check_picture, parse_target
from streamer.client.statusline import StatusLine
from streamer.clock import SystemClock
from streamer.errors import ConfigError, TargetError
from streamer.options import parse_pattern

_LOOK_S = 0.1


def run(
    to: str,
    picture: str,
    *,
    codec: str,
    bitrate_bps: int | None,
    group: int | None,
    form: str | None,
    method: str,
    seconds: float | None,
) -> None:
    """Send `picture`, as `pattern:` has it, to a target; for so long, or until interrupted.

    Raises:
        StreamerError: it cannot be sent, and trying again would not help.
    """
    if seconds is not None and not 0 < seconds < math.inf:
        raise ConfigError(f"--seconds is {seconds:g}; it is more than 0.")
    kind = Codec(codec)
    encoding = Encoding(kind, parse_pattern(picture), bitrate_bps, group)
    target = parse_target(to, kind, form)
    check_picture(target, kind, encoding.picture.width, encoding.picture.height)
    clock = SystemClock()
    sender = Sender(target, encoding, method, clock)
    line = StatusLine(sys.stderr, target.shown)
    line.note(f"{encoding.shown}; the mark in it is read by `streamer probe`")
    telling = _Telling(line)
    ends_us = None if seconds is None else clock.monotonic_us() + round(seconds * 1e6)
    sender.start()
    try:
        while not sender.wait(_LOOK_S) and (ends_us is None or clock.monotonic_us() < ends_us):
            telling.tell(sender)
    finally:
        sender.close()
        line.close()
    if sender.failure is not None:
        raise sender.failure
    if sender.trouble is not None and not sender.sent:
        raise TargetError(sender.trouble)


class _Telling:
    """Says how it goes now and then, and of each trouble when it begins and ends."""

    def __init__(self, line: StatusLine) -> None:
        self._line = line
        self._trouble: str | None = None
        self._last = 0, 0

    def tell(self, sender: Sender) -> None:
        if sender.trouble != self._trouble:
            self._trouble = sender.trouble
            self._line.note(self._trouble or "sending again")
        if self._line.is_due:
            text = self._trouble or _rates(sender, self._last, self._line.elapsed_s)
            self._last = sender.sent, sender.sent_bytes
            self._line.show(text)


def _rates(sender: Sender, last: tuple[int, int], elapsed_s: float) -> str:
    if not sender.sent:
        return "connecting"
    sent, sent_bytes = last
    fps = (sender.sent - sent) / elapsed_s
    mbps = (sender.sent_bytes - sent_bytes) * 8 / 1e6 / elapsed_s
    again = f"  connected {sender.connections} times" if sender.connections > 1 else ""
    return f"{fps:.1f} fps  {mbps:.2f} Mbit/s  {sender.sent} pictures{again}"
