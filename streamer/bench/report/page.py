"""One page of HTML that holds a whole report: no script, nothing fetched from anywhere."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

INTERRUPTED = "Interrupted: this is what was measured until then."
_STYLE = Path(__file__).with_name("page.css")


def page(title: str, when: str, parts: Sequence[str]) -> str:
    """The page, with these parts one below the other."""
    style = _STYLE.read_text(encoding="utf-8")
    head = f"<h1>{escape(title)}</h1><p class='soft'>{escape(when)}</p>"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}, {escape(when)}</title><style>{style}</style></head>"
        f"<body><main>{head}{''.join(parts)}</main></body></html>\n"
    )


def notice(sentence: str) -> str:
    """What makes the report less than it seems."""
    return f"<p class='notice'>{escape(sentence)}</p>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], main: int = -1) -> str:
    """A table of words and figures; column `main` is what matters most."""
    heads = "".join(f"<th scope='col'>{escape(each)}</th>" for each in head)
    lines = (
        "<tr>"
        + "".join(
            f"<td{' class=main' if at == main else ''}>{escape(cell)}</td>"
            for at, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        "<div class='scroll'><table><thead><tr>"
        f"{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def headline(figures: Sequence[tuple[str, str, str]]) -> str:
    """A few figures that matter most: name, value and unit of each."""
    items = (
        f"<div><dd>{escape(value)} <small>{escape(unit)}</small></dd><dt>{escape(name)}</dt></div>"
        for name, value, unit in figures
    )
    return f"<dl class='figures'>{''.join(items)}</dl>"


def how(settings: Mapping[str, str], method: str) -> str:
    """On what and how it was measured; `method` is HTML."""
    items = (f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>" for key, value in settings.items())
    return f"<h2>How it was measured</h2><dl class='about'>{''.join(items)}</dl>{method}"
