"""People who may be recorded already: what waits for a person, and what follows from the answer."""

from collections.abc import Collection, Iterable, Set
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.columns import new_id
from profiles.employments.models import Employment
from profiles.employments.service import works_for
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.imports.records import states
from profiles.imports.records.kinds import PERSON
from profiles.imports.records.models import (
    Import,
    ImportFile,
    ImportState,
    PossibleDuplicate,
    SourceRecord,
)
from profiles.loads import published_loads
from profiles.organisations.ended import ended
from profiles.people.models import BirthDate, PersonName
from profiles.roles.service import Permissions
from profiles.temporal import current, history


def open_duplicates(
    session: Session,
    organisation_ids: Set[UUID],
    now: datetime,
    *,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[PossibleDuplicate]:
    """People at these organisations who wait, the oldest first; so many of those behind one.

    Not those who wait for somebody who has left meanwhile, or whom none of these organisations employs.
    """
    query = select(PossibleDuplicate).where(*_open(session, organisation_ids, now))
    if after is not None:
        query = query.where(col(PossibleDuplicate.id) > after)
    return list(session.exec(query.order_by(col(PossibleDuplicate.id)).limit(limit)).all())


def count_open(
    session: Session, organisation_ids: Set[UUID], now: datetime, *, but_of: Collection[UUID] = ()
) -> int:
    """How many questions these are, without those about some people."""
    query = select(func.count()).select_from(PossibleDuplicate)
    is_of_another = col(PossibleDuplicate.candidate_id).not_in(but_of)
    return session.exec(query.where(*_open(session, organisation_ids, now), is_of_another)).one()


def count_waiting(
    session: Session, organisation_ids: Set[UUID], now: datetime, *, but_of: Collection[UUID] = ()
) -> int:
    """How many people they are about: one may be any of several."""
    waiting = (
        columns(col(PossibleDuplicate.source_id), col(PossibleDuplicate.source_key))
        .where(*_open(session, organisation_ids, now), col(PossibleDuplicate.candidate_id).not_in(but_of))
        .distinct()
    )
    return session.exec(select(func.count()).select_from(waiting.subquery())).one()


def get_duplicate(
    session: Session, duplicate_id: UUID, organisation_ids: Set[UUID], now: datetime
) -> PossibleDuplicate:
    """The question, at one of these organisations. Raises NotFound, also once the candidate has left them."""
    found = session.get(PossibleDuplicate, duplicate_id)
    if found is None or found.organisation_id not in organisation_ids:
        raise NotFound("There is no such question.")
    reached = _within_reach(session, {found.organisation_id}, organisation_ids, now)
    asked = select(PossibleDuplicate.id).where(PossibleDuplicate.id == duplicate_id, reached)
    if session.exec(asked).first() is None:
        raise NotFound("There is no such question.")
    return found


def settle_duplicate(
    session: Session,
    now: datetime,
    duplicate: PossibleDuplicate,
    permissions: Permissions,
    *,
    is_same: bool,
    officer_id: UUID,
) -> UUID | None:
    """Say whether the source's person is the one who is recorded. It is remembered for the source's key.

    The same: what the source sends of them is that person's from then on, so no second identity arises. When
    nobody waits any more their import begins again, and reaches as far as before; return its id. Raises
    NotPermitted for oneself and whom one stands in for, Conflict when it was settled meanwhile.
    """
    if permissions.are_of(duplicate.candidate_id):
        raise NotPermitted("A colleague must decide who you are.")
    closed = session.execute(
        update(PossibleDuplicate)
        .where(col(PossibleDuplicate.id) == duplicate.id, col(PossibleDuplicate.settled_at).is_(None))
        .values(settled_at=now, settled_by=officer_id, is_same=is_same)
    )
    if closed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody has decided this meanwhile.")
    session.expire(duplicate)
    if is_same:
        _unite(session, now, duplicate, officer_id)
    append(
        session,
        Event.DUPLICATE_SETTLED,
        Initiator.person(officer_id),
        now,
        person_id=duplicate.candidate_id,
        organisation_id=duplicate.organisation_id,
        details={"duplicate_id": str(duplicate.id), "is_same": is_same},
    )
    return _import_again(session, now, duplicate, officer_id)


def _open(session: Session, organisation_ids: Set[UUID], now: datetime) -> list[ColumnElement[bool]]:
    """The conditions of what nobody has answered and an officer of these organisations may."""
    is_open = (
        col(PossibleDuplicate.settled_at).is_(None),
        col(PossibleDuplicate.load_id).in_(published_loads()),
    )
    asking = select(PossibleDuplicate.organisation_id).where(
        col(PossibleDuplicate.organisation_id).in_(organisation_ids),
        col(PossibleDuplicate.settled_at).is_(None),
    )
    theirs = session.exec(asking.distinct()).all()
    return [*is_open, _within_reach(session, theirs, organisation_ids, now)]


def _within_reach(
    session: Session, asking: Iterable[UUID], organisation_ids: Set[UUID], now: datetime
) -> ColumnElement[bool]:
    """Those whose candidate is employed where the reader reaches, at the asking organisation or below it.

    Nobody reads here what is so of who has left, or that somebody works where their role does not reach.
    """
    gone = ended(session, now)
    return or_(
        false(),
        *(
            and_(
                col(PossibleDuplicate.organisation_id) == one,
                works_for(col(PossibleDuplicate.candidate_id), organisation_ids & gone.places_of(one), now),
            )
            for one in asking
        ),
    )


def _unite(session: Session, now: datetime, duplicate: PossibleDuplicate, officer_id: UUID) -> None:
    """Let the source's key be the candidate, and so nobody else."""
    session.add(
        SourceRecord(
            source_id=duplicate.source_id,
            kind=PERSON,
            source_key=duplicate.source_key,
            fact_id=duplicate.candidate_id,
            person_id=duplicate.candidate_id,
            person_key=duplicate.source_key,
            content_hash=b"",
            load_id=duplicate.load_id,
        )
    )
    session.execute(
        update(PossibleDuplicate)
        .where(
            col(PossibleDuplicate.source_id) == duplicate.source_id,
            col(PossibleDuplicate.source_key) == duplicate.source_key,
            col(PossibleDuplicate.settled_at).is_(None),
        )
        .values(settled_at=now, settled_by=officer_id, is_same=False)
    )
    session.flush()


def _import_again(
    session: Session, now: datetime, duplicate: PossibleDuplicate, officer_id: UUID
) -> UUID | None:
    """Begin an import of the same files, for those who waited; None while others wait or work."""
    waiting = select(PossibleDuplicate.id).where(
        PossibleDuplicate.load_id == duplicate.load_id, col(PossibleDuplicate.settled_at).is_(None)
    )
    under_way = select(Import.id).where(
        Import.source_id == duplicate.source_id, col(Import.state).not_in(states.ENDED)
    )
    before = session.exec(select(Import).where(Import.load_id == duplicate.load_id)).first()
    if before is None or session.exec(waiting).first() or session.exec(under_way).first():
        return None
    has_files = select(ImportFile.id).where(
        ImportFile.import_id == before.id, col(ImportFile.is_report).is_(False)
    )
    if session.exec(has_files.limit(1)).first() is None:
        return None
    again = Import(
        organisation_id=before.organisation_id,
        source_id=before.source_id,
        state=ImportState.RECEIVED,
        content_hash=before.content_hash,
        started_by=before.started_by or officer_id,
        sent_by=before.sent_by,
        by_itself=before.by_itself,
        started_at=now,
        load_id=new_id(),
    )
    session.add(again)
    session.flush()
    session.execute(
        update(ImportFile)
        .where(col(ImportFile.import_id) == before.id, col(ImportFile.is_report).is_(False))
        .values(import_id=again.id)
    )
    append(
        session,
        Event.IMPORT_RECEIVED,
        Initiator.person(officer_id),
        now,
        organisation_id=again.organisation_id,
        details={"import_id": str(again.id), "content_hash": again.content_hash},
    )
    return again.id


def names_now(session: Session, person_ids: Iterable[UUID], now: datetime) -> dict[UUID, PersonName]:
    """The names of people whom the organisation has."""
    found = {}
    for person_id in person_ids:
        names = current(session, PersonName, now, now, person_id=person_id)
        if names:
            found[person_id] = names[0]
    return found


def born_on(session: Session, person_id: UUID, now: datetime) -> date | None:
    """When somebody was born, as far as it is recorded."""
    found = history(session, BirthDate, now, person_id=person_id)
    return found[-1].born_on if found else None


def numbers_of(
    session: Session, person_id: UUID, organisation_ids: Collection[UUID], now: datetime
) -> list[str]:
    """The numbers by which these organisations employ somebody, and they alone."""
    found = current(session, Employment, now, now, person_id=person_id)
    return [one.number for one in found if one.organisation_id in organisation_ids]
