"""What everybody but HR does in a transfer before it is approved."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.roles.service import permissions_of
from profiles.transfers import clearance, employees_part, first_morning, managers, tasks
from profiles.transfers.models import Side, TaskKind, Transfer

WAY_IN = f"passkey:{UUID(int=7)}"


def name_way_in(session: Session, now: datetime, transfer: Transfer, way_in: str = WAY_IN) -> None:
    first_morning.confirm(
        session,
        now,
        transfer_id=transfer.id,
        person_id=transfer.person_id,
        ways_in=[way_in],
        way_in=way_in,
    )


def confirm_as_manager(session: Session, now: datetime, transfer: Transfer, manager_id: UUID) -> None:
    task = tasks.get(session, transfer, TaskKind.LINE_MANAGER)
    task.owner_id = manager_id
    session.add(task)
    session.flush()
    managers.confirm(session, now, transfer_id=transfer.id, person_id=manager_id)


def decide_clearance(
    session: Session, now: datetime, transfer: Transfer, officer_id: UUID, *, released: bool
) -> None:
    clearance.decide(
        session,
        now,
        transfer_id=transfer.id,
        officer_id=officer_id,
        permissions=permissions_of(session, officer_id, now),
        released=released,
    )


def do_tasks(
    session: Session,
    now: datetime,
    transfer: Transfer,
    *,
    manager_id: UUID,
    new_manager_id: UUID,
    security_id: UUID,
    released: bool = True,
    but: Collection[TaskKind] = (),
) -> None:
    """Each that is open and comes before approval, by who does it; not these. The new manager is named."""
    employee = transfer.person_id
    if TaskKind.FIRST_DAY not in but and tasks.find_owner(session, transfer, TaskKind.FIRST_DAY) is None:
        managers.name(session, transfer, Side.IMPORTING, new_manager_id, now)
    for task in tasks.of_transfer(session, transfer.id):
        if task.done_at is not None or task.kind in but:
            continue
        if task.kind is TaskKind.EMPLOYEE_DETAILS:
            employees_part.confirm_details(session, now, transfer_id=transfer.id, person_id=employee)
        elif task.kind is TaskKind.TERMS:
            employees_part.accept_terms(session, now, transfer_id=transfer.id, person_id=employee)
        elif task.kind is TaskKind.SIGN_IN:
            name_way_in(session, now, transfer)
        elif task.kind is TaskKind.LINE_MANAGER:
            confirm_as_manager(session, now, transfer, manager_id)
        elif task.kind is TaskKind.CLEARANCE:
            decide_clearance(session, now, transfer, security_id, released=released)
