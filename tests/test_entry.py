"""The entry of the command, which may be interrupted at any moment."""

import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from streamer import __main__ as entry


class _Left(BaseException):
    """The process has ended with this status."""


def leave(status: int) -> None:
    raise _Left(status)


class GoneReader:
    """Standard output whose reader is gone."""

    def __init__(self) -> None:
        self.flushes = 0

    def flush(self) -> None:
        self.flushes += 1
        raise BrokenPipeError


def loads(monkeypatch: pytest.MonkeyPatch, load: Callable[[str], object]) -> None:
    monkeypatch.setattr(importlib, "import_module", load)
    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(threading, "enumerate", lambda: [threading.main_thread()])


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


def test_the_interpreter_is_not_torn_down_under_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """FFmpeg, waiting in one, would ask what is no more, and the process would crash."""
    loads(monkeypatch, lambda _: SimpleNamespace(main=lambda: 7))
    waiting = threading.Thread(daemon=True)
    monkeypatch.setattr(threading, "enumerate", lambda: [threading.main_thread(), waiting])
    out = GoneReader()
    monkeypatch.setattr(sys, "stdout", out)
    with pytest.raises(_Left) as left:
        entry.main()
    assert left.value.args == (7,)
    assert out.flushes == 1


def test_what_ignores_interrupts_goes_on_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell's jobs in the background do."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        loads(monkeypatch, lambda _: (interrupt(), SimpleNamespace(main=lambda: 0))[1])
        assert entry.main() == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
