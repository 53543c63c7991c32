"""Payroll's part: what it needs before its cut-off date, and whether pay, leave and pension came out right.

Lanyard keeps that it was done, and never what tax code, loan or account somebody has.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, case, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, exists, or_, select

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date
from profiles.transfers import notices, pay_corrections, steps, tasks
from profiles.transfers.models import PayItem, Side, TaskKind, Transfer, TransferState
from profiles.transfers.payroll_models import PayCheck
from profiles.transfers.timetable import STANDARD, Timetable
from profiles.transfers.trail import audit

DETAILS = "Tax, student loan, bank details and advances are taken up."
RIGHT = "The first pay, the leave and the pension are right."
AGREED = (TransferState.SCHEDULED, TransferState.LEFT, TransferState.RECONCILING)
"""Payroll hears of a move once both departments have agreed."""


def may_act(transfer: Transfer, officer_id: UUID, permissions: Permissions) -> bool:
    """Whether somebody is in payroll of the new department, and not the employee."""
    pays = permissions.allows(Permission.CONFIRM_PAY, transfer.importing_organisation_id)
    return pays and not permissions.are_of(transfer.person_id) and officer_id != transfer.person_id


def confirm_details(
    session: Session, now: datetime, *, transfer_id: UUID, officer_id: UUID, permissions: Permissions
) -> Transfer:
    """Payroll has what it needs to pay the person. Raises NotFound, NotPermitted, Conflict."""
    transfer = _for_payroll(session, transfer_id, officer_id, permissions)
    if transfer.state not in AGREED:
        raise Conflict("This transfer does not wait for payroll now.")
    if tasks.get(session, transfer, TaskKind.PAYROLL_DETAILS).done_at is not None:
        raise Conflict("A colleague has confirmed this already.")
    tasks.complete(session, transfer, TaskKind.PAYROLL_DETAILS, officer_id, now, DETAILS, Side.IMPORTING)
    return transfer


def record_checks(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    right: Mapping[PayItem, bool],
    timetable: Timetable = STANDARD,
) -> Transfer:
    """Payroll says whether first pay, leave and pension are right; all three complete the transfer.

    What is wrong is asked about again ``chase_days`` later, until it is right. Raises NotFound, NotPermitted,
    Conflict, or Invalid naming the item that nothing is said about.
    """
    transfer = _for_payroll(session, transfer_id, officer_id, permissions)
    if transfer.state is not TransferState.RECONCILING:
        raise Conflict("This transfer does not wait for its first pay now.")
    if tasks.get(session, transfer, TaskKind.PAYROLL_DETAILS).done_at is None:
        raise Conflict("Confirm first that payroll has what it needs.")
    pay_corrections.check_none_open(session, transfer)
    wrong = wrong_among(right)
    for item in PayItem:
        session.add(PayCheck(transfer_id=transfer.id, item=item, right=right[item], at=now, by=officer_id))
    if not wrong:
        steps.move_to(session, transfer, TransferState.COMPLETED, now, officer_id)
        tasks.finish(session, transfer, TaskKind.FIRST_PAY, officer_id, now, RIGHT)
        audit(session, Event.TRANSFER_COMPLETED, transfer, officer_id, now, Side.IMPORTING)
        return transfer
    steps.claim(session, transfer)
    task = tasks.get(session, transfer, TaskKind.FIRST_PAY)
    task.due_on = civil_date(now) + timedelta(days=timetable.chase_days)
    session.add(task)
    session.flush()
    audit(session, Event.TRANSFER_PAY_WRONG, transfer, officer_id, now, Side.IMPORTING, wrong=" ".join(wrong))
    notices.pay_wrong(session, transfer, now)
    return transfer


def wrong_among(right: Mapping[PayItem, bool]) -> list[PayItem]:
    """What payroll says is wrong. Raises Invalid naming the item that it says nothing about."""
    for item in PayItem:
        if item not in right:
            raise Invalid("Say whether it is right.", field=item.value)
    return [item for item in PayItem if not right[item]]


def checks_of(session: Session, transfer_id: UUID) -> dict[PayItem, PayCheck]:
    """What payroll said last of each item, where it said anything."""
    query = select(PayCheck).where(col(PayCheck.transfer_id) == transfer_id).order_by(col(PayCheck.id))
    return {one.item: one for one in session.exec(query)}


@dataclass(frozen=True)
class FirstPays:
    """How many first pays were looked at, and how many of them were wrong when they came."""

    checked: int
    wrong: int

    def __add__(self, other: "FirstPays") -> "FirstPays":
        return FirstPays(self.checked + other.checked, self.wrong + other.wrong)

    @property
    def share(self) -> float:
        """The wrong ones in a hundred; 0 where none was looked at."""
        return 100 * self.wrong / self.checked if self.checked else 0.0


def said_first() -> ColumnElement[bool]:
    """Whether a check is what payroll said first of a first pay: it counts so, put right later or not."""
    earlier = aliased(PayCheck)
    before = or_(
        col(earlier.at) < col(PayCheck.at),
        and_(col(earlier.at) == col(PayCheck.at), col(earlier.id) < col(PayCheck.id)),
    )
    said_before = exists().where(
        col(earlier.transfer_id) == col(PayCheck.transfer_id), col(earlier.item) == PayItem.FIRST_PAY, before
    )
    return and_(col(PayCheck.item) == PayItem.FIRST_PAY, ~said_before)


def first_pays(session: Session, organisation_ids: Collection[UUID], since: datetime) -> FirstPays:
    """The first pays that these organisations made since then, by what payroll said first of each."""
    wrong = func.sum(case((col(PayCheck.right).is_(False), 1), else_=0))
    query = (
        select(func.count(), func.coalesce(wrong, 0))
        .select_from(PayCheck)
        .join(Transfer, col(Transfer.id) == col(PayCheck.transfer_id))
        .where(
            said_first(),
            col(Transfer.importing_organisation_id).in_(organisation_ids),
            col(PayCheck.at) >= since,
        )
    )
    return FirstPays(*session.exec(query).one())


def _for_payroll(session: Session, transfer_id: UUID, officer_id: UUID, permissions: Permissions) -> Transfer:
    transfer = steps.get(session, transfer_id)
    if not permissions.allows(Permission.CONFIRM_PAY, transfer.importing_organisation_id):
        raise NotFound("There is no such transfer.")
    if not may_act(transfer, officer_id, permissions):
        raise NotPermitted("You cannot confirm your own pay.")
    return transfer
