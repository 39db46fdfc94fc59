from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from streamer import wire
from streamer.clock import ManualClock
from streamer.control import Ack
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.pacing import TRIAL_US, Pacing
from streamer.hub.delivery.subscription import ANSWER_WITHIN_US, Subscription
from streamer.wire import Flags, Header, Kind

MS = 1000


@dataclass
class Port:
    """A port that keeps what it is given; `backlog` is what it says is unsent."""

    sent: list[Message | str] = field(default_factory=list)
    backlog: int = 0

    def send(self, message: Message) -> bool:
        self.sent.append(message)
        return self.backlog == 0

    def send_text(self, text: str) -> None:
        self.sent.append(text)

    def lane(self, _on_close: Callable[[], None]) -> None:
        """There is no bare way."""

    def finish(self, frame: bytes, written: int) -> None:
        raise AssertionError("there is no lane")

    def unsent(self) -> int:
        return self.backlog


class Bench:
    """A subscription, its port and clock."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.port = Port()
        self.gaps = 0
        self.waits = 0
        self.subscription = Subscription(
            self.port, Pacing(500 * MS), self.clock.monotonic_us, self._gap, self._wait
        )

    def offer(
        self, number: int, kind: Kind = Kind.FRAGMENT, key: bool = False, size: int = 1000
    ) -> Message:
        flags = Flags.KEYFRAME if key or kind == Kind.JPEG else Flags.NONE
        header = Header(kind, flags, 0, number % 2**32, 0, 0, 0)
        data = bytearray(wire.pack(header, bytes(size - wire.HEADER_SIZE)))
        message = Message(data, number, self.clock.monotonic_us())
        self.subscription.offer(message)
        return message

    def begin(self, *, acknowledged: bool = True) -> None:
        self.subscription.begin()
        self.subscription.tell('{"type":"rendition"}')
        self.clock.advance(5 * MS)
        if acknowledged:
            self.subscription.ack(Ack(0))
        self.port.sent.clear()

    def ack(self, number: int) -> None:
        self.subscription.ack(Ack(0, number % 2**32, number % 2**32))

    def numbers(self) -> list[int]:
        return [item.number for item in self.port.sent if isinstance(item, Message)]

    def _gap(self) -> None:
        self.gaps += 1

    def _wait(self) -> None:
        self.waits += 1


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.begin()
    return made


def test_what_fits_goes_at_once(bench: Bench) -> None:
    for number in range(5):
        bench.offer(number, key=number == 0)
    assert bench.numbers() == [0, 1, 2, 3, 4]
    assert not bench.subscription.waits
    assert bench.subscription.sent_bytes == 5000


def test_it_begins_with_a_keyframe_and_asks_for_one(bench: Bench) -> None:
    bench.offer(0)
    bench.offer(1)
    assert bench.numbers() == []
    assert bench.gaps == 2
    bench.offer(2, key=True)
    bench.offer(3)
    assert bench.numbers() == [2, 3]


def test_no_keyframe_is_asked_for_that_could_not_be_sent(bench: Bench) -> None:
    bench.port.backlog = 1
    bench.offer(0)
    assert bench.gaps == 0
    assert bench.waits == 1


def test_jpegs_newest_wins(bench: Bench) -> None:
    bench.offer(0, Kind.JPEG)
    bench.port.backlog = 50
    for number in range(1, 6):
        bench.offer(number, Kind.JPEG)
    # The one that finds the backlog goes out; what comes after it waits.
    sent = bench.numbers()
    bench.port.backlog = 0
    bench.subscription.pump()
    assert bench.numbers() == [*sent, 5]
    assert bench.subscription.dropped["newer"] == 5 - len(sent)


def test_fragments_wait_in_order_while_they_are_young(bench: Bench) -> None:
    bench.offer(0, key=True)
    bench.port.backlog = 50
    for number in range(1, 6):
        bench.offer(number)
    bench.port.backlog = 0
    bench.clock.advance(100 * MS)
    bench.subscription.pump()
    assert bench.numbers() == [0, 1, 2, 3, 4, 5]
    assert not bench.subscription.dropped


def test_what_is_too_late_is_dropped_up_to_the_newest_keyframe(bench: Bench) -> None:
    bench.offer(0, key=True)
    bench.offer(1)
    bench.port.backlog = 50
    bench.offer(2)
    for number in (3, 4, 5, 6):
        bench.clock.advance(200 * MS)
        bench.offer(number, key=number == 5)
    bench.port.backlog = 0
    bench.subscription.pump()
    assert [number for number in bench.numbers() if number > 2] == [5, 6]
    assert bench.subscription.dropped["late"] > 0


def test_without_a_keyframe_in_time_all_that_waits_is_dropped(bench: Bench) -> None:
    bench.offer(0, key=True)
    bench.port.backlog = 50
    bench.offer(1)
    bench.offer(2)
    bench.clock.advance(600 * MS)
    bench.subscription.pump()
    assert not bench.subscription.waits
    bench.port.backlog = 0
    bench.offer(3)
    assert bench.gaps == 1
    bench.offer(4, key=True)
    assert bench.numbers()[-1] == 4


def test_init_segments_are_never_dropped_and_need_no_ack(bench: Bench) -> None:
    bench.port.backlog = 50
    bench.offer(0, Kind.INIT)
    bench.clock.advance(900 * MS)
    bench.subscription.pump()
    assert bench.numbers() == [0]
    assert bench.subscription.pacing.flying == 0


def test_announcements_keep_their_place_among_the_media(bench: Bench) -> None:
    bench.offer(0, key=True)
    bench.port.backlog = 50
    bench.offer(1)
    bench.offer(2)
    bench.subscription.tell("news")
    bench.offer(3)
    bench.port.backlog = 0
    bench.subscription.pump()
    kept = [item if isinstance(item, str) else item.number for item in bench.port.sent]
    assert kept.index("news") == kept.index(3) - 1


def test_what_is_under_way_counts_across_renditions() -> None:
    bench = Bench()
    bench.begin()
    bench.offer(70, key=True, size=20_000)
    bench.subscription.begin()
    pacing = bench.subscription.pacing
    assert pacing.flying == 1
    bench.subscription.tell("other")
    bench.offer(3, key=True)
    assert pacing.flying == 3
    bench.clock.advance(50 * MS)
    bench.subscription.ack(Ack(1))
    assert pacing.flying == 1
    bench.ack(3)
    assert pacing.flying == 0


def test_each_announcement_has_its_own_answer() -> None:
    """An answer to the first is none to the second, or the way would seem shorter than it is."""
    bench = Bench()
    bench.subscription.begin()
    bench.subscription.tell("first")
    bench.clock.advance(90 * MS)
    bench.subscription.tell("second")
    bench.clock.advance(10 * MS)
    bench.subscription.ack(Ack(0))
    assert bench.subscription.pacing.base_us == 100 * MS
    assert bench.subscription.pacing.flying == 1


def test_answers_that_were_on_their_way_are_none_to_what_begins_anew() -> None:
    bench = Bench()
    bench.subscription.begin()
    bench.subscription.tell("first")
    bench.clock.advance(90 * MS)
    bench.subscription.begin()
    bench.subscription.tell("second")
    bench.clock.advance(10 * MS)
    bench.subscription.ack(Ack(0))
    assert not bench.subscription.pacing.acknowledges
    bench.clock.advance(90 * MS)
    bench.subscription.ack(Ack(0))
    assert bench.subscription.pacing.base_us == 100 * MS


def test_numbers_that_were_on_their_way_are_of_what_was_sent_before(bench: Bench) -> None:
    """As after a seek in the same rendition: they would land what has only just been sent."""
    bench.offer(7, key=True)
    bench.begin(acknowledged=False)
    bench.offer(7, key=True)
    flying = bench.subscription.pacing.flying
    bench.ack(7)
    assert bench.subscription.pacing.flying == flying
    bench.subscription.ack(Ack(0))
    bench.ack(7)
    assert bench.subscription.pacing.flying == 0


def test_who_answers_no_announcement_is_heard_after_a_while(bench: Bench) -> None:
    bench.offer(7, key=True)
    bench.begin(acknowledged=False)
    bench.clock.advance(ANSWER_WITHIN_US - 5 * MS)
    bench.offer(8, key=True)
    bench.ack(8)
    assert bench.subscription.pacing.flying == 0


def test_the_sequence_wraps(bench: Bench) -> None:
    start = 2**32 - 3
    for number in range(start, start + 6):
        bench.offer(number, key=number == start)
    bench.ack(start + 1)
    assert bench.subscription.pacing.flying == 4
    bench.ack(start + 5)
    assert bench.subscription.pacing.flying == 0


@pytest.mark.parametrize("number", [9, 500, 2**32 - 1])
def test_an_ack_of_what_was_never_sent_is_none(bench: Bench, number: int) -> None:
    bench.offer(0, key=True)
    bench.ack(number)
    assert bench.subscription.pacing.flying == 1


def test_an_ack_before_anything_was_sent_is_none() -> None:
    bench = Bench()
    bench.ack(7)
    bench.subscription.ack(Ack(0))
    assert bench.subscription.pacing.flying == 0


def test_probes_are_announcements_with_padding(bench: Bench) -> None:
    bench.subscription.probe(5)
    assert bench.port.sent == ['{"type":"rendition","padding":"-----"}']
    assert bench.subscription.pacing.flying == 1
    bench.port.backlog = 1
    bench.offer(0, key=True, size=90_000)
    bench.subscription.probe(5)
    assert sum(isinstance(item, str) for item in bench.port.sent) == 1


def test_who_never_acknowledges_gets_all_its_port_takes() -> None:
    bench = Bench()
    bench.begin(acknowledged=False)
    bench.clock.advance(TRIAL_US)
    for number in range(100):
        bench.offer(number, key=number == 0, size=50_000)
        bench.clock.advance(33 * MS)
    assert len(bench.numbers()) == 100


def test_a_viewer_that_stops_reading_keeps_little_here(bench: Bench) -> None:
    bench.port.backlog = 1
    most = 0
    for number in range(30 * 60):
        bench.offer(number, key=number % 60 == 0, size=17_000)
        bench.clock.advance(33 * MS)
        bench.subscription.pump()
        most = max(most, bench.subscription._waiting_bytes)
    assert most < 500_000


def test_what_is_small_goes_beside_the_pictures_only_while_more_of_them_might(
    bench: Bench,
) -> None:
    bench.begin()
    assert bench.subscription.join(300)
    bench.offer(0, key=True, size=30_000)
    while not bench.subscription.waits:
        bench.offer(len(bench.numbers()), size=30_000)
    joined = 0
    while bench.subscription.join(300):
        joined += 1
    assert 0 < joined < 110, "what is left of the credit, and no more"
    went: list[bool] = []
    bench.subscription.beside = lambda: went.append(bench.subscription.join(300))
    before = len(bench.numbers())
    bench.clock.advance(20 * MS)
    bench.ack(0)
    assert went == [True], "it goes before the pictures that wait"
    assert len(bench.numbers()) > before
    bench.port.backlog = 1
    assert not bench.subscription.join(300)


def test_who_acknowledges_seldom_is_asked_when_pictures_wait_for_that(bench: Bench) -> None:
    """Otherwise nothing would go for seconds, as nothing gives it occasion to acknowledge."""
    bench.begin()
    bench.offer(0, key=True, size=4_000)
    bench.clock.advance(95 * MS)
    bench.ack(0)
    assert bench.subscription.pacing.is_behind
    bench.port.sent.clear()
    for number in range(1, 30):
        bench.offer(number, size=1_000)
        bench.clock.advance(33 * MS)
        bench.subscription.pump()
    asked = [item for item in bench.port.sent if isinstance(item, str)]
    assert asked == ['{"type":"rendition"}'], "once"
    assert bench.subscription.waits or bench.subscription.dropped
    bench.subscription.ack(Ack(0))
    bench.offer(30, key=True, size=1_000)
    assert bench.numbers()[-1] == 30
