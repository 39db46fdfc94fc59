"""The hub finds streams and lets in as many viewers as it may."""

import pytest

from streamer.address import SourceSpec, parse
from streamer.clock import ManualClock
from streamer.control import Catalog
from streamer.errors import GoingDown, PeerError, TooManyViewers, UnknownStream
from streamer.hub.hub import Hub, Limits
from streamer.hub.state import State
from streamer.hub.stream import StreamSpec


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


def hub_of(*names: str, limits: Limits | None = None) -> Hub:
    source = SourceSpec(parse("pattern:"))
    return Hub([StreamSpec(name, source) for name in names], ManualClock(), limits)


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


def test_closing_sends_everybody_away() -> None:
    hub, guest = hub_of("door"), Guest()
    hub.stream("door").attach(guest)
    hub.close()
    assert isinstance(guest.failure, GoingDown)
