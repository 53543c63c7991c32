"""Starts several programs, keeps them together and ends them together."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Program:
    """A program to run; what it prints goes to ``log``."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]


class Stopped(Exception):
    """A signal asked for the end."""


def busy_ports(host: str, ports: Sequence[int]) -> list[int]:
    """The ports on which somebody listens already."""
    busy = []
    for port in ports:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                busy.append(port)
    return busy


class Supervisor:
    """The programs that run. They are no children of the terminal: only this process hears Ctrl-C."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, program: Program) -> None:
        """Start one program."""
        with program.log.open("ab") as log:
            self._running[program.name] = subprocess.Popen(
                program.command,
                cwd=self._directory,
                env=dict(os.environ) | dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ended(self) -> str | None:
        """The name of a program that has ended, if one has."""
        return next((name for name, process in self._running.items() if process.poll() is not None), None)

    def wait(self) -> str:
        """Wait until a program ends by itself; return its name. Raises Stopped when asked to stop."""
        while (name := self.ended()) is None:
            time.sleep(0.2)
        return name

    def stop(self) -> None:
        """End every program: politely, then firmly."""
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        patience = time.monotonic() + PATIENCE_SECONDS
        for process in self._running.values():
            try:
                process.wait(max(0.0, patience - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def stop_on_signals() -> None:
    """Turn Ctrl-C and a polite kill into ``Stopped``."""
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wanted, _stop)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped
