"""The whole system as `make run` starts it: provider, worker, department apps and sign-ins, on free ports."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
STOP_SECONDS = 30


@dataclass(frozen=True)
class Running:
    """Where everything is, and the accounts that may sign in, by name."""

    lanyard: str
    hmrc: str
    home_office: str
    environment: dict[str, str]
    accounts: dict[str, dict[str, str]]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``lanyard`` with these words on the same data."""
        return subprocess.run(
            [sys.executable, "-m", "app.commands", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def running(var: Path, database_url: str) -> Iterator[Running]:
    """Start everything on a database; stop it at the end, whatever happened."""
    port, hmrc, home_office, *accounts = free_ports(5)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LANYARD_")}
    environment |= {
        "LANYARD_ENVIRONMENT": "development",
        "LANYARD_VAR": str(var),
        "LANYARD_PORT": str(port),
        "LANYARD_DATABASE_URL": database_url,
        "LANYARD_DEPARTMENT_PORTS": json.dumps([hmrc, home_office]),
        "LANYARD_ACCOUNT_PORTS": json.dumps(accounts),
        "LANYARD_PASSWORD_COST": "1",
        "LANYARD_PASSWORD_MEMORY_KIB": "64",
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app.commands", "run"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        _wait_for_table(process)
        found = Running(
            lanyard=f"http://localhost:{port}",
            hmrc=f"http://localhost:{hmrc}",
            home_office=f"http://localhost:{home_office}",
            environment=environment,
            accounts={},
        )
        listed = json.loads(found.command("demo", "accounts", "--json").stdout)
        found.accounts.update({account["name"]: account for account in listed})
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def free_ports(count: int) -> list[int]:
    """Ports on which nobody listens at this moment, each another."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _wait_for_table(process: subprocess.Popen[str]) -> None:
    """Read what it prints until the last line of the table says that everything answers."""
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if "Ctrl-C stops" in line:
            return
    raise AssertionError("it did not start:\n" + "".join(printed))
