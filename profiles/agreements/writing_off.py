"""What a client will never confirm is let go by two officers, so that its app is not stopped for ever.

The client is gone for good, or it was mended and knows nothing of its old sessions any more. What was overdue
when it was proposed is covered, and nothing later: an app that goes on not to answer is stopped again.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from profiles.agreements import answering, notices
from profiles.agreements.closing import close
from profiles.apps.models import App
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.outbox.models import OutboxMessage, WriteOff
from profiles.outbox.receipts import is_late, late_clients
from profiles.roles.parties import are_one


def propose(
    session: Session, now: datetime, *, app: App, client_id: str, reason: str, officer_id: UUID
) -> WriteOff:
    """Write down what another officer must confirm; those who can are told.

    Raises Invalid without a reason, NotFound where the client is not late, Conflict while one is open.
    """
    if not reason.strip():
        raise Invalid("Say why nobody can be using old access there.", field="reason")
    if client_id not in {one.client_id for one in late_clients(session, now, app.id)}:
        raise NotFound("There is nothing overdue that this client has not confirmed.")
    write_off = WriteOff(
        app_id=app.id, client_id=client_id, reason=reason.strip(), proposed_by=officer_id, proposed_at=now
    )
    try:
        with session.begin_nested():
            session.add(write_off)
    except IntegrityError:
        raise Conflict("That is proposed already. Confirm or withdraw it first.") from None
    _note(session, Event.APP_WRITE_OFF_PROPOSED, app, write_off, officer_id, now)
    notices.write_off_proposed(session, app, officer_id, now)
    return write_off


def confirm(session: Session, now: datetime, *, app: App, write_off: WriteOff, officer_id: UUID) -> int:
    """Wait no longer for what it covers, and let the app have tokens unless more is overdue; return how many.

    Raises NotPermitted for the one who proposed it, Conflict when somebody has decided meanwhile or the
    client has confirmed everything.
    """
    if are_one(session, officer_id, write_off.proposed_by, now):
        raise NotPermitted("Somebody else must confirm what you proposed.")
    close(session, write_off, now, confirmed_by=officer_id)
    covered = (
        update(OutboxMessage)
        .where(*_covers(write_off))
        # Out of the line too; what is being tried at this moment may still be acknowledged.
        .values(write_off_id=write_off.id, given_up_at=func.coalesce(col(OutboxMessage.given_up_at), now))
        .execution_options(synchronize_session=False)
    )
    messages = int(session.execute(covered).rowcount)  # type: ignore[attr-defined]
    if not messages:
        raise Conflict("The client has confirmed everything meanwhile. Withdraw it.")
    _note(session, Event.APP_WRITE_OFF_CONFIRMED, app, write_off, officer_id, now, messages=messages)
    notices.write_off_confirmed(session, app, write_off, now)
    answering.look(session, app.id, now)
    return messages


def withdraw(session: Session, now: datetime, *, app: App, write_off: WriteOff, officer_id: UUID) -> None:
    """Let nothing come of it. Raises Conflict when somebody has decided meanwhile."""
    close(session, write_off, now, confirmed_by=None)
    _note(session, Event.APP_WRITE_OFF_WITHDRAWN, app, write_off, officer_id, now)


def count_covered(session: Session, write_off: WriteOff) -> int:
    """How many messages it would let go now; the client may have confirmed some meanwhile."""
    query = select(func.count()).select_from(OutboxMessage).where(*_covers(write_off))
    found: int = session.execute(query).scalar_one()
    return found


def get_open(session: Session, write_off_id: UUID, app_id: UUID) -> WriteOff:
    """One of this app that is open. Raises NotFound."""
    write_off = session.get(WriteOff, write_off_id)
    if write_off is None or write_off.app_id != app_id or write_off.closed_at is not None:
        raise NotFound("There is no such proposal, or somebody has decided on it.")
    return write_off


def open_write_offs(session: Session, app_ids: Collection[UUID]) -> Sequence[WriteOff]:
    """What waits for a second officer at these apps."""
    query = select(WriteOff).where(col(WriteOff.app_id).in_(app_ids), col(WriteOff.closed_at).is_(None))
    return session.execute(query.order_by(col(WriteOff.id))).scalars().all()


def _covers(write_off: WriteOff) -> tuple[ColumnElement[bool], ...]:
    return (
        *is_late(write_off.proposed_at),
        col(OutboxMessage.app_id) == write_off.app_id,
        col(OutboxMessage.payload)["client_id"].as_string() == write_off.client_id,
    )


def _note(
    session: Session,
    event: Event,
    app: App,
    write_off: WriteOff,
    officer_id: UUID,
    now: datetime,
    **more: int,
) -> None:
    details: dict[str, Any] = {
        "write_off_id": str(write_off.id),
        "client_id": write_off.client_id,
        "proposed_by": str(write_off.proposed_by),
    }
    append(
        session,
        event,
        Initiator.person(officer_id),
        now,
        organisation_id=app.organisation_id,
        app_id=app.id,
        details=details | more,
    )
