"""One publishing session against a clock and a wire that the test holds."""

from typing import Any

from streamer.client.publish.encoded import Encoded, Moment
from streamer.client.publish.session import Figures, Session
from streamer.client.publish.sounds import EncodedSound
from streamer.clock import ManualClock
from streamer.control import ErrorNotice, Hello, Keyframe, Ping, Pong, StateChange, dump
from streamer.publishing import Audience, Publish, PublishedSound, Receipt, parse_publisher
from streamer.wire import Flags, Header, Kind, unpack

MS = 1000
AHEAD_US = 5_000_000
WITH_SOUND = Publish("avc1.42E01F", "AQ==", sound=PublishedSound("opus", 48_000, 1))
H264, JPEG = Publish("avc1.42E01F", "AQ==", 640, 360, 30.0), Publish("jpeg")


class Server:
    """What the server's end of a session saw."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.figures = Figures()
        self.asked = 0
        self.texts: list[Any] = []
        self.packets: list[tuple[Header, bytes]] = []
        self.session = Session(self._take, self.clock, self.figures, self._ask)

    def _ask(self) -> None:
        self.asked += 1

    def _take(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.texts.append(parse_publisher(message))
        else:
            header, payload = unpack(message)
            self.packets.append((header, bytes(payload)))

    @property
    def sequences(self) -> list[int]:
        return [header.sequence for header, _ in self.packets]

    def say(self, message: Any) -> None:
        self.session.hear(dump(message))

    def greet(self) -> None:
        self.say(Hello("cam", self.clock.wall_us() + AHEAD_US))

    def ack(self, after_ms: int = 1) -> None:
        """Acknowledge the last packet."""
        self.clock.advance(after_ms * MS)
        self.say(Receipt(self.sequences[-1]))

    def push(
        self,
        keyframe: bool = False,
        form: Publish = H264,
        size: int = 1000,
        meta: bytes | None = None,
    ) -> None:
        now_us = self.clock.wall_us()
        moment = Moment(self.clock.monotonic_us(), now_us - 7 * MS, meta)
        self.session.push(Encoded(form, bytes(size), keyframe or form is JPEG, moment))


def greeted() -> Server:
    server = Server()
    server.greet()
    return server


def test_nothing_is_said_before_the_server_s_hello() -> None:
    server = Server()
    assert [server.session.is_greeted, server.session.is_open] == [False, False]
    server.push(keyframe=True)
    assert (server.texts, server.packets) == ([], [])
    server.greet()
    assert server.session.is_greeted
    assert server.asked == 1, "a session begins with a keyframe"


def test_the_form_comes_first_and_again_when_it_changes() -> None:
    server = greeted()
    server.push(keyframe=True, meta=b"{}")
    assert server.texts == [H264, Ping(1, server.clock.wall_us())]
    server.ack()
    server.push()
    assert len(server.texts) == 2
    server.ack()
    server.push(form=JPEG)
    assert server.texts[2:] == [JPEG]
    first = server.packets[0][0]
    assert first.flags == Flags.KEYFRAME | Flags.META
    assert (first.kind, first.rendition, server.sequences) == (Kind.PACKET, 0, [0, 1, 2])
    assert server.packets[0][1] == b"\0\0\0\2{}" + bytes(1000)


def test_times_are_the_server_s() -> None:
    server = greeted()
    server.push(keyframe=True)
    header = server.packets[0][0]
    assert header.captured_us == server.clock.wall_us() - 7 * MS + AHEAD_US
    assert header.encoded_us == 7 * MS
    # A ping shows that the hello took a second.
    ping = next(each for each in server.texts if isinstance(each, Ping))
    server.clock.advance(2 * MS)
    server.say(Pong(1, ping.client_us, ping.client_us + AHEAD_US + 1_001_000))
    assert server.figures.round_trip_us == 2 * MS
    server.ack()
    server.push()
    assert server.packets[1][0].captured_us == (
        server.clock.wall_us() - 7 * MS + AHEAD_US + 1_000_000
    )


def test_what_is_under_way_is_bounded_and_newest_wins() -> None:
    server = greeted()
    for _ in range(50):
        server.push(form=JPEG, size=20_000)
    assert [server.session.is_open] == [False]
    sent = len(server.packets)
    assert sent <= 2
    assert server.figures.dropped == 49 - sent
    server.ack()
    assert server.sequences[-1] == 49, "what waits is the newest"
    server.ack()
    assert server.session.is_open
    assert server.session.is_idle


def test_receipts_are_understood_beyond_where_the_wire_s_numbers_wrap() -> None:
    server = greeted()
    vars(server.session)["_backlog"]._sequence = (1 << 32) - 1
    for _ in range(3):
        server.push(form=JPEG)
        server.ack()
        assert server.session.is_idle
    assert server.sequences == [0xFFFFFFFF, 0, 1]


def test_h264_waits_a_moment_then_goes_on_with_a_keyframe() -> None:
    server = greeted()
    server.push(keyframe=True, size=30_000)
    server.push(size=30_000)
    server.push()
    assert server.sequences == [0]
    assert not server.session.is_idle
    server.ack(after_ms=50)
    server.ack(after_ms=50)
    assert server.sequences == [0, 1, 2], "nothing is lost by a short wait"
    for _ in range(4):
        server.push(size=300_000)
    assert server.figures.dropped == 0
    asked = server.asked
    server.clock.advance(800 * MS)
    server.push()
    assert server.asked > asked
    server.push()
    assert server.figures.dropped >= 3
    server.push(keyframe=True)
    server.ack()
    assert server.packets[-1][0].flags & Flags.KEYFRAME
    assert server.sequences[-1] == 9


def test_a_picture_taken_long_ago_is_not_late() -> None:
    server = greeted()
    for keyframe in (True, False):
        moment = Moment(0, server.clock.wall_us() - 60_000_000)
        server.session.push(Encoded(H264, b"x", keyframe, moment))
        server.ack()
    assert server.sequences == [0, 1]


def test_pings_go_quickly_at_first_and_then_once_a_second() -> None:
    server = greeted()
    for _ in range(30):
        server.session.beat()
        server.clock.advance(100 * MS)
    assert server.texts == [], "the form has to be first"
    server.push(keyframe=True)
    for _ in range(30):
        assert server.session.next_beat_us <= 1_000_000
        server.clock.advance(100 * MS)
        server.session.beat()
    assert len([each for each in server.texts if isinstance(each, Ping)]) == 5 + 2


def test_a_server_that_says_nothing_is_dead() -> None:
    server = Server()
    server.clock.advance(5_000 * MS + 1)
    assert server.session.is_dead, "no hello"
    server = greeted()
    server.clock.advance(60_000 * MS)
    assert not server.session.is_dead, "it was asked nothing"
    server.push(keyframe=True)
    assert not server.session.is_dead
    server.clock.advance(5_000 * MS + 1)
    assert server.session.is_dead


def test_what_else_is_told() -> None:
    server = greeted()
    server.say(Keyframe())
    assert server.asked == 2
    server.say(Audience(3))
    server.say(StateChange("live"))
    server.say(ErrorNotice(4409, "Another publishes."))
    assert server.figures.viewers == 3
    assert server.session.failure == ErrorNotice(4409, "Another publishes.")


def test_sound_goes_between_pictures_once_it_was_announced() -> None:
    server = greeted()
    sound = EncodedSound(b"sound", 20_000, server.clock.wall_us() - 3 * MS)
    server.session.push_sound(sound)
    server.push(keyframe=True)
    server.session.push_sound(sound)
    assert [header.kind for header, _ in server.packets] == [Kind.PACKET], "nothing said of it yet"
    server.push(keyframe=True, form=WITH_SOUND)
    server.session.push_sound(sound)
    header, payload = server.packets[-1]
    assert (header.kind, header.sequence, header.pts_us) == (Kind.AUDIO_PACKET, 2, 20_000)
    assert (payload, header.encoded_us) == (b"sound", 3 * MS)
    assert server.figures.sent == 2, "it is no picture"
    server.push(form=WITH_SOUND)
    assert server.sequences == [0, 1, 2, 3]


def test_sound_is_the_first_that_a_slow_link_leaves_out() -> None:
    server = greeted()
    server.push(keyframe=True, form=WITH_SOUND)
    while not server.session._backlog:
        server.push(form=WITH_SOUND, size=20_000)
    before = len(server.packets)
    server.session.push_sound(EncodedSound(b"sound", 20_000, 0))
    assert len(server.packets) == before
