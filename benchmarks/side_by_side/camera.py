"""What all are given: the marked pattern at an RTMP server, which makes an HLS playlist, too."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from streamer.bench.processes import TreeCpu
from tests.integration.processes import Process, free_port, listens, wait_until

PICTURE = "1280x720@30"
NAME = "cam"
_START_S = 20
_NGINX = """
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
rtmp {{ server {{ listen 127.0.0.1:{rtmp}; application live {{
  live on; wait_key on;
  hls on; hls_path {folder}/hls; hls_fragment 1s; hls_playlist_length 4s;
}} }} }}
http {{
  access_log off;
  types {{
    text/html html; text/javascript js;
    application/vnd.apple.mpegurl m3u8; video/mp2t ts;
  }}
  server {{ listen 127.0.0.1:{http}; location / {{
    root {folder}; add_header Cache-Control no-cache;
  }} }}
}}
"""
_HLS_PAGE = """<!doctype html><body style="margin:0">
<video muted autoplay style="width:100vw"></video>
<script src="/hls.js"></script>
<script>
  const hls = new Hls();
  hls.loadSource('/hls/cam.m3u8');
  hls.attachMedia(document.querySelector('video'));
</script>
"""


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the pictures are: over RTMP, and as a page that plays HLS."""

    url: str
    hls_page: str
    cpu: TreeCpu


@contextmanager
def open_camera(hls_js: Path | None) -> Iterator[Camera]:
    """The pattern at nginx; `hls_js` is the player for its page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "hls").mkdir()
        (folder / "hls").chmod(0o777)  # nginx gives up its rights
        (folder / "hls.html").write_text(_HLS_PAGE)
        if hls_js is not None:
            (folder / "hls.js").write_bytes(hls_js.read_bytes())
        rtmp, http = free_port(), free_port()
        config = folder / "nginx.conf"
        config.write_text(_NGINX.format(folder=folder, rtmp=rtmp, http=http))
        url = f"rtmp://127.0.0.1:{rtmp}/live/{NAME}"
        started: list[Process] = []
        try:
            command = ("/usr/sbin/nginx", "-p", str(folder), "-c", str(config))
            started.append(Process(command, folder / "nginx.log"))
            wait_until(lambda: listens(rtmp) and listens(http), "nginx", _START_S)
            pattern = (sys.executable, "-m", "streamer", "pattern", PICTURE, "--to", url)
            started.append(Process(pattern, folder / "pattern.log"))
            playlist = folder / "hls" / f"{NAME}.m3u8"
            wait_until(playlist.is_file, "first pictures", _START_S)
            yield Camera(url, f"http://localhost:{http}/hls.html", TreeCpu(started[0].pid))
        finally:
            for each in reversed(started):
                each.clear()
