"""A file that only its owner can read, and that was not there before."""

import os
from collections.abc import Iterable
from pathlib import Path

import click


def write_private(file: Path, lines: Iterable[bytes]) -> None:
    """Write these lines to a new file. Raises click.ClickException where none can be made there."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"Cannot write {file}: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as target:
        target.writelines(lines)
