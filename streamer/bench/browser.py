"""A Chromium of this machine, headless and with a profile of its own, for measurements.

It is driven over the DevTools protocol with the WebSocket library that is there already, so that
nothing needs to be installed but a browser. `open_browser` always ends it with all its processes:
it is asked to, then killed. The profile goes with it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from streamer.bench.devtools import ANSWER_S, DevTools, converse
from streamer.errors import BrowserError, ConfigError

_START_S = 30.0
_CLOSE_S = 3.0
_POLL_S = 0.02
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ),
    "win32": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    ),
}
# Nothing of its own accord, and nothing slower than it would be in a window that is looked at.
_FLAGS = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    "--hide-scrollbars",
    "--password-store=basic",
    "--use-mock-keychain",
)
# A picture without end, as cameras send it, never ceases to load.
_READY = "(document.readyState !== 'loading' || /^(image|multipart)/.test(document.contentType))"
_ADDRESS = "DevToolsActivePort"


def find_browser(path: str | None = None) -> str:
    """The browser to start: `path`, or else the first Chromium or Chrome that there is.

    Raises:
        ConfigError: there is none.
    """
    if path is not None:
        if shutil.which(path) is None:
            raise ConfigError(f"'{path}' is no program; name Chromium or Chrome.")
        return path
    for name in (*_NAMES, *_PLACES.get(sys.platform, ())):
        found: str | None = shutil.which(name)
        if found is not None:
            return found
    raise ConfigError(
        "No Chromium or Chrome was found; install one (on Debian: apt install chromium) or name "
        "it with --browser-path."
    )


class Page:
    """One tab. One thread uses it."""

    def __init__(self, devtools: DevTools) -> None:
        self.devtools = devtools

    def goto(self, url: str, timeout_s: float = ANSWER_S) -> None:
        """Go to an address, and wait until its document is there; it may go on loading.

        Raises:
            BrowserError: the address gives no page.
        """
        before = self.evaluate("performance.timeOrigin")
        answer = self.devtools.ask("Page.navigate", timeout_s, url=url)
        if error := answer.get("errorText"):
            raise BrowserError(f"The browser cannot open the page ({error}).")
        self.wait_for(f"performance.timeOrigin !== {before!r} && {_READY}", "the page", timeout_s)

    def on_load(self, script: str) -> None:
        """Run a script in each document of this page before the document's own."""
        self.devtools.ask("Page.enable")
        self.devtools.ask("Page.addScriptToEvaluateOnNewDocument", source=script)

    def evaluate(self, expression: str, timeout_s: float = ANSWER_S) -> Any:
        """What an expression of JavaScript comes to, a promise's value included, as JSON can say.

        Raises:
            BrowserError: it throws, or takes too long.
        """
        answer = self.devtools.ask(
            "Runtime.evaluate",
            timeout_s,
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if thrown := answer.get("exceptionDetails"):
            said = thrown.get("exception", {}).get("description") or thrown.get("text")
            raise BrowserError(f"The page fails ({str(said).partition(chr(10))[0]:.200}).")
        return answer["result"].get("value")

    def wait_for(self, condition: str, what: str, timeout_s: float = ANSWER_S) -> None:
        """Wait until an expression of JavaScript is true.

        Raises:
            BrowserError: it is not in time; `what` is named.
        """
        deadline_s = time.monotonic() + timeout_s
        while not self.evaluate(f"Boolean({condition})"):
            if time.monotonic() > deadline_s:
                raise BrowserError(f"In the browser {what} did not come within {timeout_s:g} s.")
            time.sleep(_POLL_S)

    def screenshot(self, clip: tuple[float, float, float, float] | None = None) -> bytes:
        """What the compositor shows now, as PNG: all, or x, y, width and height in CSS pixels."""
        area: dict[str, Any] = {}
        if clip is not None:
            names = zip(("x", "y", "width", "height"), clip, strict=True)
            area = {"clip": {**dict(names), "scale": 1}}
        answer = self.devtools.ask("Page.captureScreenshot", format="png", **area)
        return b64decode(answer["data"])


class Browser:
    """A running Chromium."""

    def __init__(self, devtools: DevTools, address: str) -> None:
        self._devtools = devtools
        self._address = address
        self._cpu_s: dict[int, float] = {}
        self.version = str(devtools.ask("Browser.getVersion")["product"])

    @contextmanager
    def page(self, width: int = 1280, height: int = 800) -> Iterator[Page]:
        """A new empty tab of that size in CSS pixels, one device pixel each, closed at the end."""
        target = self._devtools.ask("Target.createTarget", url="about:blank")["targetId"]
        try:
            with converse(f"{self._address}/devtools/page/{target}") as devtools:
                devtools.ask(
                    "Emulation.setDeviceMetricsOverride",
                    width=width,
                    height=height,
                    deviceScaleFactor=1,
                    mobile=False,
                )
                yield Page(devtools)
        finally:
            with suppress(BrowserError):
                self._devtools.ask("Target.closeTarget", targetId=target)

    def cpu_s(self) -> float:
        """Seconds of CPU that its processes have taken, as the operating system counts.

        Of those that ended since, as much as was seen of it.
        """
        listed = self._devtools.ask("SystemInfo.getProcessInfo")["processInfo"]
        self._cpu_s |= {int(each["id"]): float(each["cpuTime"]) for each in listed}
        return sum(self._cpu_s.values())

    def close(self) -> None:
        """Ask it to end."""
        self._devtools.ask("Browser.close", _CLOSE_S)


@contextmanager
def open_browser(path: str | None = None, flags: Sequence[str] = ()) -> Iterator[Browser]:
    """Start a browser and end it; `path` is as in `find_browser`, `flags` are further ones.

    Raises:
        ConfigError: there is none.
        BrowserError: it does not start.
    """
    executable = find_browser(path)
    with (
        tempfile.TemporaryDirectory(prefix="streamer-", ignore_cleanup_errors=True) as profile,
        _running((executable, *_all_flags(profile), *flags, "about:blank")) as process,
    ):
        address, secret = _address(process, Path(profile) / _ADDRESS, executable)
        with converse(f"{address}{secret}") as devtools:
            browser = Browser(devtools, address)
            try:
                yield browser
            finally:
                with suppress(BrowserError):
                    browser.close()


def _all_flags(profile: str) -> tuple[str, ...]:
    # Chromium's sandbox refuses to work for root.
    root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    return (*_FLAGS, *root, f"--user-data-dir={profile}")


@contextmanager
def _running(command: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(  # noqa: S603  # the browser that the user named, or one of ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_CLOSE_S)
        _kill(process)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of it: its group, in which its helpers are, too."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _address(process: "subprocess.Popen[bytes]", file: Path, executable: str) -> tuple[str, str]:
    """Where it listens for DevTools, which it writes into its profile: two lines."""
    deadline_s = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline_s:
        with suppress(OSError, ValueError):
            port, secret = file.read_text().split()
            return f"ws://127.0.0.1:{port}", secret
        time.sleep(_POLL_S)
    raise BrowserError(f"{executable} does not start; try it by hand, or name another.")
