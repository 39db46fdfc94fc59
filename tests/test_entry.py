"""The entry of the command, which may be interrupted at any moment."""

import importlib
import os
import signal
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from streamer import __main__ as entry


class _Left(BaseException):
    """The process has ended with this status."""


def leave(status: int) -> None:
    raise _Left(status)


def loads(monkeypatch: pytest.MonkeyPatch, load: Callable[[str], object]) -> None:
    monkeypatch.setattr(importlib, "import_module", load)
    monkeypatch.setattr(os, "_exit", leave)


def interrupt(*_: str) -> int:
    signal.raise_signal(signal.SIGINT)
    return 0


def test_the_status_is_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    loads(monkeypatch, lambda _: SimpleNamespace(main=lambda: 7))
    assert entry.main() == 7
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_who_interrupts_while_it_loads_sees_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    loads(monkeypatch, interrupt)
    try:
        with pytest.raises(_Left) as left:
            entry.main()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert left.value.args == (130,)


def test_who_interrupts_the_command_sees_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    loads(monkeypatch, lambda _: SimpleNamespace(main=interrupt))
    assert entry.main() == 130


def test_what_ignores_interrupts_goes_on_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell's jobs in the background do."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        loads(monkeypatch, lambda _: (interrupt(), SimpleNamespace(main=lambda: 0))[1])
        assert entry.main() == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
