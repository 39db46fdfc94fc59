"""`streamer push`: what it hands over, and what it refuses or tells before it begins."""

import pytest

from streamer import cli
from streamer.address import Address, Scheme, SourceSpec, Transport
from streamer.client.publish import push


def test_push_hands_over_what_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(push, "run", lambda *what, **options: told.extend((*what, options)))
    arguments = [
        "--loop",
        "--rtsp-transport",
        "udp",
        "--token",
        "t",
        "--bitrate",
        "9",
        "--allow-exec",
    ]
    assert cli.main(["push", "exec:cat x", "http://h/cam", *arguments]) == 0
    spec = SourceSpec(Address(Scheme.EXEC, "exec:cat x"), True, Transport.UDP)
    options = {"token": "t", "codec": "h264", "quality": None, "bitrate_bps": 9}
    assert told == [spec, "http://h/cam", options]


def test_push_runs_no_command_unasked(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["push", "exec:cat x", "http://h/cam"]) == 2
    assert "allow it with --allow-exec" in capsys.readouterr().err
    assert cli.main(["push", "pattern:", "h/cam"]) == 2
    assert "'h/cam' is no address of a server" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--quality", "96", "--codec", "jpeg"], "A JPEG quality of 96 cannot be"),
        (["--quality", "80"], "A quality belongs to jpeg"),
        (["--bitrate", "0"], "A bit rate of 0 carries nothing"),
        (["--bitrate", "9", "--codec", "jpeg"], "A bit rate belongs to h264"),
    ],
)
def test_push_refuses_at_once_how_nothing_can_be_encoded(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    words: str,
) -> None:
    monkeypatch.setattr(push, "run", lambda *_what, **_options: None)
    assert cli.main(["push", "clip.mp4", "http://h/cam", *options]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "options", "told"),
    [
        ("clip.mp4", ["--bitrate", "9"], "--bitrate holds only for what has to be encoded; H.264"),
        ("clip.mp4", ["--quality", "9", "--codec", "jpeg"], "--quality holds only for what has"),
        ("clip.mp4", [], ""),
        ("pattern:", ["--bitrate", "9"], ""),
    ],
)
def test_push_says_of_what_an_option_holds(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    source: str,
    options: list[str],
    told: str,
) -> None:
    monkeypatch.setattr(push, "run", lambda *_what, **_options: None)
    assert cli.main(["push", source, "http://h/cam", *options]) == 0
    assert told in (said := capsys.readouterr().err)
    assert bool(said) is bool(told)
