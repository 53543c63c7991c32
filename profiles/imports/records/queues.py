"""What waits for a person: fields on which two sources disagree, and people who may be recorded already."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.columns import new_id
from profiles.entitlements.service import facts_of
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.imports.records import states
from profiles.imports.records.authority import column_of, source_label
from profiles.imports.records.facts import plain, stored
from profiles.imports.records.kinds import KINDS, PERSON
from profiles.imports.records.models import (
    FieldConflict,
    Import,
    ImportFile,
    ImportState,
    PossibleDuplicate,
    Settlement,
    SourceRecord,
)
from profiles.imports.records.preview import first_changes
from profiles.loads import published_loads
from profiles.people.models import BirthDate, PersonName
from profiles.people.service import search_key
from profiles.temporal import Provenance, current, history, known, replace


def open_conflicts(session: Session, organisation_ids: Iterable[UUID]) -> list[FieldConflict]:
    """Conflicts at these organisations that nobody has settled, the oldest first."""
    query = select(FieldConflict).where(
        col(FieldConflict.organisation_id).in_(organisation_ids),
        col(FieldConflict.settled_at).is_(None),
        col(FieldConflict.load_id).in_(published_loads()),
    )
    return list(session.exec(query.order_by(col(FieldConflict.id))).all())


def get_conflict(session: Session, conflict_id: UUID, organisation_ids: Iterable[UUID]) -> FieldConflict:
    """The conflict, at one of these organisations. Raises NotFound."""
    found = session.get(FieldConflict, conflict_id)
    if found is None or found.organisation_id not in organisation_ids:
        raise NotFound("There is no such conflict.")
    return found


def settle_conflict(
    session: Session,
    now: datetime,
    conflict: FieldConflict,
    settlement: Settlement,
    officer_id: UUID,
    *,
    alone_up_to: int,
) -> None:
    """Keep what is recorded, take what was offered, or note that both are wrong and the sources must mend it.

    Nobody takes alone what changes the access of more than ``alone_up_to`` people; what a grade of the
    organisation stands for concerns everybody who holds it. Raises NotPermitted for that and for one's own
    record, Conflict when it was settled, or the record changed, meanwhile.
    """
    if officer_id == conflict.person_id:
        raise NotPermitted("A colleague must settle what is recorded about you.")
    if conflict.settled_at is not None:
        raise Conflict("Somebody has settled this meanwhile.")
    if settlement is Settlement.TAKEN:
        _take_alone(session, now, conflict, officer_id, alone_up_to)
    conflict.settled_at, conflict.settled_by, conflict.settlement = now, officer_id, settlement
    session.flush()
    append(
        session,
        Event.FIELD_CONFLICT_SETTLED,
        Initiator.person(officer_id),
        now,
        person_id=conflict.person_id,
        organisation_id=conflict.organisation_id,
        details={
            "kind": conflict.kind,
            "field": conflict.field,
            "source": conflict.source,
            "settlement": settlement.value,
        },
    )


def open_duplicates(session: Session, organisation_ids: Iterable[UUID]) -> list[PossibleDuplicate]:
    """People at these organisations who wait, the oldest first."""
    query = select(PossibleDuplicate).where(
        col(PossibleDuplicate.organisation_id).in_(organisation_ids),
        col(PossibleDuplicate.settled_at).is_(None),
        col(PossibleDuplicate.load_id).in_(published_loads()),
    )
    return list(session.exec(query.order_by(col(PossibleDuplicate.id))).all())


def get_duplicate(
    session: Session, duplicate_id: UUID, organisation_ids: Iterable[UUID]
) -> PossibleDuplicate:
    """The question, at one of these organisations. Raises NotFound."""
    found = session.get(PossibleDuplicate, duplicate_id)
    if found is None or found.organisation_id not in organisation_ids:
        raise NotFound("There is no such question.")
    return found


def settle_duplicate(
    session: Session, now: datetime, duplicate: PossibleDuplicate, *, is_same: bool, officer_id: UUID
) -> UUID | None:
    """Say whether the source's person is the one who is recorded. It is remembered for the source's key.

    The same: what the source sends of them is that person's from then on, so no second identity arises. When
    nobody waits any more their import begins again, by this officer; return its id. Raises NotPermitted for
    oneself, Conflict when it was settled meanwhile.
    """
    if officer_id == duplicate.candidate_id:
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


def _take_alone(
    session: Session, now: datetime, conflict: FieldConflict, officer_id: UUID, alone_up_to: int
) -> None:
    person_id = conflict.person_id
    if person_id is None:
        raise NotPermitted(
            "This concerns more than one person. Keep it, and import it again: a second officer sees it then."
        )
    before = facts_of(session, person_id, now)
    _take(session, now, conflict, officer_id)
    people = int(bool(first_changes(session, before, facts_of(session, person_id, now), now)))
    if people > alone_up_to:
        raise NotPermitted(
            "Taking it changes what they may use, so a second officer must see it. Keep what is recorded, "
            "and correct it on their record."
        )


def _take(session: Session, now: datetime, conflict: FieldConflict, officer_id: UUID) -> None:
    kind = KINDS[conflict.kind]
    column = column_of(kind, conflict.field)
    versions = session.exec(
        select(kind.model).where(known(kind.model, now), kind.model.fact_id == conflict.fact_id)
    ).all()
    if len(versions) != 1 or plain(getattr(versions[0], column)) != conflict.recorded:
        raise Conflict("The record was changed meanwhile. Keep it as it is, or import again.")
    version = versions[0]
    changes = stored(kind.table, {column: conflict.offered})
    if isinstance(version, PersonName):
        names = version.model_dump(include={"given_names", "middle_names", "family_name", "known_as"})
        changes["search_key"] = search_key(*(names | changes).values())
    provenance = Provenance(
        officer_id, source_label(conflict.source), f"Taken from {conflict.source} to settle a conflict"
    )
    replace(session, version, now, provenance, **changes)


def _unite(session: Session, now: datetime, duplicate: PossibleDuplicate, officer_id: UUID) -> None:
    """Let the source's key be the candidate, and so nobody else."""
    session.add(
        SourceRecord(
            source_id=duplicate.source_id,
            kind=PERSON,
            source_key=duplicate.source_key,
            fact_id=duplicate.candidate_id,
            person_id=duplicate.candidate_id,
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
