"""Which browser measurements use, and what is said where there is none."""

import shutil

import pytest

from streamer.bench.browser import find_browser
from streamer.errors import ConfigError


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Only these programs are on the machine."""
    programs: set[str] = set()
    found = {"which": lambda name: f"/usr/bin/{name}" if name in programs else None}
    monkeypatch.setattr(shutil, "which", found["which"])
    return programs


def test_chromium_comes_before_chrome(installed: set[str]) -> None:
    installed |= {"google-chrome", "chromium", "firefox"}
    assert find_browser() == "/usr/bin/chromium"
    installed.discard("chromium")
    assert find_browser() == "/usr/bin/google-chrome"


def test_a_named_one_is_taken_or_refused(installed: set[str]) -> None:
    installed |= {"chromium", "brave"}
    assert find_browser("brave") == "brave"
    with pytest.raises(ConfigError, match="'nosuch' is no program; name Chromium or Chrome"):
        find_browser("nosuch")


def test_without_any_it_says_what_to_install(installed: set[str]) -> None:
    installed.add("firefox")
    with pytest.raises(ConfigError, match="apt install chromium"):
        find_browser()
