"""The new department's own check before anybody starts: BPSS, or the vetting of a force or a service."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid
from profiles.roles.service import Permissions
from profiles.temporal import civil_date
from profiles.transfers import policy, steps, tasks
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.trail import audit


def record_check(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    passed: bool,
    checked_on: date,
) -> Transfer:
    """HR of the new department say what their check came to; one that is not passed stops the approvals.

    It may be recorded anew until somebody has approved. Only that department reads that it was not passed.
    Raises NotFound, NotPermitted, Conflict, or Invalid naming ``checked_on``.
    """
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    policy.check_may_decide(transfer, Side.IMPORTING, officer_id, permissions)
    if transfer.state is not TransferState.IN_PROGRESS:
        raise Conflict("This transfer does not wait for that check now.")
    tasks.check_not_approved(session, transfer)
    if checked_on > civil_date(now):
        raise Invalid("The date of the BPSS check must not be in the future.", field="checked_on")
    transfer.bpss_checked_on = checked_on if passed else None
    came_to = outcome(checked_on, passed=passed)
    if passed:
        tasks.complete(session, transfer, TaskKind.BPSS, officer_id, now, came_to, Side.IMPORTING)
        return transfer
    steps.claim(session, transfer)
    session.add(transfer)
    tasks.reopen(session, transfer, TaskKind.BPSS, outcome=came_to)
    audit(session, Event.TRANSFER_BPSS_NOT_PASSED, transfer, officer_id, now, Side.IMPORTING)
    return transfer


def outcome(checked_on: date, *, passed: bool) -> str:
    """The outcome as the task keeps it."""
    return f"{'Passed' if passed else 'Not passed'} on {checked_on:%-d %B %Y}."
