"""`streamer serve`: what a file and the command line say together."""

import argparse
import io
import signal
import threading
from pathlib import Path

import pytest

from streamer.cli import build_parser
from streamer.commands import serve
from streamer.config import Settings, read
from streamer.errors import ConfigError


def merged(line: str, file: Path | None = None) -> Settings:
    parsed: argparse.Namespace = build_parser().parse_args(["serve", *line.split()])
    parsed.config = file
    return serve._merge(read(file) if file else Settings(), parsed)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "s.toml"
    path.write_text("[streams.door]\nsources = ['rtsp://h/1', 'a.mp4']\nloop = true")
    return path


def test_a_stream_of_the_file_may_get_a_fallback(file: Path) -> None:
    door, yard = merged("--fallback door=b.mp4 yard=c.mp4", file).streams
    assert [each.address.target for each in door.sources] == ["rtsp://h/1", "a.mp4", "b.mp4"]
    assert [each.loop for each in door.sources] == [True, True, False]
    assert [each.address.target for each in yard.sources] == ["c.mp4"]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("--loop", "loop"),
        ("--rtsp-transport udp", "transport"),
        ("--open-timeout 3", "open_timeout"),
        ("--history 0", "history"),
        ("--slate", "slate"),
    ],
)
def test_an_option_of_sources_that_would_change_nothing_is_refused(
    file: Path, line: str, key: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        merged(line, file)
    option, *_ = line.split()
    assert caught.value.sentence == (
        f"{option} holds for sources of the command line, which names none; write "
        f"{key} = ... under [streams.NAME] in {file}."
    )
    assert merged(f"{line} x.mp4", file).streams[1].name == "x"


def test_every_option_of_sources_is_known() -> None:
    usual = vars(build_parser().parse_args(["serve"]))
    assert {key: usual[key.replace("-", "_")] for key in serve._OF_SOURCES} == serve._OF_SOURCES


@pytest.mark.parametrize("source", ["c.toml", "./conf/C.TOML", "a=c.toml"])
def test_a_configuration_is_no_source(source: str) -> None:
    with pytest.raises(ConfigError, match=r"is a configuration, no source; write --config "):
        merged(source)


def test_the_end_of_standard_input_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    usual = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:  # noqa: PT012
            serve._stop_with_stdin()
            for _ in range(1000):
                threading.Event().wait(0.01)
    finally:
        signal.signal(signal.SIGTERM, usual)
    assert ended.value.code == 0
