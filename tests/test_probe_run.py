"""What a probe takes an address for."""

from typing import Any

import pytest

from streamer import cli
from streamer.bench.probe import run
from tests.view_server import view_server


def test_an_address_is_a_stream_of_ours_where_a_server_of_ours_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    orders: list[Any] = []
    monkeypatch.setattr(run, "run", orders.append)
    with view_server() as server:
        url = f"{server.url}/cam"
        assert cli.main(["probe", url, "--token", "x"]) == 0
    assert orders[0].what == run.StreamOrder(url, "x", "auto")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/cam", "http://127.0.0.1:1/", "http://[/cam"])
def test_what_is_no_stream_of_ours(url: str) -> None:
    assert not run.is_stream(url)
