"""What was seen when a test failed: the words of its open pages, and what its programs said.

So that a failure can be understood from its report alone, on a machine that is not at hand.
"""

from collections.abc import Iterable, Iterator, Mapping

from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.integration.processes import Process

Section = tuple[str, str]

_PATIENCE_MS = 3000
_LAST = 40  # lines, of whoever says much
_PLAYERS = 6
_WORDS = """(body, most) => [
  body.innerText,
  ...Array.from(document.querySelectorAll('stream-player')).slice(0, most).map((player) =>
    `player ${player.getAttribute('src')}: ${JSON.stringify(player.state ?? null)}\\n` +
    `${player.shadowRoot?.querySelector('.message')?.textContent ?? ''}\\n` +
    `${JSON.stringify(player.stats ?? null)}`),
].join('\\n')"""


class Programs:
    """All programs of one test, the last first."""

    def __init__(self) -> None:
        self.started: list[Process] = []

    def sections(self) -> Iterator[Section]:
        """What each has said, its last lines."""
        for number, process in enumerate(self.started):
            running = "running" if process.is_running() else "ended"
            yield f"program {number}, {running}: {process.command}", _last(process.output)


def sections(fixtures: Mapping[str, object]) -> Iterator[Section]:
    """What is seen through a test's fixtures."""
    for page in _pages(fixtures.values()):
        yield f"page {page.url}", "\n".join(_page(page))
    for value in fixtures.values():
        if isinstance(value, Programs):
            yield from value.sections()


def _pages(values: Iterable[object]) -> list[Page]:
    """All that are open, each once."""
    contexts: list[BrowserContext] = []
    for value in values:
        if isinstance(value, Browser):
            contexts.extend(value.contexts)
    return [page for context in contexts for page in context.pages if not page.is_closed()]


def _page(page: Page) -> Iterator[str]:
    """Its words, or why there are none, and what its scripts told the console."""
    try:
        yield page.locator("body").evaluate(_WORDS, _PLAYERS, timeout=_PATIENCE_MS)
        for said in page.console_messages()[-_LAST:]:
            yield f"console {said.type}: {said.text}"
        for error in page.page_errors():
            yield f"uncaught: {error}"
    except Error as exc:
        yield f"(it does not answer: {exc.message.splitlines()[0]})"


def _last(text: str) -> str:
    return "\n".join(text.splitlines()[-_LAST:])
