"""A bad link for programs without an event loop: it runs in a thread of its own."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from anyio.from_thread import start_blocking_portal

from streamer.bench.link import Impairment, Link, open_link


def add_link_argument(parser: argparse.ArgumentParser) -> None:
    """Let a command take `--link`."""
    parser.add_argument(
        "--link",
        metavar="SPEC",
        help="put a bad link in between: rate=2M,up=1M,delay=50ms,jitter=10ms,stall=3s/30s",
    )


@contextmanager
def impaired(port: int, impairment: Impairment, host: str = "127.0.0.1") -> Iterator[Link]:
    """A link to a server, on loopback unless told; its `impairment` may be set meanwhile."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(open_link(host, port, impairment)) as link,
    ):
        yield link
