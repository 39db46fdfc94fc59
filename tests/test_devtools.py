"""DevTools: answers find who asked, events wait to be fetched, and every failure is a sentence."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from streamer.bench.devtools import DevTools, converse
from streamer.errors import BrowserError

Said = dict[str, Any]
Answer = Callable[[ServerConnection, Said], None]


@contextmanager
def browser(answer: Answer) -> Iterator[DevTools]:
    """A conversation with somebody who does `answer` for each request."""

    def hear(connection: ServerConnection) -> None:
        for text in connection:
            answer(connection, json.loads(text))

    with serve(hear, "127.0.0.1", 0, compression=None) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        port = server.socket.getsockname()[1]
        with converse(f"ws://127.0.0.1:{port}/") as devtools:
            yield devtools
        server.shutdown()
        thread.join()


def say(connection: ServerConnection, **said: Any) -> None:
    connection.send(json.dumps(said))


def test_an_answer_is_found_among_events() -> None:
    def answer(connection: ServerConnection, said: Said) -> None:
        say(connection, method="Page.moved", params={"to": 1})
        say(connection, id=said["id"] + 1000, result="another's")
        say(connection, id=said["id"], result={said["method"]: said["params"]})
        say(connection, method="Page.moved", params={"to": 2})

    with browser(answer) as devtools:
        assert devtools.ask("Page.go", url="x") == {"Page.go": {"url": "x"}}
        assert devtools.ask("Page.stop") == {"Page.stop": {}}
        moves = devtools.events("Page.moved", 5)
        assert [each["to"] for each in moves][:3] == [1, 2, 1]
        assert devtools.events("Page.closed") == []


def test_a_refusal_is_said() -> None:
    def answer(connection: ServerConnection, said: Said) -> None:
        say(connection, id=said["id"], error={"code": -32601, "message": "'X.y' wasn't found"})

    with browser(answer) as devtools, pytest.raises(BrowserError, match=r"refuses X.y: 'X.y' was"):
        devtools.ask("X.y")


def test_silence_is_not_waited_for() -> None:
    with (
        browser(lambda connection, said: None) as devtools,
        pytest.raises(BrowserError, match=r"does not answer X.y in time"),
    ):
        devtools.ask("X.y", 0.05)


def test_a_browser_that_ends_is_told() -> None:
    with browser(lambda connection, said: connection.close()) as devtools:
        with pytest.raises(BrowserError, match="ended during X"):
            devtools.ask("X")
        with pytest.raises(BrowserError, match="ended while Y was awaited"):
            devtools.events("Y", 5)


def test_nobody_there() -> None:
    with pytest.raises(BrowserError, match="cannot be driven"), converse("ws://127.0.0.1:9/"):
        pass
