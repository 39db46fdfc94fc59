"""What an operator may type as a source, and what it is called."""

import pytest

from streamer.address import PUBLISHED_BODY, Address, Scheme
from streamer.errors import ConfigError, SourceRefused, StreamerError
from streamer.parsing import STREAM_NAME, Listening, default_name, listening, parse, parse_named

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("text", "scheme", "target"),
    [
        ("clip.mp4", Scheme.FILE, "clip.mp4"),
        ("/films/a b#c?d=%41é.mkv", Scheme.FILE, "/films/a b#c?d=%41é.mkv"),
        ("./ab:c.mp4", Scheme.FILE, "./ab:c.mp4"),
        ("C:\\films\\a.mp4", Scheme.FILE, "C:\\films\\a.mp4"),
        ("a:b.mp4", Scheme.FILE, "a:b.mp4"),
        ("pattern:", Scheme.PATTERN, ""),
        ("pattern:640x360@15", Scheme.PATTERN, "640x360@15"),
        ("rtsp://cam.lan/1", Scheme.RTSP, "rtsp://cam.lan/1"),
        ("RTSP://Cam/1", Scheme.RTSP, "rtsp://Cam/1"),
        ("rtsps://u:p@cam:322/1", Scheme.RTSPS, "rtsps://u:p@cam:322/1"),
        ("rtsp://[fe80::1]:8554/x", Scheme.RTSP, "rtsp://[fe80::1]:8554/x"),
        ("http://h/a.m3u8?x=1", Scheme.HTTP, "http://h/a.m3u8?x=1"),
        ("rtmp://h/live/a?x=1", Scheme.RTMP, "rtmp://h/live/a?x=1"),
        ("RTMPS://u:p@h/live/a", Scheme.RTMPS, "rtmps://u:p@h/live/a"),
        ("udp://127.0.0.1:5000", Scheme.UDP, "udp://127.0.0.1:5000"),
        ("udp://@239.0.0.1:5000?sources=10.0.0.1", Scheme.UDP, None),
        ("udp://:5000?buffer_size=1000000&fifo_size=9", Scheme.UDP, None),
        ("rtp://@:5004", Scheme.RTP, "rtp://@:5004"),
        ("tcp://h:5000", Scheme.TCP, "tcp://h:5000"),
        ("unix:/run/a b?c", Scheme.UNIX, "unix:/run/a b?c"),
        ("sdp:a b.sdp", Scheme.SDP, "sdp:a b.sdp"),
        ("-", Scheme.STDIN, "-"),
        ("publish:", Scheme.PUBLISH, "publish:"),
        ("v4l2:/dev/video0?size=1280x720&fps=29.97&format=mjpeg", Scheme.V4L2, None),
        ("dshow:video=USB Camera?fps=30", Scheme.DSHOW, None),
        ("avfoundation:0", Scheme.AVFOUNDATION, None),
        ("screen:", Scheme.SCREEN, None),
        ("screen::0.0+10,20?fps=15", Scheme.SCREEN, None),
        ("image:a?b.png?fps=2", Scheme.IMAGE, None),
        ("exec:ffmpeg -i 'a b' -", Scheme.EXEC, None),
        ("dir:my recordings/", Scheme.DIR, None),
        ("recordings/", Scheme.FILE, None),
        ("listen:rtmp://0.0.0.0:1935/live/cam", Scheme.LISTEN, None),
        ("listen:rtsp://[::1]:8554/a/b/cam-1", Scheme.LISTEN, None),
        ("https://us%40er:p%2Fw@h/a", Scheme.HTTPS, "https://us%40er:p%2Fw@h/a"),
    ],
)
def test_an_address_is_taken_as_typed(text: str, scheme: Scheme, target: str | None) -> None:
    assert parse(text) == Address(scheme, text if target is None else target)


@pytest.mark.parametrize(
    "text",
    [
        "concat:a|b",
        "subfile:,,:x",
        "async:x",
        "data:x",
        "ftp://h/a",
        "x+y:z",
    ],
)
def test_what_is_not_on_the_list_is_not_opened(text: str) -> None:
    with pytest.raises(SourceRefused, match=r"is not opened here; use a path, pattern:, rtsp:"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("file:///films/a%20b.mp4", "/films/a b.mp4"),
        ("file://localhost/etc/passwd", "/etc/passwd"),
        ("FILE:a.mp4", "a.mp4"),
    ],
)
def test_a_file_is_a_path_and_no_url(text: str, path: str) -> None:
    with pytest.raises(SourceRefused) as caught:
        parse(text)
    assert caught.value.sentence.endswith(f"is not opened here; write the path alone: {path}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("/dev/video0", "is a camera of this machine; write v4l2:/dev/video0."),
        (" \t", "is empty"),
        ("rtsp://", "names no host"),
        ("rtsp://:554/x", "names no host"),
        ("http://[::1/x", "names no host"),
        ("rtsp://u:p@/x", "names no host"),
        ("rtsp://cam/a b", "holds a space"),
        ("my cam=rtsp://cam/1", "'my cam' cannot be a stream's name: a name is letters from a"),
        ("tür=clip.mp4", "'tür' cannot be .*, and begins with a letter or digit. If it begins"),
        ("caf\udce9=clip.mp4", "'caf.' cannot be a stream's name"),
        ("_cam=pattern:", "'_cam' cannot be"),
        ("x" * 65 + "=clip.mp4", "at most 64"),
        ("=clip.mp4", "'' cannot be"),
        ("cam=", "is empty"),
        (" rtsp://cam/1", "neither a path nor a URL"),
        ("v4l2:", "names nothing; write v4l2:NAME"),
        ("v4l2:?fps=1", "names nothing"),
        ("v4l2:/dev/video0?input_format=x", "does not know the option 'input_format'; it knows f"),
        ("v4l2:/dev/video0?size=big", "size cannot be 'big'"),
        ("v4l2:/dev/video0?format=a:b", "format cannot be 'a:b'"),
        ("screen:?format=x", "does not know the option 'format'"),
        ("screen:?fps=0", "fps must be more than 0"),
        ("image:a.png?size=1x1", "does not know the option 'size'; it knows fps"),
        ("screen:?size=99999x99999", "at most 50 million pixels"),
        ("v4l2:/dev/video0?size=0x480", "at most 50 million pixels"),
        ("dir:", "names no path; write dir:PATH"),
        ("listen:", "cannot be listened on; write listen:rtmp://HOST:PORT/APP/NAME or"),
        ("listen:rtmp://h/live/cam", "cannot be listened on"),
        ("listen:rtmp://:1935/live/cam", "cannot be listened on"),
        ("listen:rtmp://h:0/live/cam", "cannot be listened on"),
        ("listen:rtmp://h:65536/live/cam", "cannot be listened on"),
        ("listen:rtmp://h:1935/cam", "needs an application and a name"),
        ("listen:rtmp://h:1935/a/b/c", "needs an application and a name"),
        ("listen:rtsp://h:8554/", "cannot be listened on"),
        ("listen:rtsp://u:p@h:8554/cam", "cannot be listened on"),
        ("listen:rtsp://h:8554/cam?x=1", "cannot be listened on"),
        ("listen:srt://h:9000/cam", "cannot be listened on"),
        ("listen:file:///etc/passwd", "cannot be listened on"),
        ("exec: ", "exec: names no command; write exec:'COMMAND"),
        ("exec:a 'b", "a quotation mark is missing"),
        ("udp://h", "names no port; write udp://HOST:PORT"),
        ("tcp://h:x", "names no port"),
        ("tcp://:5000", "names no host"),
        ("unix:", "names no path; write unix:PATH"),
        ("sdp:", "names no path"),
        ("tcp://h:1?listen=1", "does not know the option 'listen'; it takes none"),
        ("udp://h:1?localport=1", "does not know the option 'localport'; it knows block, buffer"),
        ("rtp://h:1?fec=prompeg=l=5:d=5", "does not know the option 'fec'"),
        ("udp://h:1?fifo_size=x", "fifo_size cannot be 'x'"),
        ("udp://h:1?localaddr=127.0.0.1%3Fa", "localaddr cannot be"),
    ],
)
def test_what_is_no_address_is_said(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_named(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("pattern:640x360", "pattern"),
        ("front=pattern:", "front"),
        ("a.b_c-1=rtsp://cam/?x=y", "a.b_c-1"),
        ("/films/My film (1).tar.mp4", "My-film-1-.tar"),
        ("rtsp://u:p@Cam.lan:554/x=1", "cam.lan"),
        ("rtsp://[fe80::1]:8554/x", "fe80-1"),
        ("http://[::1]/x", "1"),
        ("/films/日本.mp4", "camera"),
        ("-", "stdin"),
        ("publish:", "camera"),
        ("v4l2:/dev/video0?fps=5", "video0"),
        ("screen:", "screen"),
        ("image:/a/cam.png?fps=5", "cam"),
        ("exec:/usr/bin/ffmpeg -i a=b -", "ffmpeg"),
        ("udp://:5000", "camera"),
        ("unix:/run/cam.1.sock", "cam.1"),
        ("dir:/films/holiday 1/", "holiday-1"),
        ("/films/holiday 1/", "holiday-1"),
        ("listen:rtmp://0.0.0.0:1935/live/s3cr3t", "rtmp"),
        ("..", "camera"),
        ("x" * 100 + ".mp4", "x" * 64),
    ],
)
def test_a_stream_gets_a_name(text: str, name: str) -> None:
    found, _ = parse_named(text)
    assert found == name
    assert STREAM_NAME.match(found)


@pytest.mark.parametrize("text", ["./tür=1.mp4", "/a/b=c.mp4", "..\\a=b.mp4"])
def test_a_path_may_hold_an_equals_sign(text: str) -> None:
    assert parse_named(text)[1] == Address(Scheme.FILE, text)


def test_the_name_is_not_part_of_the_address() -> None:
    assert parse_named("cam=rtsp://h/x")[1] == Address(Scheme.RTSP, "rtsp://h/x")
    assert default_name(Address(Scheme.PATTERN, "")) == "pattern"


@pytest.mark.parametrize(
    "text",
    [
        f"user:{SECRET}@cam/1",
        f"cam=admin:{SECRET}@cam/1",
        f"rtsp:/user:{SECRET}@cam/1",
        f"rtsp:user:{SECRET}@cam/1",
        f"ftp://user:{SECRET}@cam/1",
        f"tcp://user:{SECRET}@cam/1",
        f"tcp://user:{SECRET}@cam:1?token={SECRET}",
        f"srt://cam:9000?passphrase={SECRET}",
        f"rtsp://user:a {SECRET}@cam/1",
        f"my cam=rtsp://user:{SECRET}@cam/1",
        f" rtsp://user:{SECRET}@cam/1",
    ],
)
def test_a_refusal_shows_no_password(text: str) -> None:
    with pytest.raises(StreamerError) as caught:
        parse_named(text)
    assert SECRET not in caught.value.sentence


@pytest.mark.parametrize("text", ["pattern:huge", "pattern:1280x720@", "pattern:u:secret@h"])
def test_a_pattern_that_is_none_is_refused_in_words(text: str) -> None:
    with pytest.raises(ConfigError, match="write pattern:WIDTHxHEIGHT@FPS") as caught:
        parse(text)
    assert "secret" not in caught.value.sentence


@pytest.mark.parametrize("text", ["pattern:99999x99999@30", "pattern:62x64", "pattern:@0"])
def test_a_pattern_out_of_range_is_refused_when_it_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match="go from"):
        parse(text)


def test_what_publishers_must_name() -> None:
    rtsp = listening(parse("listen:rtsp://[::1]:8554/a/cam"))
    assert rtsp == Listening(Scheme.RTSP, "::1", 8554, "a/cam")
    assert rtsp.name == "cam"
    assert parse("listen:rtmp://h:1935/live/s3cr3t").shown == "listen:rtmp://h:1935/live/***"


def test_another_way_is_named_for_srt() -> None:
    with pytest.raises(SourceRefused, match=r'write exec:"srt-live-transmit .*--allow-exec'):
        parse("srt://h:9000")


def test_a_publisher_is_told_nothing_more() -> None:
    assert parse("publish:") == PUBLISHED_BODY
    assert parse("publish:").is_live
    assert not parse("publish:").comes_back
    assert not parse("publish:").is_camera  # what it draws may stand still
    with pytest.raises(ConfigError, match="takes nothing more; write NAME=publish:"):
        parse("publish:messages")
