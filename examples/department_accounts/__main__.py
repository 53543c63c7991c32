"""Start one department's accounts: `python -m examples.department_accounts --config FILE`."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from types import FrameType

import click
from werkzeug.serving import WSGIRequestHandler, make_server

from examples.department_accounts.application import create_app
from examples.department_accounts.settings import SettingsError, load_settings


class QuietRequestHandler(WSGIRequestHandler):
    """Writes no line for each request: addresses hold codes and states. Drops callers who say nothing."""

    timeout = 30

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@click.command()
@click.option(
    "--config", type=click.Path(path_type=Path), required=True, help="A JSON file with the settings."
)
def main(config: Path) -> None:
    """A department's own accounts, with which people sign in to Lanyard. For the demonstration alone."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        settings = load_settings(config)
    except SettingsError as error:
        sys.exit(f"The department's accounts cannot start: {error}")
    signal.signal(signal.SIGTERM, _interrupt)
    # It says on its own why it cannot listen, and ends with 1.
    server = make_server(
        settings.host, settings.port, create_app(settings), threaded=True, request_handler=QuietRequestHandler
    )
    click.echo(f"{settings.name} is at {settings.issuer}")
    server.serve_forever()


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
