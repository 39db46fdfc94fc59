"""The command: what it makes of its arguments, and what it says when it cannot."""

import io
import logging
import re
import signal
import socket
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import pytest

from streamer import app, cli
from streamer.address import Scheme, Transport
from streamer.client.publish import push
from streamer.client.view import watch
from streamer.commands import demo, reachable, running
from streamer.config import Settings

Served = list[Settings]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    """Take the place of the server, which says at once that it is ready."""
    taken: Served = []

    def serve(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
        taken.append(settings)
        with listener:
            ready()

    monkeypatch.setattr(app, "serve", serve)
    monkeypatch.setattr(running, "_has_screen", lambda: False)
    return taken


def test_serve_merges_the_file_and_the_arguments(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text(
        "[server]\ntoken='open-sesame'\nport=1\nallow_host=['a']\n[streams.x]\nsource='x.mp4'"
    )
    arguments = [
        "--config",
        str(file),
        "--port",
        "0",
        "--allow-host",
        "b",
        "--rtsp-transport",
        "udp",
    ]
    assert cli.main(["serve", "cam=rtsp://h/1", "--loop", "--always", *arguments]) == 0
    (settings,) = served
    assert (settings.token, settings.port, settings.allow_host) == ("open-sesame", 0, ("a", "b"))
    x, cam = settings.streams
    assert (x.name, x.always, cam.name, cam.always) == ("x", False, "cam", True)
    assert (cam.source.loop, cam.source.transport) == (True, Transport.UDP)


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        ((), "http://localhost:{}/publish/cam"),
        (("door=publish:",), "http://localhost:{}/publish/door"),
        (("--token", "a long secret"), "http://localhost:{}/publish/cam?token=a%20long%20secret"),
    ],
)
def test_who_waits_for_publishers_says_how_to_publish(
    served: Served, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], url: str
) -> None:
    assert cli.main(["serve", *arguments, "--port", "0"]) == 0
    said = capsys.readouterr().out
    (port,) = re.findall(r"Watch at http://localhost:(\d+)/", said)
    command = f"ffmpeg -re -i clip.mp4 -c copy -f mpegts '{url.format(port)}'"
    assert f"Publish with {command}\n" in said


def test_who_has_sources_says_nothing_of_publishers(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["serve", "pattern:", "--port", "0", "--publish"]) == 0
    assert served[0].terms.open
    assert "Publish with" not in capsys.readouterr().out


def test_fallbacks_belong_to_their_streams(served: Served) -> None:
    fallbacks = ["--fallback", "a=b.mp4", "--fallback", "a=pattern:"]
    assert cli.main(["serve", "a=rtsp://h/1,2", "c.mp4", *fallbacks, "--port", "0"]) == 0
    (settings,) = served
    targets = [[each.address.target for each in spec.sources] for spec in settings.streams]
    assert targets == [["rtsp://h/1,2", "b.mp4", ""], ["c.mp4"]]


def test_standard_input_must_be_a_pipe(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert cli.main(["serve", "cam=-", "--port", "0"]) == 0
    monkeypatch.setattr("sys.stdin", None)
    assert cli.main(["serve", "cam=-", "--port", "0"]) == 2
    assert "'-' is standard input, and that is no pipe" in capsys.readouterr().err


def test_standard_input_is_read_once(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert cli.main(["serve", "cam=-", "--until-eof", "--port", "0"]) == 2
    assert "--until-eof watches standard input" in capsys.readouterr().err


def test_watch_hands_over_what_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(watch, "run", lambda url, **options: told.extend((url, options)))
    arguments = ["--token", "t", "--rendition", "h264", "--seconds", "2.5", "--save", "x.mp4"]
    assert cli.main(["watch", "ws://h/cam", *arguments]) == 0
    options = {"token": "t", "rendition": "h264", "seconds": 2.5, "save": Path("x.mp4")}
    assert told == ["ws://h/cam", options]


@pytest.mark.parametrize(
    ("arguments", "is_logged"),
    [
        (["watch", "ws://h/cam"], False),
        (["push", "pattern:", "ws://h/cam"], False),
        (["watch", "ws://h/cam", "-v"], True),
    ],
)
def test_what_a_command_tells_itself_is_logged_if_asked_for(
    arguments: list[str], is_logged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = logging.getLogger("streamer.client.connection")
    logged: list[bool] = []
    for command in (watch, push):
        monkeypatch.setattr(
            command, "run", lambda *_, **__: logged.append(client.isEnabledFor(logging.WARNING))
        )
    assert cli.main(arguments) == 0
    assert logged == [is_logged]
    assert client.isEnabledFor(logging.WARNING), "for whoever comes after"


def test_a_command_that_is_told_to_end_clears_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a browser and its profile would be left behind."""
    cleared: list[str] = []

    def run(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            cleared.append("up")

    monkeypatch.setattr(watch, "run", run)

    def before(*_: object) -> None:
        """What the process did before."""

    signal.signal(signal.SIGTERM, before)
    assert cli.main(["watch", "ws://h/cam"]) == 143
    assert cleared == ["up"]
    assert signal.signal(signal.SIGTERM, signal.SIG_DFL) is before


def test_what_is_served_is_printed_without_passwords(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["serve", "rtsp://user:s3cr3t@cam.lan/1", "caf\udce9.mp4", "--port", "0"])
    text = capsys.readouterr().out
    assert "cam.lan          rtsp://***@cam.lan/1\n" in text
    assert "caf?.mp4" in text
    assert "Watch at http://localhost:" in text
    assert "s3cr3t" not in text


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (Settings(), "http://localhost:80/"),
        (Settings(host="::1"), "http://localhost:80/"),
        (Settings(host="127.0.0.2"), "http://127.0.0.2:80/"),
        (Settings(host="fd00::7"), "http://[fd00::7]:80/"),
        (Settings(host="::"), "http://localhost:80/"),
        (Settings(host="0.0.0.0"), "http://localhost:80/"),
        (Settings(host=""), "http://localhost:80/"),
        (
            Settings(host="tv.lan", token="a&b#c d/é%"),
            "http://tv.lan:80/?token=a%26b%23c%20d%2F%C3%A9%25",
        ),
    ],
)
def test_the_page_has_an_address(settings: Settings, url: str) -> None:
    assert running.page_url(settings, 80) == url


def test_others_are_told_an_address_that_they_can_use(
    served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {socket.AF_INET: "192.168.1.7", socket.AF_INET6: "fd00::7"}
    monkeypatch.setattr(reachable, "_outward", found.get)
    arguments = ["--token", "a long secret", "--port", "0"]
    assert cli.main(["serve", "pattern:", "--host", "0.0.0.0", *arguments]) == 0
    said = capsys.readouterr().out
    assert re.search(
        r"\nWatch at http://localhost:(\d+)/\?token=a%20long%20secret\n"
        r"From other machines: http://192\.168\.1\.7:\1/\?token=a%20long%20secret\n\Z",
        said,
    )


@pytest.mark.parametrize(
    ("host", "found", "told"),
    [
        ("0.0.0.0", ("192.168.1.7", "fd00::7"), ("192.168.1.7",)),
        ("::", ("192.168.1.7", "fd00::7"), ("192.168.1.7", "fd00::7")),
        ("::", ("127.0.1.1", "fe80::7"), ()),
        ("", (None, None), ()),
        ("127.0.0.1", ("192.168.1.7", "fd00::7"), ()),
    ],
)
def test_what_others_can_use(
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    found: tuple[str | None, str | None],
    told: tuple[str, ...],
) -> None:
    by_family = dict(zip((socket.AF_INET, socket.AF_INET6), found, strict=True))
    monkeypatch.setattr(reachable, "_outward", by_family.get)
    assert reachable.addresses(host) == told


def test_this_machine_knows_its_address_or_none() -> None:
    for address in reachable.addresses("::"):
        assert not ip_address(address).is_loopback


@pytest.mark.parametrize(
    "source", ["{}/no.mp4", "dir:{}/none", "image:{}/no.png?fps=2", "sdp:{}/no.sdp"]
)
def test_a_file_that_is_not_there_is_told_at_once(
    served: Served, capsys: pytest.CaptureFixture[str], tmp_path: Path, source: str
) -> None:
    there = tmp_path / "there.mp4"
    there.touch()
    missing = source.format(tmp_path)
    assert cli.main(["serve", f"cam={missing}", str(there), "pattern:", "--port", "0"]) == 0
    assert capsys.readouterr().err == (
        f"streamer: {missing} is not there; check the path, or put it there before somebody "
        "watches 'cam'.\n"
    )
    assert len(served) == 1


def test_what_is_meant_by_a_file_that_is_not_there_is_told(
    served: Served,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["serve", "pattern", "--port", "0"]) == 0
    assert "'pattern', or write pattern: for the test pattern.\n" in capsys.readouterr().err


def test_a_page_is_opened_where_there_is_a_screen(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    class Thread:
        def __init__(
            self, *, target: Callable[[str], bool], args: tuple[str], daemon: bool
        ) -> None:
            self.start = lambda: opened.extend(args)

    monkeypatch.setattr(running, "_has_screen", lambda: True)
    monkeypatch.setattr("threading.Thread", Thread)
    cli.main(["serve", "pattern:", "--port", "0"])
    assert opened == []
    cli.main(["serve", "pattern:", "--port", "0", "--open"])
    assert len(opened) == 1
    assert opened[0].startswith("http://localhost:")


def test_demo_takes_the_next_free_port(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(demo, "_PORTS", (port, 0))
        assert cli.main(["demo", "--no-open"]) == 0
    (settings,) = served
    assert settings.port == 0
    pattern, clip = settings.streams
    assert (pattern.source.address.scheme, clip.source.loop) == (Scheme.PATTERN, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["serve", "--no-publish"], "Nothing to serve; name a source"),
        (["serve", "--host", "0.0.0.0", "--insecure"], "let publishers in with --publish"),
        (
            ["serve", "a=publish:", "--no-publish"],
            "'a': publish: needs publishers, who are not let",
        ),
        (["serve", "ftp://u:s3cr3t@h/x"], "ftp: is not opened here"),
        (["serve", "admin:s3cr3t@h"], "admin: is not opened here"),
        (["serve", "a=pattern:", "a=x.mp4"], "Two streams are called 'a'"),
        (["serve", "pattern:", "--host", "0.0.0.0"], "add --token SECRET"),
        (["serve", "pattern:", "--host", "::", "--token", ""], "easily guessed"),
        (["serve", "pattern:", "--port", "70000"], "Port 70000 does not exist"),
        (["serve", "pattern:", "--rtsp-transport", "x"], "'x' is no RTSP transport"),
        (["serve", "a.mp4", "--fallback", "b=b.mp4"], "names 'b', which no source is called"),
        (["serve", "a.mp4", "--fallback", "a=exec:x"], "allow it with --allow-exec"),
        (["serve", "exec:ffmpeg -"], "'ffmpeg': exec: runs a command on this machine; allow it"),
        (["serve", "--config", "/no/such.toml"], "/no/such.toml cannot be read"),
        (
            ["serve", "pattern:", "--host", "a..b", "--insecure"],
            "a..b port 8000 cannot be listened on (Name or service not known); choose another",
        ),
        (["demo", "--port", "70000"], "Port 70000 does not exist"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(
    arguments: list[str], words: str, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    text = capsys.readouterr().err
    assert text.startswith("streamer: ")
    assert words in text
    assert text.count("\n") == 1
    assert "s3cr3t" not in text


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in ("serve", "demo"):
            assert cli.main([command, "--port", str(port)]) == 2
            said = capsys.readouterr().err
            assert f"127.0.0.1 port {port} cannot be listened on" in said
            assert said.endswith("choose another with --port.\n")


def test_ctrl_c_ends_quietly(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(_settings: Settings, listener: socket.socket, _ready: Callable[[], None]) -> None:
        listener.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "serve", serve)
    assert cli.main(["serve", "pattern:", "--port", "0"]) == 130
