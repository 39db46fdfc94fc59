"""A real HTTP counterpart for the tests: FFmpeg's output to whoever asks, as a camera sends it.

`python media_http.py --port PORT --clip CLIP [--folder FOLDER]` listens on loopback, says
`ready PORT` and answers /video.mjpg and /video.ts, each without end and at the clip's speed, and
/hls/... with the files of FOLDER.
"""

import argparse
import functools
import http.server
import shutil
import subprocess
from pathlib import Path

READ = ("ffmpeg", "-v", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i")
FORMS = {
    "/video.mjpg": (
        "multipart/x-mixed-replace;boundary=ffmpeg",
        ("-c:v", "mjpeg", "-q:v", "5", "-f", "mpjpeg", "-boundary_tag", "ffmpeg", "-"),
    ),
    "/video.ts": ("video/mp2t", ("-c", "copy", "-f", "mpegts", "-")),
}


class Camera(http.server.SimpleHTTPRequestHandler):
    """Answers one request."""

    def __init__(self, *arguments: object, clip: Path, folder: Path) -> None:
        self._clip = clip
        super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Send what was asked for until the client leaves."""
        if self.path not in FORMS:
            self.path = self.path.removeprefix("/hls")
            super().do_GET()
            return
        media_type, form = FORMS[self.path]
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.end_headers()
        with subprocess.Popen((*READ, str(self._clip), *form), stdout=subprocess.PIPE) as ffmpeg:
            try:
                assert ffmpeg.stdout is not None
                shutil.copyfileobj(_Eager(ffmpeg.stdout), self.wfile)
            except OSError:
                self.close_connection = True
            finally:
                ffmpeg.kill()

    def log_message(self, *_: object) -> None:
        """Nothing of each request."""


class _Eager:
    """Reads what is there instead of waiting for as much as was asked for."""

    def __init__(self, pipe: object) -> None:
        self.read = pipe.read1  # type: ignore[attr-defined]


class Server(http.server.ThreadingHTTPServer):
    """Many clients at once; what they break off is no error."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """The client left."""


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--folder", type=Path, default=Path("/nonexistent"))
    options = parser.parse_args()
    answer = functools.partial(Camera, clip=options.clip, folder=options.folder)
    with Server(("127.0.0.1", options.port), answer) as server:
        print("ready", server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
