"""The composition root: what the server is made of, and what it never logs."""

import logging
import socket
from collections.abc import Callable, Iterator

import pytest
import uvicorn

from streamer import app
from streamer.config import Settings

TOKEN = "open-sesame"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[uvicorn.Config]]:
    """The configurations with which servers would have run."""
    configs: list[uvicorn.Config] = []

    class Server:
        def __init__(self, config: uvicorn.Config, *_: Callable[[], None]) -> None:
            configs.append(config)

        def run(self, sockets: list[socket.socket]) -> None:
            """Serve nobody."""

    monkeypatch.setattr(app, "_Server", Server)
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "uvicorn.access")]
    levels = [logger.level for logger in loggers]
    yield configs
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def test_addresses_with_tokens_are_not_logged(
    served: list[uvicorn.Config], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.socket() as listener:
        app.serve(Settings(token=TOKEN), listener, lambda: None)
    # What uvicorn says of every WebSocket, with its query.
    logging.getLogger("uvicorn.error").info('"WebSocket %s" [accepted]', f"/?token={TOKEN}")
    assert TOKEN not in caplog.text
    assert not served[0].access_log
    assert not served[0].ws_per_message_deflate


def test_as_many_viewers_as_are_let_in_have_descriptors(
    served: list[uvicorn.Config], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[int] = []

    def raise_limit(wanted: int) -> int:
        asked.append(wanted)
        return min(wanted, 4096)

    monkeypatch.setattr(app, "raise_limit", raise_limit)
    for viewers in (2000, 5000):
        with socket.socket() as listener:
            app.serve(Settings(max_viewers=viewers), listener, lambda: None)
    assert [asked[0] > 2000, asked[1] > 5000] == [True, True]
    assert caplog.text.count("event=few-descriptors limit=4096") == 1
    assert len(served) == 2


def test_assets_are_found() -> None:
    assert (app.asset("web") / "player.js").is_file()
    assert (app.asset("samples") / "clip.mp4").is_file()


def test_the_gate_knows_the_names_of_loopback() -> None:
    app.gate(Settings(host="127.0.0.2", allow_host=("TV.lan",))).check_host("tv.lan:8000")
    app.gate(Settings(host="127.0.0.2")).check_host("127.0.0.2:8000")
    app.gate(Settings(host="0.0.0.0", token=TOKEN)).check_host("anything")


def test_the_server_listens_on_ipv6() -> None:
    with app.listen(Settings(host="::1", port=0)) as listener:
        assert listener.family == socket.AF_INET6


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_all_addresses_are_those_of_ipv4_too(address: str) -> None:
    with app.listen(Settings(host="::", port=0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection((address, port), timeout=5):
            listener.settimeout(5)
            listener.accept()[0].close()
