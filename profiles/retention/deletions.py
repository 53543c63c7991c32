"""A deletion is proposed by one data protection officer and confirmed by another, who are not one party."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.people import second_officers
from profiles.retention.due import DueCount, Years, count_due
from profiles.retention.models import Deletion, DeletionState
from profiles.retention.records import Retained
from profiles.retention.rules import RetainedKind
from profiles.roles.parties import are_one, one_with
from profiles.roles.permissions import Permission
from profiles.temporal import civil_date

WHERE = "Data protection, How long records are kept"
OPEN = (DeletionState.WAITING, DeletionState.CONFIRMED)


def propose(
    session: Session,
    now: datetime,
    *,
    organisation_id: UUID,
    counts: Sequence[DueCount],
    years: Years,
    officer_id: UUID,
) -> Deletion:
    """Ask for what is due today at an organisation to be deleted; nothing is before somebody else confirms.

    ``counts`` are without the officer's own records, which others decide on.
    Raises Conflict when nothing is due, or while another deletion there is open.
    """
    expected = {
        one.kind.value: one.due for one in counts if one.organisation_id == organisation_id and one.due
    }
    if not expected:
        raise Conflict("Nothing is due there today.")
    deletion = Deletion(
        organisation_id=organisation_id,
        due_on=civil_date(now),
        years={kind.value: number for kind, number in years.items()},
        expected=expected,
        state=DeletionState.WAITING,
        proposed_by=officer_id,
        proposed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(deletion)
    except IntegrityError:
        raise Conflict("A deletion is open there already. Confirm or withdraw it first.") from None
    _note(session, Event.RETENTION_PROPOSED, deletion, officer_id, now, {"expected": expected})
    second_officers.tell(
        session,
        now,
        permission=Permission.DECIDE_RETENTION,
        organisation_id=organisation_id,
        what="a deletion of records whose period is over",
        where=WHERE,
        except_for={officer_id},
    )
    return deletion


def confirm(
    session: Session,
    now: datetime,
    *,
    deletion: Deletion,
    records: Sequence[Retained],
    officer_id: UUID,
) -> None:
    """Let the worker delete it. It cannot be undone.

    What is this officer's own, or is held, corrected or no longer due, is not expected any more.
    Raises NotPermitted for the one who proposed it, or who counts as one with them; Conflict when somebody
    has decided meanwhile.
    """
    if are_one(session, officer_id, deletion.proposed_by, now):
        raise NotPermitted("Somebody else must confirm what you proposed.")
    values = {
        "state": DeletionState.CONFIRMED,
        "expected": _still_due(session, now, deletion, records, officer_id),
        "confirmed_by": officer_id,
        "confirmed_at": now,
    }
    _decide(session, deletion, values)
    _note(
        session, Event.RETENTION_CONFIRMED, deletion, officer_id, now, {"expected": dict(deletion.expected)}
    )


def withdraw(session: Session, now: datetime, *, deletion: Deletion, officer_id: UUID) -> None:
    """Let nothing come of it or, once it is confirmed, no more than the worker has deleted.

    Any officer may, also alone: it waits for a batch that is under way, and no other begins. Raises Conflict
    when it is over.
    """
    _decide(session, deletion, {"state": DeletionState.WITHDRAWN, "closed_at": now}, OPEN)
    deleted = {"deleted": dict(deletion.deleted), "accounts": deletion.accounts}
    _note(session, Event.RETENTION_WITHDRAWN, deletion, officer_id, now, deleted)


def get(session: Session, deletion_id: UUID, organisation_ids: Collection[UUID]) -> Deletion:
    """A deletion at one of these organisations. Raises NotFound."""
    deletion = session.get(Deletion, deletion_id)
    if deletion is None or deletion.organisation_id not in organisation_ids:
        raise NotFound("There is no such deletion.")
    return deletion


def newest(session: Session, organisation_ids: Collection[UUID], limit: int) -> Sequence[Deletion]:
    """The newest deletions at these organisations, those that are open first."""
    query = select(Deletion).where(col(Deletion.organisation_id).in_(organisation_ids))
    closed = col(Deletion.state).not_in(OPEN)
    return session.exec(query.order_by(closed, col(Deletion.id).desc()).limit(limit)).all()


def count_waiting(session: Session, organisation_ids: Collection[UUID]) -> int:
    """How many deletions wait for a second officer at these organisations."""
    query = (
        select(func.count())
        .select_from(Deletion)
        .where(
            col(Deletion.organisation_id).in_(organisation_ids), col(Deletion.state) == DeletionState.WAITING
        )
    )
    return session.exec(query).one()


def _still_due(
    session: Session, now: datetime, deletion: Deletion, records: Sequence[Retained], officer_id: UUID
) -> dict[str, int]:
    counts = count_due(
        session,
        [one for one in records if one.kind in deletion.expected],
        {RetainedKind(kind): number for kind, number in deletion.years.items()},
        {deletion.organisation_id},
        deletion.due_on,
        now,
        except_of=one_with(session, deletion.proposed_by, now) | one_with(session, officer_id, now),
        proposed_at=deletion.proposed_at,
    )
    return {one.kind.value: min(one.due, deletion.expected[one.kind]) for one in counts if one.due}


def _decide(
    session: Session,
    deletion: Deletion,
    values: dict[str, Any],
    states: Collection[DeletionState] = (DeletionState.WAITING,),
) -> None:
    decided = session.execute(
        update(Deletion)
        .where(col(Deletion.id) == deletion.id, col(Deletion.state).in_(states))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if decided.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody has decided on this meanwhile.")
    session.refresh(deletion)


def _note(
    session: Session,
    event: Event,
    deletion: Deletion,
    officer_id: UUID,
    now: datetime,
    details: dict[str, Any],
) -> None:
    append(
        session,
        event,
        Initiator.person(officer_id),
        now,
        organisation_id=deletion.organisation_id,
        details={"deletion_id": str(deletion.id), **details},
    )
