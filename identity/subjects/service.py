"""Pairwise subject identifiers: random, stored per sector, stable for life (OpenID Connect Core §8.1)."""

import secrets
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from identity.subjects.models import PairwiseSubject
from profiles.lasting import Lasting
from profiles.prepared import Prepared, for_each_dialect

_SUB = Lasting(
    select(col(PairwiseSubject.sub)).where(
        col(PairwiseSubject.sector) == bindparam("sector"),
        col(PairwiseSubject.person_id) == bindparam("person_id"),
    )
)
_INSERT = Prepared(
    for_each_dialect(
        lambda insert: insert(PairwiseSubject).on_conflict_do_nothing(index_elements=["sector", "person_id"])
    )
)


def find_sub(session: Session, sector: str, person_id: UUID) -> str | None:
    """The person's ``sub`` at this sector; None when it was never used there."""
    key = {"sector": sector, "person_id": person_id}
    sub: str | None = _SUB.find(session, key)
    return sub


def find_subs(session: Session, sector: str, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """The ``sub`` at this sector of each of these people who has one."""
    known = select(col(PairwiseSubject.person_id), col(PairwiseSubject.sub)).where(
        col(PairwiseSubject.sector) == sector, col(PairwiseSubject.person_id).in_(person_ids)
    )
    return {row.person_id: row.sub for row in session.execute(known)}


def sub_for(session: Session, sector: str, person_id: UUID, now: datetime) -> str:
    """The person's ``sub`` at this sector, made at the first use; two first uses at once agree on one."""
    sub = find_sub(session, sector, person_id)
    if sub is not None:
        return sub
    _SUB.written(session)
    key = {"sector": sector, "person_id": person_id}
    made = {**key, "sub": secrets.token_urlsafe(24), "created_at": now}
    _INSERT.run(session, made)
    agreed: str = _SUB.find(session, key)
    return agreed
