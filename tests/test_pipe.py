"""A pipe read for FFmpeg: at once what there is, and never for long without a word."""

import os
from collections.abc import Iterator

import pytest

from streamer.errors import SourceLost
from streamer.media.ingest import pipe
from streamer.media.ingest.pipe import Pipe

Ends = tuple[int, int]


class Silence(SourceLost):
    """Nothing came."""


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A pipe's end to read, which its reader closes, and its end to write."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(writing)


def test_what_is_there_is_read_at_once(ends: Ends) -> None:
    source = Pipe(ends[0], lambda: None, Silence, 10)
    os.write(ends[1], b"abc")
    assert source.read(32768) == b"abc"
    os.write(ends[1], b"defg")
    assert (source.read(2), source.read(32768)) == (b"de", b"fg")
    os.write(ends[1], b"hi")
    buffer = bytearray(3)
    assert (source.read_into(memoryview(buffer)), bytes(buffer)) == (2, b"hi\0")
    source.close()


def test_whoever_reads_without_end_shows_it(ends: Ends) -> None:
    """What comes may be sound that nobody hears, of which nothing is passed on."""
    shown: list[int] = []
    source = Pipe(ends[0], lambda: shown.append(1), Silence, 10)
    os.write(ends[1], b"abc")
    for _ in range(3):
        source.read(1)
    assert len(shown) == 3
    source.close()


def test_the_first_may_take_longer(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command connects first, which may take as long as opening may."""
    monkeypatch.setattr(pipe, "_SLICE_MS", 1)
    beats: list[int] = []

    def idle() -> None:
        beats.append(1)
        if len(beats) == 8:
            os.write(ends[1], b"x")

    source = Pipe(ends[0], idle, Silence, 0.003, first_s=0.012)
    assert source.read(1) == b"x"
    before = len(beats)
    with pytest.raises(Silence):
        source.read(1)
    assert len(beats) - before == 4
    source.close()


def test_the_end_is_an_empty_read() -> None:
    reading, writing = os.pipe()
    source = Pipe(reading, lambda: None, Silence, None)
    os.close(writing)
    assert source.read(32768) == b""
    source.close()


@pytest.mark.parametrize(("timeout_s", "beats"), [(0.003, 4), (None, 20)])
def test_silence(
    ends: Ends, monkeypatch: pytest.MonkeyPatch, timeout_s: float | None, beats: int
) -> None:
    monkeypatch.setattr(pipe, "_SLICE_MS", 1)
    counted = 0

    def idle() -> None:
        nonlocal counted
        counted += 1
        if counted == 20:
            os.write(ends[1], b"x")

    source = Pipe(ends[0], idle, Silence, timeout_s)
    if timeout_s is None:
        assert source.read(1) == b"x"
    else:
        with pytest.raises(Silence):
            source.read(1)
    assert counted == beats
    source.close()
