"""What FFmpeg is told: where to listen, how little to probe, and what it may open at all."""

import pytest

from streamer.address import Scheme, SourceSpec, Transport
from streamer.media.ingest.access import access_to, access_to_publisher
from streamer.parsing import listening, parse

ADDRESSES = {
    Scheme.FILE: "a.mp4",
    Scheme.SDP: "sdp:a.sdp",
    Scheme.UNIX: "unix:a",
    Scheme.STDIN: "-",
    Scheme.EXEC: "exec:a",
    Scheme.V4L2: "v4l2:/dev/video0",
    Scheme.AVFOUNDATION: "avfoundation:0",
    Scheme.DSHOW: "dshow:video=a",
    Scheme.SCREEN: "screen:",
    Scheme.IMAGE: "image:a.png",
    Scheme.PUBLISH: "publish:",
}


NOT_OPENED_ALONE = {Scheme.PATTERN, Scheme.DIR, Scheme.LISTEN}


@pytest.mark.parametrize("scheme", [each for each in Scheme if each not in NOT_OPENED_ALONE])
def test_every_kind_has_its_lists(scheme: Scheme) -> None:
    access = access_to(SourceSpec(parse(ADDRESSES.get(scheme, f"{scheme}://h:1/a"))))
    protocols = set(access.options["protocol_whitelist"].split(","))
    formats = set(access.options["format_whitelist"].split(","))
    assert protocols
    assert formats
    assert protocols.isdisjoint({"concat", "subfile", "data", "async", "cache", "pipe", "fd"})
    assert formats.isdisjoint({"concat", "lavfi", "tty", "rawvideo"})
    assert ("file" in protocols) is (scheme in {Scheme.FILE, Scheme.SDP, Scheme.IMAGE})
    assert "timeout" not in access.options


@pytest.mark.parametrize(
    ("text", "protocols"),
    [
        ("listen:rtmp://h:1935/live/cam", {"rtmp", "tcp"}),
        ("listen:rtsp://h:8554/a/cam", {"rtsp", "rtp", "tcp"}),
    ],
)
def test_a_publisher_is_taken_on_loopback_alone(text: str, protocols: set[str]) -> None:
    wanted = listening(parse(text))
    access = access_to_publisher(wanted, 40_000)
    assert access.url == f"{wanted.kind}://127.0.0.1:40000/{wanted.path}"
    assert set(access.options["protocol_whitelist"].split(",")) == protocols


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("udp://127.0.0.1:5000", "udp://127.0.0.1:5000?localaddr=127.0.0.1"),
        ("rtp://[::1]:5000?reuse=1", "rtp://[::1]:5000?reuse=1&localaddr=::1"),
        ("udp://@239.0.0.1:5000", "udp://@239.0.0.1:5000"),
        ("udp://0.0.0.0:5000", "udp://0.0.0.0:5000"),
        ("udp://:5000", "udp://:5000"),
        ("udp://tv.lan:5000", "udp://tv.lan:5000"),
        ("udp://10.0.0.1:5000?localaddr=10.0.0.2", "udp://10.0.0.1:5000?localaddr=10.0.0.2"),
        ("tcp://127.0.0.1:5000", "tcp://127.0.0.1:5000"),
        ("a:b.mp4", "file:a:b.mp4"),
        ("sdp:a b.sdp", "file:a b.sdp"),
    ],
)
def test_what_is_opened(text: str, url: str) -> None:
    assert access_to(SourceSpec(parse(text))).url == url


def wanted(text: str) -> dict[str, str]:
    """What is wanted of a device, beside what every source is told."""
    told = access_to(SourceSpec(parse(text))).options
    return {key: value for key, value in told.items() if "whitelist" not in key}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (
            "v4l2:/dev/video0?size=1280x720&fps=30&format=mjpeg",
            {"video_size": "1280x720", "framerate": "30", "input_format": "mjpeg"},
        ),
        ("dshow:video=a?format=mjpeg", {"vcodec": "mjpeg"}),
        ("avfoundation:0?format=nv12", {"pixel_format": "nv12"}),
        ("screen:?fps=15&size=320x180", {"framerate": "15", "video_size": "320x180"}),
    ],
)
def test_what_a_device_is_asked_for(text: str, options: dict[str, str]) -> None:
    assert wanted(text) == options


@pytest.mark.parametrize(
    ("platform", "text", "url", "kind"),
    [
        ("linux", "screen:", ":7", "x11grab"),
        ("linux", "screen::0.0+1,2?fps=5", ":0.0+1,2", "x11grab"),
        ("darwin", "screen:", "Capture screen 0", "avfoundation"),
        ("win32", "screen:", "desktop", "gdigrab"),
        ("linux", "v4l2:/dev/video0?fps=5", "/dev/video0", "v4l2"),
        ("linux", "image:a b%d.png?fps=5", "file:a b%d.png", "image2"),
    ],
)
def test_which_device_is_opened(
    monkeypatch: pytest.MonkeyPatch, platform: str, text: str, url: str, kind: str
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setenv("DISPLAY", ":7")
    access = access_to(SourceSpec(parse(text)))
    assert (access.url, access.format) == (url, kind)


def test_rtsp_tries_tcp_first() -> None:
    def told(transport: Transport) -> tuple[str, str | None]:
        options = access_to(SourceSpec(parse("rtsp://h/1"), transport=transport)).options
        return options["rtsp_transport"], options.get("rtsp_flags")

    assert told(Transport.AUTO) == ("tcp+udp", "prefer_tcp")
    assert told(Transport.TCP) == ("tcp", None)
    assert told(Transport.UDP) == ("udp", None)


def test_of_a_pipe_no_more_is_looked_at_than_shows_what_it_is() -> None:
    """FFmpeg would look at 1 MB of bare MJPEG, which is 4 s of it."""
    options = access_to(SourceSpec(parse("publish:"))).options
    assert int(options["formatprobesize"]) <= int(options["probesize"]) < 65_536
