"""Fields on which two sources disagree: who sees them, and what follows when a person settles one."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, null, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.clearances import states
from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.employments.service import works_for
from profiles.entitlements.service import facts_of
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.imports.records.authority import column_of, source_label
from profiles.imports.records.facts import plain, stored
from profiles.imports.records.kinds import KINDS, OF_VETTING, WITH_THE_PERSON
from profiles.imports.records.models import FieldConflict, Settlement
from profiles.imports.records.preview import first_changes
from profiles.loads import published_loads
from profiles.organisations.ended import ended
from profiles.organisations.models import Organisation
from profiles.people.models import PersonName
from profiles.people.service import search_key
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import Fact, Provenance, known, known_of_few, replace


def open_conflicts(
    session: Session,
    permissions: Permissions,
    now: datetime,
    *,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[FieldConflict]:
    """What this officer may settle and nobody has, the oldest first; so many of those behind one.

    Clearances are for whoever looks after them; what goes with a person, only while they work where the
    officer's role reaches, and what an organisation below has recorded, only where it reaches that one.
    """
    query = select(FieldConflict).where(*_open(session, permissions, now))
    if after is not None:
        query = query.where(col(FieldConflict.id) > after)
    return list(session.exec(query.order_by(col(FieldConflict.id)).limit(limit)).all())


def count_open(
    session: Session, permissions: Permissions, now: datetime, *, but_of: Collection[UUID] = ()
) -> int:
    """How many these are, without those about some people."""
    is_of_another = or_(col(FieldConflict.person_id).is_(None), col(FieldConflict.person_id).not_in(but_of))
    query = select(func.count()).select_from(FieldConflict)
    return session.exec(query.where(*_open(session, permissions, now), is_of_another)).one()


def get_conflict(
    session: Session, conflict_id: UUID, permissions: Permissions, now: datetime
) -> FieldConflict:
    """The conflict, for an officer who may settle it. Raises NotFound for everybody else."""
    found = session.get(FieldConflict, conflict_id)
    if found is None or not permissions.allows(_needs(found.kind), found.organisation_id):
        raise NotFound("There is no such conflict.")
    if not _is_within_reach(session, found, permissions, now):
        raise NotFound("There is no such conflict.")
    return found


def settle_conflict(
    session: Session,
    now: datetime,
    conflict: FieldConflict,
    settlement: Settlement,
    officer_id: UUID,
    permissions: Permissions,
    *,
    alone_up_to: int,
) -> None:
    """Keep what is recorded, take what was offered, or note that both are wrong and the sources must mend it.

    Nobody takes alone what changes the access of more than ``alone_up_to`` people; what a grade of the
    organisation stands for concerns everybody who holds it, and how far an identity was checked needs two.
    Raises NotPermitted for these, for one's own record, for clearances unless the officer looks after them,
    and for what goes with somebody who works there no more; InvalidTransition for what a clearance cannot
    become; Conflict when it was settled, or the record changed, meanwhile.
    """
    if not permissions.allows(_needs(conflict.kind), conflict.organisation_id):
        raise NotPermitted("You may not settle this.")
    if not _is_within_reach(session, conflict, permissions, now):
        raise NotPermitted("This is about somebody who does not work for you any more.")
    if permissions.are_of(conflict.person_id):
        raise NotPermitted("A colleague must settle what is recorded about you.")
    closed = session.execute(
        update(FieldConflict)
        .where(col(FieldConflict.id) == conflict.id, col(FieldConflict.settled_at).is_(None))
        .values(settled_at=now, settled_by=officer_id, settlement=settlement)
        .execution_options(synchronize_session="fetch")
    )
    if closed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody has settled this meanwhile.")
    if settlement is Settlement.TAKEN:
        _take_alone(session, now, conflict, officer_id, alone_up_to)
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


def _needs(kind: str) -> Permission:
    """What settling a conflict about a kind of record needs, and seeing it."""
    return Permission.MANAGE_CLEARANCES if kind in OF_VETTING else Permission.IMPORT_RECORDS


def _open(session: Session, permissions: Permissions, now: datetime) -> list[ColumnElement[bool]]:
    """The conditions of those that nobody has settled and this officer may."""
    is_open = (col(FieldConflict.settled_at).is_(None), col(FieldConflict.load_id).in_(published_loads()))
    places = [
        permissions.organisations(one) for one in (Permission.IMPORT_RECORDS, Permission.MANAGE_CLEARANCES)
    ]
    found = session.execute(
        select_columns(col(FieldConflict.organisation_id), col(FieldConflict.kind))
        .where(
            col(FieldConflict.organisation_id).in_(frozenset().union(*places)),
            col(FieldConflict.settled_at).is_(None),
        )
        .distinct()
    )
    theirs = [(place, kind) for place, kind in found if permissions.allows(_needs(kind), place)]
    return [*is_open, _within_reach(session, theirs, permissions, now)]


def _is_within_reach(
    session: Session, conflict: FieldConflict, permissions: Permissions, now: datetime
) -> bool:
    theirs = [(conflict.organisation_id, conflict.kind)]
    query = select(FieldConflict.id).where(
        FieldConflict.id == conflict.id, _within_reach(session, theirs, permissions, now)
    )
    return session.exec(query).first() is not None


def _within_reach(
    session: Session, found: Iterable[tuple[UUID, str]], permissions: Permissions, now: datetime
) -> ColumnElement[bool]:
    """Those about the record of an organisation that the officer reaches, the importing one or one below.

    ``found`` are the importing organisations, each with a kind of record.
    """
    gone = ended(session, now)
    return or_(
        false(),
        *(
            and_(
                col(FieldConflict.organisation_id) == organisation_id,
                col(FieldConflict.kind) == kind,
                _is_record_of(kind, permissions.organisations(_needs(kind)) & below, now),
            )
            for organisation_id, kind in found
            for below in [gone.places_of(organisation_id)]
        ),
    )


def _is_record_of(kind: str, places: Collection[UUID], now: datetime) -> ColumnElement[bool]:
    """Whether it is about a record of one of the places.

    What goes with a person is the record of whoever employs them now, and a fact of which nothing is known
    any more the importing organisation's.
    """
    if not places:
        return false()
    if kind in WITH_THE_PERSON:
        return works_for(col(FieldConflict.person_id), places, now)
    columns = KINDS[kind].table.c
    is_its = and_(
        columns.fact_id == col(FieldConflict.fact_id),
        columns.organisation_id.is_not(None),
        known_of_few(KINDS[kind].model, now),
    )
    # No plain column, or SQLite looks for each of them through all that the organisation has recorded.
    owner = func.coalesce(columns.organisation_id, null())
    return or_(exists().where(is_its, owner.in_(places)), ~exists().where(is_its))


def _take_alone(
    session: Session, now: datetime, conflict: FieldConflict, officer_id: UUID, alone_up_to: int
) -> None:
    person_id = conflict.person_id
    if person_id is None:
        raise NotPermitted(
            "This concerns more than one person. Keep it, and import it again: a second officer sees it then."
        )
    if KINDS[conflict.kind].always_waits:
        raise NotPermitted(
            "How far an identity was checked is not for one officer to say. Keep what is recorded, and"
            " correct it on their record: a second officer sees it then."
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
    version: Fact = versions[0]
    changes = stored(kind.table, {column: conflict.offered})
    if isinstance(version, Clearance) and "status" in changes:
        states.check(version.status, ClearanceStatus(changes["status"]))
    if isinstance(version, PersonName):
        names = version.model_dump(include={"given_names", "middle_names", "family_name", "known_as"})
        changes["search_key"] = search_key(*(names | changes).values())
    code = session.get_one(Organisation, conflict.organisation_id).code
    provenance = Provenance(
        officer_id, source_label(code, conflict.source), f"Taken from {conflict.source} to settle a conflict"
    )
    replace(session, version, now, provenance, **changes)
