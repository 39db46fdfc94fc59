"""The load benchmark: ages, what a number of viewers came to, the search, and what is written."""

import json
import math
from typing import Any

import pytest

from streamer import cli
from streamer.bench.load.ages import Ages
from streamer.bench.load.fleet import merge, processes_for
from streamer.bench.load.outcome import Outcome, Second, Taken, Usage
from streamer.bench.load.page import to_html
from streamer.bench.load.ramp import Found, Search, Verdict
from streamer.bench.load.report import Report, sparkline, text, to_json
from streamer.bench.report.page import INTERRUPTED
from tests.test_bench_report import Tags


def ages(*milliseconds: float) -> Ages:
    found = Ages()
    for each in milliseconds:
        found.add(each * 1000)
    return found


def second(idle: float = 0.5, **taken: Any) -> Second:
    told = {"delivered": 100, "ages": ages(*range(1, 101)), "busy": 0.2, **taken}
    own, everyone = Usage(0.25, 50e6), Usage(0.5, 180e6)
    return Second(1.0, Taken(**told), own, everyone, idle)


def outcome(viewers: int = 50, **told: Any) -> Outcome:
    return Outcome(viewers, (second(**told), second(**told)))


def report(*outcomes: Outcome, found: Found | None = None, complete: bool = True) -> Report:
    settings = {"server": "<here> & there"} | ({"budget": "p99 of 100 ms"} if found else {})
    return Report("2026-11-25 12:00 UTC", {}, settings, outcomes, 0.21, found, complete)


@pytest.mark.parametrize("milliseconds", [0.2, 1.0, 33.3, 500.0, 10_000.0])
def test_an_age_is_known_to_a_hundredth(milliseconds: float) -> None:
    assert ages(milliseconds).percentile_ms(0.5) == pytest.approx(milliseconds, rel=0.011)


def test_percentiles_of_ages() -> None:
    found = ages(*range(1, 1001))
    for share, wanted in ((0.5, 501), (0.9, 901), (0.99, 991), (1.0, 1000)):
        assert found.percentile_ms(share) == pytest.approx(wanted, rel=0.011)
    assert found.total == 1000
    assert found.max_ms == found.percentile_ms(1.0)
    assert math.isnan(Ages().percentile_ms(0.5))
    assert ages(-5, 0).percentile_ms(0.5) < 0.11
    assert ages(1e9).max_ms > 200_000


def test_ages_add_up_and_survive_a_process_border() -> None:
    whole = Ages.sum([ages(1, 2, 3), Ages(), ages(1000)])
    back = Ages({int(key): count for key, count in json.loads(json.dumps(whole.counts)).items()})
    assert back.counts == whole.counts
    assert back.total == 4
    assert Ages.sum([]).total == 0


def test_groups_are_taken_together_and_the_worst_process_counts() -> None:
    names = ("delivered", "missed", "late", "lost", "moved", "acks", "bytes")
    group = dict.fromkeys(names, 2) | {"ages": {"10": 3}, "busy": 0.2, "pause_s": 0.001}
    taken = merge([group, group | {"busy": 0.95, "pause_s": 0.25}])
    assert (taken.delivered, taken.bytes, taken.ages.total) == (4, 4, 6)
    assert (taken.busy, taken.pause_ms) == (0.95, 250)
    assert merge([]).delivered == 0


def test_a_number_of_viewers_as_a_whole() -> None:
    found = outcome(missed=1, late=1, moved=2, lost=1, bytes=1_000_000)
    assert (found.delivered, found.missed, found.moved, found.lost) == (200, 2, 2, 1)
    assert found.dropped == pytest.approx(4 / 202)
    assert (found.bitrate_bps, found.own.cores, found.all.resident) == (8e6, 0.25, 180e6)
    assert math.isnan(Outcome(5, ()).own.cores)


@pytest.mark.parametrize(
    ("told", "is_well"),
    [
        ({}, True),
        ({"ages": ages(*[10] * 95, *[200] * 5)}, False),
        ({"missed": 2}, False),
        ({"late": 2}, False),
        ({"moved": 1}, False),
        ({"lost": 1}, False),
        ({"delivered": 0, "ages": Ages()}, False),
    ],
    ids=["well", "old", "missed", "late", "moved", "lost", "nothing"],
)
def test_what_a_budget_asks_for(told: dict[str, Any], is_well: bool) -> None:
    assert outcome(**told).stays_within(101) == is_well


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"busy": 0.95}, "it was the bottleneck"),
        ({"pause_ms": 60.0}, "kept from its work for up to 60 ms"),
        ({"idle": 0.01}, "took from each other"),
    ],
)
def test_what_makes_figures_doubtful_is_said(told: dict[str, Any], words: str) -> None:
    (doubt,) = outcome(**told).doubts()
    assert words in doubt
    assert words in text(report(outcome(**told)))
    assert words in to_html(report(outcome(**told)))
    assert outcome().doubts() == []


def searched(limit: int, first: int, most: int, *, noisy: bool = False) -> tuple[Found, list[int]]:
    """What is found where so many are carried; the noise spoils every other measurement."""
    asked: list[int] = []
    search = Search(first, most)
    while (viewers := search.count) is not None:
        asked.append(viewers)
        is_spoilt = noisy and len(asked) % 2 == 1
        search.take(Verdict.WELL if viewers <= limit and not is_spoilt else Verdict.BADLY, viewers)
    return search.found, asked


@pytest.mark.parametrize("limit", [1, 7, 49, 50, 99, 333, 1234])
@pytest.mark.parametrize("noisy", [False, True])
def test_the_largest_number_is_found_to_a_twentieth(limit: int, noisy: bool) -> None:
    found, asked = searched(limit, 50, 5000, noisy=noisy)
    assert found.is_limit
    assert found.viewers <= limit <= found.viewers + max(1, 0.05 * found.viewers)
    assert len(asked) < 40


def test_a_search_ends_where_it_may_not_go_on() -> None:
    assert searched(9999, 50, 300)[0] == Found(300, is_limit=False)
    assert searched(9999, 500, 300) == (Found(300, is_limit=False), [300])
    assert searched(0, 8, 300)[0] == Found(0, is_limit=True, too_many=1)
    search = Search(50, 300)
    search.take(Verdict.WELL, 50)
    search.take(Verdict.UNKNOWN, 100)
    assert (search.count, search.found) == (None, Found(50, is_limit=False))


def test_what_is_hopeless_is_not_tried_twice_and_fewer_may_be() -> None:
    search = Search(50, 300)
    search.take(Verdict.WELL, 50)
    search.take(Verdict.HOPELESS, 80)
    assert (search.count, search.found) == (65, Found(50, is_limit=False, too_many=80))
    search.take(Verdict.HOPELESS, 9)
    assert search.count == 57, "9 are no news, but that 65 did not come is"
    search = Search(50, 300)
    search.take(Verdict.WELL, 50)
    search.take(Verdict.HOPELESS, 80)
    search.take(Verdict.BADLY, 65)
    assert search.count == 65
    search.take(Verdict.WELL, 65)
    assert search.count == 72


def test_a_line_of_bars() -> None:
    assert sparkline([0, 1, 2, 4, 8]) == "▁▂▃▅█"
    assert sparkline([math.nan, 3.0]) == " █"
    assert sparkline([0.0, 0.0]) == "▁▁"
    assert sparkline([]) == ""


def test_the_terminal_and_programs_get_every_figure() -> None:
    told = text(report(outcome(missed=1)))
    row = told.splitlines()[3].split()
    assert row[0] == "50"
    assert [float(each) for each in row[1:5]] == pytest.approx([51, 91, 96, 100], rel=0.02)
    assert row[6:] == ["200", "2", "0", "0", "0", "0.0", "0.25", "0.50", "50", "180", "20%"]
    assert "50 viewers, second by second:" in told
    assert "clock error: ±0.21 ms" in told
    read = json.loads(to_json(report(outcome(), found=Found(50, is_limit=True))))
    assert read["largest"] == {"viewers": 50, "is_limit": True, "too_many": None}
    assert read["steps"][0]["delivered"] == 200
    assert [each["at_s"] for each in read["steps"][0]["seconds"]] == [1, 2]


def test_figures_that_are_not_known_are_none() -> None:
    unknown = Second(1.0, Taken(), Usage(), Usage(), math.nan)
    found = report(Outcome(5, (unknown, unknown)))
    read = json.loads(to_json(found))
    assert read["steps"][0]["server_cpu"] is None
    assert "server, cores" not in text(found)
    assert "CPU, in cores" in to_html(found), "the load generator's own is known"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Found(100, is_limit=True), "100 viewers stay within a p99 of 100 ms; 5 % more do not."),
        (Found(100, is_limit=False), "At least 100 viewers"),
        (Found(100, is_limit=False, too_many=200), "100 ms, and 200 do not; what lies between"),
        (Found(0, is_limit=True), "Not even the least number"),
        (Found(0, is_limit=False), "No number of viewers is known to stay within"),
    ],
)
def test_the_answer_of_a_ramp(found: Found, words: str) -> None:
    made = report(outcome(50), outcome(100), outcome(200, ages=ages(5000)), found=found)
    assert words in text(made)
    page = to_html(made)
    assert words in page
    assert "budget 100 ms" in page


def test_the_page_is_whole_and_fetches_nothing() -> None:
    for made in (report(), report(outcome()), report(outcome(), complete=False)):
        page = to_html(made)
        tags = Tags()
        tags.feed(page)
        assert tags.open == []
        assert "<here>" not in page
        assert ("://" in page) is False
        assert (INTERRUPTED in page) == (not made.complete)


def test_a_core_is_left_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert [processes_for(count) for count in (1, 1000, 1001, 9999)] == [1, 1, 2, 3]
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert processes_for(5000) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--viewers", "0"], "--viewers is 0; it goes from 1"),
        (["--seconds", "1"], "--seconds is 1"),
        (["--pid", "1"], "--pid belongs to --url"),
        (["--pid", "0", "--url", "http://localhost:1/cam"], "--pid 0: no such process runs here"),
        (["--source", "exec:cat /dev/video0"], "runs no command and reads no pipe; start one"),
        (["--source", "foo:bar"], "foo: is not opened here"),
        (["--json", "/no/such/folder/a.json"], "there is no folder"),
    ],
)
def test_what_cannot_be_measured(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench", "load", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_what_was_interrupted_at_once_has_no_table() -> None:
    told = text(report(complete=False))
    assert told.startswith("Interrupted before anything was measured.\n")
    assert "viewers" not in told
