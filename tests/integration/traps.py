"""Servers of this process for the tests: one that says anything over HTTP, one that misleads."""

import http.server
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Trap:
    """A server on a loopback address, and the paths that it was asked for."""

    url: str
    asked: list[str] = field(default_factory=list)


Page = tuple[int, dict[str, str], bytes]


@contextmanager
def http_trap(pages: Mapping[str, Page], host: str = "127.0.0.1") -> Iterator[Trap]:
    """Give status, fields and body of each path; whatever is not among them is not there."""
    trap = Trap("")

    class Saying(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            trap.asked.append(self.path)
            status, fields, body = pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that leaves early is no error."""

    server = Server((host, 0), Saying)
    trap.url = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield trap
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def rtsp_trap(answer: str, host: str = "127.0.0.1") -> Iterator[Trap]:
    """Give every RTSP request the same answer, with its CSeq."""
    listener = socket.create_server((host, 0))
    trap = Trap(f"rtsp://{host}:{listener.getsockname()[1]}")

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with suppress(ConnectionError), connection:
                while request := connection.recv(4096).decode(errors="replace"):
                    trap.asked.append(request.partition("\r\n")[0])
                    number = request.partition("CSeq: ")[2].partition("\r\n")[0]
                    head, blank, body = answer.partition("\r\n\r\n")
                    said = f"{head}\r\nCSeq: {number}{blank}{body}"
                    connection.sendall(said.encode())

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield trap
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
