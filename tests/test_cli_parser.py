"""The command line: sources anywhere in it, and no password in what is said of it."""

import pytest

from streamer.cli import build_parser


@pytest.mark.parametrize(
    "line",
    [
        "serve a=1.mp4 b=2.mp4 --loop --fallback a=c.mp4",
        "serve --loop a=1.mp4 --fallback a=c.mp4 b=2.mp4",
        "serve a=1.mp4 --fallback a=c.mp4 --loop b=2.mp4",
        "serve --loop --fallback=a=c.mp4 -- a=1.mp4 b=2.mp4",
    ],
)
def test_sources_stand_before_between_and_after_options(line: str) -> None:
    found = build_parser().parse_args(line.split())
    assert (found.sources, found.loop) == (["a=1.mp4", "b=2.mp4"], True)
    assert found.fallback == ["a=c.mp4"]


def test_a_source_may_begin_with_a_dash() -> None:
    assert build_parser().parse_args(["serve", "--", "-x.mp4"]).sources == ["-x.mp4"]


@pytest.mark.parametrize("line", ["push --loop - ws://h/cam", "push - --loop ws://h/cam"])
def test_so_do_those_of_other_commands(line: str) -> None:
    found = build_parser().parse_args(line.split())
    assert (found.source, found.url, found.loop) == ("-", "ws://h/cam", True)


def test_a_measurement_is_a_command_of_a_command() -> None:
    found = build_parser().parse_args(["bench", "-v", "latency", "--seconds", "3"])
    assert (found.seconds, found.verbose) == (3, True)


@pytest.mark.parametrize(
    ("line", "usage", "words"),
    [
        ("serve x.mp4 --looop", "usage: streamer serve", "unrecognized arguments: --looop"),
        ("serve a=rtsp://u:s3cr3t@h/1 --tokn=s3cr3t", "usage: streamer serve", ": --tokn"),
        ("serve --tokn s3cr3t", "usage: streamer serve", ": --tokn"),
        ("serve --port rtsp://u:s3cr3t@h/1", "usage: streamer serve", "rtsp://***@h/1"),
        ("watch ws://h/cam rtsp://u:s3cr3t@h/1", "usage: streamer watch", "rtsp://***@h/1"),
        ("rtsp://u:s3cr3t@h/1", "usage: streamer", "rtsp://***@h/1"),
        ("bench latency --tokn=s3cr3t", "usage: streamer bench latency", ": --tokn"),
    ],
)
def test_what_is_wrong_is_said_by_its_command_without_passwords(
    line: str, usage: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(line.split())
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(usage)
    assert words in said
    assert "s3cr3t" not in said
