"""What all tests share."""

import signal

import pytest


@pytest.fixture(scope="session", autouse=True)
def heed_interrupts() -> None:
    """Let what is started heed Ctrl-C, which shells turn off for what runs in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def anyio_backend() -> str:
    """Run `@pytest.mark.anyio` tests on asyncio, which is what the server runs on."""
    return "asyncio"
