"""Paths down, links across: how old pictures get on each. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from streamer.bench.latency.case import Case, titles
from streamer.bench.latency.outcome import Outcome, Report
from streamer.bench.report.terminal import about, number, table

NO_LINK = "no limit"


def links_of(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """The links, in the order measured."""
    return tuple(dict.fromkeys(each.case.link for each in outcomes))


def grid(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Outcome]]:
    """The outcomes by what is watched, by what link."""
    rows = dict.fromkeys(replace(each.case, link="") for each in outcomes)
    names = dict(zip(rows, titles(tuple(rows)), strict=True))
    found: dict[str, dict[str, Outcome]] = {name: {} for name in names.values()}
    for each in outcomes:
        found[names[_without_link(each.case)]][each.case.link] = each
    return found


def _without_link(case: Case) -> Case:
    return replace(case, link="")


def matrix_text(report: Report) -> str:
    """The whole report for the terminal."""
    links = links_of(report.outcomes)
    rows = [
        [name, *(_cell(by_link.get(link)) for link in links)]
        for name, by_link in grid(report.outcomes).items()
    ]
    head = ("", *(link or NO_LINK for link in links))
    facts = "\n".join(f"{key}: {value}" for key, value in about(report).items())
    return (
        "Age of the pictures when they are shown, in ms: p50 / p99, and pictures a second; what "
        f"the server sent, where it changed.\n{table(head, rows)}\n\n{facts}"
    )


def _cell(found: Outcome | None) -> str:
    if found is None:
        return "-"
    figures = found.figures
    ages = f"{number(figures.total.p50)} / {number(figures.total.p99)}"
    return "  ".join(filter(None, (ages, f"{number(figures.fps)} fps", _moved(found))))


def _moved(found: Outcome) -> str:
    """The last rendition, if it is not the one that was asked for."""
    last = found.renditions[-1] if found.renditions else str(found.case.path)
    return "" if last == found.case.path else last


def matrix_html(report: Report) -> str:
    """The same as a table for the page."""
    links = links_of(report.outcomes)
    heads = "".join(f"<th scope='col'>{escape(link or NO_LINK)}</th>" for link in links)
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th>"
        + "".join(_html_cell(by_link.get(link)) for link in links)
        + "</tr>"
        for name, by_link in grid(report.outcomes).items()
    )
    return (
        "<h2>Paths by links</h2><p class='soft'>Median age of the pictures when they are shown, "
        "in ms; below it the age that one of a hundred exceeds, pictures a second, and what the "
        "server sent where the link did not carry what was asked for.</p>"
        "<div class='panel scroll'>"
        f"<table class='matrix'><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody>"
        "</table></div>"
    )


def _html_cell(found: Outcome | None) -> str:
    if found is None:
        return "<td>-</td>"
    figures = found.figures
    facts = (number(figures.total.p99), f"{number(figures.fps)} fps", _moved(found))
    under = escape(" · ".join(filter(None, facts)))
    return f"<td><b>{number(figures.total.p50)}</b><small>{under}</small></td>"
