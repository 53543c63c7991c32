"""A department's app that hears back-channel logouts: in threads of this process, or as one of its own.

``python -m bench.department_app PORT`` is the latter; ``GET /`` there says how many it has acknowledged.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.server import beside_the_driver, free_port


@dataclass
class DepartmentApp:
    """Where it listens, how often it fails before it answers, and when it heard and answered."""

    uri: str = ""
    failures: int = 0
    heard: list[float] = field(default_factory=list)
    """By ``time.perf_counter``, the refused ones too."""
    acknowledged: list[float] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, acknowledged: int, patience: float) -> float:
        """When it acknowledged for the so manieth time. Raises TimeoutError, after so many seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.acknowledged) >= acknowledged, patience):
                raise TimeoutError(f"the app was not told within {patience:g} seconds")
            return self.acknowledged[acknowledged - 1]

    def answer(self) -> int:
        """503 as often as it is to fail, then 204."""
        with self._changed:
            self.heard.append(time.perf_counter())
            if self.failures:
                self.failures -= 1
                return 503
            self.acknowledged.append(time.perf_counter())
            self._changed.notify_all()
            return 204


@contextmanager
def department_app() -> Iterator[DepartmentApp]:
    """Have one on the loopback, until the block ends."""
    app = DepartmentApp()
    server = _server(app, 0)
    app.uri = f"http://127.0.0.1:{server.server_address[1]}/logout"
    thread = threading.Thread(target=server.serve_forever, name="department app")
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class DepartmentProcess:
    """One that takes no time of this process when it hears."""

    port: int

    @property
    def uri(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/logout"

    def acknowledged(self) -> int:
        """How many logouts it has acknowledged."""
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/")
        acknowledged = int(connection.getresponse().read())
        connection.close()
        return acknowledged


@contextmanager
def department_process(folder: Path) -> Iterator[DepartmentProcess]:
    """Have one of its own process on the loopback, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "bench.department_app", str(port)]
    with beside_the_driver(command, folder / "department-app.log", port):
        yield DepartmentProcess(port)


def _server(app: DepartmentApp, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(app.answer())
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            text = str(len(app.acknowledged)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is logged."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    _server(DepartmentApp(), int(sys.argv[1])).serve_forever()
