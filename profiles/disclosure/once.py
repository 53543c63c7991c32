"""Writes a row that may be there already, in one statement."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import literal
from sqlmodel import Session, SQLModel

from profiles.prepared import Prepared, for_each_dialect


def insert_once(session: Session, model: type[SQLModel], values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same unique columns is there; say whether it is new."""
    return _statement(model).first(session, values) is not None


@cache
def _statement(model: type[SQLModel]) -> Prepared:
    # RETURNING, because the count of rows of an INSERT is not known with every driver.
    return Prepared(
        for_each_dialect(lambda insert: insert(model).on_conflict_do_nothing().returning(literal(1)))
    )
