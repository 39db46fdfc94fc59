"""Where a stream's publisher stands: nobody or one, and what it is told of the stream."""

from collections.abc import Callable

from streamer.clock import Clock
from streamer.control import Keyframe
from streamer.errors import PublisherExists, StreamerError, TooManyFailures
from streamer.hub.supply.publication import Publication
from streamer.publishing import ServerMessage

KEYFRAME_EVERY_US = 1_000_000  # at most, whoever asks
# So many that fail in a row may follow each other at once; each costs a process.
_FAILURES = 3
_PAUSE_US = 2_000_000


class Stage:
    """The one place for a publisher of a stream; `on_change` is called when another is there."""

    def __init__(self, name: str, clock: Clock, on_change: Callable[[], None]) -> None:
        self.publication: Publication | None = None
        self._name = name
        self._clock = clock
        self._on_change = on_change
        self._left_us = clock.monotonic_us()
        self._asked_us: int | None = None
        self._received = 0
        self._failures = self._failed_us = 0
        self._told: set[str | None] = set()

    @property
    def received(self) -> int:
        """Bytes that publishers have sent."""
        return self._received + (self.publication.received if self.publication else 0)

    def empty_us(self) -> int:
        """For how long nobody has published."""
        return 0 if self.publication else self._clock.monotonic_us() - self._left_us

    def enter(self, publication: Publication, *, takeover: bool) -> None:
        """Take a publisher, in place of another only with `takeover`.

        Raises:
            PublisherExists: another is there.
            TooManyFailures: those before failed one after the other, the last a moment ago.
        """
        self._check_failures()
        before = self.publication
        if before is not None:
            if not takeover:
                raise PublisherExists(
                    f"Another publishes to '{self._name}'; stop it, or use another name."
                )
            self.leave(before)
            before.end(PublisherExists(f"Another publisher has taken over '{self._name}'."))
        self.publication = publication
        self._asked_us = None
        self._on_change()

    def fail(self, reason: str | None) -> bool:
        """Count a publisher whose sending was of no use; whether the reason is a new one."""
        self._failures += 1
        self._failed_us = self._clock.monotonic_us()
        is_new = reason not in self._told
        self._told.add(reason)
        return is_new

    def worked(self, *, steadily: bool = False) -> None:
        """What was sent was of use, and for a while if `steadily`: what fails next is news."""
        self._failures = 0
        if steadily:
            self._told.clear()

    def leave(self, publication: Publication) -> None:
        """Let a publisher go; one that is not there any more is ignored."""
        if publication is self.publication:
            self._received += publication.received
            self.publication, self._left_us = None, self._clock.monotonic_us()
            self._on_change()

    def dismiss(self, failure: StreamerError) -> None:
        """Send the publisher away."""
        if self.publication is not None:
            self.publication.end(failure)

    def tell(self, message: ServerMessage) -> None:
        """Tell the publisher, if there is one."""
        if self.publication is not None:
            self.publication.tell(message)

    def ask_keyframe(self) -> None:
        """Ask the publisher for a keyframe, once a second at most."""
        now_us = self._clock.monotonic_us()
        if self._asked_us is None or now_us - self._asked_us >= KEYFRAME_EVERY_US:
            self._asked_us = now_us
            self.tell(Keyframe())

    def _check_failures(self) -> None:
        since_us = self._clock.monotonic_us() - self._failed_us
        if self._failures >= _FAILURES and since_us < _PAUSE_US:
            raise TooManyFailures(
                f"What was published to '{self._name}' was of no use {self._failures} times in a "
                "row; send it as one body without end, and wait 2 s before the next try."
            )
