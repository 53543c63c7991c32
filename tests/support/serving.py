"""Server processes of the tests: each gets a socket that listens already, so that no port is guessed."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 15
START_SECONDS = 60


def listen() -> socket.socket:
    """A socket that listens on a free port of the loopback; who connects waits until a server accepts."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    return listening


def address(listening: socket.socket) -> str:
    """How a browser reaches it."""
    return f"http://localhost:{listening.getsockname()[1]}"


def free_port() -> int:
    """A port on which nobody listens at this moment, for a server that cannot be handed a socket."""
    with listen() as listening:
        return int(listening.getsockname()[1])


@contextmanager
def process(
    command: Callable[[int], Sequence[str]],
    listening: socket.socket,
    environment: Mapping[str, str],
    log: Path,
) -> Iterator[None]:
    """Run a server on the socket, whose number ``command`` is given; stopped afterwards.

    From then on only the server holds the socket: when it dies, whoever connects is refused at once.
    """
    with log.open("wb") as output:
        server = subprocess.Popen(
            command(listening.fileno()),
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            pass_fds=[listening.fileno()],
        )
    listening.close()
    with stopped_afterwards(server):
        yield


@contextmanager
def stopped_afterwards(server: subprocess.Popen[bytes]) -> Iterator[None]:
    """Stop the process when the block ends, whatever happened."""
    try:
        yield
    finally:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        if server.stdin is not None:
            server.stdin.close()


def wait_until_it_answers(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when somebody listens on the port; raises AssertionError with its log when the server ended."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        try:
            server.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"it did not start:\n{log.read_text(errors='replace')}")
