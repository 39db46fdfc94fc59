"""`/metrics`: what streams and viewers do, for Prometheus. `docs/reference.md` lists the names."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry
from starlette.responses import Response

from streamer.hub.delivery.tally import STALENESS_BUCKETS_MS
from streamer.hub.hub import Hub
from streamer.hub.state import Phase
from streamer.hub.stream import Stream

Rows = Iterable[tuple[list[str], float]]


def scrape(hub: Hub) -> Response:
    """All figures, as they are now."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(hub.streams, hub.clock.monotonic_us()))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Figures(Collector):
    def __init__(self, streams: tuple[Stream, ...], now_us: int) -> None:
        self._streams = streams
        self._now_us = now_us

    def collect(self) -> Iterator[Metric]:
        yield from self._streams_now()
        yield from self._published()
        yield from self._viewers()
        yield self._staleness()

    def _streams_now(self) -> Iterator[Metric]:
        streams = self._streams
        yield _gauge("streamer_viewers", "Viewers.", _each(streams, lambda s: s.viewers))
        listeners = _each(streams, lambda s: s.sound.listeners)
        yield _gauge("streamer_listeners", "Viewers who are sent sound.", listeners)
        yield _gauge(
            "streamer_stream_phase",
            "1 for the phase that the stream is in.",
            [([s.name, phase], s.state.phase is phase) for s in streams for phase in Phase],
            "phase",
        )
        publishers = _each(streams, lambda s: s.stage.publication is not None)
        yield _gauge("streamer_publishers", "1 while somebody publishes.", publishers)
        received = _each(streams, lambda s: s.stage.received)
        yield _counter("streamer_received_bytes", "Bytes from publishers.", received)
        frozen = [([s.name], (s.state.frozen_ms(self._now_us) or 0) / 1000) for s in streams]
        text = "For how long the picture has not changed, once that is reported."
        yield _gauge("streamer_frozen_seconds", text, frozen)
        restarts = _each(streams, lambda s: s.tally.restarts)
        yield _counter("streamer_source_restarts", "Times the source failed.", restarts)
        corrupt = _each(streams, lambda s: s.tally.corrupt)
        yield _counter("streamer_corrupt_packets", "Packets that could not be used.", corrupt)

    def _published(self) -> Iterator[Metric]:
        costs = [([s.name, str(c.rendition)], c.cost) for s in self._streams for c in s.channels]
        messages = [(labels, float(cost.messages)) for labels, cost in costs]
        size = [(labels, float(cost.bytes)) for labels, cost in costs]
        text = "Media messages published."
        yield _counter("streamer_published_messages", text, messages, "rendition")
        yield _counter("streamer_published_bytes", "Bytes of them.", size, "rendition")
        kept = [([s.name, str(c.rendition)], c.history) for s in self._streams for c in s.channels]
        size = [(labels, float(history.size)) for labels, history in kept]
        heard = [([s.name, "sound"], float(s.sound.past.size)) for s in self._streams]
        size += [row for row in heard if row[1]]
        spans = [(labels, history.span_us / 1e6) for labels, history in kept]
        yield _gauge("streamer_history_bytes", "Memory of the last seconds.", size, "rendition")
        yield _gauge("streamer_history_seconds", "How far they reach.", spans, "rendition")

    def _viewers(self) -> Iterator[Metric]:
        tallies = [(s.name, s.tally) for s in self._streams]
        sent = [([name], float(tally.sent)) for name, tally in tallies]
        size = [([name], float(tally.sent_bytes)) for name, tally in tallies]
        drops = [([n, why], float(c)) for n, t in tallies for why, c in t.dropped.items()]
        moves = [([n, way], float(c)) for n, t in tallies for way, c in t.changes.items()]
        yield _counter("streamer_sent_messages", "Media messages sent to viewers.", sent)
        yield _counter("streamer_sent_bytes", "Bytes of them.", size)
        yield _counter("streamer_dropped_messages", "Not sent, and why.", drops, "reason")
        heard = [([name], float(tally.sound_sent)) for name, tally in tallies]
        lost = [([n, why], float(c)) for n, t in tallies for why, c in t.sound_dropped.items()]
        yield _counter("streamer_sound_sent_messages", "Sound sent to viewers.", heard)
        yield _counter("streamer_sound_dropped_messages", "Not sent, and why.", lost, "reason")
        text = "Viewers moved to another rendition because of their link."
        yield _counter("streamer_rendition_changes", text, moves, "direction")

    def _staleness(self) -> Metric:
        text = "Age of painted pictures, as viewers acknowledge them."
        family = HistogramMetricFamily("streamer_staleness_seconds", text, labels=["stream"])
        bounds = [*(str(ms / 1000) for ms in STALENESS_BUCKETS_MS), "+Inf"]
        for stream in self._streams:
            counts = map(float, stream.tally.staleness)
            buckets = list(zip(bounds, counts, strict=True))
            family.add_metric([stream.name], buckets, stream.tally.staleness_ms_sum / 1000)
        return family


def _each(streams: tuple[Stream, ...], figure: Callable[[Stream], int]) -> Rows:
    return [([stream.name], float(figure(stream))) for stream in streams]


def _gauge(name: str, text: str, rows: Rows, *labels: str) -> Metric:
    family = GaugeMetricFamily(name, text, labels=["stream", *labels])
    for values, figure in rows:
        family.add_metric(values, figure)
    return family


def _counter(name: str, text: str, rows: Rows, *labels: str) -> Metric:
    family = CounterMetricFamily(name, text, labels=["stream", *labels])
    for values, figure in rows:
        family.add_metric(values, figure)
    return family
