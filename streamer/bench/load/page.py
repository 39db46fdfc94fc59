"""The report of a load as a page."""

from collections.abc import Sequence
from html import escape

from streamer.bench.load.charts import Curve, by_viewers, over_time
from streamer.bench.load.outcome import Outcome
from streamer.bench.load.report import SHARES, Report, about, curve, verdict
from streamer.bench.report.page import INTERRUPTED, headline, how, notice, page, table
from streamer.bench.report.terminal import number

_MB = 1e6
_HOW = """
<p>The age of a picture is the time from its capture, which the server stamps, to its arrival at a
viewer; decoding and painting are not in it. The viewers do not decode: they read the head of each
message and acknowledge as the player does. They look for what has come every two milliseconds,
which is part of the age. The quickest of many pings sets their clock to the server's; half of
that round trip is the clock error. Dropped pictures are gaps in the viewers' sequences, and what
came more than 500 ms later than the youngest, which a player does not paint and which is not in
the ages. A viewer that is sent another rendition than at first was moved. CPU time and memory are
the operating system's.</p>
"""


def to_html(report: Report) -> str:
    """The page."""
    parts = [
        "" if report.complete else notice(INTERRUPTED),
        f"<p class='lead'>{escape(_lead(report))}</p>",
        *(_ramp(report) if report.found is not None else ()),
        *(_main(report.main) if report.main is not None else ()),
        how(about(report), _HOW),
    ]
    return page("Load report", report.when, parts)


def _lead(report: Report) -> str:
    if report.found is not None:
        return verdict(report)
    if report.main is None:
        return "Nothing was measured."
    ages = report.main.ages
    return (
        f"{report.main.viewers} viewers: half of their pictures came within "
        f"{ages.percentile_ms(0.5):.1f} ms of their capture, 99 of 100 within "
        f"{ages.percentile_ms(0.99):.1f} ms; {report.main.dropped:.2%} were dropped."
    )


def _ramp(report: Report) -> Sequence[str]:
    head = (
        *("viewers", *SHARES, "dropped", "moved", "Mbit/s", "server CPU", "with workers"),
        *("MB", "generator"),
    )
    rows = [_row(each) for each in sorted(report.outcomes, key=lambda each: each.viewers)]
    return (
        "<h2>More and more viewers</h2>",
        "<p class='soft'>Age on arrival in ms, CPU in cores, memory of the server's process.</p>",
        f"<div class='panel'>{table(head, rows, 4)}</div>",
        "<h3>Age on arrival by number of viewers, in ms</h3>",
        (
            "<div class='panel scroll wide'>"
            f"{by_viewers(report.outcomes, report.settings.get('budget', ''))}</div>"
        ),
    )


def _row(found: Outcome) -> list[str]:
    ages = found.ages
    return [
        str(found.viewers),
        *(number(ages.percentile_ms(share)) for share in SHARES.values()),
        *(f"{found.dropped:.2%}", str(found.moved), number(found.bitrate_bps / 1e6)),
        *(number(found.own.cores, 2), number(found.all.cores, 2)),
        *(number(found.own.resident / _MB, 0), f"{found.busy:.0%}"),
    ]


def _main(found: Outcome) -> Sequence[str]:
    ages = found.ages
    shown = (
        ("median age", number(ages.percentile_ms(0.5)), "ms"),
        ("99 of 100 below", number(ages.percentile_ms(0.99)), "ms"),
        ("delivered", f"{found.delivered:,}", "pictures"),
        ("dropped", f"{found.missed + found.late:,}", ""),
        ("sent", number(found.bitrate_bps / 1e6), "Mbit/s"),
        ("server", number(found.own.cores, 2), "cores"),
        ("with its workers", number(found.all.cores, 2), "cores"),
        ("memory", number(found.own.resident / _MB, 0), "MB"),
        ("load generator", f"{found.busy:.0%}", "of a core"),
    )
    return (
        f"<h2>{found.viewers} viewers, second by second</h2>",
        headline([each for each in shown if each[1] != "-"]),
        *map(notice, found.doubts()),
        f"<div class='pair'>{''.join(_figures(found))}</div>",
    )


def _figures(found: Outcome) -> Sequence[str]:
    def drawn(title: str, unit: str, *curves: tuple[str, str, float]) -> str:
        known = [Curve(name, curve(found, figure, scale)) for name, figure, scale in curves]
        known = [each for each in known if each.points]
        if not known:
            return ""
        return (
            f"<figure class='panel scroll'><figcaption>{escape(title)}</figcaption>"
            f"{over_time(title, unit, known)}</figure>"
        )

    return (
        drawn(
            "Age on arrival, in ms",
            "ms",
            ("p50", "staleness_p50_ms", 1),
            ("p99", "staleness_p99_ms", 1),
        ),
        drawn(
            "CPU, in cores",
            "cores",
            ("server", "server_cpu", 1),
            ("with workers", "server_cpu_with_workers", 1),
            ("load generator", "generator_busy", 1),
        ),
        drawn(
            "Pictures to all viewers, a second",
            "per second",
            ("delivered", "delivered_per_s", 1),
            ("dropped", "dropped_per_s", 1),
        ),
        drawn(
            "Memory, in MB",
            "MB",
            ("server", "server_memory", _MB),
            ("with workers", "server_memory_with_workers", _MB),
        ),
    )
