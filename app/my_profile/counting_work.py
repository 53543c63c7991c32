"""How many rows of a table wait for a reader, as a row of their list of work."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session, col

Row = dict[str, Any]


def row(what: str, endpoint: str, number: int, late: int = 0) -> Row:
    """So many of a kind, of which so many are late, and where they are."""
    return {"what": what, "href": url_for(endpoint), "number": number, "late": late}


def apart(about: Collection[Any], parties: Collection[UUID]) -> list[ColumnElement[bool]]:
    """None of these columns is one of the reader's parties."""
    return [or_(col(one).is_(None), col(one).not_in(parties)) for one in about]


def count(session: Session, table: Any, waits: ColumnElement[bool]) -> int:
    """How many rows wait."""
    found: int = session.execute(select(func.count()).select_from(table).where(waits)).scalar_one()
    return found
