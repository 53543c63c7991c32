"""Approving and completing transfers, and the two instants at which access turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid
from profiles.roles.parties import check_two_between
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date
from profiles.transfers import (
    clearance,
    facts,
    first_morning,
    gates,
    new_employment,
    notices,
    pay_corrections,
    policy,
    steps,
    tasks,
)
from profiles.transfers.gates import Gate
from profiles.transfers.models import (
    Side,
    TaskKind,
    Transfer,
    TransferApproval,
    TransferState,
    TransferStep,
)
from profiles.transfers.trail import audit


def approvals_of(session: Session, transfer_id: UUID) -> Sequence[TransferApproval]:
    """The approvals that a transfer has."""
    query = select(TransferApproval).where(col(TransferApproval.transfer_id) == transfer_id)
    return session.exec(query.order_by(col(TransferApproval.id))).all()


def history_of(session: Session, transfer_id: UUID) -> Sequence[TransferStep]:
    """Every change of state, oldest first."""
    query = select(TransferStep).where(col(TransferStep.transfer_id) == transfer_id)
    return session.exec(query.order_by(col(TransferStep.id))).all()


def get_for(session: Session, transfer_id: UUID, person_id: UUID, permissions: Permissions) -> Transfer:
    """The transfer, for the employee or HR of its two organisations. Raises NotFound to everybody else."""
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, person_id, permissions)
    return transfer


@dataclass(frozen=True)
class Wanted:
    """What a list of transfers is narrowed to; None is any."""

    side: Side | None = None
    """Which side of them somebody acts for."""
    state: TransferState | None = None


ANY = Wanted()


def list_for(
    session: Session, permissions: Permissions, wanted: Wanted = ANY, *, limit: int, offset: int = 0
) -> Sequence[Transfer]:
    """The transfers into and out of the organisations that somebody acts for, newest first."""
    query = select(Transfer).where(*_theirs(permissions, wanted)).order_by(col(Transfer.id).desc())
    return session.exec(query.limit(limit).offset(offset)).all()


def count_for(session: Session, permissions: Permissions, wanted: Wanted = ANY) -> int:
    """How many they are."""
    return session.exec(select(func.count()).select_from(Transfer).where(*_theirs(permissions, wanted))).one()


def _theirs(permissions: Permissions, wanted: Wanted) -> list[ColumnElement[bool]]:
    mine = permissions.organisations(Permission.SEE_TRANSFERS)
    of_side = {
        Side.EXPORTING: col(Transfer.exporting_organisation_id).in_(mine),
        Side.IMPORTING: col(Transfer.importing_organisation_id).in_(mine),
    }
    theirs = [or_(*of_side.values()) if wanted.side is None else of_side[wanted.side]]
    return theirs if wanted.state is None else [*theirs, col(Transfer.state) == wanted.state]


def offered_by(
    session: Session, person_id: UUID, permissions: Permissions, *, after: UUID | None, limit: int
) -> Sequence[Transfer]:
    """The transfers that somebody prepared where they still offer posts, newest first, behind ``after``."""
    query = select(Transfer).where(
        col(Transfer.prepared_by) == person_id,
        col(Transfer.importing_organisation_id).in_(permissions.organisations(Permission.OFFER_POSTS)),
    )
    if after is not None:
        query = query.where(col(Transfer.id) < after)
    return session.exec(query.order_by(col(Transfer.id).desc()).limit(limit)).all()


def get_offered(session: Session, transfer_id: UUID, person_id: UUID, permissions: Permissions) -> Transfer:
    """A transfer for whoever prepared it. Raises NotFound to everybody else, and once they offer no posts."""
    transfer = steps.get(session, transfer_id)
    policy.check_may_follow(transfer, person_id, permissions)
    return transfer


def of_person(session: Session, person_id: UUID) -> Sequence[Transfer]:
    """A person's own transfers, newest first."""
    query = select(Transfer).where(col(Transfer.person_id) == person_id)
    return session.exec(query.order_by(col(Transfer.id).desc())).all()


def check_may_approve(
    session: Session,
    transfer: Transfer,
    side: Side,
    officer_id: UUID,
    permissions: Permissions,
    now: datetime,
) -> None:
    """Raise NotPermitted or Conflict unless this officer may approve for this side now."""
    approvals = approvals_of(session, transfer.id)
    policy.check_may_approve(transfer, side, officer_id, permissions, approvals)
    sides = [policy.organisation_of(transfer, one) for one in Side]
    check_two_between(session, officer_id, [one.officer_id for one in approvals], sides, now)


def approve(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    side: Side,
    officer_id: UUID,
    permissions: Permissions,
    ways_in: Sequence[str],
    records_released: bool = False,
) -> Transfer:
    """Approve for one organisation; the second approval schedules the move and records its facts.

    ``ways_in`` are the employee's that last beyond the move; ``records_released`` is what the exporting side
    confirms. Raises NotFound, NotPermitted, Conflict,
    InvalidTransition, or Invalid naming what is not confirmed.
    """
    transfer = get_for(session, transfer_id, officer_id, permissions)
    approvals = approvals_of(session, transfer.id)
    check_may_approve(session, transfer, side, officer_id, permissions, now)
    if transfer.state is not TransferState.IN_PROGRESS:
        raise Conflict("This transfer cannot be approved any more.")
    check_dates(transfer, now)
    first_morning.look(session, transfer, ways_in, now)
    clearance.look(session, transfer, now)
    tasks.check_ready(tasks.of_transfer(session, transfer.id))
    policy.check_decided_nothing(tasks.of_transfer(session, transfer.id), permissions)
    if side is Side.EXPORTING:
        _release(session, transfer, records_released, officer_id, now)
    steps.claim(session, transfer)
    through = permissions.operators.get(policy.organisation_of(transfer, side), frozenset())
    approval = TransferApproval(
        transfer_id=transfer.id,
        side=side,
        officer_id=officer_id,
        operator_id=min(through, default=None),
        approved_at=now,
    )
    session.add(approval)
    session.flush()
    audit(session, Event.TRANSFER_APPROVED, transfer, officer_id, now, side)
    if {side} | {approval.side for approval in approvals} == set(Side):
        tasks.check_all_done(tasks.of_transfer(session, transfer.id))
        facts.schedule(session, transfer, now, officer_id)
        steps.move_to(session, transfer, TransferState.SCHEDULED, now, officer_id)
        _check_gates(session, transfer, now)
        notices.scheduled(session, transfer, now)
        notices.to_payroll(session, transfer, now)
        if transfer.is_backdated:
            pay_corrections.tell_who_paid_on(session, transfer, now)
    return transfer


def advance_due(session: Session, now: datetime, *, limit: int = 50) -> list[UUID]:
    """Take the steps that time has brought, at most ``limit`` at each instant; return whose access turned.

    The facts turned by themselves; this follows them in the state and the audit, also after downtime. A
    transfer that cannot follow stays as it is, and keeps up no other.
    """
    leaving = select(Transfer).where(
        col(Transfer.state) == TransferState.SCHEDULED, col(Transfer.leave_at) <= now
    )
    joining = select(Transfer).where(col(Transfer.state) == TransferState.LEFT, col(Transfer.join_at) <= now)
    turned = steps.together(
        session,
        leaving.order_by(col(Transfer.leave_at), col(Transfer.id)),
        limit,
        lambda some: _leave(session, some, now),
    )
    turned += steps.together(
        session,
        joining.order_by(col(Transfer.join_at), col(Transfer.id)),
        limit,
        lambda some: _join(session, some, now),
    )
    return list(dict.fromkeys(one.person_id for one in turned))


def advance(session: Session, transfer: Transfer, now: datetime) -> bool:
    """Take the steps of one transfer that time has brought already; say whether there were any."""
    if transfer.state is not TransferState.SCHEDULED or transfer.leave_at > now:
        return False
    _leave(session, [transfer], now)
    if transfer.join_at <= now:
        _join(session, [transfer], now)
    return True


def _leave(session: Session, some: Sequence[Transfer], now: datetime) -> None:
    given = facts.with_given_since(session, [one.id for one in some], now)
    for one in some:
        if one.id in given:
            facts.end_given_since(session, one, now)
    steps.move_all(session, some, TransferState.LEFT, now)
    for one in some:
        audit(session, Event.TRANSFER_LEFT, one, None, now, Side.EXPORTING)


def _join(session: Session, some: Sequence[Transfer], now: datetime) -> None:
    corrected = new_employment.with_corrected(session, [one.id for one in some])
    for one in some:
        if one.id in corrected:
            new_employment.carry_corrected(session, one, now)
    steps.move_all(session, some, TransferState.JOINED, now)
    steps.move_all(session, some, TransferState.RECONCILING, now)
    for one in some:
        audit(session, Event.TRANSFER_JOINED, one, None, now, Side.IMPORTING)


def check_dates(transfer: Transfer, now: datetime) -> None:
    """Raise Conflict where nobody agrees to the dates any more."""
    if not transfer.needs_other_dates(civil_date(now)):
        return
    if transfer.is_backdated:
        raise Conflict(
            "The dates had passed when they were offered, and both departments have not approved them in "
            "time. The new department offers dates again."
        )
    raise Conflict(
        "The start date has passed before both departments approved. The new department changes the "
        "dates first, or says that they began on that day all the same."
    )


def _release(session: Session, transfer: Transfer, released: bool, officer_id: UUID, now: datetime) -> None:
    if not released:
        raise Invalid("Confirm that leave and absence records are released.", field="records_released")
    tasks.finish(
        session, transfer, TaskKind.RELEASE, officer_id, now, "Leave and absence records are released."
    )


def _check_gates(session: Session, transfer: Transfer, now: datetime) -> None:
    failing = gates.failing(session, transfer, now)
    if failing:
        raise Conflict(_REFUSALS[failing[0]])


_REFUSALS = {
    Gate.RECORD: "The old employment does not end with the last day.",
    Gate.ORGANISATION: "The new organisation does not exist on the start date.",
    Gate.CLEARANCE: "The clearance is suspended. Its security officer decides first, or it stays behind.",
    Gate.REQUIRED: "The clearance that the new post needs is not there, nor a dispensation.",
    Gate.ACCOUNT: "The account is suspended. The security officer of the old department decides first.",
    Gate.SIGN_IN: "The employee has not said yet how they sign in on their first morning.",
}
