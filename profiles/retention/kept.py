"""What keeps a record although its period is over, and nobody holds it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlmodel import col

from profiles.imports.records.models import FieldConflict
from profiles.loads import Load
from profiles.retention.records import Retained
from profiles.temporal import Fact


def recorded_since(one: Retained, key: Any, at: datetime) -> ColumnElement[bool]:
    """Whether a version of it, or of a fact that goes with it, was recorded after ``at``.

    Files were recorded when they were published, whatever they say themselves.
    """
    published = select(col(Load.id)).where(col(Load.published_at) <= at)
    return or_(
        False,
        *(
            exists().where(
                names == key,
                or_(
                    col(model.recorded_at) > at,
                    and_(col(model.load_id).is_not(None), col(model.load_id).not_in(published)),
                ),
            )
            for model, names in _facts_of(one)
        ),
    )


def is_disputed(one: Retained, key: Any) -> ColumnElement[bool]:
    """Whether sources disagree on it, or on a fact that goes with it, and nobody has settled that."""
    return or_(
        False,
        *(
            exists().where(
                names == key,
                col(FieldConflict.fact_id) == col(model.fact_id),
                col(FieldConflict.settled_at).is_(None),
            )
            for model, names in _facts_of(one)
        ),
    )


def _facts_of(one: Retained) -> Iterator[tuple[type[Fact], Any]]:
    """The facts among a record and what goes with it, and the column by which they name it."""
    for model, column in ((one.model, one.key), *((part.model, part.column) for part in one.parts)):
        if issubclass(model, Fact):
            yield model, col(getattr(model, column))
