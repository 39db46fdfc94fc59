"""Firefox, driven by WebDriver BiDi over its own WebSocket: enough to open a page and ask it."""

import itertools
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.integration.processes import Process, free_port, listens, wait_until

START_S = 60.0
ANSWER_S = 60.0
# No questions at the start, no visits elsewhere, and a camera that is made up.
PREFERENCES = {
    "network.dns.localDomains": "camera.test",
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.update.disabledForTesting": True,
    "extensions.systemAddon.update.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}


class FirefoxError(Exception):
    """Firefox refused a command."""


class Firefox:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._ask("session.new", capabilities={})
        self._tab = self._ask("browsingContext.create", type="tab")["context"]

    def open(self, url: str, *scripts: str) -> None:
        """Go to a page; `scripts` run before its own."""
        for script in scripts:
            declared = f"() => {{ {script} }}"
            self._ask("script.addPreloadScript", functionDeclaration=declared)
        self._ask("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, through JSON; promises are waited for."""
        whole = f"(async () => JSON.stringify((await ({expression})) ?? null))()"
        target = {"context": self._tab}
        answer = self._ask("script.evaluate", expression=whole, target=target, awaitPromise=True)
        if answer["type"] != "success":
            raise FirefoxError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def wait_for(self, expression: str, timeout_s: float = 30.0) -> None:
        """Wait until an expression holds."""
        wait_until(lambda: self.evaluate(f"Boolean({expression})"), expression, timeout_s)

    def press(self, *keys: str) -> None:
        """Press keys one after the other, each as WebDriver names it."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": strokes}]
        self._ask("input.performActions", context=self._tab, actions=actions)

    def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            said = json.loads(self._socket.recv(timeout=ANSWER_S))
            if said.get("id") == number:
                break
        if said["type"] == "error":
            raise FirefoxError(f"{method}: {said['error']}: {said['message']}")
        return said["result"]


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """A Firefox with a fresh profile in `folder`."""
    executable = shutil.which("firefox-esr")
    assert executable, "firefox-esr is not installed; run tests/peers.py"
    profile = folder / "profile"
    profile.mkdir()
    lines = (f"user_pref({json.dumps(key)}, {json.dumps(to)});" for key, to in PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines))
    port = free_port()
    command = (executable, "--headless", "--no-remote", "--profile", str(profile))
    process = Process((*command, f"--remote-debugging-port={port}"), folder / "firefox.log")
    try:
        process.wait_for(lambda: listens(port), "Firefox", START_S)
        with connect(f"ws://127.0.0.1:{port}/session", max_size=None, proxy=None) as socket:
            yield Firefox(socket)
    finally:
        process.clear()
