"""The hub finds streams and lets in as many viewers as it may."""

import anyio
import pytest

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.control import Catalog
from streamer.errors import (
    BadMessage,
    GoingDown,
    NameTaken,
    PeerError,
    PublisherExists,
    PublishingOff,
    TooManyStreams,
    TooManyViewers,
    UnknownStream,
)
from streamer.hub import hub as hub_module
from streamer.hub.hub import Hub, Limits
from streamer.hub.spec import StreamSpec
from streamer.hub.state import WAITING, State
from streamer.hub.supply.publication import Terms
from streamer.hub.supply.supervisor import Supervisor
from streamer.parsing import parse
from tests.supervised import settle
from tests.test_publication import Publisher


class Guest:
    """A watcher that remembers why it was sent away."""

    def __init__(self) -> None:
        self.failure: PeerError | None = None

    def state_changed(self, state: State) -> None:
        pass

    def catalog_changed(self, catalog: Catalog) -> None:
        pass

    def fail(self, exc: PeerError) -> None:
        self.failure = exc


def hub_of(
    *names: str,
    limits: Limits | None = None,
    terms: Terms | None = None,
    clock: ManualClock | None = None,
) -> Hub:
    source = SourceSpec(parse("pattern:"))
    specs = [StreamSpec(name, source) for name in names]
    return Hub(specs, clock or ManualClock(), limits, terms)


@pytest.mark.anyio
async def test_what_nobody_foresaw_in_one_stream_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[Supervisor] = []

    async def run(supervisor: Supervisor) -> None:
        tries.append(supervisor)
        if len(tries) == 1:
            raise RuntimeError("a watcher broke")
        await anyio.sleep_forever()

    monkeypatch.setattr(Supervisor, "run", run)
    monkeypatch.setattr(hub_module, "_FAILED_S", 0)
    async with hub_of("door", "yard").running():
        await settle()
    assert len(tries) == 3
    assert "a watcher broke" in caplog.text


def test_streams_keep_the_order_of_their_names() -> None:
    assert [stream.name for stream in hub_of("yard", "door").streams] == ["yard", "door"]


def test_an_unknown_stream_is_named() -> None:
    with pytest.raises(UnknownStream, match="No stream is called 'cellar' here"):
        hub_of("door").admit("cellar")


def test_a_full_stream_takes_no_more_but_another_does() -> None:
    hub = hub_of("door", "yard", limits=Limits(viewers=9, viewers_per_stream=1))
    hub.admit("door").attach(Guest())
    with pytest.raises(TooManyViewers, match="'door' has 1 viewers"):
        hub.admit("door")
    assert hub.admit("yard").name == "yard"


def test_a_full_server_takes_no_more_until_somebody_leaves() -> None:
    hub = hub_of("door", "yard", limits=Limits(viewers=1, viewers_per_stream=1))
    guest = Guest()
    hub.stream("door").attach(guest)
    with pytest.raises(TooManyViewers, match="This server has all the viewers"):
        hub.admit("yard")
    hub.stream("door").detach(guest)
    assert hub.admit("yard").name == "yard"


def test_publishing_to_an_unknown_name_makes_a_stream() -> None:
    hub, publisher = hub_of("door"), Publisher()
    stream = hub.publish("cam", publisher.publication)
    assert hub.stream("cam") is stream
    assert (stream.state, stream.stage.publication) == (WAITING, publisher.publication)
    with pytest.raises(PublisherExists):
        hub.publish("cam", Publisher().publication)


def test_a_second_publisher_may_take_over_if_so_told() -> None:
    hub, first, second = hub_of(terms=Terms(takeover=True)), Publisher(), Publisher()
    hub.publish("cam", first.publication)
    hub.publish("cam", second.publication)
    assert (first.ended, second.ended) == (1, 0)


@pytest.mark.parametrize("name", ["", "a b", ".x", "a/b", "x" * 65, "\ud800"])
def test_what_can_be_no_name_is_not_published_to(name: str) -> None:
    with pytest.raises(BadMessage, match="cannot be a stream's name"):
        hub_of().publish(name, Publisher().publication)


def test_a_stream_with_a_source_of_its_own_is_not_published_to() -> None:
    with pytest.raises(NameTaken, match="'door' has a source of its own"):
        hub_of("door").publish("door", Publisher().publication)


def test_nobody_publishes_where_that_is_off() -> None:
    with pytest.raises(PublishingOff, match="start it with --publish"):
        hub_of(terms=Terms(open=False)).publish("cam", Publisher().publication)


def test_there_is_an_end_to_streams() -> None:
    hub = hub_of("door", limits=Limits(streams=2))
    hub.publish("cam", Publisher().publication)
    with pytest.raises(TooManyStreams, match="has 2 streams"):
        hub.publish("other", Publisher().publication)


def test_a_published_stream_is_removed_when_nobody_has_been_there_for_a_minute() -> None:
    clock = ManualClock()
    hub, publisher, guest = hub_of("door", clock=clock), Publisher(), Guest()
    stream = hub.publish("cam", publisher.publication)

    def names_after(us: int) -> list[str]:
        clock.advance(us)
        hub.remove_abandoned()
        return [each.name for each in hub.streams]

    assert names_after(90_000_000) == ["door", "cam"]
    stream.attach(guest)
    stream.stage.leave(publisher.publication)
    assert names_after(90_000_000) == ["door", "cam"]
    stream.detach(guest)
    assert names_after(59_999_999) == ["door", "cam"]
    assert names_after(1) == ["door"]
    assert names_after(600_000_000) == ["door"]


@pytest.mark.anyio
async def test_a_stream_that_is_removed_is_no_longer_supervised() -> None:
    clock = ManualClock()
    hub, publisher = hub_of(clock=clock), Publisher()
    async with hub.running():
        stream = hub.publish("cam", publisher.publication)
        publisher.publication.end()
        stream.stage.leave(publisher.publication)
        clock.advance(60_000_000)
        hub.remove_abandoned()
        assert hub.streams == ()
        await settle()
        late = Publisher()
        stream.admit(late.publication, takeover=False)
        await settle()
        assert stream.state is WAITING
    publisher.publication.close()
    late.publication.close()


def test_closing_sends_everybody_away() -> None:
    hub, guest, publisher = hub_of("door"), Guest(), Publisher()
    hub.stream("door").attach(guest)
    hub.publish("cam", publisher.publication)
    hub.close()
    assert isinstance(guest.failure, GoingDown)
    assert isinstance(publisher.publication.failure, GoingDown)
