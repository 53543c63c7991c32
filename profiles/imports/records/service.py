"""An import from its arrival to its end: who may do what, and what is written down.

The steps in between (checking, planning, writing) each have a module; ``app.record_import`` runs them.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.columns import new_id
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.imports.records import content, reach, states, turns
from profiles.imports.records.models import Import, ImportPerson, ImportState, Source
from profiles.people.second_officers import tell
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions

LONGEST_FILE_NAME = 100
SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
BUSY_FOR = timedelta(seconds=60)
"""How long somebody who works on an import is left alone without a sign of life."""


@dataclass(frozen=True)
class Checked:
    """What a check found. ``touched`` are the people recorded of whom anything would be recorded.

    ``organisations_below`` are those that the records are about beside the importing one.
    """

    problems: int
    affected: int
    touched: Collection[UUID]
    counts: Mapping[str, int]
    changes: Sequence[Mapping[str, Any]]
    clearances: Sequence[Mapping[str, Any]]
    plan_hash: str
    unknown_grades: Sequence[Mapping[str, Any]] = ()
    organisations_below: Collection[UUID] = ()


def receive(
    session: Session,
    now: datetime,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    source: str,
    files: Iterable[tuple[str, Iterable[bytes]]],
    started_by: UUID | None,
    by_itself: bool = False,
    with_history: bool = False,
) -> Import:
    """Keep the files of a new import, or find the one that these files began and that has not ended.

    ``by_itself``: a program sends them, and nobody is there to publish what needs no officer.
    ``with_history`` lets its records say when they were recorded: a command's alone, never an officer's.
    Raises Invalid, naming the field, and Conflict while another import of the same source is under way.
    """
    if not SOURCE_NAME.fullmatch(source):
        raise Invalid(
            "The name of a source is small letters, digits, dots and hyphens, such as hr-system.",
            field="source",
        )
    # Before the first statement, because on SQLite everybody who writes waits from there on.
    packed = [content.Packed(name, chunks) for name, chunks in _named_apart(files)]
    if not packed:
        raise Invalid("Choose at least one file.", field="files")
    found = source_called(session, organisation_id, source)
    one = Import(
        organisation_id=organisation_id,
        source_id=found.id,
        state=ImportState.RECEIVED,
        content_hash="",
        started_by=started_by,
        sent_by=started_by,
        started_at=now,
        by_itself=by_itself,
        load_id=new_id(),
        with_history=with_history,
    )
    digest = hashlib.sha256()
    import_id = one.id
    session.add(one)
    session.flush()
    for file in packed:
        content.keep(session, import_id, file)
        digest.update(f"{file.name}\0{file.digest}\n".encode())
    one = get(session, import_id)
    running = session.exec(
        select(Import).where(
            Import.source_id == found.id, Import.id != import_id, col(Import.state).not_in(states.ENDED)
        )
    ).first()
    if running is not None:
        if (running.content_hash, running.with_history) != (digest.hexdigest(), with_history):
            raise Conflict(f"Another import from {source} is under way. Finish or withdraw it first.")
        content.forget(session, import_id)
        session.delete(one)
        session.flush()
        return running
    one.content_hash = digest.hexdigest()
    session.flush()
    append(
        session,
        Event.IMPORT_RECEIVED,
        initiator,
        now,
        organisation_id=organisation_id,
        details={"import_id": str(import_id), "source": source, "content_hash": one.content_hash}
        | ({"with_history": True} if with_history else {}),
    )
    return one


def record_check(session: Session, one: Import, checked: Checked, now: datetime, approval_above: int) -> None:
    """Note what a check found: refused, ready for whoever started it, or waiting for a second officer.

    Clearances always wait, for whoever looks after them, and so do checks of identity, for a second officer.
    ``note_people`` comes first.
    """
    one.problems, one.affected = checked.problems, checked.affected
    one.counts, one.changes = dict(checked.counts), [dict(change) for change in checked.changes]
    one.of_vetting = bool(checked.counts.get("vetting"))
    one.clearances = [dict(line) for line in checked.clearances]
    one.unknown_grades = [dict(grade) for grade in checked.unknown_grades]
    one.plan_hash = checked.plan_hash
    one.step, one.done, one.total = "", 0, 0
    if checked.problems:
        _move(one, ImportState.REFUSED)
        one.ended_at = now
        content.forget(session, one.id)
    elif (
        checked.affected > approval_above
        or one.of_vetting
        or checked.counts.get("always_wait")
        or one.started_by in checked.touched
    ):
        _move(one, ImportState.WAITING)
        _tell_second_officers(session, one, checked.touched, now)
    else:
        _move(one, ImportState.READY)
    session.flush()


def note_people(session: Session, one: Import, people: Iterable[UUID]) -> None:
    """Keep whom an import touches."""
    rows = [{"import_id": one.id, "person_id": person_id} for person_id in people]
    if rows:
        session.execute(insert(ImportPerson), rows)


def forget_people(session: Session, one: Import) -> None:
    """Keep them no longer: what is recorded of them says it now, or it is checked again."""
    session.execute(delete(ImportPerson).where(col(ImportPerson.import_id) == one.id))


def check_may_publish(session: Session, one: Import, officer_id: UUID, permissions: Permissions) -> None:
    """Raise NotPermitted unless this officer may let the import be published.

    They may do so at every organisation that it is about. Nobody lets through what is recorded of
    themselves. A file with clearances waits for whoever looks after
    them, who is the second officer for all that is in it.
    """
    who = {officer_id, *permissions.parties}
    if any(session.get(ImportPerson, (one.id, each)) is not None for each in who):
        raise NotPermitted("A colleague must decide on this import: something of your own record is in it.")
    if one.state is ImportState.WAITING:
        if one.of_vetting and not reach.allows(session, one, permissions, Permission.MANAGE_CLEARANCES):
            raise NotPermitted("A security officer must approve this import: clearances are in it.")
        if not one.of_vetting and not reach.allows(session, one, permissions, Permission.APPROVE_IMPORTS):
            raise NotPermitted("You may not approve imports for this organisation.")
        if permissions.are_of(one.started_by):
            raise NotPermitted("A colleague must approve this import: you began it.")
    elif not reach.allows(session, one, permissions, Permission.IMPORT_RECORDS):
        raise NotPermitted("You may not import for this organisation.")


def approve(
    session: Session, now: datetime, one: Import, initiator: Initiator, officer_id: UUID | None
) -> None:
    """Let it be written as it was checked. The caller has checked who may."""
    _move(one, ImportState.APPROVED)
    one.decided_by = officer_id
    _note(session, Event.IMPORT_APPROVED, one, initiator, now)


def reject(
    session: Session, now: datetime, one: Import, initiator: Initiator, officer_id: UUID, reason: str
) -> None:
    """End an import that waits, for a reason that whoever began it reads. Raises Invalid without one."""
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    _move(one, ImportState.REJECTED)
    one.decided_by, one.decided_reason, one.ended_at = officer_id, reason.strip(), now
    content.forget(session, one.id)
    _note(session, Event.IMPORT_REJECTED, one, initiator, now)


def check_may_withdraw(session: Session, one: Import, officer_id: UUID, permissions: Permissions) -> None:
    """Raise NotPermitted unless this officer may end the import, which is not about themselves."""
    if not reach.allows(session, one, permissions, Permission.IMPORT_RECORDS):
        raise NotPermitted("You may not import for this organisation.")
    if officer_id != one.started_by and session.get(ImportPerson, (one.id, officer_id)) is not None:
        raise NotPermitted("A colleague must decide on this import: something of your own record is in it.")


def withdraw(session: Session, now: datetime, one: Import, initiator: Initiator) -> None:
    """End an import that nothing was written of. The caller has checked who may."""
    _move(one, ImportState.WITHDRAWN)
    one.ended_at = now
    content.forget(session, one.id)
    _note(session, Event.IMPORT_WITHDRAWN, one, initiator, now)


def begin_again(one: Import, now: datetime) -> None:
    """Check again, a minute later: what the import was checked against has changed meanwhile."""
    _move(one, ImportState.RECEIVED)
    one.plan_hash, one.decided_by, one.load_id = "", None, new_id()
    one.step, one.done, one.total, one.busy_until = "", 0, 0, now + BUSY_FOR


def begin_writing(
    session: Session, one: Import, now: datetime, planned_at: datetime, beside: Collection[UUID]
) -> bool:
    """From now on rows are written that nobody sees yet; False while its turn has not come."""
    turns.hold(session)
    if not turns.is_turn_of(session, one, now, planned_at, beside):
        one.step, one.done, one.total, one.busy_until = "", 0, 0, None
        return False
    if one.state is not ImportState.WRITING:
        _move(one, ImportState.WRITING)
    return True


def finish(session: Session, one: Import, now: datetime, initiator: Initiator) -> None:
    """Note that it is published: one audit entry for all of it. Whoever waits needs the files again."""
    _move(one, ImportState.PUBLISHED)
    one.ended_at, one.step = now, ""
    if one.counts.get("waiting"):
        content.forget_whose(session, one.id)
    else:
        content.forget(session, one.id)
    forget_people(session, one)
    _note(session, Event.IMPORT_PUBLISHED, one, initiator, now)


def get(session: Session, import_id: UUID) -> Import:
    """The import with this id. Raises NotFound."""
    found = session.get(Import, import_id)
    if found is None:
        raise NotFound("There is no such import.")
    return found


def get_for(session: Session, import_id: UUID, permissions: Permissions) -> Import:
    """The same for an officer of its organisation, as ``imports_of``. Raises NotFound for everybody else."""
    found = session.exec(select(Import).where(Import.id == import_id, reach.seen_by(permissions))).first()
    if found is None:
        raise NotFound("There is no such import.")
    return found


def imports_of(session: Session, permissions: Permissions, limit: int = 50) -> list[Import]:
    """The newest imports of the officer's organisations.

    All for HR; those with clearances in them for whoever looks after these; those of pay alone for payroll.
    """
    query = select(Import).where(reach.seen_by(permissions))
    return list(session.exec(query.order_by(col(Import.id).desc()).limit(limit)).all())


def count_to_decide(session: Session, permissions: Permissions) -> int:
    """How many imports this officer may let be published now (see ``check_may_publish``)."""
    waiting, of_vetting = col(Import.state) == ImportState.WAITING, col(Import.of_vetting)
    by_another = or_(col(Import.started_by).is_(None), col(Import.started_by).not_in(permissions.parties))
    of_reader = exists().where(
        col(ImportPerson.import_id) == col(Import.id), col(ImportPerson.person_id).in_(permissions.parties)
    )
    theirs = or_(
        and_(waiting, of_vetting, by_another, reach.reached(permissions, Permission.MANAGE_CLEARANCES)),
        and_(waiting, ~of_vetting, by_another, reach.reached(permissions, Permission.APPROVE_IMPORTS)),
        and_(col(Import.state) == ImportState.READY, reach.reached(permissions, Permission.IMPORT_RECORDS)),
    )
    return session.exec(select(func.count()).select_from(Import).where(theirs, ~of_reader)).one()


def source_of(session: Session, one: Import) -> Source:
    """The source that sent it."""
    found = session.get(Source, one.source_id)
    if found is None:
        raise NotFound("There is no such source.")
    return found


def find_source(session: Session, organisation_id: UUID, name: str) -> Source | None:
    """The source of this name."""
    return session.exec(
        select(Source).where(Source.organisation_id == organisation_id, Source.name == name)
    ).first()


def source_called(session: Session, organisation_id: UUID, name: str) -> Source:
    """The source of this name, made where there is none; nobody else has it until the transaction ends."""
    found = find_source(session, organisation_id, name)
    if found is None:
        found = Source(organisation_id=organisation_id, name=name)
        session.add(found)
        session.flush()
    # One at a time for a source, so that no two imports of it are under way.
    return session.exec(select(Source).where(Source.id == found.id).with_for_update()).one()


def find_due(session: Session, now: datetime) -> UUID | None:
    """An import on which the worker can go on, and nobody works; what is half written first.

    Others wait for that, and would go before it otherwise, since they came earlier.
    """
    due = (ImportState.RECEIVED, ImportState.APPROVED, ImportState.WRITING)
    is_later = col(Import.state) != ImportState.WRITING
    found = session.exec(
        select(Import).where(col(Import.state).in_(due), is_free(now)).order_by(is_later, col(Import.id))
    )
    return next((one.id for one in found if turns.is_turn_of(session, one, now)), None)


def is_free(now: datetime) -> ColumnElement[bool]:
    """Whether nobody works on an import."""
    return col(Import.busy_until).is_(None) | (col(Import.busy_until) < now)


def note_progress(one: Import, now: datetime, step: str, done: int, total: int) -> None:
    """Tell whoever watches how far it is, and other workers that somebody works."""
    one.step, one.done, one.total, one.busy_until = step, done, total, now + BUSY_FOR


def check_file_names(names: Iterable[str]) -> None:
    """Raises Invalid when two files have one name, or a name is none, too long or not printable."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Invalid(f"Two files are called {name}. Give each a name of its own.", field="files")
        if not 0 < len(name) <= LONGEST_FILE_NAME or not name.isprintable():
            raise Invalid(
                f"The name of a file is 1 to {LONGEST_FILE_NAME} characters that can be printed.",
                field="files",
            )
        seen.add(name)


def _named_apart(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The files, each looked at when its turn comes. Raises as ``check_file_names``."""
    names: list[str] = []
    for name, chunks in files:
        names.append(name)
        check_file_names(names)
        yield name, chunks


def _tell_second_officers(session: Session, one: Import, touched: Collection[UUID], now: datetime) -> None:
    tell(
        session,
        now,
        permission=Permission.MANAGE_CLEARANCES if one.of_vetting else Permission.APPROVE_IMPORTS,
        organisation_id=one.organisation_id,
        what="an import of records",
        where="Imports",
        also_at=reach.organisations_of(session, one),
        except_for={one.started_by, *touched},
    )


def _move(one: Import, state: ImportState) -> None:
    states.check(one.state, state)
    one.state, one.busy_until = state, None


def _note(session: Session, event: Event, one: Import, initiator: Initiator, now: datetime) -> None:
    session.flush()
    append(
        session,
        event,
        initiator,
        now,
        organisation_id=one.organisation_id,
        details={"import_id": str(one.id), "affected": one.affected, "counts": dict(one.counts)},
    )
