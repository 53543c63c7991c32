"""Recoveries: requested by one officer, confirmed by another, waited for, and stopped by whom it was not.

Each step is written down with who took it, and from the confirmation on the person is told of it at every
address. The codes with which it ends are in ``codes``.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from identity.recovery import notices, policy, states
from identity.recovery.models import IdentityCheck, Recovery, RecoveryState
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.disclosure.once import insert_once
from profiles.errors import Conflict, NotFound
from profiles.roles.service import Permissions

CONFIRM_WITHIN = timedelta(hours=24)
USE_WITHIN = timedelta(hours=72)
"""After the waiting time, so that a weekend does not end it."""

_OPEN = col(Recovery.is_open).is_(True)


def request(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    organisation_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    check: IdentityCheck,
) -> Recovery:
    """Begin a recovery; another officer confirms it within a day. Raises NotPermitted, Conflict."""
    policy.check_may_request(person_id, officer_id, organisation_id, permissions)
    recovery = Recovery(
        person_id=person_id,
        organisation_id=organisation_id,
        state=RecoveryState.REQUESTED,
        requested_by=officer_id,
        requested_at=now,
        request_check=check,
        expires_at=now + CONFIRM_WITHIN,
    )
    late = find_open(session, person_id)
    if late is not None and late.expires_at <= now:
        _expire(session, late, now)
    if not insert_once(session, Recovery, recovery.model_dump()):
        raise Conflict("A recovery of this account is under way already.")
    found = get(session, recovery.id, (organisation_id,))
    note(session, Event.RECOVERY_REQUESTED, found, Initiator.person(officer_id), now, check=check.value)
    return found


def confirm(
    session: Session,
    now: datetime,
    recovery: Recovery,
    *,
    officer_id: UUID,
    permissions: Permissions,
    check: IdentityCheck,
    wait: timedelta,
    issuer: str,
    stop_path: str,
) -> None:
    """A second officer has checked too: the waiting time begins, and everybody concerned is told.

    ``stop_path`` is where the link in the mails leads. Raises NotPermitted, InvalidTransition, Conflict.
    """
    policy.check_may_confirm(recovery, officer_id, permissions)
    states.move_to(
        session,
        recovery,
        RecoveryState.WAITING,
        now,
        confirmed_by=officer_id,
        confirmed_at=now,
        confirm_check=check,
        ready_at=now + wait,
        expires_at=now + wait + USE_WITHIN,
    )
    note(session, Event.RECOVERY_CONFIRMED, recovery, Initiator.person(officer_id), now, check=check.value)
    notices.confirmed(session, recovery, now, link=f"{issuer}{stop_path}")


def cancel(
    session: Session, now: datetime, recovery: Recovery, *, officer_id: UUID, permissions: Permissions
) -> None:
    """An officer ends it. Raises NotPermitted, InvalidTransition, Conflict."""
    policy.check_may_decide(recovery, officer_id, permissions)
    was_told = recovery.state is RecoveryState.WAITING
    states.end_as(session, recovery, RecoveryState.CANCELLED, now, officer_id)
    note(session, Event.RECOVERY_CANCELLED, recovery, Initiator.person(officer_id), now)
    if was_told:
        notices.cancelled(session, recovery, now)


def stop(session: Session, now: datetime, recovery_id: UUID, initiator: Initiator, by: UUID | None) -> bool:
    """The person says that they did not ask for it. False when it is over already.

    ``by`` is the person when they are signed in; None for whoever holds the link of a mail.
    """
    recovery = find(session, recovery_id)
    if recovery is None or not recovery.is_open or recovery.expires_at <= now:
        return False
    states.end_as(session, recovery, RecoveryState.STOPPED, now, by)
    note(session, Event.RECOVERY_STOPPED, recovery, initiator, now, by_mail=by is None)
    notices.stopped(session, recovery, now)
    return True


def end_open(session: Session, person_id: UUID, now: datetime, initiator: Initiator) -> None:
    """End what is under way for a person whose record was united with another, or separated from one."""
    recovery = find_open(session, person_id)
    if recovery is None or recovery.expires_at <= now:
        return
    was_told = recovery.state is RecoveryState.WAITING
    states.end_as(session, recovery, RecoveryState.CANCELLED, now)
    note(session, Event.RECOVERY_CANCELLED, recovery, initiator, now)
    if was_told:
        notices.cancelled(session, recovery, now)


def expire_due(session: Session, now: datetime, limit: int) -> bool:
    """End at most ``limit`` of those that nobody went on with in time; True when there may be more."""
    due = select(Recovery).where(_OPEN, col(Recovery.expires_at) <= now)
    due = due.order_by(col(Recovery.expires_at)).limit(limit).with_for_update(skip_locked=True)
    found: Sequence[Recovery] = session.execute(due).scalars().all()
    for recovery in found:
        _expire(session, recovery, now)
    return len(found) >= limit


def find(session: Session, recovery_id: UUID) -> Recovery | None:
    """The recovery with this id, as it stands."""
    return _one(session, col(Recovery.id) == recovery_id)


def find_open(session: Session, person_id: UUID) -> Recovery | None:
    """The person's recovery that is under way; it may be too late for it, which ``expires_at`` says."""
    return _one(session, col(Recovery.person_id) == person_id, _OPEN)


def get(session: Session, recovery_id: UUID, organisation_ids: Collection[UUID]) -> Recovery:
    """One of these organisations'. Raises NotFound, also for another organisation's."""
    found = _one(
        session, col(Recovery.id) == recovery_id, col(Recovery.organisation_id).in_(organisation_ids)
    )
    if found is None:
        raise NotFound("There is no such recovery.")
    return found


def open_at(session: Session, organisation_ids: Collection[UUID], now: datetime) -> Sequence[Recovery]:
    """Those under way at these organisations, the oldest first."""
    found = select(Recovery).where(
        _OPEN, col(Recovery.organisation_id).in_(organisation_ids), col(Recovery.expires_at) > now
    )
    return session.execute(found.order_by(col(Recovery.id))).scalars().all()


def find_last_completed(session: Session, person_id: UUID) -> datetime | None:
    """When the person's account was last recovered; None when it never was."""
    found = select(col(Recovery.ended_at)).where(
        col(Recovery.person_id) == person_id, col(Recovery.state) == RecoveryState.COMPLETED
    )
    return session.execute(found.order_by(col(Recovery.ended_at).desc()).limit(1)).scalar_one_or_none()


def note(
    session: Session,
    event: Event,
    recovery: Recovery,
    initiator: Initiator,
    now: datetime,
    **details: str | bool,
) -> None:
    """Write down a step."""
    append(
        session,
        event,
        initiator,
        now,
        person_id=recovery.person_id,
        organisation_id=recovery.organisation_id,
        details={"recovery_id": str(recovery.id), **details},
    )


def _expire(session: Session, recovery: Recovery, now: datetime) -> None:
    was_told = recovery.state is RecoveryState.WAITING
    states.end_as(session, recovery, RecoveryState.EXPIRED, now)
    note(session, Event.RECOVERY_EXPIRED, recovery, Initiator.system("time"), now)
    if was_told:
        notices.expired(session, recovery, now)


def _one(session: Session, *which: ColumnElement[bool]) -> Recovery | None:
    fresh = select(Recovery).where(*which).execution_options(populate_existing=True)
    found: Recovery | None = session.execute(fresh).scalar_one_or_none()
    return found
