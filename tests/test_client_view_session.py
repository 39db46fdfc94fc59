"""One viewing session against a clock and a wire that the test holds."""

from typing import Any

import pytest

from streamer.client.view.figures import Figures
from streamer.client.view.inbox import Inbox
from streamer.client.view.message import Message
from streamer.client.view.session import Session
from streamer.clock import ManualClock
from streamer.control import (
    Ack,
    Catalog,
    ErrorNotice,
    Hello,
    Keyframe,
    Offer,
    Ping,
    Play,
    Pong,
    StateChange,
    dump,
    parse_client,
)
from streamer.errors import BadMessage
from streamer.wire import Flags, Header, Kind, pack
from tests.view_server import H264, JPEG

MS = 1000
AHEAD_US = 5_000_000
LATEST_MS = 500


class Server:
    """What the server's end of a session saw, and the program that takes what came."""

    def __init__(self, *, acknowledges: bool = True) -> None:
        self.clock = ManualClock()
        self.said: list[Any] = []
        self.inbox = Inbox(Figures(), LATEST_MS * MS)
        self.session = Session(
            self._take, self.clock, Play(), self.inbox, acknowledges=acknowledges
        )
        self.session.begin()
        self.say(Hello("cam", self.clock.wall_us() + AHEAD_US), StateChange("live"))

    def _take(self, message: str | bytes) -> None:
        assert isinstance(message, str)
        self.said.append(parse_client(message))

    def of(self, kind: type) -> list[Any]:
        return [each for each in self.said if isinstance(each, kind)]

    @property
    def decoded(self) -> list[int]:
        return [each.decoded for each in self.of(Ack) if each.decoded is not None]

    @property
    def waiting(self) -> list[int]:
        """The sequences of what waits, which are taken."""
        found = []
        while (message := self.inbox.pop(self.clock.monotonic_us())) is not None:
            found.append(message.header.sequence)
        return found

    def say(self, *messages: Any) -> None:
        for each in messages:
            self.session.hear(dump(each))

    def send(self, kind: Kind, *sequences: int, flags: Flags = Flags.NONE) -> None:
        flags |= Flags.KEYFRAME if kind is Kind.JPEG else Flags.NONE
        for each in sequences:
            captured_us = self.clock.wall_us() + AHEAD_US - 20 * MS
            self.session.hear(pack(Header(kind, flags, 0, each, 0, captured_us), b"data"))

    def group(self, *sequences: int) -> None:
        """A keyframe and what depends on it."""
        self.send(Kind.FRAGMENT, sequences[0], flags=Flags.KEYFRAME)
        self.send(Kind.FRAGMENT, *sequences[1:])

    def use(self) -> Message:
        """Take the next message, and be done with it 10 ms later."""
        message = self.inbox.pop(self.clock.monotonic_us())
        assert message is not None
        self.clock.advance(10 * MS)
        self.session.shown(message, 30.0)
        self.session.done(message)
        return message


def playing() -> Server:
    server = Server()
    server.say(H264)
    server.session.hear(pack(Header(Kind.INIT, Flags.NONE, 0, 0, 0, 0), b"init"))
    return server


def test_it_says_at_once_what_it_wants_and_asks_for_the_time() -> None:
    server = Server()
    assert [type(each) for each in server.said] == [Play, Ping]
    server.clock.advance(2 * MS)
    ping = server.of(Ping)[0]
    server.say(Pong(1, ping.client_us, ping.client_us + AHEAD_US + 500_000 + MS))
    assert server.inbox.offset.offset_us == AHEAD_US + 500_000
    assert server.inbox.offset.error_us == MS


def test_what_the_server_tells_is_kept() -> None:
    server = Server()
    server.say(Catalog((Offer(0, "copy", "avc1.42c01f", 64, 48, 30.0),)))
    server.say(StateChange("offline", "The camera is away.", 500), ErrorNotice(4410, "Gone."))
    assert server.inbox.catalog.renditions[0].id == "copy"
    assert server.inbox.state == StateChange("offline", "The camera is away.", 500)
    assert server.session.failure == ErrorNotice(4410, "Gone.")
    assert server.session.has_worked


def test_each_announcement_is_answered_and_only_another_one_begins_anew() -> None:
    server = playing()
    server.group(0, 1)
    server.session.hear(dump(H264)[:-1] + f',"padding":"{"-" * 60_000}"}}')
    assert server.of(Ack) == [Ack(rendition=0), Ack(rendition=0)]
    server.send(Kind.FRAGMENT, 2)
    assert server.waiting == [0, 1, 2]
    server.say(JPEG)
    assert server.of(Ack)[-1] == Ack(rendition=1)
    assert server.inbox.rendition == JPEG


def test_a_message_is_acknowledged_once_the_program_is_done_with_it() -> None:
    server = playing()
    server.group(0, 1)
    assert server.decoded == []
    message = server.use()
    assert server.decoded == [0]
    assert server.of(Ack)[-1] == Ack(0, 1, 0, 0, 1, 30.0)
    assert (message.init, message.rendition, bytes(message.payload)) == (b"init", H264, b"data")


def test_without_acks_nothing_is_said() -> None:
    server = Server(acknowledges=False)
    server.say(H264)
    server.group(0)
    server.use()
    assert server.of(Ack) == []


def test_after_a_gap_everything_up_to_the_next_keyframe_is_skipped() -> None:
    server = playing()
    server.group(0, 1)
    server.send(Kind.FRAGMENT, 4, 5)
    server.group(6, 7)
    assert server.waiting == [0, 1, 6, 7]
    assert server.inbox.figures.dropped["network"] == 4
    assert len(server.of(Keyframe)) == 1, "it asks at most once a second"


def test_what_is_marked_as_a_jump_is_one_and_a_new_init_segment_is_no_loss() -> None:
    server = playing()
    server.group(0)
    server.send(Kind.FRAGMENT, 1, flags=Flags.DISCONTINUITY)
    assert server.waiting == [0]
    server.session.hear(pack(Header(Kind.INIT, Flags.NONE, 0, 0, 0, 0), b"other"))
    server.send(Kind.FRAGMENT, 9)
    server.group(10)
    assert server.waiting == [10]
    assert server.inbox.figures.dropped["network"] == 1


def test_pictures_that_stand_alone_are_newest_wins() -> None:
    server = Server()
    server.say(JPEG)
    server.send(Kind.JPEG, 0, 1, 5)
    assert server.waiting == [5]
    assert dict(server.inbox.figures.dropped) == {"late": 2, "network": 3}
    assert server.decoded == [0, 4], "what was replaced is done with"


def test_what_a_program_does_with_another_rendition_s_messages_is_not_told() -> None:
    server = playing()
    server.group(0)
    server.say(JPEG)
    server.use()
    assert server.decoded == []


def test_a_program_that_was_away_is_given_what_is_of_use() -> None:
    server = playing()
    server.group(0, 1, 2)
    server.clock.advance(300 * MS)
    server.group(3, 4)
    server.clock.advance(300 * MS)
    assert server.waiting == [3, 4]
    assert server.inbox.figures.dropped["late"] == 3
    server.send(Kind.FRAGMENT, 5)
    server.clock.advance((LATEST_MS + 1) * MS)
    server.send(Kind.FRAGMENT, 6)
    assert server.waiting == [], "and what follows needs what was dropped"
    server.group(7)
    assert server.waiting == [7]


def test_an_ack_goes_though_no_picture_comes() -> None:
    server = playing()
    for number in range(15):
        server.group(number)
        server.use()
    assert server.decoded[-1] < 14
    server.clock.advance(3_300 * MS)
    server.session.beat()
    assert server.decoded[-1] == 14


@pytest.mark.parametrize(
    "message",
    [b"short", "[]", '{"type":"audience","viewers":1}', '{"type":"rendition","index":"x"}'],
)
def test_nonsense_is_refused(message: str | bytes) -> None:
    with pytest.raises(BadMessage):
        Server().session.hear(message)


def test_a_picture_of_nothing_is_refused() -> None:
    with pytest.raises(BadMessage, match="before it said what of"):
        Server().send(Kind.JPEG, 0)


def test_what_is_old_long_after_joining_is_of_a_recording_and_counts() -> None:
    inbox = Inbox(Figures(), LATEST_MS * MS, joined_us=10_000 * MS)
    inbox.look(11_900 * MS)
    assert inbox.is_of_before(9_000 * MS)
    inbox.look(12_100 * MS)
    assert not inbox.is_of_before(9_000 * MS)
