"""The worker's main: what it says of each way in which a source can go."""

import logging
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.errors import (
    Haste,
    MediaError,
    SourceDenied,
    SourceError,
    SourceLost,
    SourceRefused,
)
from streamer.media import process
from streamer.media.ingest import opening
from streamer.media.ingest.part import Part
from streamer.media.pipeline import Pipeline
from streamer.media.sample import Sample, SourceFacts
from streamer.parsing import parse
from tests.fake_border import FakeBorder, samples_of

FILE = SourceSpec(parse("a.mp4"))
CAMERA = SourceSpec(parse("rtsp://user:s3cr3t@cam.lan/1"))


class TalkingBorder(FakeBorder):
    """Keeps what is said as well."""

    def __init__(self, *_: object) -> None:
        super().__init__()
        self.said: list[dict[str, Any]] = []
        self.beats = 0
        self.sent = 0
        self.asked = False
        self.tries = 0
        self.trouble: Exception | None = None

    def send_control(self, kind: str, **fields: Any) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.said.append({"type": kind, **fields})

    def send_media(self, message: bytes) -> None:
        super().send_media(message)
        self.sent += 1

    def beat(self) -> None:
        self.beats += 1

    def wait_to_try_again(self) -> None:
        if not self.tries:
            raise ConnectionResetError
        self.tries -= 1

    def wait_for_demand(self, _timeout_s: float) -> bool:
        return self.asked


class ShortSource:
    """Gives its samples, then raises what it was given."""

    def __init__(self, count: int, end: Exception | None = None) -> None:
        self.facts: SourceFacts
        self.facts, self._samples = samples_of("h264.mp4", max(count, 1), ManualClock())
        self._samples = self._samples[:count]
        self._end = end
        self.closed = False
        self.is_live = self.proves = False

    def samples(self) -> Iterator[Sample]:
        for sample in self._samples:
            yield sample
            self.is_live = self.proves
        if self._end is not None:
            raise self._end

    def close(self) -> None:
        self.closed = True


Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def border(monkeypatch: pytest.MonkeyPatch) -> TalkingBorder:
    border = TalkingBorder()
    monkeypatch.setattr(process, "BorderEnd", lambda *_: border)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return border


def run(
    monkeypatch: pytest.MonkeyPatch, spec: SourceSpec, *sources: ShortSource | Exception
) -> None:
    """Run a worker that finds these, one at each try and then always the last."""
    found = list(sources)

    def open_source(*_: object) -> ShortSource:
        source = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(source, Exception):
            raise source
        return source

    monkeypatch.setattr(opening, "open_source", open_source)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process.run(theirs, spec)


def test_a_file_to_its_end(border: TalkingBorder, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ShortSource(3)
    border.ask(_0="copy")
    run(monkeypatch, FILE, source)
    assert border.said == [
        {"type": "opened", "codec": "h264", "width": 320, "height": 180, "fps": 25.0, "sound": ""},
        {"type": "ended"},
    ]
    assert (border.kinds(0), border.beats, source.closed) == ("iKff", 3, True)


def test_what_proves_to_be_live_is_told(
    border: TalkingBorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ShortSource(4)
    source.proves = True
    run(monkeypatch, CAMERA, source)
    assert [each["type"] for each in border.said] == ["opened", "pace", "ended"]


@pytest.mark.parametrize(("width", "last"), [(320, "ended"), (0, "failed")])
def test_an_end_without_a_size_was_no_picture(
    border: TalkingBorder, monkeypatch: pytest.MonkeyPatch, width: int, last: str
) -> None:
    source = ShortSource(1)
    source.facts = replace(source.facts, width=width)
    run(monkeypatch, SourceSpec(parse("publish:")), source)
    assert border.said[-1]["type"] == last


def test_a_source_that_becomes_another_is_told_and_goes_on(
    border: TalkingBorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ShortSource(3)
    before, after = source.facts, replace(source.facts, width=640)
    first, *rest = source._samples

    def samples() -> Iterator[Sample]:
        yield first
        source.facts = after
        yield replace(rest[0], keyframe=True)
        yield rest[1]

    closed: list[Pipeline] = []

    class Watched(Pipeline):
        def close(self) -> None:
            closed.append(self)
            super().close()

    monkeypatch.setattr(process, "Pipeline", Watched)
    monkeypatch.setattr(source, "samples", samples)
    border.ask(_0="copy")
    run(monkeypatch, FILE, source)
    assert len(closed) == 2
    opened = {"type": "opened", "codec": "h264", "height": 180, "fps": 25.0, "sound": ""}
    assert before.width == 320
    assert border.said[:2] == [{**opened, "width": 320}, {**opened, "width": 640}]
    assert border.said[-1] == {"type": "ended"}
    assert border.kinds(0).startswith("iK")


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("a publisher has no video.", "A publisher has no video."),
        ("clip.mp4 is empty.", "clip.mp4 is empty."),
    ],
)
def test_what_has_no_name_begins_a_sentence_like_a_word(
    border: TalkingBorder, monkeypatch: pytest.MonkeyPatch, sentence: str, told: str
) -> None:
    run(monkeypatch, FILE, SourceLost(sentence))
    assert border.said[-1]["sentence"] == told


@pytest.mark.parametrize(
    ("spec", "end", "retryable"),
    [
        (CAMERA, SourceLost("Stopped."), True),
        (CAMERA, SourceRefused("No such scheme."), False),
        (CAMERA, SourceDenied("Password."), True),
        (FILE, SourceLost("Stopped."), False),
    ],
)
@pytest.mark.parametrize("opens", [True, False])
def test_what_fails_is_told_with_whether_to_retry(
    border: TalkingBorder,
    monkeypatch: pytest.MonkeyPatch,
    spec: SourceSpec,
    end: SourceError,
    retryable: bool,
    opens: bool,
) -> None:
    source = ShortSource(1, end) if opens else end
    run(monkeypatch, spec, source)
    body = {"sentence": end.sentence, "retryable": retryable, "waits": retryable and not opens}
    assert border.said[-1] == {"type": "failed", "haste": end.haste, **body}
    assert len(border.said) == 1 + opens
    assert isinstance(source, Exception) or source.closed


def test_what_cannot_be_opened_is_tried_again_when_asked(
    border: TalkingBorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    border.tries = 9
    gone, source = SourceLost("Gone."), ShortSource(1, SourceLost("Stopped."))
    run(monkeypatch, CAMERA, gone, gone, source)
    assert [each["type"] for each in border.said] == ["failed", "failed", "opened", "failed"]
    assert [each.get("waits") for each in border.said] == [True, True, None, False]
    assert border.tries == 7


def test_a_failure_of_the_media_names_its_source(
    border: TalkingBorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, CAMERA, ShortSource(1, MediaError("This cannot be decoded.")))
    sentence = "rtsp://***@cam.lan/1: This cannot be decoded."
    assert border.said[-1] == {
        "type": "failed",
        "sentence": sentence,
        "retryable": True,
        "haste": Haste.SOON,
        "waits": False,
    }


def test_what_nobody_thought_of_is_logged_without_the_address(
    border: TalkingBorder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run(monkeypatch, CAMERA, ZeroDivisionError("division"))
    logged, said = border.said
    assert logged["type"] == "log"
    assert logged["text"].startswith("event=worker-failed source=rtsp://***@cam.lan/1\nTraceback")
    assert said["sentence"] == (
        "rtsp://***@cam.lan/1 could not be processed; see the server's log."
    )
    assert said["retryable"]
    assert "event=worker-failed source=rtsp://***@cam.lan/1" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "s3cr3t" not in caplog.text


@pytest.mark.parametrize("trouble", [BrokenPipeError(), ConnectionResetError()])
def test_a_server_that_is_gone_is_no_failure(
    border: TalkingBorder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    trouble: Exception,
) -> None:
    border.trouble = trouble
    with caplog.at_level(logging.DEBUG):
        run(monkeypatch, FILE, ShortSource(1))
        run(monkeypatch, FILE, SourceLost("Stopped."))
    assert (border.said, caplog.text) == ([], "")


def test_a_file_of_which_nothing_can_be_shown(
    border: TalkingBorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    border.asked = True
    run(monkeypatch, FILE, ShortSource(2))
    assert border.said[-1]["type"] == "failed"
    assert "no picture that can be decoded" in border.said[-1]["sentence"]
    border.ask(_0="copy")
    run(monkeypatch, FILE, ShortSource(2))
    assert border.said[-1] == {"type": "ended"}


def test_several_sources_and_what_is_wrong_with_one(
    border: TalkingBorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    unusable = ShortSource(1, MediaError("This cannot be decoded."))
    parts = [Part(each) for each in (ShortSource(2), ShortSource(1), unusable)]

    def sources(*arguments: Any) -> Iterator[Part]:
        for part in parts:
            yield part
            arguments[3]()  # nobody is there for a while

    monkeypatch.setattr(process, "sources", sources)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process.run(theirs, CAMERA)
    kinds = [said["type"] for said in border.said]
    assert kinds == ["opened", "waiting"] * 3 + ["ended"]
    assert border.said[1]["sentence"] == "Waiting for a publisher."
    assert str(parts[2].end) == "This cannot be decoded."
    assert unusable.closed


def test_one_watch_looks_on_until_something_else_is_opened(
    border: TalkingBorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[str] = []

    class Watch:
        def __init__(self, facts: SourceFacts, *_: object) -> None:
            watched.append(f"new {facts.width}")

        def renew(self, facts: SourceFacts) -> None:
            watched.append(f"renewed {facts.width}")

        def peek(self, _packet: object) -> None:
            pass

    sources = [ShortSource(1) for _ in range(3)]
    sources[2].facts = replace(sources[2].facts, width=640)
    monkeypatch.setattr(process, "FreezeWatch", Watch)
    monkeypatch.setattr(process, "sources", lambda *_: iter(map(Part, sources)))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process.run(theirs, replace(FILE, freeze_after_s=2.0))
    assert watched == ["new 320", "renewed 320", "new 640"]


def test_what_is_opened_is_told_where_it_differs(
    border: TalkingBorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [Part(ShortSource(1)) for _ in range(3)]
    monkeypatch.setattr(process, "sources", lambda *_: iter(parts))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process.run(theirs, FILE)
    assert [said["type"] for said in border.said] == ["opened", "ended"]
