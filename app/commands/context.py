"""What every command needs: settings, the moment, and a transaction that commits when all went well."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import click
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.config import Settings, development_defaults
from app.database import create_engine, transaction
from profiles.errors import Conflict

Done = TypeVar("Done")


@lru_cache
def settings() -> Settings:
    """The settings from the environment; development's where it says so, or says nothing at all.

    Raises click.ClickException, one line a setting, when they are incomplete or unsafe.
    """
    nothing_set = not any(name.startswith("LANYARD_") and name != "LANYARD_VAR" for name in os.environ)
    if nothing_set or os.environ.get("LANYARD_ENVIRONMENT") == "development":
        var = Path(os.environ.get("LANYARD_VAR", "var"))
        port = int(os.environ.get("LANYARD_PORT", "8000"))
        for name, value in development_defaults(var, port).items():
            os.environ.setdefault(name, value)
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "LANYARD_" + str(problem["loc"][0]).upper() + ": " if problem["loc"] else ""
            lines.append(name + problem["msg"].removeprefix("Value error, "))
        raise click.ClickException("Settings are not complete:\n  " + "\n  ".join(lines)) from None


@lru_cache
def engine() -> Engine:
    """The engine of the configured database."""
    return create_engine(settings().database_url)


@contextmanager
def command_transaction() -> Iterator[Session]:
    """A transaction that commits when the block ends, and rolls back when it raises."""
    with transaction(engine()) as session:
        yield session


def tried_twice(step: Callable[[], Done]) -> Done:
    """What a step in a transaction of its own gives, begun anew once where another met it at a constraint.

    Raises Conflict when that happens again.
    """
    with suppress(IntegrityError):
        return step()
    try:
        return step()
    except IntegrityError:
        raise Conflict(
            "Somebody else records something that excludes this, at the same moment. Nothing was changed."
            " Look at what is recorded, then run the command again."
        ) from None


def command_time() -> datetime:
    """The moment of the command, aware, UTC."""
    return datetime.now(UTC)
