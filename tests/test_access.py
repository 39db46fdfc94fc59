"""What FFmpeg is told: where to listen, how little to probe, and what it may open at all."""

import pytest

from streamer.address import Scheme, SourceSpec, Transport, parse
from streamer.media.access import access_to

ADDRESSES = {
    Scheme.FILE: "a.mp4",
    Scheme.SDP: "sdp:a.sdp",
    Scheme.UNIX: "unix:a",
    Scheme.STDIN: "-",
    Scheme.EXEC: "exec:a",
}


@pytest.mark.parametrize("scheme", [each for each in Scheme if each is not Scheme.PATTERN])
def test_every_kind_has_its_lists(scheme: Scheme) -> None:
    access = access_to(SourceSpec(parse(ADDRESSES.get(scheme, f"{scheme}://h:1/a"))))
    protocols = set(access.options["protocol_whitelist"].split(","))
    formats = set(access.options["format_whitelist"].split(","))
    assert protocols
    assert formats
    assert protocols.isdisjoint({"concat", "subfile", "data", "async", "cache", "pipe", "fd"})
    assert formats.isdisjoint({"concat", "lavfi", "tty", "rawvideo", "image2"})
    assert ("file" in protocols) is (scheme in {Scheme.FILE, Scheme.SDP})
    assert "timeout" not in access.options


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


def test_rtsp_tries_tcp_first() -> None:
    def told(transport: Transport) -> tuple[str, str | None]:
        options = access_to(SourceSpec(parse("rtsp://h/1"), transport=transport)).options
        return options["rtsp_transport"], options.get("rtsp_flags")

    assert told(Transport.AUTO) == ("tcp+udp", "prefer_tcp")
    assert told(Transport.TCP) == ("tcp", None)
    assert told(Transport.UDP) == ("udp", None)
