"""By which day of the month payroll of an organisation must have what it needs; payroll itself says so.

An organisation without a day of its own has that of the one above it, and in the end the platform's.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date
from profiles.transfers.models import TaskKind, Transfer, TransferTask
from profiles.transfers.payroll_models import PayCheck, PayrollCutOff
from profiles.transfers.timetable import STANDARD, Timetable

LATEST = 28
"""Every month has this day."""


def find(session: Session, organisation_id: UUID) -> PayrollCutOff | None:
    """What an organisation's payroll has said itself."""
    return session.get(PayrollCutOff, organisation_id)


def timetable_at(session: Session, timetable: Timetable, organisation_id: UUID, now: datetime) -> Timetable:
    """The timetable with the cut-off day that holds at this organisation."""
    above = organisations.tree(session, now).ancestors_of(organisation_id)
    said = {
        one.organisation_id: one.day
        for one in session.exec(select(PayrollCutOff).where(col(PayrollCutOff.organisation_id).in_(above)))
    }
    nearest = next((said[one] for one in above if one in said), None)
    return timetable if nearest is None else replace(timetable, cut_off_day=nearest)


def set_day(
    session: Session,
    now: datetime,
    *,
    organisation_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    day: int | None,
    timetable: Timetable = STANDARD,
) -> None:
    """Payroll says which day it is, None for none of its own; moves under way are due by it from now on.

    Raises NotFound to all but payroll of the organisation, or Invalid naming ``day``.
    """
    if not permissions.allows(Permission.CONFIRM_PAY, organisation_id):
        raise NotFound("There is no such organisation.")
    if day is not None and not 1 <= day <= LATEST:
        raise Invalid(f"Enter a day from 1 to {LATEST}, which every month has.", field="day")
    present = find(session, organisation_id)
    before = present.day if present else None
    if day == before:
        return
    if present is not None and day is None:
        session.delete(present)
    else:
        said = present or PayrollCutOff(organisation_id=organisation_id, day=0, set_by=officer_id, set_at=now)
        said.day, said.set_by, said.set_at = day or 0, officer_id, now
        session.add(said)
    session.flush()
    append(
        session,
        Event.PAYROLL_CUT_OFF_SET,
        Initiator.person(officer_id),
        now,
        organisation_id=organisation_id,
        details={"day": str(day or ""), "before": str(before or "")},
    )
    _move_due_dates(session, organisation_id, timetable, now)


def follow_start(session: Session, transfer: Transfer, timetable: Timetable, now: datetime) -> None:
    """After the start has become a later day, what payroll has not answered about is due by that.

    Of an earlier one payroll hears only now, so that nothing is due sooner than it was.
    """
    due = timetable_at(session, timetable, transfer.importing_organisation_id, now)
    for _transfer, task in session.exec(_waiting().where(col(Transfer.id) == transfer.id)).all():
        task.due_on = max(task.due_on, due.due_on(task.kind, transfer, civil_date(now)))
        session.add(task)
    session.flush()


def _waiting() -> Select[Transfer, TransferTask]:
    """What payroll has not answered about, with its move; a chased pay is none of it."""
    return (
        select(Transfer, TransferTask)
        .join(TransferTask, col(TransferTask.transfer_id) == col(Transfer.id))
        .where(
            col(TransferTask.kind).in_((TaskKind.PAYROLL_DETAILS, TaskKind.FIRST_PAY)),
            col(TransferTask.done_at).is_(None),
            col(Transfer.id).not_in(select(PayCheck.transfer_id)),
        )
    )


def _move_due_dates(session: Session, organisation_id: UUID, timetable: Timetable, now: datetime) -> None:
    """What payroll has not answered about is due by the day that holds now; a chased pay stays as it is."""
    below = organisations.tree(session, now).subtree_of(organisation_id)
    waiting = _waiting().where(
        col(Transfer.in_flight).is_(True), col(Transfer.importing_organisation_id).in_(below)
    )
    by_place = {one: timetable_at(session, timetable, one, now) for one in below}
    for transfer, task in session.exec(waiting).all():
        due = by_place[transfer.importing_organisation_id]
        task.due_on = due.due_on(task.kind, transfer, civil_date(now))
        session.add(task)
    session.flush()
