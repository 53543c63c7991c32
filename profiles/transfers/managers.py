"""The two line managers: the old one, who alone knows of loans and live warnings, and the new one."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.employments.service import current_postings
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.people.models import WorkAddress
from profiles.roles.service import Permissions
from profiles.temporal import current
from profiles.transfers import facts, manager_notices, notices, policy, standing_in, states, steps, tasks
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState, TransferTask
from profiles.transfers.trail import audit

CONFIRMED = "No loan, probation or live warning, and the last day is agreed."
CONDUCT_CONFIRMED = "No loan, probation or live warning; the last day was settled by the policy date."
ARRANGED = "The first day is arranged."
_DONE = "The line manager, or who stands in for them, has done this already."
STILL_TO_JOIN = (TransferState.IN_PROGRESS, TransferState.SCHEDULED, TransferState.LEFT)
TASK_OF = {Side.EXPORTING: TaskKind.LINE_MANAGER, Side.IMPORTING: TaskKind.FIRST_DAY}


def find_on_record(session: Session, transfer: Transfer, now: datetime) -> UUID | None:
    """The line manager of the post that ends, where the record names one who works there still."""
    for posting in current_postings(session, transfer.person_id, now):
        manager_id = posting.line_manager_id
        if posting.employment_id == transfer.employment_id and manager_id is not None:
            return (
                manager_id
                if standing_in.works_there(session, transfer, Side.EXPORTING, manager_id, now)
                else None
            )
    return None


def name_manager(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    unverified_address: str,
    side: Side = Side.EXPORTING,
) -> UUID:
    """HR of a department say who the line manager is there, by their work address.

    The new one is recorded with the new post, and can be another one until the start: nobody has approved who
    it is, so nobody approves anew. Who was named before is told. Raises NotFound, NotPermitted, Conflict once
    the old one has answered or the new post has begun, or Invalid naming ``address``.
    """
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    policy.check_may_decide(transfer, side, officer_id, permissions)
    task = tasks.get(session, transfer, TASK_OF[side])
    if not may_be_named(transfer, task, now):
        raise Conflict("The line manager is not asked any more.")
    place = policy.organisation_of(transfer, side)
    manager_id = find_by_address(session, place, unverified_address, now)
    if manager_id is None:
        raise Invalid("Nobody in your organisation has this work address.", field="address")
    if manager_id == transfer.person_id:
        raise Invalid("Somebody is not their own line manager.", field="address")
    if task.done_at is not None and manager_id == task.owner_id:
        raise Invalid("They are the line manager already, and have arranged the first day.", field="address")
    steps.claim(session, transfer)
    before, was_ready = task.owner_id, tasks.is_ready(session, transfer)
    asked_before = standing_in.asked_of(session, transfer, task, now)
    if task.done_at is not None:
        tasks.reopen(session, transfer, task.kind)
    name(session, transfer, side, manager_id, now)
    if transfer.state is not TransferState.IN_PROGRESS:
        facts.name_manager(session, transfer, manager_id, now, officer_id)
    if before != manager_id:
        still = standing_in.asked_of(session, transfer, task, now)
        for person_id in asked_before:
            if person_id not in still:
                manager_notices.replaced(session, transfer, person_id, now)
    audit(session, Event.TRANSFER_MANAGER_NAMED, transfer, officer_id, now, side)
    tasks.tell_if_ready(session, transfer, was_ready, now)
    return manager_id


def may_be_named(transfer: Transfer, task: TransferTask, now: datetime) -> bool:
    """Whether HR may say who does this task: of the new department until the post has begun.

    While the move stands still nothing of it has begun, whatever its dates.
    """
    if transfer.state in {TransferState.IN_PROGRESS, *states.INTERRUPTED}:
        return task.kind is TaskKind.FIRST_DAY or task.done_at is None
    return task.kind is TaskKind.FIRST_DAY and transfer.state in STILL_TO_JOIN and transfer.join_at > now


def name(session: Session, transfer: Transfer, side: Side, manager_id: UUID, now: datetime) -> None:
    """The task of this side's line manager is this person's, who is told, and who stands in for them.

    Of a move that stands still they are asked when it goes on.
    """
    task = tasks.get(session, transfer, TASK_OF[side])
    task.owner_id = manager_id
    session.add(task)
    session.flush()
    told = manager_notices.named if transfer.state in states.INTERRUPTED else notices.asked
    told(session, transfer, standing_in.asked_of(session, transfer, task, now), now)


def find_by_address(
    session: Session, organisation_id: UUID, unverified_address: str, now: datetime
) -> UUID | None:
    """Who has this work address, if they work in this department."""
    address = unverified_address.strip().lower()
    found = current(session, WorkAddress, now, now, address=address) if "\0" not in address else []
    if not found or not standing_in.works_in(session, organisation_id, found[0].person_id, now):
        return None
    return found[0].person_id


def confirm(session: Session, now: datetime, *, transfer_id: UUID, person_id: UUID) -> Transfer:
    """The old line manager, or who stands in, confirms: no loan, probation or live warning; the date is good.

    Who cannot, tells HR, who object. Raises NotFound to everybody else, NotPermitted, Conflict.
    """
    transfer, deputy_of = _asked(session, transfer_id, Side.EXPORTING, person_id, now)
    if transfer.state is not TransferState.IN_PROGRESS:
        raise Conflict("This transfer does not wait for you now.")
    said = CONFIRMED if transfer.date_settled_at is None else CONDUCT_CONFIRMED
    tasks.complete(session, transfer, TaskKind.LINE_MANAGER, person_id, now, said, Side.EXPORTING, deputy_of)
    return transfer


def arrange_first_day(session: Session, now: datetime, *, transfer_id: UUID, person_id: UUID) -> Transfer:
    """The new line manager, or who stands in for them, has arranged the first day; no approval waits for it.

    Raises NotFound to everybody else, NotPermitted, Conflict.
    """
    transfer, deputy_of = _asked(session, transfer_id, Side.IMPORTING, person_id, now)
    if transfer.state not in STILL_TO_JOIN:
        raise Conflict("This transfer does not wait for you now.")
    tasks.complete(session, transfer, TaskKind.FIRST_DAY, person_id, now, ARRANGED, Side.IMPORTING, deputy_of)
    return transfer


def _asked(
    session: Session, transfer_id: UUID, side: Side, person_id: UUID, now: datetime
) -> tuple[Transfer, UUID | None]:
    """The transfer, for who may do this side's part, and for whom they stand in."""
    transfer = steps.get(session, transfer_id)
    task = tasks.get(session, transfer, TASK_OF[side])
    if not standing_in.may_act(session, transfer, task, person_id, now):
        raise NotFound("There is no such transfer.")
    if person_id == transfer.person_id:
        raise NotPermitted("Somebody is not their own line manager.")
    if task.done_at is not None:
        raise Conflict("You have done this already." if task.done_by == person_id else _DONE)
    return transfer, task.owner_id if task.owner_id != person_id else None
