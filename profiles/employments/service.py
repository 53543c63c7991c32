"""Begins employments and postings, and says who works where."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.employments.models import CareerBreak, ContractType, Employment, Posting, PostingKind
from profiles.temporal import (
    Provenance,
    as_of,
    current,
    history,
    known,
    known_of_few,
    record,
    start_of_day,
)


@dataclass(frozen=True)
class Post:
    """What a posting says of the work; ``local_grade`` is the organisation's own label."""

    local_grade: str
    job_title: str
    profession: str = ""
    unit: str = ""
    location: str = ""


def works_for(person_id: Any, organisation_ids: Iterable[UUID], now: datetime) -> ColumnElement[bool]:
    """Whether one of the organisations employs, at ``now`` or later, whom a column of a statement names."""
    return exists().where(
        col(Employment.person_id) == person_id,
        col(Employment.organisation_id).in_(organisation_ids),
        known_of_few(Employment, now),
        or_(col(Employment.valid_to).is_(None), col(Employment.valid_to) > now),
    )


def employees(organisation_ids: Iterable[UUID], now: datetime) -> SelectOfScalar[UUID]:
    """The people whom one of these organisations employs at ``now``, or will from a day to come."""
    return select(Employment.person_id).where(
        col(Employment.organisation_id).in_(organisation_ids),
        known(Employment, now),
        or_(col(Employment.valid_to).is_(None), col(Employment.valid_to) > now),
    )


def appoint(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    person_id: UUID,
    organisation_id: UUID,
    number: str,
    starts_on: date,
    continuous_service_from: date,
    post: Post,
    contract_type: ContractType = ContractType.PERMANENT,
) -> tuple[Employment, Posting]:
    """Begin an employment and its home posting on a civil day. Raises Conflict when the number is taken."""
    common = provenance.stamp(now, start_of_day(starts_on)) | {
        "person_id": person_id,
        "organisation_id": organisation_id,
    }
    employment = record(
        session,
        Employment(
            number=number,
            continuous_service_from=continuous_service_from,
            contract_type=contract_type,
            **common,
        ),
    )
    posting = Posting(
        employment_id=employment.fact_id,
        kind=PostingKind.HOME,
        local_grade=post.local_grade,
        job_title=post.job_title,
        profession=post.profession,
        unit=post.unit,
        location=post.location,
        **common,
    )
    append(
        session,
        Event.EMPLOYMENT_BEGAN,
        initiator,
        now,
        person_id=person_id,
        organisation_id=organisation_id,
        personal={"starts_on": starts_on.isoformat()},
    )
    return employment, record(session, posting)


def current_postings(session: Session, person_id: UUID, at: datetime) -> Sequence[Posting]:
    """The postings that a person holds at ``at``, oldest first."""
    return current(session, Posting, at, at, person_id=person_id)


def leaves_at(
    session: Session, now: datetime, person_id: UUID, at: datetime, near: Collection[UUID]
) -> datetime | None:
    """When the employment ends by which somebody works in these organisations at ``at``.

    It is that of all their posts where none of them is there; None where no end is known, or they have no
    post.
    """
    posts = history(session, Posting, now, person_id=person_id)
    held = [one for one in posts if one.valid_from <= at and (one.valid_to is None or one.valid_to > at)]
    through = {one.employment_id for one in held if one.organisation_id in near}
    through = through or {one.employment_id for one in held}
    found = [one for one in posts if one.employment_id in through]
    ends = [one.valid_to for one in found if one.valid_to is not None]
    return max(ends, default=None) if len(ends) == len(found) else None


def ever_worked_at(session: Session, person_id: UUID) -> frozenset[UUID]:
    """Where the person is, was or will be posted or employed, by anything that was ever recorded."""
    return frozenset(
        place
        for model in (Posting, Employment)
        for place in session.exec(
            select(model.organisation_id).where(col(model.person_id) == person_id).distinct()
        )
    )


def find_by_number(
    session: Session, organisation_ids: Collection[UUID], number: str, at: datetime
) -> UUID | None:
    """Who is employed under exactly this number, and posted at one of these organisations or on a break."""
    here = [
        exists().where(
            as_of(model, at, at),
            col(model.person_id) == col(Employment.person_id),
            col(model.organisation_id).in_(organisation_ids),
        )
        for model in (Posting, CareerBreak)
    ]
    found = select(Employment.person_id).where(
        as_of(Employment, at, at),
        Employment.number == number,
        col(Employment.organisation_id).in_(organisation_ids),
        or_(*here),
    )
    people = set(session.exec(found.limit(2)))
    return people.pop() if len(people) == 1 else None


def moves_with_many(session: Session, person_id: UUID) -> bool:
    """Whether a bulk move has the person, so that no transfer and no loan may begin."""
    # By its name: bulk moves are built on transfers and loans, which ask this.
    members: Any = SQLModel.metadata.tables["bulk_move_members"].c
    found = select(members.id).where(members.person_id == person_id, members.in_flight)
    return session.execute(found.limit(1)).first() is not None


def is_moved_or_lent(session: Session, person_id: UUID) -> bool:
    """Whether a move or a loan of the person is under way, alone or with many others."""
    # By their names: transfers and loans are built on this.
    for name in ("transfers", "loans"):
        columns: Any = SQLModel.metadata.tables[name].c
        found = select(columns.id).where(columns.person_id == person_id, columns.in_flight)
        if session.execute(found.limit(1)).first() is not None:
            return True
    return moves_with_many(session, person_id)


def is_employed_from(session: Session, person_id: UUID, at: datetime) -> bool:
    """Whether an employment of theirs goes on at ``at``, or begins after it."""
    going_on = select(Employment.id).where(
        known(Employment, at),
        col(Employment.person_id) == person_id,
        or_(col(Employment.valid_to).is_(None), col(Employment.valid_to) > at),
    )
    return session.exec(going_on.limit(1)).first() is not None


def employment_history(session: Session, person_id: UUID, known_at: datetime) -> Sequence[Employment]:
    """Every employment known at ``known_at``, past, present and future, oldest first."""
    query = select(Employment).where(known(Employment, known_at), col(Employment.person_id) == person_id)
    return session.exec(query.order_by(col(Employment.valid_from))).all()
