"""The browser of measurements, for real: driven, looked at, timed, and always ended."""

import io
from pathlib import Path

import pytest
from PIL import Image

from streamer.bench.browser import open_browser
from streamer.errors import BrowserError
from tests.integration.conftest import Server
from tests.integration.processes import wait_until

RED = "data:text/html,<title>red</title><body style='margin:0;background:rgb(250,10,20)'>"
BUSY = "(() => { let x = 1; for (let i = 0; i < 5e8; i++) x ^= i; return x; })()"


def processes() -> list[str]:
    """The command lines of all running programs."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_text(errors="replace"))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def profile_of_a_running_browser() -> Path:
    """Where the browser of that language keeps its things."""
    flags = [flag for each in processes() for flag in each.split("\0") if "--lang=xx" in each]
    return Path(next(flag for flag in flags if "user-data-dir" in flag).partition("=")[2])


def test_it_does_what_it_is_told_and_ends() -> None:
    with open_browser(flags=("--lang=xx",)) as browser:
        assert browser.version.startswith("Chrome/")
        with browser.page(320, 200) as page:
            page.on_load("globalThis.before = document.readyState;")
            page.goto(RED)
            assert page.evaluate("[document.title, innerWidth, before]") == ["red", 320, "loading"]
            assert page.evaluate("new Promise((done) => setTimeout(() => done(7), 10))") == 7
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            assert (shot.size, shot.getpixel((9, 9))) == ((320, 200), (250, 10, 20))
            corner = Image.open(io.BytesIO(page.screenshot((10, 10, 30, 20))))
            assert corner.size == (30, 20)
            before_s = browser.cpu_s()
            page.evaluate(BUSY)
            assert 0.1 < browser.cpu_s() - before_s < 10
        profile = profile_of_a_running_browser()
    assert not profile.exists()
    wait_until(lambda: not any(str(profile) in each for each in processes()), "end", 30)


def test_what_goes_wrong_is_a_sentence(server: Server) -> None:
    with open_browser() as browser, browser.page() as page:
        with pytest.raises(BrowserError, match=r"The page fails \(ReferenceError: nothing is"):
            page.evaluate("nothing.at.all")
        with pytest.raises(BrowserError, match=r"cannot open the page \(net::ERR_"):
            page.goto("http://127.0.0.1:9/")
        with pytest.raises(BrowserError, match=r"the end did not come within 0.1 s"):
            page.wait_for("false", "the end", 0.1)
        page.goto(f"{server.url}/watch/pattern")
        page.wait_for("document.querySelector('stream-player')?.readMark", "player")


def test_a_browser_that_dies_is_told() -> None:
    with open_browser() as browser, browser.page() as page:
        browser.close()
        with pytest.raises(BrowserError, match="The browser ended during"):
            page.evaluate("1")


def test_a_program_that_is_none() -> None:
    with pytest.raises(BrowserError, match="true does not start"), open_browser("true"):
        pass
