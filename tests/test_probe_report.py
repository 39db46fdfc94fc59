"""What a probe says of what it found."""

import json
from contextlib import closing, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from streamer.bench.probe import run
from streamer.bench.probe.report import progress_text, report_json, report_text
from streamer.bench.probe.sightings import Sighting, Tally
from streamer.bench.probe.stream import StreamReader
from streamer.bench.report.bars import histogram
from streamer.clock import SystemClock
from streamer.media.picture.mark import PERIOD_US, Mark
from tests.test_probe_sightings import NOW_US, seen, tally

ABOUT = {"what": "<canvas> 1280x720", "seen": "drawn on the page", "clock": "off by 0.1 ms"}


def test_the_report_says_all_that_matters() -> None:
    text = report_text("http://h/", ABOUT, tally(*(seen(index) for index in range(26))))
    assert text.startswith("http://h/  <canvas> 1280x720\nAge of the pictures when drawn")
    assert "\n30.0  30.0  30.0  30.0  30.0  30.0     0.0\n" in text
    assert "\n30.0 ████████████████████████████████████████ 26\n" in text
    assert "26 pictures in 1.0 s: 25.0 fps; 0 missed, 0 repeated, 0 without a mark" in text
    assert "longest time without a new one 40 ms" in text
    assert text.endswith("Decoding takes 2.0 ms of it.\nclock: off by 0.1 ms")


def test_doubts_are_told() -> None:
    ahead = report_text("h", {}, tally(seen(0, -5), seen(1, -5)))
    assert "is ahead of this one" in ahead
    slow = Tally(0)
    slow.add(Sighting(each.at_us, each.mark, 39_000) for each in map(seen, range(30)))
    assert "hardly decodes as fast" in report_text("h", {}, slow)


def test_json_has_no_figure_where_there_is_none() -> None:
    document = json.loads(report_json("h", ABOUT, tally(seen(0))))
    assert (document["format"], document["target"]) == ("streamer-probe", "h")
    assert (document["age_ms"]["p50"], document["jitter_ms"], document["fps"]) == (30, None, 0)
    assert document["seen"] == "drawn on the page"
    assert document["work_ms"]["p50"] == 2
    unknown = tally(Sighting(NOW_US, Mark(NOW_US % PERIOD_US, 1)))
    assert json.loads(report_json("h", ABOUT, unknown))["work_ms"] is None


def test_how_it_goes() -> None:
    waiting = tally(Sighting(NOW_US, None))
    assert progress_text(waiting, NOW_US, 10) == "waiting for a mark; 1 pictures without one"
    going = tally(*(seen(index) for index in range(26)))
    text = progress_text(going, NOW_US + 3_000_000, 10)
    assert text == "3 of 10 s  25.0 fps  p50 30.0 ms  p99 30.0 ms  0 missed  0 repeated"


def test_bars() -> None:
    assert histogram([]) == []
    lines = histogram([10.0] * 100 + [20.0] * 50 + [31.0] * 49 + [500.0])
    assert lines[0] == f" 10 {'█' * 40} 100"
    assert f" 20 {'█' * 20} 50" in lines
    assert lines[-1] == "32+  1"
    assert sum(int(line.split()[-1]) for line in lines) == 200


class Interrupted:
    """A reader during which somebody presses Ctrl-C, after it has given this."""

    def __init__(self, *seen: Sighting) -> None:
        self._seen = [list(seen)] if seen else []

    def look(self, _wait_s: float) -> list[Sighting]:
        if not self._seen:
            raise KeyboardInterrupt
        return self._seen.pop()

    def about(self) -> dict[str, str]:
        return {}


def interrupt(monkeypatch: pytest.MonkeyPatch, *seen: Sighting) -> None:
    monkeypatch.setattr(run, "_opened", lambda *_: nullcontext(Interrupted(*seen)))
    run.run(run.Order(run.StreamOrder("ws://h/cam", None, "auto"), 9.0, 0.0, 9.0, False))


def test_an_interruption_prints_what_there_is_and_blames_nobody_where_there_is_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupt(monkeypatch)
    assert capsys.readouterr() == ("", "")
    now_us = SystemClock().wall_us()
    with pytest.raises(KeyboardInterrupt):
        interrupt(monkeypatch, Sighting(now_us, Mark(now_us % PERIOD_US, 1)))
    said = capsys.readouterr()
    assert "interrupted; this is what was measured" in said.err
    assert "1 pictures" in said.out


@pytest.mark.parametrize(
    ("dropped", "note"),
    [
        ({"late": 0}, None),
        ({"late": 0, "network": 2}, "Not seen, by the viewer's count: 2 network."),
    ],
)
def test_only_what_was_dropped_is_noted(dropped: dict[str, int], note: str | None) -> None:
    stats = SimpleNamespace(trouble=None, clock_error_ms=None, dropped=dropped)
    sent = SimpleNamespace(id="h264", width=64, height=48)
    viewer: Any = SimpleNamespace(
        state=None, rendition=sent, stats=stats, frames=lambda **_: iter(()), close=lambda: None
    )
    with closing(StreamReader(viewer, "h")) as reader:
        assert reader.about().get("note") == note
