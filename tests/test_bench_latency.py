"""The figures of latency: stages, percentiles, cases, reports and their comparison."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path as FilePath

import pytest

from streamer import cli
from streamer.bench.latency import case as cases
from streamer.bench.latency.case import Case, Means, Path
from streamer.bench.latency.compare import compare, failures, parse_figures, parse_share
from streamer.bench.latency.moments import Moments, Stage
from streamer.bench.latency.outcome import Report, outcome, read_figures, to_json
from streamer.bench.latency.site import ask
from streamer.bench.latency.spread import Spread, jitter, medians, spread
from streamer.bench.latency.takes import Check, Run, Take, figures, median_of, repeated
from streamer.bench.report.terminal import changes_table, verdict
from streamer.client.target import parse_target
from streamer.errors import ConfigError

CASE = Case(Path.H264, Means.WEBCODECS, 1280, 720, 30)
FRAME_US = 33_333


def moments(index: int, late_us: int = 0, at: int | None = None) -> Moments:
    """A frame that takes 2, 6, 1, 4, 5 and 3 ms on its way, the network `late_us` more."""
    captured_us = 1_700_000_000_000_000 + (index if at is None else at) * FRAME_US
    steps = (2_000, 8_000, 9_000, 13_000 + late_us, 18_000 + late_us, 21_000 + late_us)
    made, encoded, published, received, decoded, painted = (captured_us + step for step in steps)
    return Moments(
        index, captured_us, made, encoded, published, received, decoded, painted, 10_000
    )


def take(*all_moments: Moments, lost: int = 0, skipped: int = 0) -> Take:
    return Take(all_moments, lost, skipped, 200, 400, (Check(21.0, 21.1),), (30.0, 34.0))


def report(*runs: Run, complete: bool = True) -> Report:
    return Report("2026-11-25", {"cores": "2"}, {"seconds": "1"}, (outcome(CASE, runs),), complete)


def test_stages_add_up_to_the_total() -> None:
    way = moments(0)
    assert way.stages_ms() == dict(zip(Stage, (2, 6, 1, 4, 5, 3), strict=True))
    assert sum(way.stages_ms().values()) == way.total_ms == 21


@pytest.mark.parametrize(
    ("unknown", "stages"),
    [
        ({"made_us": None}, {Stage.ENCODE: 8, Stage.PUBLISH: 1, Stage.DECODE: 5}),
        ({"decoded_us": None}, {Stage.NETWORK: 4, Stage.PAINT: 8}),
        ({"painted_us": None}, {Stage.NETWORK: 4, Stage.DECODE: 5}),
    ],
)
def test_a_moment_nobody_took_joins_the_next_stage(
    unknown: dict[str, None], stages: dict[Stage, float]
) -> None:
    way = replace(moments(0), **unknown)  # type: ignore[arg-type]
    assert stages.items() <= way.stages_ms().items()
    assert sum(way.stages_ms().values()) == way.total_ms


def test_percentiles_and_jitter() -> None:
    found = spread([float(value) for value in range(100, 0, -1)])
    assert found == Spread(51, 91, 96, 100, 100, 50.5)
    assert jitter([10, 14, 12]) == 3
    assert math.isnan(spread([]).p50)
    assert math.isnan(jitter([1.0]))


def test_the_median_of_runs_leaves_out_what_is_not_known() -> None:
    runs = [Spread(1, 1, 1, 1, 1, 1), Spread(), Spread(3, 5, 3, 3, 9, 3)]
    assert medians(runs) == Spread(2, 3, 2, 2, 5, 2)
    assert medians([Spread(mean=mean) for mean in (1, 2, 9)]).mean == 4, "means add up"


def test_figures_of_a_run() -> None:
    first = take(moments(0), moments(1, late_us=2_000), moments(3), lost=1)
    run = Run((first, take(moments(0), skipped=2)), 2.0, server_cpu_s=1.0, viewer_cpu_s=0.5)
    found = figures(run, 30)
    assert (found.painted, found.dropped, found.repeated) == (4, 3, 1)
    assert (found.total.p50, found.total.max) == (21, 23)
    assert found.fps == 1
    assert found.bitrate_bps == 4 * 80_000 / 2 / 2
    assert found.nbytes == 40_000
    assert (found.server_cpu, found.viewer_cpu) == (0.5, 0.25)
    assert (found.clock_error_ms, found.round_trip_ms) == (0.2, 0.4)
    assert found.sum_of_stages == pytest.approx(found.total.mean)
    assert (found.marked.p50, found.stamped.p50, found.screen.max) == (21.1, 21.0, 34.0)


def test_what_is_repeated_is_counted_in_frame_intervals() -> None:
    assert repeated([moments(0), moments(1), moments(2)], 30) == 0
    assert repeated([moments(0), moments(4)], 30) == 3
    assert repeated([moments(0), moments(1, late_us=12_000), moments(2)], 30) == 0


def test_a_run_without_pictures_has_no_figures() -> None:
    found = figures(Run((take(lost=3),), 1.0), 30)
    assert math.isnan(found.total.p50)
    assert (found.painted, found.dropped) == (0, 3)


def test_medians_of_runs_go_figure_by_figure() -> None:
    runs = [
        figures(Run((take(moments(0, late)),), 1.0, cpu), 30)
        for late, cpu in ((0, 9.0), (5_000, 1.0), (90_000, 2.0))
    ]
    found = median_of(runs)
    assert (found.total.p50, found.server_cpu) == (26, 2.0)
    assert found.stages[Stage.NETWORK].p50 == 9
    assert found.sum_of_stages == pytest.approx(found.total.mean)
    untraced = replace(moments(0), made_us=None)
    mixed = median_of([figures(Run((take(each),), 1.0), 30) for each in (moments(0), untraced)])
    assert mixed.sum_of_stages == pytest.approx(mixed.total.mean)


def test_cases_are_the_combinations_that_make_sense() -> None:
    means = (Means.PYTHON, Means.WEBCODECS, Means.MSE)
    found = cases.cases((Path.JPEG, Path.H264), means, ((640, 360, 30),), (1, 4), ("",))
    assert [each.name for each in found if each.viewers == 4] == [
        "jpeg python 640x360@30 x4",
        "jpeg image 640x360@30 x4",
        "h264 python 640x360@30 x4",
        "h264 webcodecs 640x360@30 x4",
        "h264 mse 640x360@30 x4",
    ]


def test_lists_are_read() -> None:
    assert cases.parse_list("h264, jpeg,h264", Path, "--paths") == ("h264", "jpeg")
    assert cases.parse_sizes("640x360,1280x720@15") == ((640, 360, 30), (1280, 720, 15))
    assert cases.parse_counts("1,4", "--viewers") == (1, 4)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: cases.parse_list("mpeg", Path, "--paths"), "--paths does not know 'mpeg'"),
        (lambda: cases.parse_list(",", Path, "--paths"), "--paths is empty"),
        (lambda: cases.parse_sizes(" ,"), "--sizes is empty; write for example 1280x720@30"),
        (lambda: cases.parse_counts("0", "--viewers"), "write numbers from 1 to 200"),
        (lambda: ask(parse_target("http://localhost:1/cam")), r"picture \(connection refused\)"),
        (lambda: parse_share("ten"), "is no share; write 10%"),
        (lambda: parse_figures("speed"), "does not know 'speed'"),
    ],
)
def test_bad_words_are_named(wrong: object, says: str) -> None:
    assert callable(wrong)
    with pytest.raises(ConfigError, match=says):
        wrong()


def test_a_report_is_read_back(tmp_path: FilePath) -> None:
    path = tmp_path / "a.json"
    path.write_text(to_json(report(Run((take(moments(0), moments(1)),), 1.0))))
    body = json.loads(path.read_text())
    assert body["cases"][0]["points"] == [[0.0, 21.0], [0.033, 21.0]]
    found = read_figures(path)[CASE.name]
    assert (found["total_p50_ms"], found["network_mean_ms"]) == (21, 4)
    assert "server_cpu_cores" not in found, "what was not measured is left out"


def test_changes_have_a_sign_and_a_verdict() -> None:
    before = {"a": {"total_p50_ms": 20.0, "fps": 30.0, "dropped": 0.0, "clock_error_ms": 0.2}}
    after = {"a": {"total_p50_ms": 25.0, "fps": 15.0, "dropped": 2.0, "clock_error_ms": 0.2}}
    p50, fps, dropped = compare(before, after)
    assert (p50.share, fps.share, dropped.share) == (0.25, 0.5, math.inf)
    judged = ("total_p50_ms", "fps")
    assert failures((p50, fps, dropped), 0.3, judged) == (fps,)
    assert failures((p50, fps, dropped), 0.1, judged) == (p50, fps)


def test_bits_of_more_pictures_are_not_for_the_worse() -> None:
    before = {"a": {"fps": 20.0, "bitrate_bps": 1e6, "total_p50_ms": 20.0}}
    after = {"a": {"fps": 30.0, "bitrate_bps": 1.5e6, "total_p50_ms": 20.01}}
    rows = changes_table(compare(before, after), ()).splitlines()[2:]
    assert [row.split()[-2:] for row in rows] == [
        ["+0%", "same"],
        ["+50%", "better"],
        ["+50%", "same"],
    ]
    (_, bits) = compare(before, {"a": {"fps": 20.0, "bitrate_bps": 2e6}})
    assert verdict(bits) == "worse"


def test_what_the_clocks_do_not_know_is_no_change() -> None:
    before = {"a": {"total_p50_ms": 2.0, "clock_error_ms": 0.2}}
    after = {"a": {"total_p50_ms": 2.4, "clock_error_ms": 0.2}}
    changes = compare(before, after)
    assert changes[0].is_noise
    assert failures(changes, 0.1, ("total_p50_ms",)) == ()
    of_one = {"encode_p50_ms": 2.0, "paint_p50_ms": 0.2, "clock_error_ms": 0.2}
    encode, paint = compare(
        {"a": of_one}, {"a": of_one | {"encode_p50_ms": 2.4, "paint_p50_ms": 0.3}}
    )
    assert (encode.is_noise, paint.is_noise) == (False, True), "one clock measured both ends"


def write(path: FilePath, late_us: int) -> str:
    path.write_text(to_json(report(Run((take(moments(0, late_us)),), 1.0))))
    return str(path)


def test_the_command_compares(tmp_path: FilePath, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = write(tmp_path / "a.json", 0), write(tmp_path / "b.json", 10_000)
    assert cli.main(["bench", "compare", a, b]) == 0
    assert cli.main(["bench", "compare", b, a, "--fail-over", "10%"]) == 0
    capsys.readouterr()
    assert cli.main(["bench", "compare", a, b, "--fail-over", "10%", "--figures", "p50,fps"]) == 1
    said = capsys.readouterr()
    assert re.search(r"total_p50_ms +21.00 +31.00 +\+48% +worse +too much", said.out)
    assert said.err == f"{CASE.name}: total_p50_ms is 48% worse; allowed is 10%.\n"


def test_cases_that_one_report_lacks_are_named(
    tmp_path: FilePath, capsys: pytest.CaptureFixture[str]
) -> None:
    other = outcome(replace(CASE, path=Path.COPY), [Run((take(moments(0)),), 1.0)])
    one = report(Run((take(moments(0)),), 1.0))
    both = replace(one, outcomes=(*one.outcomes, other))
    for name, each in (("a", one), ("b", both)):
        (tmp_path / name).write_text(to_json(each))
    assert cli.main(["bench", "compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    assert f"Only in {tmp_path / 'b'}: {other.case.name}." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "cannot be read"),
        ("x", "is no JSON"),
        ("{}", "is no report of `bench latency` or `bench matrix`"),
        ('{"format": "streamer-latency", "version": 9}', "is of another version"),
        ('{"format": "streamer-latency", "version": 1}', "is a damaged report"),
        (
            json.dumps(
                {
                    "format": "streamer-latency",
                    "version": 1,
                    "cases": [{"name": "a", "figures": {"fps": "many"}}],
                }
            ),
            "is a damaged report",
        ),
        ('{"format": "streamer-latency", "version": 1, "cases": []}', "have no case in common"),
    ],
)
def test_what_is_no_report_is_said(
    text: str | None, says: str, tmp_path: FilePath, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.json"
    if text is not None:
        path.write_text(text)
    assert cli.main(["bench", "compare", str(path), str(path)]) == 2
    assert says in capsys.readouterr().err
