"""The figures of `/metrics`, as Prometheus parses them, and each in the reference."""

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.hub.hub import Hub
from streamer.hub.spec import StreamSpec
from streamer.hub.state import Phase, State
from streamer.hub.stream import Opened
from streamer.parsing import parse
from streamer.server.metrics import scrape

REFERENCE = Path(__file__).parent.parent / "docs" / "reference.md"


def scraped(hub: Hub) -> dict[tuple[str, ...], float]:
    text = bytes(scrape(hub).body).decode()
    families = text_string_to_metric_families(text)
    samples = [sample for family in families for sample in family.samples]
    return {
        (each.name, each.labels.pop("stream"), *each.labels.values()): each.value
        for each in samples
    }


def hub_with_figures() -> Hub:
    hub = Hub([StreamSpec("door", SourceSpec(parse("pattern:")))], ManualClock())
    stream = hub.stream("door")
    stream.open(Opened("h264", 640, 360, 30.0))
    stream.catalog()
    stream.tally.restarts, stream.tally.corrupt = 2, 3
    stream.tally.changes["down"] += 1
    stream.tally.observe(40.0)
    return hub


def test_a_stream_s_figures_are_told() -> None:
    figures = scraped(hub_with_figures())
    assert figures["streamer_viewers", "door"] == 0
    assert figures["streamer_stream_phase", "door", "idle"] == 1
    assert figures["streamer_stream_phase", "door", "live"] == 0
    assert figures["streamer_frozen_seconds", "door"] == 0
    assert figures["streamer_source_restarts_total", "door"] == 2
    assert figures["streamer_corrupt_packets_total", "door"] == 3
    assert figures["streamer_published_messages_total", "door", "copy"] == 0
    assert figures["streamer_rendition_changes_total", "door", "down"] == 1
    assert figures["streamer_staleness_seconds_bucket", "door", "0.025"] == 0
    assert figures["streamer_staleness_seconds_bucket", "door", "0.05"] == 1
    assert figures["streamer_staleness_seconds_sum", "door"] == 0.04


def test_how_long_a_picture_has_stood_still_is_told() -> None:
    clock = ManualClock()
    hub = Hub([StreamSpec("door", SourceSpec(parse("pattern:")))], clock)
    hub.stream("door").enter(State(Phase.LIVE, frozen_since_us=0))
    clock.advance(42_500_000)
    assert scraped(hub)["streamer_frozen_seconds", "door"] == 42.5


def test_every_figure_is_in_the_reference() -> None:
    listed = set(re.findall(r"^\| `(streamer_\w+)` \|", REFERENCE.read_text(), re.MULTILINE))
    text = bytes(scrape(hub_with_figures()).body).decode()
    kinds = re.findall(r"^# TYPE (\S+) (\w+)", text, re.MULTILINE)
    told = {name for name, kind in kinds if not name.endswith("_created")}
    assert told == listed
