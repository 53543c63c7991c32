"""Deletes what two officers decided, in batches: each is one transaction, done once, and a crash loses none.

Nothing remembers which records are to go: each batch asks the rules anew, so that what is corrected or held
meanwhile stays, and what a crash interrupted is simply found again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlmodel import Session, SQLModel, col

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.imports.records.models import FieldConflict, SourceRecord
from profiles.retention.due import Years, keys_due
from profiles.retention.models import Deletion, DeletionState
from profiles.retention.records import Part, Retained
from profiles.retention.rules import RetainedKind
from profiles.roles.parties import one_with
from profiles.temporal import Fact

BATCH = 500
"""Most records of one transaction."""
WORKER = Initiator.system("worker")

ForgetAccounts = Callable[[Session, Collection[UUID], datetime], int]
"""Deletes those of these accounts on which nothing rests any more; says how many."""


def delete_batch(
    session: Session,
    records: Sequence[Retained],
    years: Years,
    forget_accounts: ForgetAccounts,
    now: datetime,
    limit: int = BATCH,
    except_for: Collection[UUID] = (),
) -> bool:
    """Do one batch of the oldest deletion that is confirmed, or end it; False when there is none to do.

    ``except_for`` are deletions to leave alone.
    """
    deletion = next_confirmed(session, except_for)
    if deletion is None or not _claim(session, deletion):
        return False
    longest = {kind: max(years[kind], deletion.years.get(kind, 0)) for kind in years}
    for one in records:
        left = deletion.expected.get(one.kind, 0) - deletion.deleted.get(one.kind, 0)
        if left <= 0:
            continue
        found = _due(session, deletion, one, longest, now, min(left, limit))
        if found:
            found = _locked(session, deletion, one, longest, now, [key for key, _person in found])
            _delete(session, one, [key for key, _person in found])
            people = {person_id for _key, person_id in found if person_id is not None}
            accounts = forget_accounts(session, people, now)
            _note_progress(session, deletion, one.kind, len(found), accounts)
            return True
    _finish(session, deletion, now)
    return True


def next_confirmed(session: Session, except_for: Collection[UUID] = ()) -> Deletion | None:
    """The oldest deletion that is confirmed and not done, but for these."""
    query = (
        select(Deletion)
        .where(col(Deletion.state) == DeletionState.CONFIRMED, col(Deletion.id).not_in(except_for))
        .order_by(col(Deletion.id))
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def pause(session: Session) -> None:
    """Let no batch be under way while this transaction writes what a batch must not miss, such as a hold."""
    session.execute(
        update(Deletion)
        .where(col(Deletion.state) == DeletionState.CONFIRMED)
        .values(batches=col(Deletion.batches) + 1)
        .execution_options(synchronize_session=False)
    )


def _claim(session: Session, deletion: Deletion) -> bool:
    """Whether this transaction does the next batch: of two workers that saw the same, one does."""
    claimed: Any = session.execute(
        update(Deletion)
        .where(
            col(Deletion.id) == deletion.id,
            col(Deletion.state) == DeletionState.CONFIRMED,
            col(Deletion.batches) == deletion.batches,
        )
        .values(batches=deletion.batches + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(claimed.rowcount == 1)


def _due(
    session: Session,
    deletion: Deletion,
    one: Retained,
    years: Years,
    now: datetime,
    limit: int,
    among: Collection[UUID] | None = None,
) -> Sequence[Any]:
    """Never of the two officers, nor of who counts as one with them: others decide on their records."""
    officers = {
        each
        for officer_id in (deletion.proposed_by, deletion.confirmed_by)
        if officer_id is not None
        for each in one_with(session, officer_id, now)
    }
    return keys_due(
        session,
        one,
        years,
        deletion.organisation_id,
        deletion.due_on,
        now,
        except_of=officers,
        proposed_at=deletion.proposed_at,
        limit=limit,
        among=among,
    )


def _locked(
    session: Session, deletion: Deletion, one: Retained, years: Years, now: datetime, keys: Sequence[UUID]
) -> Sequence[Any]:
    """What is still due of these once nobody else can correct it: a correction under way is waited for."""
    column = col(getattr(one.model, one.key))
    session.execute(select(column).where(column.in_(keys)).order_by(column).with_for_update()).all()
    return _due(session, deletion, one, years, now, len(keys), among=keys)


def _delete(session: Session, one: Retained, keys: Sequence[UUID]) -> None:
    """The records with what goes with them, sources' names for facts included."""
    for part in one.parts:
        _delete_rows(session, part.model, _names(part, keys))
    _delete_rows(session, one.model, col(getattr(one.model, one.key)).in_(keys))


def _names(part: Part, keys: Sequence[UUID]) -> Any:
    column = col(getattr(part.model, part.column))
    if part.through is None:
        return column.in_(keys)
    between, its_column = part.through
    ids = select(col(getattr(between, "id"))).where(  # noqa: B009 - what is named has an id
        col(getattr(between, its_column)).in_(keys)
    )
    return column.in_(ids)


def _delete_rows(session: Session, model: type[SQLModel], condition: Any) -> None:
    if issubclass(model, Fact):
        facts = select(col(model.fact_id)).where(condition)
        for naming in (SourceRecord, FieldConflict):
            _execute(session, delete(naming).where(col(naming.fact_id).in_(facts)))
    _execute(session, delete(model).where(condition))


def _execute(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))


def _note_progress(
    session: Session, deletion: Deletion, kind: RetainedKind, number: int, accounts: int
) -> None:
    deleted = {**deletion.deleted, kind.value: deletion.deleted.get(kind, 0) + number}
    _execute(
        session,
        update(Deletion)
        .where(col(Deletion.id) == deletion.id)
        .values(deleted=deleted, accounts=deletion.accounts + accounts),
    )


def _finish(session: Session, deletion: Deletion, now: datetime) -> None:
    """Say in the trail how many of each kind, and whose decision it was; never what, nor of whom."""
    _execute(
        session,
        update(Deletion)
        .where(col(Deletion.id) == deletion.id)
        .values(state=DeletionState.DONE, closed_at=now),
    )
    details: Mapping[str, Any] = {
        "deletion_id": str(deletion.id),
        "deleted": dict(deletion.deleted),
        "accounts": deletion.accounts,
        "due_on": deletion.due_on.isoformat(),
        "years": {kind: deletion.years[kind] for kind in deletion.deleted},
        "proposed_by": str(deletion.proposed_by),
        "confirmed_by": str(deletion.confirmed_by),
    }
    append(
        session,
        Event.RETENTION_DELETED,
        WORKER,
        now,
        organisation_id=deletion.organisation_id,
        details=details,
    )
