"""A conversation over the DevTools protocol, which drives Chromium: ask, and get the answer.

Who holds a `DevTools` asks one thing at a time, from one thread. Events that come meanwhile are
kept, the newest thousand of them, for `events` to give out; none come unless a domain was enabled.
"""

import json
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from streamer.errors import BrowserError

ANSWER_S = 20.0
_EVENTS = 1000


class DevTools:
    """A conversation with the browser itself, or with one page of it."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._last_id = 0
        self._events: deque[dict[str, Any]] = deque(maxlen=_EVENTS)

    def ask(self, method: str, timeout_s: float = ANSWER_S, **parameters: Any) -> Any:
        """The answer to one command.

        Raises:
            BrowserError: the browser refuses it, is gone, or does not answer in time.
        """
        self._last_id += 1
        request = {"id": self._last_id, "method": method, "params": parameters}
        deadline_s = time.monotonic() + timeout_s
        try:
            self._connection.send(json.dumps(request))
            while (said := self._receive(deadline_s)).get("id") != self._last_id:
                self._keep(said)
        except TimeoutError:
            raise BrowserError(f"The browser does not answer {method} in time.") from None
        except (OSError, WebSocketException) as exc:
            raise BrowserError(f"The browser ended during {method}.") from exc
        if "error" in said:
            raise BrowserError(f"The browser refuses {method}: {said['error']['message']}.")
        return said["result"]

    def events(self, method: str, wait_s: float = 0.0) -> list[dict[str, Any]]:
        """The parameters of all events of that name since the last call.

        With `wait_s` it waits so long for one, where there is none yet.

        Raises:
            BrowserError: the browser is gone.
        """
        deadline_s = time.monotonic() + wait_s
        try:
            while True:
                is_there = any(each["method"] == method for each in self._events)
                self._keep(self._receive(time.monotonic() if is_there else deadline_s))
        except TimeoutError:
            return self._taken(method)
        except (OSError, WebSocketException) as exc:
            raise BrowserError(f"The browser ended while {method} was awaited.") from exc

    def _taken(self, method: str) -> list[dict[str, Any]]:
        taken = [each["params"] for each in self._events if each["method"] == method]
        left = [each for each in self._events if each["method"] != method]
        self._events = deque(left, maxlen=_EVENTS)
        return taken

    def _receive(self, deadline_s: float) -> dict[str, Any]:
        # Not less than nothing, and a little for what already came to be handed over.
        left_s = max(0.001, deadline_s - time.monotonic())
        said: dict[str, Any] = json.loads(self._connection.recv(left_s))
        return said

    def _keep(self, said: dict[str, Any]) -> None:
        # The answer to something given up on may still come.
        if "method" in said:
            self._events.append(said)


@contextmanager
def converse(url: str) -> Iterator[DevTools]:
    """A conversation at that DevTools address.

    Raises:
        BrowserError: nobody answers there.
    """
    try:
        connection = connect(
            url, compression=None, proxy=None, ping_interval=None, max_size=None, close_timeout=1
        )
    except (OSError, WebSocketException) as exc:
        raise BrowserError("The browser started, but cannot be driven.") from exc
    with connection:
        yield DevTools(connection)
