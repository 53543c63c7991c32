"""The clearance that the new post needs: there from the start date, or somebody may start before it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.clearances.states import USABLE
from profiles.clearances.validity import STANDARD, ValidityPeriods
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations.move_rules import RULES
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import Provenance, current
from profiles.transfers import granted_anew, policy, steps, tasks
from profiles.transfers.clearance_answers import (
    SETTLES_NOTHING,
    Answer,
    check_dispensation,
    record_granted,
    take_back_granted,
)
from profiles.transfers.clearance_levels import find_source, lasting, sponsored_by
from profiles.transfers.models import (
    Side,
    TaskKind,
    Transfer,
    TransferApproval,
    TransferInterruption,
    TransferState,
)
from profiles.transfers.trail import audit

NOT_NEEDED = "The new post needs none."
COMES_ALONG = "It comes along from the old department."
THERE = "The new department sponsors it."
ANEW = "It is granted anew, and counts from the start date."
DISPENSED = "They may start before it is there."
_LASTING = USABLE | {ClearanceStatus.SUSPENDED}
"""What goes along, also while it is suspended: then a gate of its own holds the move."""
OPEN_STATES = (TransferState.IN_PROGRESS, TransferState.BLOCKED)


_NOTED = {Answer.APPLIED: "Applied for.", Answer.REFUSED: "The vetting authority has refused it."}


def may_act(transfer: Transfer, officer_id: UUID, permissions: Permissions) -> bool:
    """Whether somebody is a security officer of the new department, and not the employee."""
    decides = permissions.allows(Permission.MANAGE_CLEARANCES, transfer.importing_organisation_id)
    return decides and not permissions.are_of(transfer.person_id) and officer_id != transfer.person_id


def answer(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    said: Answer,
    decided_on: date | None = None,
    until: date | None = None,
    mitigations: str = "",
    periods: ValidityPeriods = STANDARD,
) -> Transfer:
    """Record an application, what the authority decided on ``decided_on``, or a dispensation ``until`` a day.

    A dispensation is exceptional, names what is done meanwhile, and opens no app; HR, who approve, are the
    second to decide on it. Raises NotFound, NotPermitted, Conflict, or Invalid naming the field.
    """
    transfer = steps.get(session, transfer_id)
    if not permissions.allows(Permission.MANAGE_CLEARANCES, transfer.importing_organisation_id):
        raise NotFound("There is no such transfer.")
    if not may_act(transfer, officer_id, permissions):
        raise NotPermitted("You cannot decide on your own clearance.")
    if transfer.state not in OPEN_STATES or transfer.required_level is None:
        raise Conflict("This transfer does not wait for you now.")
    if steps.has_left(session, transfer):
        raise Conflict(
            "The last day has passed, and both departments have agreed without this. Record it under People, "
            "where a second officer decides."
        )
    if tasks.get(session, transfer, TaskKind.CLEARANCE_READY).done_at is not None:
        raise Conflict("The clearance that the new post needs is settled already.")
    if said in SETTLES_NOTHING:
        steps.claim(session, transfer)
        _reopen(session, transfer, _NOTED[said])
        noted = Event.TRANSFER_CLEARANCE_NOTED
        audit(session, noted, transfer, officer_id, now, Side.IMPORTING, said=said.value)
        return transfer
    if said is Answer.GRANTED:
        outcome = _grant(session, transfer, now, officer_id, decided_on, periods)
    else:
        if not RULES[transfer.regime].may_start_uncleared:
            raise Conflict("Nobody starts there before the clearance is there.")
        _check_approved_nothing(session, transfer, permissions)
        _dispense(transfer, officer_id, until, mitigations)
        _ask_for_new_approvals(session, transfer)
        outcome = DISPENSED
    kind = TaskKind.CLEARANCE_READY
    tasks.complete(session, transfer, kind, officer_id, now, outcome, Side.IMPORTING)
    return transfer


def find_cover(session: Session, transfer: Transfer, now: datetime, at: datetime | None = None) -> str | None:
    """What covers the level that the new post needs, from the start date on; None where nothing does.

    ``at`` is the moment of which it is asked, with what is known now.
    """
    at = at or now
    if transfer.required_level is None:
        return NOT_NEEDED
    held = current(session, Clearance, at, now, person_id=transfer.person_id)
    lasts = [one for one in lasting(session, transfer, held, now) if one.status in _LASTING]
    if transfer.clearance_released:
        released = _sponsored(session, transfer, Side.EXPORTING, lasts, at, now)
        if find_source(released, transfer.required_level) is not None:
            return COMES_ALONG
    usable = [one for one in lasts if one.status in USABLE]
    own = _sponsored(session, transfer, Side.IMPORTING, usable, at, now)
    if find_source(own, transfer.required_level) is not None:
        return THERE
    if granted_anew.find(session, transfer, now) is not None:
        return ANEW
    return DISPENSED if transfer.dispensed_by is not None else None


def look(session: Session, transfer: Transfer, now: datetime) -> None:
    """The task is done while something covers the level, and open while nothing does.

    Who has decided on it still has when what they decided covers it again, and does not approve.
    """
    task = tasks.get(session, transfer, TaskKind.CLEARANCE_READY)
    cover = find_cover(session, transfer, now)
    if cover is not None and task.done_at is None:
        was_ready = tasks.is_ready(session, transfer)
        task.done_at, task.outcome = now, cover
        session.add(task)
        session.flush()
        tasks.tell_if_ready(session, transfer, was_ready, now)
    elif cover is None and task.done_at is not None:
        _reopen(session, transfer)


def _reopen(session: Session, transfer: Transfer, outcome: str = "") -> None:
    """The task is open, and still says who decided on what may cover the level again."""
    task = tasks.get(session, transfer, TaskKind.CLEARANCE_READY)
    decided_by = task.done_by
    tasks.reopen(session, transfer, TaskKind.CLEARANCE_READY, outcome=outcome)
    task.done_by = decided_by
    session.add(task)
    session.flush()


def give_up(session: Session, transfer: Transfer, now: datetime, by: UUID | None) -> None:
    """The move does not happen: what was granted for it lapses, and a dispensation is none any more."""
    transfer.dispensed_by, transfer.dispensed_until, transfer.mitigations = None, None, ""
    transfer.clearance_released = False
    granted_anew.forget(transfer)
    session.add(transfer)
    provenance = Provenance(by, _source_of(transfer), "the transfer does not happen")
    take_back_granted(session, now, provenance, transfer.person_id, _source_of(transfer))


def _sponsored(
    session: Session, transfer: Transfer, side: Side, held: list[Clearance], at: datetime, now: datetime
) -> list[Clearance]:
    place = policy.organisation_of(transfer, side)
    return sponsored_by(session, place, transfer.person_id, held, at, now)


def _grant(
    session: Session,
    transfer: Transfer,
    now: datetime,
    officer_id: UUID,
    decided_on: date | None,
    periods: ValidityPeriods,
) -> str:
    """Record what was granted, at once or with the start date; say what the task came to."""
    if decided_on is None:
        raise Invalid("Enter the day of the decision.", field="decided_on")
    level = transfer.required_level
    if level is None:
        raise Conflict("This transfer does not wait for you now.")
    for held in current(session, Clearance, now, now, person_id=transfer.person_id, level=level):
        if held.status in USABLE:
            granted_anew.keep(session, transfer, held, decided_on, now, periods)
            return ANEW
    record_granted(
        session,
        now,
        Provenance(officer_id, _source_of(transfer), "granted for a transfer"),
        officer_id,
        person_id=transfer.person_id,
        level=level,
        decided_on=decided_on,
        sponsor_id=transfer.importing_organisation_id,
        periods=periods,
    )
    return THERE


def _check_approved_nothing(session: Session, transfer: Transfer, permissions: Permissions) -> None:
    """Raise NotPermitted to who approved the transfer: a dispensation needs two people."""
    officers = select(TransferApproval.officer_id).where(col(TransferApproval.transfer_id) == transfer.id)
    if any(permissions.are_of(one) for one in session.exec(officers)):
        raise NotPermitted(
            "You have approved this transfer, so somebody else must decide on the dispensation."
        )


def _ask_for_new_approvals(session: Session, transfer: Transfer) -> None:
    """Nobody approved the move without the clearance; one that is blocked goes back to both departments."""
    agreed = select(TransferInterruption).where(
        col(TransferInterruption.transfer_id) == transfer.id,
        col(TransferInterruption.ended_at).is_(None),
        col(TransferInterruption.resumes_to) == TransferState.SCHEDULED,
    )
    for stopped in session.exec(agreed):
        stopped.resumes_to = TransferState.IN_PROGRESS
        session.add(stopped)
    session.execute(delete(TransferApproval).where(col(TransferApproval.transfer_id) == transfer.id))
    session.flush()


def _dispense(transfer: Transfer, officer_id: UUID, until: date | None, mitigations: str) -> None:
    until = check_dispensation(mitigations, until, transfer.start_date)
    transfer.dispensed_by, transfer.dispensed_until = officer_id, until
    transfer.mitigations = mitigations.strip()


def _source_of(transfer: Transfer) -> str:
    return f"transfer-clearance:{transfer.id}"
