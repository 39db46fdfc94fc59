"""Settings: what is accepted, and the one sentence for each thing that is not."""

from pathlib import Path

import pytest

from streamer.address import Scheme, SourceSpec, Transport
from streamer.config import Settings, check, read, transport
from streamer.errors import ConfigError, SourceRefused
from streamer.hub.spec import StreamSpec
from streamer.hub.supply.publication import Terms
from streamer.parsing import parse

WHOLE = """
[server]
host = "0.0.0.0"
port = 9000
token = "open-sesame"
insecure = false
allow_exec = true
allow_host = ["tv.lan"]
allow_origin = ["https://a.example"]

[streams.front]
source = "rtsp://user:p%40ss@cam.lan/1"
transport = "udp"
always = true

[streams."clip.2"]
source = "films/a b.mp4"
loop = true
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "streamer.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_file(tmp_path: Path) -> None:
    settings = check(read(written(tmp_path, WHOLE)))
    assert (settings.host, settings.port, settings.token) == ("0.0.0.0", 9000, "open-sesame")
    assert settings.allow_host == ("tv.lan",)
    assert settings.allow_exec
    assert settings.allow_origin == ("https://a.example",)
    front, clip = settings.streams
    assert (front.name, front.always, front.source.loop) == ("front", True, False)
    assert front.source.transport is Transport.UDP
    assert front.source.address.target == "rtsp://user:p%40ss@cam.lan/1"
    assert (clip.name, clip.source.loop, clip.always) == ("clip.2", True, False)
    assert clip.source.address.scheme is Scheme.FILE


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert read(written(tmp_path, "")) == Settings()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[server", "is not TOML"),
        (
            "port = 1",
            r"the top level does not know 'port'; it knows \[server\] and \[streams.NAME\]",
        ),
        ("[stream.door]\nsource='x'", r"'stream'; it knows \[server\] and \[streams.NAME\]"),
        ("[server]\nprot = 1", r"\[server\] does not know 'prot'; it knows allow_exec, "),
        ("[streams.a]\nsource='x'\nsorce='y'", r"\[streams.a\] does not know 'sorce'; it knows"),
        ("server = 1", r"\[server\] must be a table"),
        ("streams = []", r"\[streams\] must be a table"),
        ("[streams]\na = 'x.mp4'", r"\[streams.a\] must be a table"),
        ("[streams.a]", r"\[streams.a\] has no source, or two keys for it; add source"),
        ("[streams.'a b']\nsource='x'", "'a b' cannot be a stream's name"),
        ("[streams.a]\nsource='x'\nsources=['y']", "two keys for it"),
        ("[streams.a]\nsources=[]", "sources is empty; name one at least"),
        ("[streams.a]\nsources=[1]", r"each of \[streams.a\] sources must be text"),
        ("[streams.a]\nsources='x'", "sources must be a list"),
        ("[streams.a]\nsource = 1", r"\[streams.a\] source must be text"),
        ("[streams.a]\nsource='x'\nloop = 1", "loop must be true or false"),
        ("[streams.a]\nsource='x'\nalways = 'yes'", "always must be true or false"),
        (
            "[streams.a]\nsource='x'\ntransport = 'http'",
            r"streamer.toml: \[streams.a\]: 'http' is no RTSP transport; use auto, tcp",
        ),
        ("[streams.a]\nsource=''", r"streamer.toml: \[streams.a\]: A source is empty"),
        ("[streams.a]\nsource='x'\nhistory=-1", r"streamer.toml: \[streams.a\]: history is -1"),
        ("[streams.a]\nsource='x'\nslate='n'", r"streamer.toml: \[streams.a\] slate: there is no"),
        ("[server]\nport = '1'", r"\[server\] port must be a whole number"),
        ("[server]\nport = true", r"\[server\] port must be a whole number"),
        ("[server]\nport = 1.5", r"\[server\] port must be a whole number"),
        ("[server]\nhost = 1", r"\[server\] host must be text"),
        ("[server]\ntoken = 12345678", r"\[server\] token must be text"),
        ("[server]\nallow_host = 'a'", r"\[server\] allow_host must be a list"),
        ("[server]\nallow_origin = [1]", r"each of \[server\] allow_origin must be text"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read(written(tmp_path, text))


def test_several_sources_are_tried_in_order(tmp_path: Path) -> None:
    text = "[streams.a]\nsources = ['rtsp://h/1', 'b.mp4']\nloop = true"
    (spec,) = read(written(tmp_path, text)).streams
    assert [each.address.target for each in spec.sources] == ["rtsp://h/1", "b.mp4"]
    assert all(each.loop for each in spec.sources)


def test_a_refused_source_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match=r"toml: \[streams.a\]: 'concat.*: concat: is not"):
        read(written(tmp_path, "[streams.a]\nsource='concat:a|b'"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"x.toml cannot be read \(No such file"):
        read(tmp_path / "x.toml")
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory"):
        read(tmp_path)


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "streamer.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not TOML"):
        read(path)


@pytest.mark.parametrize(
    ("settings", "opens"),
    [
        (Settings(), True),
        (Settings(host="0.0.0.0", token="long enough"), True),
        (Settings(host="0.0.0.0", insecure=True), False),
        (Settings(host="0.0.0.0", insecure=True, publish=True), True),
        (Settings(publish=False), False),
    ],
)
def test_publishers_are_let_in_where_not_just_anybody_could_be_one(
    settings: Settings, opens: bool
) -> None:
    assert check(settings).terms == Terms(opens, takeover=False)


def test_the_terms_of_publishing_stand_in_the_file(tmp_path: Path) -> None:
    text = "[server]\npublish = false\npublish_takeover = true\nmax_streams = 3"
    settings = check(read(written(tmp_path, text)))
    assert settings.terms == Terms(open=False, takeover=True)
    assert settings.limits.streams == 3


def publish_streams(count: int) -> tuple[StreamSpec, ...]:
    source = SourceSpec(parse("publish:"))
    return (StreamSpec("a", source, fallbacks=(source,) * (count - 1)),)


def test_a_stream_has_one_publisher_and_only_where_they_are_let_in() -> None:
    check(Settings(streams=publish_streams(1)))
    with pytest.raises(ConfigError, match="name publish: once"):
        check(Settings(streams=publish_streams(2)))
    with pytest.raises(ConfigError, match="not let in; add --publish"):
        check(Settings(streams=publish_streams(1), publish=False))


def test_nothing_is_named_after_what_waits_for_ever() -> None:
    def settings(*texts: str) -> Settings:
        first, *others = [SourceSpec(parse(text)) for text in texts]
        return Settings(streams=(StreamSpec("a", first, fallbacks=tuple(others)),))

    listens = "listen:rtmp://127.0.0.1:1935/live/x"
    for texts in ((listens,), ("rtsp://camera/", listens), (listens, "publish:")):
        check(settings(*texts))
    with pytest.raises(ConfigError, match="'a' would never come to what follows listen:"):
        check(settings(listens, "away.mp4"))


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("cam.test", "cam.test"),
        ("cam.test:18443", "cam.test"),
        ("https://cam.test", "cam.test"),
        ("http://cam.test:80/", "cam.test"),
        ("fd00::1", "fd00::1"),
        ("[fd00::1]:8000", "fd00::1"),
        ("my_tv", "my_tv"),
    ],
)
def test_a_host_may_be_copied_from_a_browser(given: str, taken: str) -> None:
    assert check(Settings(allow_host=("x", given))).allow_host == ("x", taken)


@pytest.mark.parametrize(
    "host", ["a b", "", "*", "https://", "ftp://a", "https://a/b", "u@a", "ü"]
)
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="is no name of a host; write"):
        check(Settings(allow_host=(host,)))


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "file://", "https://a.example", "http://a:9000/", "HTTP://A", "http://[::1]:9"],
)
def test_an_origin_is_written_as_browsers_do(origin: str) -> None:
    assert check(Settings(allow_origin=(origin,))).allow_origin == (origin,)


@pytest.mark.parametrize(
    "origin", ["foo", "", "a.example", "https://", "https://a/page", "https://a b", "http://u@a"]
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ConfigError, match="is no origin of pages; write https://HOST"):
        check(Settings(allow_origin=("https://a.example", origin)))


@pytest.mark.parametrize("key", ["max_viewers", "max_viewers_per_stream", "max_streams"])
def test_limits_leave_room_for_one(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key} must be at least 1"):
        check(read(written(tmp_path, f"[server]\n{key} = 0")))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
def test_loopback_needs_no_token(host: str) -> None:
    assert check(Settings(host=host)).on_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "", "cam.lan", "fe80::1"])
def test_the_network_needs_a_token_or_an_explicit_word(host: str) -> None:
    with pytest.raises(ConfigError, match="add --token SECRET, or --insecure"):
        check(Settings(host=host))
    check(Settings(host=host, token="long enough"))
    check(Settings(host=host, insecure=True))


def specs(tmp_path: Path, *sources: str) -> tuple[StreamSpec, ...]:
    tables = [f"[streams.s{index}]\nsource='{text}'" for index, text in enumerate(sources)]
    return read(written(tmp_path, "\n".join(tables))).streams


def test_commands_are_not_run_unless_allowed(tmp_path: Path) -> None:
    streams = specs(tmp_path, "exec:ffmpeg -", "a.mp4")
    with pytest.raises(ConfigError, match="allow it with --allow-exec"):
        check(Settings(streams=streams))
    check(Settings(streams=streams, allow_exec=True))


def test_standard_input_is_read_by_one_and_always(tmp_path: Path) -> None:
    one, two, file = specs(tmp_path, "-", "-", "a.mp4")
    assert (check(Settings(streams=(one, file))).streams[0].always, file.always) == (True, False)
    with pytest.raises(ConfigError, match="only one stream can be read from '-'"):
        check(Settings(streams=(one, two)))


@pytest.mark.parametrize("token", ["", "1234567"])
def test_a_short_token_is_refused(token: str) -> None:
    with pytest.raises(ConfigError, match="fewer than 8 characters"):
        check(Settings(token=token))


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist(port: int) -> None:
    with pytest.raises(ConfigError, match=f"Port {port} does not exist"):
        check(Settings(port=port))


def test_a_name_twice(tmp_path: Path) -> None:
    (spec,) = read(written(tmp_path, "[streams.a]\nsource='x'")).streams
    other = StreamSpec("b", spec.source)
    with pytest.raises(ConfigError, match="Two streams are called 'a'; write NAME=SOURCE"):
        check(Settings(streams=(spec, other, spec)))


@pytest.mark.parametrize("text", ["auto", "tcp", "udp"])
def test_a_transport_has_a_name(text: str) -> None:
    assert transport(text) is Transport(text)


def test_patience_is_a_matter_of_the_stream(tmp_path: Path) -> None:
    text = "open_timeout = 2\nstall_timeout = 3.5\nfreeze_after = 60"
    (spec,) = read(written(tmp_path, f"[streams.a]\nsource = 'rtsp://h/'\n{text}")).streams
    source = spec.source
    assert (source.open_timeout_s, source.stall_timeout_s) == (2.0, 3.5)
    assert source.freeze_after_s == 60


def test_the_past_is_a_matter_of_the_stream(tmp_path: Path) -> None:
    text = "[streams.a]\nsource = 'x'\nhistory = 5\nhistory_mb = 8\n[streams.b]\nsource = 'y'"
    first, second = read(written(tmp_path, text)).streams
    assert (first.history_s, first.history_mb) == (5.0, 8)
    assert (second.history_s, second.history_mb) == (30.0, 64)


@pytest.mark.parametrize("line", ["history = -1", "history = 3601", "history_mb = 0"])
def test_so_much_of_the_past_cannot_be_kept(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match="it goes from"):
        read(written(tmp_path, f"[streams.a]\nsource = 'x'\n{line}"))


@pytest.mark.parametrize(
    ("source", "usual_s"),
    [("rtsp://h/", 30.0), ("udp://:5", 30.0), ("v4l2:/dev/video0", 30.0)]
    + [(text, None) for text in ("screen:", "a.mp4", "image:a.png", "-", "pattern:")],
)
def test_only_of_a_camera_is_it_strange_to_stand_still(
    tmp_path: Path, source: str, usual_s: float | None
) -> None:
    (usual,) = specs(tmp_path, source)
    assert usual.source.freeze_after_s == usual_s
    for text, after_s in (("0", None), ("5", 5.0)):
        table = f"[streams.a]\nsource = '{source}'\nfreeze_after = {text}"
        assert read(written(tmp_path, table)).streams[0].source.freeze_after_s == after_s


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stall_timeout = 0", "stall_timeout is 0; it goes from 0.5 to 600 seconds"),
        ("open_timeout = 601", "open_timeout is 601; it goes"),
        ("open_timeout = nan", "open_timeout is nan; it goes"),
        ("freeze_after = 1", "freeze_after is 1; it goes from 2 to 86400 seconds"),
        ("freeze_after = '30'", "freeze_after must be a number"),
        ("stall_timeout = true", "stall_timeout must be a number"),
        ("slate = 1", "slate must be true or false or text"),
        ("slate = 'nowhere.jpg'", "slate: there is no file 'nowhere.jpg'; name a picture"),
    ],
)
def test_patience_without_sense_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read(written(tmp_path, f"[streams.a]\nsource = 'rtsp://h/'\n{text}"))


def test_a_slate_may_be_drawn_on_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "away.jpg"
    picture.touch()
    slates = []
    for value in ("true", "false", f"'{picture}'"):
        table = f"[streams.a]\nsource = 'rtsp://h/'\nslate = {value}"
        slates.append(read(written(tmp_path, table)).streams[0].slate)
    assert slates == [True, False, picture]
