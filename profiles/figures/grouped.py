"""Counts by one column."""

from typing import Any

from sqlalchemy import Select
from sqlmodel import Session


def grouped(session: Session, query: Select[Any, Any]) -> dict[Any, int]:
    """How many there are of each value of a query's first column; its second counts them."""
    by = query.selected_columns[0]
    return dict(session.execute(query.group_by(by)).all())
