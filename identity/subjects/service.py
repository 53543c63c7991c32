"""Pairwise subject identifiers: random, stored per sector, stable for life (OpenID Connect Core §8.1)."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from identity.subjects.models import PairwiseSubject

_FIND = select(col(PairwiseSubject.sub)).where(
    col(PairwiseSubject.sector) == bindparam("sector"),
    col(PairwiseSubject.person_id) == bindparam("person_id"),
)
_INSERT: dict[str, Any] = {
    "sqlite": sqlite.insert(PairwiseSubject).on_conflict_do_nothing(index_elements=["sector", "person_id"]),
    "postgresql": postgresql.insert(PairwiseSubject).on_conflict_do_nothing(
        index_elements=["sector", "person_id"]
    ),
}


def find_sub(session: Session, sector: str, person_id: UUID) -> str | None:
    """The person's ``sub`` at this sector; None when it was never used there."""
    key = {"sector": sector, "person_id": person_id}
    sub: str | None = session.connection().execute(_FIND, key).scalar_one_or_none()
    return sub


def sub_for(session: Session, sector: str, person_id: UUID, now: datetime) -> str:
    """The person's ``sub`` at this sector, made at the first use; two first uses at once agree on one."""
    sub = find_sub(session, sector, person_id)
    if sub is not None:
        return sub
    connection = session.connection()
    key = {"sector": sector, "person_id": person_id}
    made = {**key, "sub": secrets.token_urlsafe(24), "created_at": now}
    connection.execute(_INSERT[connection.dialect.name], made)
    agreed: str = connection.execute(_FIND, key).scalar_one()
    return agreed
