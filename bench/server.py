"""The real server on the loopback, held to one core, and a place for whoever asks it on another."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.config import development_defaults
from bench.report import TOP

READY_WITHIN_SECONDS = 60


@contextmanager
def running_server(database_url: str, folder: Path) -> Iterator[int]:
    """Run gunicorn with one process of four threads on one core; yields its port."""
    port = _free_port()
    environment = os.environ | development_defaults(folder, port) | {"LANYARD_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "gunicorn", "wsgi:application"]
    command += [
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "1",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
    ]
    log = folder / "server.log"
    with log.open("wb") as target:
        server = subprocess.Popen(command, cwd=TOP, env=environment, stdout=target, stderr=subprocess.STDOUT)
    try:
        if hasattr(os, "sched_setaffinity"):
            # At once, so that the processes and threads that it starts stay there too.
            os.sched_setaffinity(server.pid, {max(os.sched_getaffinity(0))})
        _wait_until_ready(server, port, log)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


@contextmanager
def on_other_cores() -> Iterator[None]:
    """Keep this process off the server's core, where there is another."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        yield
        return
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, all_cores - {max(all_cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"the server is not ready:\n{log.read_text(errors='replace')[-2000:]}")
