"""All that we ever said of one fact: who, when, why and from what; nothing of it is ever lost."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from profiles.errors import Conflict, NotFound
from profiles.loads import Load
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.temporal import Fact, known


def versions_of(
    session: Session, kind: Kind, fact_id: UUID, person_id: UUID, known_at: datetime
) -> Sequence[Fact]:
    """Every version recorded up to ``known_at``, superseded ones included, in the order of recording.

    Raises NotFound unless it is a fact about this person.
    """
    model = MODELS[kind]
    published = select(col(Load.id)).where(col(Load.published_at) <= known_at)
    found = session.exec(
        select(model)
        .where(
            col(model.fact_id) == fact_id,
            col(getattr(model, "person_id")) == person_id,  # noqa: B009 - not every fact has one
            col(model.recorded_at) <= known_at,
            or_(col(model.load_id).is_(None), col(model.load_id).in_(published)),
        )
        .order_by(col(model.recorded_at), col(model.valid_from), col(model.id))
    ).all()
    if not found:
        raise NotFound("There is no such entry in this record.")
    return found


def get_version(session: Session, kind: Kind, version_id: UUID | None, person_id: UUID, now: datetime) -> Any:
    """The version that is to be changed. Raises Conflict when it is not what we say any more."""
    model = MODELS[kind]
    found = session.exec(
        select(model).where(
            col(model.id) == version_id,
            known(model, now),
            col(getattr(model, "person_id")) == person_id,  # noqa: B009 - not every fact has one
        )
    ).first()
    if found is None:
        raise Conflict("This record was changed meanwhile. Look at it again before you change it.")
    return found
