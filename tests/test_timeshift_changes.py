"""The past of a source that changes: what a viewer is sent, and what it does not wait for."""

import pytest

from streamer.control import Ping, Resume, Seek
from streamer.rendition import Description
from streamer.wire import Kind
from tests.media_messages import init
from tests.shifting import Bench, watched


@pytest.fixture
def bench() -> Bench:
    """A viewer that has watched for ten seconds."""
    return watched()


def test_the_past_goes_on_across_another_configuration(bench: Bench) -> None:
    bench.stream.restart()
    bench.stream.describe(0, Description("avc1.640028", 1280, 720, 10.0))
    bench.stream.publish(init(b"another"))
    bench.play(5)
    bench.told("")
    bench.port.media.clear()
    bench.say(Seek(captured_us=bench.at(98)))
    bench.play(1)
    kinds = [each.kind for _, each in bench.port.media]
    assert kinds[0] == Kind.INIT
    assert kinds.count(Kind.INIT) == 2
    assert [each["codec"] for each in bench.told("rendition")] == ["avc1.42c01f", "avc1.640028"]


def changed(bench: Bench, codec: str) -> None:
    """The source goes on with another codec, of which ten pictures are published."""
    bench.stream.restart()
    bench.stream.describe(0, Description(codec, 1280, 720, 10.0))
    bench.stream.publish(init(b"another"))
    bench.play(1)
    bench.port.media.clear()
    bench.told("")


def test_what_the_viewer_does_not_decode_is_no_past_of_its(bench: Bench) -> None:
    changed(bench, "hvc1.1.6.L93.B0")
    bench.say(Ping(1, 2))
    assert bench.told("pong")[0]["history_ms"] == 11_000
    bench.say(Seek(captured_us=bench.at(105), paused=True))
    assert bench.sent() == list(range(90, 100)), "the last that it decodes"
    bench.say(Seek(captured_us=bench.at(99), frames=3, paused=True))
    assert bench.told("shift")[-1]["captured_us"] == bench.at(99)
    bench.say(Resume())
    bench.play(0.1, publishes=False)
    assert [each["captured_us"] for each in bench.told("shift")] == [None], "it is live"


def test_what_the_viewer_does_not_decode_is_passed_over(bench: Bench) -> None:
    changed(bench, "hvc1.1.6.L93.B0")
    changed(bench, "avc1.42c01f")
    bench.say(Seek(captured_us=bench.at(98)))
    bench.play(1.5)
    pictures = bench.sent()
    assert pictures[:10] == list(range(90, 100))
    assert set(range(100, 112)).isdisjoint(pictures)
    assert pictures[10:12] == [112, 113], "counted with the two init segments between"


def test_whoever_stands_where_nothing_is_kept_any_more_is_waited_for_no_more(
    bench: Bench,
) -> None:
    bench.port.room = 0
    bench.say(Seek(captured_us=bench.at(55), paused=True))
    bench.sent()
    waited = [bench.viewer.waits]
    bench.stream.channels[0].history.clear()
    bench.viewer.pump()
    waited.append(bench.viewer.waits)
    bench.port.room = 1 << 40
    bench.play(1)
    waited.append(bench.viewer.waits)
    assert (waited, bench.sent()) == ([True, False, False], [])
    bench.say(Resume())
    bench.play(0.5)
    assert bench.sent()[0] >= 100
