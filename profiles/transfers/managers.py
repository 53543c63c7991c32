"""The line manager of the old department, who alone knows of probation, loans and live warnings."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.employments.service import current_postings
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations import service as organisations
from profiles.people.models import WorkAddress
from profiles.roles.service import Permissions
from profiles.temporal import current
from profiles.transfers import notices, policy, steps, tasks
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.trail import audit

CONFIRMED = "No loan, probation or live warning, and the last day is agreed."


def find_on_record(session: Session, transfer: Transfer, now: datetime) -> UUID | None:
    """The line manager of the post that ends, where the record names one who works there still."""
    for posting in current_postings(session, transfer.person_id, now):
        manager_id = posting.line_manager_id
        if posting.employment_id == transfer.employment_id and manager_id is not None:
            return manager_id if works_there(session, transfer, manager_id, now) else None
    return None


def name_manager(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    unverified_address: str,
) -> UUID:
    """HR of the old department say who the line manager is, by their work address.

    Raises NotFound, NotPermitted, Conflict once the manager has answered, or Invalid naming ``address``.
    """
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    policy.check_may_decide(transfer, Side.EXPORTING, officer_id, permissions)
    task = tasks.get(session, transfer, TaskKind.LINE_MANAGER)
    if transfer.state is not TransferState.IN_PROGRESS or task.done_at is not None:
        raise Conflict("The line manager is not asked any more.")
    address = unverified_address.strip().lower()
    found = current(session, WorkAddress, now, now, address=address) if "\0" not in address else []
    if not found or not works_there(session, transfer, found[0].person_id, now):
        raise Invalid("Nobody in your organisation has this work address.", field="address")
    manager_id = found[0].person_id
    if manager_id == transfer.person_id:
        raise Invalid("Somebody is not their own line manager.", field="address")
    steps.claim(session, transfer)
    task.owner_id = manager_id
    session.add(task)
    session.flush()
    audit(session, Event.TRANSFER_MANAGER_NAMED, transfer, officer_id, now, Side.EXPORTING)
    notices.asked(session, transfer, [manager_id], now)
    return manager_id


def confirm(session: Session, now: datetime, *, transfer_id: UUID, person_id: UUID) -> Transfer:
    """The line manager confirms: no loan, probation or live warning stands against it; the date is agreed.

    Who cannot, tells HR, who object. Raises NotFound to everybody else, NotPermitted, Conflict.
    """
    transfer = steps.get(session, transfer_id)
    task = tasks.get(session, transfer, TaskKind.LINE_MANAGER)
    if task.owner_id != person_id or not works_there(session, transfer, person_id, now):
        raise NotFound("There is no such transfer.")
    if person_id == transfer.person_id:
        raise NotPermitted("Somebody is not their own line manager.")
    if transfer.state is not TransferState.IN_PROGRESS:
        raise Conflict("This transfer does not wait for you now.")
    if task.done_at is not None:
        raise Conflict("You have done this already.")
    tasks.complete(session, transfer, TaskKind.LINE_MANAGER, person_id, now, CONFIRMED, Side.EXPORTING)
    return transfer


def works_there(session: Session, transfer: Transfer, person_id: UUID, now: datetime) -> bool:
    """Whether somebody has a post in the old department, or below it."""
    ours = organisations.tree(session, now).subtree_of(transfer.exporting_organisation_id)
    return any(one.organisation_id in ours for one in current_postings(session, person_id, now))
