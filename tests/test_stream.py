"""A stream: whom it tells, what it demands, and what it takes from a worker."""

import pytest

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.errors import BadMessage, GoingDown, MediaError
from streamer.hub.delivery.channel import Channel
from streamer.hub.spec import StreamSpec
from streamer.hub.state import Phase, State
from streamer.hub.stream import MAX_RENDITIONS, Opened, Stream
from streamer.parsing import parse
from streamer.rendition import Description
from tests.media_messages import Ear, Eye, fragment, init, jpeg

H264 = Opened("h264", 640, 360, 30.0)
ALL = ("avc1", "jpeg")
LINGER_US = 5_000_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def stream(clock: ManualClock) -> Stream:
    return Stream(StreamSpec("cam", SourceSpec(parse("pattern:"))), clock)


def subscribe(stream: Stream, name: str, ear: Ear) -> Channel:
    chosen = stream.choose((name,), ALL)
    assert chosen is not None
    stream.subscribe(chosen[0], ear, chosen[1])
    return chosen[0]


def test_a_newcomer_is_told_where_the_stream_is(stream: Stream) -> None:
    eye = Eye()
    stream.attach(eye)
    assert (eye.states, eye.catalogs) == ([State(Phase.IDLE)], [])
    stream.enter(State(Phase.LIVE))
    stream.enter(State(Phase.LIVE))
    stream.open(H264)
    assert eye.states[1:] == [State(Phase.LIVE)]
    (catalog,) = eye.catalogs
    assert [(each.index, each.id, each.width) for each in catalog.renditions] == [
        (0, "copy", 640),
        (1, "h264", 640),
        (2, "jpeg", 640),
    ]
    late = Eye()
    stream.attach(late)
    assert late.catalogs == eye.catalogs


@pytest.mark.parametrize("state", [State(Phase.ENDED), State(Phase.OFFLINE, "No such file.")])
def test_who_comes_to_a_stream_that_is_over_starts_it_again(stream: Stream, state: State) -> None:
    first, second = Eye(), Eye()
    stream.attach(first)
    stream.enter(state)
    stream.attach(second)
    assert first.states[1:] == [state, State(Phase.CONNECTING)]
    assert second.states == [State(Phase.CONNECTING)]


def test_nobody_is_told_after_leaving(stream: Stream) -> None:
    last = Eye()
    first = Eye(lambda: stream.detach(last) if len(first.states) > 1 else None)
    stream.attach(first)
    stream.attach(last)
    stream.enter(State(Phase.CONNECTING))
    stream.open(H264)
    assert last.states == [State(Phase.IDLE)]
    assert (last.catalogs, len(first.catalogs), stream.viewers) == ([], 1, 1)


def test_a_watcher_may_leave_while_it_is_told(stream: Stream) -> None:
    eye, other = Eye(lambda: stream.detach(eye)), Eye()
    stream.attach(eye)
    stream.attach(other)
    stream.enter(State(Phase.LIVE))
    assert (len(eye.states), len(other.states), stream.viewers) == (1, 2, 1)
    stream.detach(eye)
    assert stream.viewers == 1


def test_all_can_be_sent_away(stream: Stream) -> None:
    eyes = [Eye(), Eye()]
    for eye in eyes:
        stream.attach(eye)
    stream.dismiss(GoingDown("Bye."))
    assert [len(eye.failures) for eye in eyes] == [1, 1]


def test_a_stream_is_wanted_while_watched_and_a_little_longer(
    stream: Stream, clock: ManualClock
) -> None:
    wanted = [stream.wanted]
    eye = Eye()
    stream.attach(eye)
    clock.advance(10 * LINGER_US)
    wanted.append(stream.wanted)
    stream.detach(eye)
    for us in (LINGER_US - 1, 1):
        clock.advance(us)
        wanted.append(stream.wanted)
    assert wanted == [False, True, True, False]


def test_an_operator_may_want_it_always(clock: ManualClock) -> None:
    spec = StreamSpec("cam", SourceSpec(parse("pattern:")), always=True)
    assert Stream(spec, clock).wanted


def test_the_past_of_a_rendition_outlives_its_demand_and_goes_with_the_last_watcher(
    clock: ManualClock,
) -> None:
    stream = Stream(StreamSpec("cam", SourceSpec(parse("pattern:")), history_s=30), clock)
    eye, ear = Eye(), Ear()
    stream.attach(eye)
    stream.enter(State(Phase.LIVE))
    stream.open(H264)
    channel = subscribe(stream, "jpeg", ear)
    stream.publish(jpeg(b"1", channel.index))
    stream.unsubscribe(channel, ear)
    clock.advance(LINGER_US)
    assert stream.demand() == {}
    assert channel.history.oldest() is not None
    stream.detach(eye)
    stream.enter(stream.resting)
    assert channel.history.oldest() is None


@pytest.mark.parametrize(
    ("codec", "history_s", "kept"),
    [("h264", 30.0, ["copy"]), ("mjpeg", 30.0, ["jpeg"]), ("vp8", 30.0, []), ("h264", 0.0, [])],
)
def test_a_source_that_is_always_open_is_kept_as_it_comes(
    clock: ManualClock, codec: str, history_s: float, kept: list[str]
) -> None:
    source = SourceSpec(parse("pattern:"))
    stream = Stream(StreamSpec("cam", source, always=True, history_s=history_s), clock)
    stream.open(Opened(codec, 640, 360, 30.0))
    clock.advance(10 * LINGER_US)
    assert list(stream.demand().values()) == kept


def test_a_stream_keeps_as_much_as_its_operator_wants(clock: ManualClock) -> None:
    spec = StreamSpec("cam", SourceSpec(parse("pattern:")), history_s=2, history_mb=1)
    stream = Stream(spec, clock)
    stream.open(H264)
    history = subscribe(stream, "jpeg", Ear()).history
    for _ in range(40):
        stream.publish(jpeg(b"-" * 20_000, 2))
        clock.advance(100_000)
    assert history.span_us == 2_000_000
    for _ in range(40):
        stream.publish(jpeg(b"-" * 200_000, 2))
    assert 700_000 < history.size <= 1 << 20


def test_only_what_is_watched_is_demanded(stream: Stream, clock: ManualClock) -> None:
    stream.open(H264)
    assert stream.demand() == {}
    ear = Ear()
    channel = subscribe(stream, "jpeg-90", ear)
    assert stream.demand() == {3: "jpeg-90"}
    stream.unsubscribe(channel, ear)
    clock.advance(LINGER_US - 1)
    assert stream.demand() == {3: "jpeg-90"}
    clock.advance(1)
    assert stream.demand() == {}


def test_pictures_from_before_a_rest_are_not_shown(stream: Stream, clock: ManualClock) -> None:
    stream.open(H264)
    ear, late = Ear(), Ear()
    channel = subscribe(stream, "h264", ear)
    stream.publish(init(b"i", 1))
    stream.publish(fragment(b"k1", 1, key=True))
    stream.unsubscribe(channel, ear)
    clock.advance(LINGER_US)
    stream.demand()
    stream.publish(fragment(b"k2", 1, key=True))  # on its way when the demand ended
    subscribe(stream, "h264", late)
    assert late.heard == [b"i"]


def test_nothing_can_be_chosen_before_the_source_is_known(stream: Stream) -> None:
    assert stream.choose(("auto",), ALL) is None
    assert (stream.lines, stream.catalog().renditions) == (0, ())
    stream.open(H264)
    assert stream.lines == 360


def test_what_is_watched_beyond_the_offer_is_in_the_catalog(stream: Stream) -> None:
    stream.open(H264)
    subscribe(stream, "jpeg-90", Ear())
    stream.channel(stream.channels[0].rendition)
    assert [each.id for each in stream.catalog().renditions][-1] == "jpeg-90"
    stream.describe(3, Description("jpeg", 160, 90, 30.0))
    assert stream.catalog().renditions[-1].width == 160


def test_renditions_are_bounded_but_the_offer_is_always_there(stream: Stream) -> None:
    stream.open(Opened("vp8", 640, 360, 30.0))
    for lines in range(MAX_RENDITIONS):
        subscribe(stream, f"jpeg-{100 + lines}", Ear())
    with pytest.raises(BadMessage, match="'cam' has 16 renditions already; choose one of them"):
        stream.choose(("jpeg-300",), ALL)
    eye = Eye()
    stream.attach(eye)
    stream.open(H264)  # offers one more than before
    assert eye.catalogs[-1].renditions[0].id == "copy"


def test_renditions_that_nobody_uses_any_more_make_room(
    stream: Stream, clock: ManualClock
) -> None:
    stream.open(H264)
    for lines in range(10 * MAX_RENDITIONS):
        ear = Ear()
        stream.unsubscribe(subscribe(stream, f"jpeg-{100 + lines}", ear), ear)
        clock.advance(2 * LINGER_US)
    assert len(stream.channels) == MAX_RENDITIONS
    assert [channel.index for channel in stream.channels] == list(range(MAX_RENDITIONS))


@pytest.mark.parametrize("index", [-1, 3, 255])
def test_a_rendition_that_is_not_there_is_a_broken_worker(stream: Stream, index: int) -> None:
    stream.open(H264)
    with pytest.raises(MediaError, match=f"rendition {index}, which is not there"):
        stream.describe(index, Description())
    with pytest.raises(MediaError, match="which is not there"):
        stream.publish(jpeg(b"", index & 0x7F))
    with pytest.raises(MediaError, match="of 31 bytes"):
        stream.publish(jpeg(b"", 0)[:31])


def test_keyframes_are_asked_of_encoders_once_a_second(stream: Stream, clock: ManualClock) -> None:
    stream.open(H264)
    ear = Ear()
    copy, h264 = subscribe(stream, "copy", ear), subscribe(stream, "h264", Ear())
    for channel in (copy, h264, h264):
        stream.request_keyframe(channel)
    assert stream.take_keyframes() == (h264.index,)
    clock.advance(999_999)
    stream.request_keyframe(h264)
    assert stream.take_keyframes() == ()
    clock.advance(1)
    stream.request_keyframe(h264)
    assert stream.take_keyframes() == (h264.index,)


def test_a_fresh_subscription_asks_for_a_keyframe(stream: Stream) -> None:
    stream.open(H264)
    channel = subscribe(stream, "h264", Ear())
    stream.subscribe(channel, Ear(), "", fresh=True)
    assert stream.take_keyframes() == ()
    stream.publish(fragment(b"k", channel.index, key=True))
    stream.subscribe(channel, Ear(), "", fresh=True)
    assert stream.take_keyframes() == (channel.index,)


@pytest.mark.anyio
async def test_a_poke_wakes_the_supervisor(stream: Stream) -> None:
    stream.poke()
    await stream.changed(None)
    await stream.changed(0)
