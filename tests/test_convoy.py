"""The convoy with the subscriptions that ride in it and the channel that it serves."""

import pytest

from streamer.control import Ack
from streamer.hub.delivery.convoy import MAX_LOG, Convoy, Rider
from streamer.hub.delivery.flight import Log
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.pacing import HEALTHY_ACK_US, MARGIN_US, START_BYTES
from tests.media_messages import fragment, init
from tests.riding import MS, SIZE, Bench, Lane


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.begin(3)
    return made


def test_riders_get_everything_once_and_in_order(bench: Bench) -> None:
    bench.publish(20)
    assert [each.numbers() for each in bench.sockets] == [bench.everything()] * 3
    assert [each.bare for each in bench.sockets] == [20] * 3


def test_accounts_are_right_at_any_time(bench: Bench) -> None:
    bench.publish(10)
    viewer = bench.viewers[0]
    assert viewer.pacing.flying == bench.number
    bench.ack(viewer, 4)
    assert viewer.pacing.flying == bench.number - 4
    assert viewer.pacing.flight.nbytes == (bench.number - 4) * SIZE
    assert viewer.sent == bench.number + 1
    bench.ack(viewer)
    assert (viewer.pacing.flying, viewer.pacing.flight.nbytes) == (0, 0)


def test_the_log_is_trimmed_under_those_that_keep_up_and_who_does_not_accounts_for_itself(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, *_, silent = bench.viewers
    alighted: list[Rider] = []
    for viewer in bench.viewers:
        monkeypatch.setattr(viewer, "ride", lambda _log, viewer=viewer: alighted.append(viewer))
    log = bench.channel._convoy._log
    for _ in range(MAX_LOG - len(log)):
        bench.publish(size=1)
        for viewer in bench.viewers[:-1]:
            bench.ack(viewer)
    assert len(log) == MAX_LOG // 2
    assert alighted == [silent]
    bench.publish(3, size=1)
    assert quick.pacing.flying == 3
    bench.ack(quick)
    assert (quick.pacing.flying, quick.pacing.flight.nbytes) == (0, 0)


def test_the_log_is_cleared_and_the_accounts_outlive_that(bench: Bench) -> None:
    rounds = 5
    for _ in range(rounds):
        bench.publish(MAX_LOG // 2 + 1, size=1)
        for viewer in bench.viewers:
            bench.ack(viewer, bench.number - 7)
    assert all(each.numbers() == bench.everything() for each in bench.sockets)
    assert [each.pacing.flying for each in bench.viewers] == [7] * 3
    assert all(each.bare == rounds * (MAX_LOG // 2 + 1) for each in bench.sockets)
    assert len(bench.channel._convoy._log) < MAX_LOG


def test_who_is_over_its_bytes_leaves_first_and_is_served_alone(bench: Bench) -> None:
    many = 2 * START_BYTES // SIZE
    slow, *others = bench.viewers
    for _ in range(many):
        bench.publish()
        for viewer in others:
            bench.ack(viewer)
    stopped = len(bench.sockets[0].numbers())
    assert bench.viewers[0].waits
    assert slow.pacing.flight.nbytes <= slow.pacing._credit
    assert bench.sockets[0].numbers() == list(range(1, stopped + 1))
    assert [each.bare for each in bench.sockets[1:]] == [many] * 2
    bench.ack(slow, stopped)
    assert not slow.waits
    bench.publish(5)
    assert [each.numbers() for each in bench.sockets] == [bench.everything()] * 3
    assert bench.sockets[0].bare > stopped - 3, "it rides again"


def test_who_is_not_heard_of_in_time_leaves(bench: Bench) -> None:
    bench.publish()
    for viewer in bench.viewers[1:]:
        bench.ack(viewer)
    bench.clock.advance(HEALTHY_ACK_US + MARGIN_US + 20 * MS)
    bench.publish()
    assert [each.bare for each in bench.sockets] == [1, 2, 2]
    assert bench.viewers[0].waits


@pytest.mark.parametrize("taken", [0, 1, SIZE // 2, SIZE + 3, BlockingIOError(), OSError()])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_short_write_is_finished_exactly_once(
    bench: Bench, which: int, taken: int | OSError
) -> None:
    socket = bench.sockets[which]
    socket.takes = [taken]
    bench.publish()
    bench.publish(3)
    assert socket.numbers() == [1, 2, 3]
    assert bench.viewers[which].waits
    socket.backlog = 0
    bench.viewers[which].pump()
    bench.publish(4)
    assert [each.numbers() for each in bench.sockets] == [bench.everything()] * 3
    for viewer in bench.viewers:
        bench.ack(viewer)
    assert [each.pacing.flight.nbytes for each in bench.viewers] == [0] * 3


def test_several_short_writes_at_once(bench: Bench) -> None:
    bench.sockets[0].takes = [7]
    bench.sockets[2].takes = [BlockingIOError()]
    bench.publish()
    assert [each.numbers() for each in bench.sockets] == [bench.everything()] * 3
    assert [each.bare for each in bench.sockets] == [0, 1, 0]


def test_whoever_leaves_while_it_sends_gets_that_message_once(bench: Bench) -> None:
    def end_all() -> None:
        for socket in bench.sockets:
            socket.close()

    bench.sockets[0].takes, bench.sockets[2].takes = [5], [0]
    bench.sockets[0].on_finish = end_all
    bench.publish()
    assert [each.numbers() for each in bench.sockets] == [bench.everything()] * 3
    for socket in bench.sockets:
        socket.backlog = 0
    bench.publish(3)
    assert [each.numbers() for each in bench.sockets] == [bench.everything()] * 3


def test_who_unsubscribes_while_it_sends_leaves_the_others_alone(bench: Bench) -> None:
    bench.sockets[0].takes, bench.sockets[2].takes = [5], [7]
    bench.sockets[0].on_finish = lambda: bench.channel.unsubscribe(bench.viewers[1])
    bench.publish(2)
    assert bench.sockets[1].numbers() == [1, 2, 3]
    for each in (0, 2):
        bench.sockets[each].backlog = 0
        bench.viewers[each].pump()
        assert bench.sockets[each].numbers() == bench.everything()


def test_an_init_segment_comes_after_what_went_before(bench: Bench) -> None:
    bench.publish(2)
    bench.channel.publish(init())
    bench.number += 1
    assert [each.bare for each in bench.sockets] == [2] * 3
    assert [each.pacing.flying for each in bench.viewers] == [4] * 3
    bench.publish(3, key=True)
    for socket in bench.sockets:
        assert socket.heard() == [b'{"type":"', b"init", 1, 2, 3, 4, b"init", 6, 7, 8]
        assert socket.bare == 5
    for viewer in bench.viewers:
        bench.ack(viewer)
        assert viewer.pacing.flying == 0


def test_an_announcement_keeps_its_place_and_its_answer(bench: Bench) -> None:
    bench.publish(2)
    bench.viewers[0].tell('{"type":"rendition"}')
    assert bench.sockets[0].heard()[-2:] == [4, b'{"type":"']
    bench.publish(2)
    assert bench.viewers[0].pacing.flying == 7
    bench.viewers[0].ack(Ack(0))
    assert bench.viewers[0].pacing.flying == 2


def test_who_unsubscribes_gets_nothing_more(bench: Bench) -> None:
    bench.publish(2)
    bench.channel.unsubscribe(bench.viewers[1])
    assert bench.viewers[1].pacing.flying == 4
    bench.publish(2)
    assert bench.sockets[1].numbers() == [1, 2, 3, 4]
    assert [each.numbers() for each in bench.sockets[::2]] == [bench.everything()] * 2
    assert bench.channel.subscribers == 2


def test_a_closed_lane_is_not_written_to(bench: Bench) -> None:
    bench.sockets[0].close()
    bench.publish()
    assert [each.bare for each in bench.sockets] == [0, 1, 1]
    assert bench.sockets[0].numbers() == bench.everything()


class Fellow:
    """A rider that goes as far as it is told."""

    def __init__(self, nbytes: int = 1 << 30) -> None:
        self.nbytes = nbytes
        self.sent = 0
        self._log = Log()
        self._begin = 0

    def ride(self, log: Log) -> None:
        self._log, self._begin = log, log.next

    def forgo(self, _log: Log, _first: int) -> None:
        """The log is not that long."""

    def alight(self) -> None:
        self.sent += self._log.next - self._begin

    def allowance(self, now_us: int) -> tuple[int, int]:
        return self.nbytes, now_us + 1

    def finish(self, message: Message, written: int) -> None:
        raise AssertionError("everything was taken")


def test_one_that_leaves_takes_others_along() -> None:
    left: list[Rider] = []
    riders = [Fellow(), Fellow(10), Fellow(), Fellow(10)]
    sent: list[int] = []

    def on_leave(rider: Rider) -> None:
        left.append(rider)
        convoy.leave(riders[2])

    def lane(number: int) -> Lane:
        def send(frame: bytes) -> int:
            sent.append(number)
            return len(frame)

        return Lane(send)

    convoy = Convoy(on_leave)
    for number, rider in enumerate(riders):
        convoy.board(rider, lane(number), 0)
    message = Message(fragment(b""), 0, 0)
    convoy.make_way(message)
    convoy.send(message)
    assert left == [riders[1], riders[2], riders[3]]
    assert sent == [0]
    convoy.leave(riders[0])
    assert [each.sent for each in riders] == [1, 0, 0, 0]
