"""Start one desk: `python -m examples.department_app --config FILE`."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sqlite3
import sys
from pathlib import Path
from types import FrameType

import click
from werkzeug.serving import WSGIRequestHandler, make_server

from examples.department_app.application import create_app
from examples.department_app.settings import NAMES, Settings, SettingsError, load_settings


class QuietRequestHandler(WSGIRequestHandler):
    """Writes no line for each request: addresses hold codes and states. Drops callers who say nothing."""

    timeout = 30

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def version_string(self) -> str:
        return "department-app"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), help="A JSON file with the settings.")
def main(config: Path | None, **arguments: str | None) -> None:
    """A department's case desk, signing in through Lanyard.

    Every setting may also come from the environment as DEPARTMENT_APP_ and its name in capitals.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        settings = load_settings(config, os.environ, given)
        listening = _listen(settings)
        app = create_app(settings)
    except SettingsError as error:
        sys.exit(f"The department app cannot start: {error}")
    except (sqlite3.Error, OSError) as error:
        sys.exit(f"{settings.name} cannot start: its database {settings.database} cannot be opened: {error}")
    # serve_forever ends quietly on KeyboardInterrupt; requests run in daemon threads and hold nothing up.
    signal.signal(signal.SIGTERM, _interrupt)
    server = make_server(
        settings.host,
        settings.port,
        app,
        threaded=True,
        request_handler=QuietRequestHandler,
        fd=listening.fileno(),
    )
    listening.close()  # the server has its own duplicate
    click.echo(f"{settings.name} is at {settings.url}")
    server.serve_forever()


for _name in sorted(set(NAMES) - {"client_secret", "secret_key"}):  # a command line is no place for secrets
    main = click.option(f"--{_name.replace('_', '-')}", _name, help=f"Setting {_name!r}.")(main)


def _listen(settings: Settings) -> socket.socket:
    """The bound port, or one clear line and exit code 1."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen()
    except OSError as error:
        sys.exit(f"{settings.name} cannot listen on {settings.host} port {settings.port}: {error.strerror}")
    return listening


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
