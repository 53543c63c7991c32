"""Writes a row that may be there already, in one statement."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_once(session: Session, model: type[SQLModel], values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same unique columns is there; say whether it is new."""
    connection = session.connection()
    return connection.execute(_statement(model, connection.dialect.name), values).first() is not None


@cache
def _statement(model: type[SQLModel], dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    # RETURNING, because the count of rows of an INSERT is not known with every driver.
    return insert(model).on_conflict_do_nothing().returning(literal(1))
