"""Lanyard's real server on the loopback, held to one core, and a place for whoever asks it on another."""

import base64
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.config import Settings
from bench.http_connection import BadAnswer, HttpConnection
from bench.report import TOP

READY_WITHIN_SECONDS = 60
_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
ISSUER = "https://lanyard.example"
_SECRETS = {
    "LANYARD_SECRET_KEY": secrets.token_urlsafe(32),
    "LANYARD_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
}


@dataclass(frozen=True)
class Server:
    """A server that answers: its first process, and its port."""

    process: int
    port: int


def environment(database_url: str) -> dict[str, str]:
    """Production's settings, behind one proxy that speaks TLS; the secrets last as long as this process."""
    return _SECRETS | {
        "LANYARD_ENVIRONMENT": "production",
        "LANYARD_ISSUER": ISSUER,
        "LANYARD_DATABASE_URL": database_url,
        "LANYARD_TRUSTED_PROXIES": "1",
    }


def settings(database_url: str) -> Settings:
    """The same, for what prepares the database."""
    values = environment(database_url).items()
    return Settings.model_validate({name.removeprefix("LANYARD_").lower(): value for name, value in values})


@contextmanager
def running_server(
    database_url: str,
    folder: Path,
    *,
    application: str = "wsgi:application",
    processes: int = 1,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run granian as the README does: processes of four threads each, on as many cores."""
    port = free_port()
    command = [sys.executable, "-m", "granian", application, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--interface", "wsgi", "--http", "1", "--no-ws", "--http1-buffer-size", "65536"]
    command += ["--workers", str(processes), "--blocking-threads", "4", "--respawn-failed-workers"]
    known = environment(database_url) | dict(variables or {})
    with on_cores(command, known, folder / "server.log", port, "/readyz", processes) as server:
        yield server


@contextmanager
def on_one_core(
    command: Sequence[str], variables: Mapping[str, str], log: Path, port: int, ready: str
) -> Iterator[Server]:
    """Run a server with all that it starts on the last core, until the block ends.

    It is there when it answers ``ready`` with 200. Raises RuntimeError with its last words.
    """
    with on_cores(command, variables, log, port, ready, 1) as server:
        yield server


@contextmanager
def on_cores(
    command: Sequence[str], variables: Mapping[str, str], log: Path, port: int, ready: str, cores: int
) -> Iterator[Server]:
    """The same on the last ``cores`` cores, or on all where there are fewer."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LANYARD_")}
    with log.open("wb") as target:
        process = subprocess.Popen(
            command, cwd=TOP, env={**inherited, **variables}, stdout=target, stderr=subprocess.STDOUT
        )
    try:
        if _CORES:
            # At once, so that the processes and threads that it starts stay there too.
            os.sched_setaffinity(process.pid, _CORES[-cores:])
        _wait_until_ready(process, port, ready, log)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def beside_the_driver(command: Sequence[str], log: Path, port: int) -> Iterator[int]:
    """Run a program on whichever cores this process is on, until the block ends; its process.

    It is there when it listens. Raises RuntimeError with its last words.
    """
    with log.open("wb") as target:
        process = subprocess.Popen(command, cwd=TOP, stdout=target, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not _listens(port):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"the program is not ready:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def on_other_cores() -> Iterator[None]:
    """Keep this process, and what it starts meanwhile, off the server's core, where there is another."""
    if len(_CORES) < 2:
        yield
        return
    os.sched_setaffinity(0, _CORES[:-1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, _CORES)


def free_port() -> int:
    """A port on which nobody listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, ready: str, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with HttpConnection(port, ISSUER) as connection:
                if connection.ask("GET", ready, {}).status == 200:
                    return
        except (OSError, BadAnswer):
            time.sleep(0.05)
    raise RuntimeError(f"the server is not ready:\n{log.read_text(errors='replace')[-2000:]}")
