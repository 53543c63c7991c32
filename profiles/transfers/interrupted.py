"""What the plan of a move ends, and how it would have gone on: asked when the move does not happen."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from profiles.employments.models import Employment, Posting
from profiles.temporal import AnyFact, Fact, excluding, known
from profiles.transfers.models import Transfer
from profiles.transfers.sources import source_of


def version_before(session: Session, fact: Fact) -> Fact | None:
    """The version that this one replaced, the newest where several were replaced at once."""
    model = type(fact)
    before = select(model).where(
        col(model.fact_id) == fact.fact_id,
        col(model.superseded_at) == fact.recorded_at,
        col(model.id) < fact.id,
    )
    return session.exec(before.order_by(col(model.id).desc())).first()


def ended_with_it(
    session: Session, transfer: Transfer, models: Iterable[type[Fact]], source: str, now: datetime
) -> list[tuple[Fact, datetime | None]]:
    """What somebody has recorded since the plan and that ends at *leave* because of it; when it would end."""
    of_employments = _planned(session, transfer, Employment, source)
    found: list[tuple[Fact, datetime | None]] = []
    for model in models:
        changed = select(model).where(
            known(model, now),
            col(model.superseded_at).is_(None),
            col(getattr(model, "person_id")) == transfer.person_id,  # noqa: B009
            col(model.source) != source,
            col(model.valid_from) < transfer.leave_at,
            col(model.valid_to) == transfer.leave_at,
        )
        for fact in session.exec(changed.order_by(col(model.id))).all():
            ended = _planned(session, transfer, model, source).get(fact.fact_id)
            if ended is None and isinstance(fact, Posting):
                ended = of_employments.get(fact.employment_id)
            if ended is not None and fact.recorded_at > ended.recorded_at:
                before = version_before(session, ended)
                found += [(fact, before.valid_to)] if before is not None else []
    return found


def never_begun(session: Session, transfer: Transfer, model: type[AnyFact]) -> list[AnyFact]:
    """What was to begin at *leave* or later, and that the newest plan took back; the earliest first.

    Somebody on a temporary promotion, for one, has a post that goes on after it.
    """
    ended = _planned(session, transfer, Employment, source_of(transfer)).get(transfer.employment_id)
    if ended is None:
        return []
    other = aliased(model)
    taken_back = select(model).where(
        col(getattr(model, "person_id")) == transfer.person_id,  # noqa: B009
        col(model.superseded_at) == ended.recorded_at,
        col(model.valid_from) >= transfer.leave_at,
        ~exists().where(col(other.fact_id) == col(model.fact_id), col(other.id) > col(model.id)),
    )
    return list(session.exec(taken_back.order_by(col(model.valid_from), col(model.id))).all())


def _planned(session: Session, transfer: Transfer, model: type[Fact], source: str) -> dict[UUID, Fact]:
    """The newest versions by which this transfer has ended facts of a kind, also those corrected since."""
    ending = select(model).where(
        col(getattr(model, "person_id")) == transfer.person_id,  # noqa: B009
        col(model.source) == source,
        col(model.valid_from) < transfer.leave_at,
        col(model.valid_to) == transfer.leave_at,
    )
    return {one.fact_id: one for one in session.exec(ending.order_by(col(model.id))).all()}


def next_begins(session: Session, fact: Fact) -> datetime | None:
    """When something else begins in a fact's place, that was recorded while it was to end before."""
    model, same = type(fact), excluding(fact)
    if not same:
        return None
    following = select(model.valid_from).where(
        col(model.superseded_at).is_(None),
        col(model.valid_from) >= fact.valid_to,
        *(col(getattr(model, column)) == value for column, value in same.items()),
    )
    return session.exec(following.order_by(col(model.valid_from)).limit(1)).first()
