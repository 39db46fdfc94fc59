"""What is installed for the tests, and what is said where that is not allowed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

import pytest

from tests import peers
from tests.peers import Peer

THERE = Peer(("here",), (sys.executable, "-c", ""))
BROKEN = Peer(("lib", "tool"), (sys.executable, "-c", "raise SystemExit(1)"))
ABSENT = Peer(("tool",), ("no-such-program-anywhere",))


@pytest.fixture
def needed(monkeypatch: pytest.MonkeyPatch) -> list[Peer]:
    """The peers that the tests need, for the test to change."""
    listed = [THERE, BROKEN, ABSENT]
    monkeypatch.setattr(peers, "peers", lambda: listed)
    return listed


def test_missing_packages_are_named_once(needed: list[Peer]) -> None:
    assert peers.missing_packages() == ["lib", "tool"]


def test_an_ordinary_user_is_told_what_to_install(
    needed: list[Peer], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert peers.main() == 1
    assert capsys.readouterr().err == (
        "The tests need lib tool; on Debian: apt install lib tool\n"
    )


def test_root_installs_what_is_missing(
    needed: list[Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []

    def install(packages: list[str]) -> None:
        installed.extend(packages)
        needed[:] = [THERE]

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(peers, "is_there", lambda peer: peer is THERE)
    monkeypatch.setattr(peers, "install", install)
    assert peers.main() == 0
    assert installed == ["lib", "tool"]


def test_a_failed_installation_is_told(
    needed: list[Peer], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def install(packages: Sequence[str]) -> None:
        raise subprocess.CalledProcessError(100, "apt-get")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(peers, "is_there", lambda peer: peer is THERE)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(peers, "install", install)
    assert peers.main() == 1
    assert "apt-get ended with 100." in capsys.readouterr().err
