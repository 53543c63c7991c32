"""Whom the hours saved count: everybody who began in another place without beginning anew, by which way.

Nobody counts twice for one beginning. A move of somebody who was on loan there already does not count: the
loan did. Neither do a move that was taken back and the one that takes it back, a loan to which nobody came,
and a loan to a body outside, which takes people on by itself.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, exists, func, literal, select, type_coerce, union_all
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from profiles.appointments.models import Appointment, AppointmentState, AppointmentTask
from profiles.bulk_moves.models import MOVED, BulkMove, BulkMoveMember, BulkMoveStep
from profiles.figures.first_days import ARRIVED, BEGUN
from profiles.figures.scope import Period, Scope
from profiles.loans.models import Loan, LoanStep
from profiles.organisations.move_rules import Regime
from profiles.transfers.models import Transfer, TransferTask


class Way(StrEnum):
    """How somebody began in another place."""

    TRANSFER = "transfer"
    BULK_MOVE = "bulk_move"
    LOAN = "loan"
    RETURN = "return"
    """They came back to the account that they had."""


@dataclass(frozen=True)
class Saved:
    """Of one month: how many began by each way, and how many tasks people did in it, for whichever."""

    people: Mapping[Way, int]
    tasks: int


def saved(session: Session, scope: Scope, period: Period, now: datetime) -> list[Saved]:
    """Month by month of the period."""
    people: list[dict[Way, int]] = [{} for _ in period.months()]
    for way, month, number in session.execute(union_all(*_begun(scope, period, now))):
        people[month][Way(way)] = number
    tasks: Counter[int] = Counter()
    for month, number in session.execute(union_all(*_tasks(scope, period))):
        tasks[month] += number
    return [Saved(one, tasks[month]) for month, one in enumerate(people)]


def _begun(scope: Scope, period: Period, now: datetime) -> list[Select[Any, Any, Any]]:
    back, lent = aliased(Transfer), aliased(Loan)
    # Each is asked once for all moves: in a query of one move's own it would be asked for every move.
    taken_back = select(col(back.reverses_id)).where(
        col(back.reverses_id).is_not(None), col(back.state).in_(ARRIVED)
    )
    was_lent = select(col(lent.transfer_id)).where(col(lent.transfer_id).is_not(None))
    return [
        _by(Way.TRANSFER, col(Transfer.join_at), period).where(
            col(Transfer.state).in_(ARRIVED),
            scope.importing(),
            col(Transfer.reverses_id).is_(None),
            col(Transfer.id).not_in(taken_back),
            col(Transfer.id).not_in(was_lent),
        ),
        _by(Way.BULK_MOVE, col(BulkMove.starts_at), period)
        .join(BulkMoveMember, col(BulkMoveMember.bulk_move_id) == col(BulkMove.id))
        .where(
            col(BulkMoveMember.state).in_(MOVED),
            scope.bulk_importing(),
            col(BulkMove.reverses_id).is_(None),
            ~_brought_back(),
        ),
        _by(Way.LOAN, col(Loan.begins_at), period).where(
            col(Loan.state).in_(BEGUN),
            col(Loan.ends_at) > col(Loan.begins_at),
            col(Loan.regime) != Regime.OUTSIDE,
            scope.hosts(),
        ),
        _by(Way.RETURN, col(Appointment.begins_at), period).where(
            col(Appointment.state) == AppointmentState.AGREED,
            col(Appointment.begins_at) <= now,
            scope.appointments(),
        ),
    ]


def _brought_back() -> ColumnElement[bool]:
    """Whether another bulk move took back that somebody moved by this one."""
    back, member = aliased(BulkMove), aliased(BulkMoveMember)
    return exists().where(
        col(back.reverses_id) == col(BulkMove.id),
        col(member.bulk_move_id) == col(back.id),
        col(member.person_id) == col(BulkMoveMember.person_id),
        col(member.state).in_(MOVED),
    )


def _tasks(scope: Scope, period: Period) -> list[Select[Any, Any]]:
    """What people did: the tasks of a move, the steps of a loan, those of a bulk move and its first pays, and
    that an appointment was prepared, accepted, cleared and decided on, with what is done after it.
    """
    return [
        _done(col(TransferTask.done_at), period).where(
            col(TransferTask.took_hours).is_not(None), scope.has(col(TransferTask.transfer_id))
        ),
        _done(col(LoanStep.at), period)
        .join(Loan, col(Loan.id) == col(LoanStep.loan_id))
        .where(col(LoanStep.by).is_not(None), scope.loans()),
        _done(col(BulkMoveStep.at), period)
        .join(BulkMove, col(BulkMove.id) == col(BulkMoveStep.bulk_move_id))
        .where(col(BulkMoveStep.by).is_not(None), scope.bulk_moves()),
        _done(col(BulkMoveMember.pay_said_at), period)
        .join(BulkMove, col(BulkMove.id) == col(BulkMoveMember.bulk_move_id))
        .where(scope.bulk_moves()),
        _done(col(Appointment.created_at), period).where(scope.appointments()),
        _done(col(Appointment.accepted_at), period).where(scope.appointments()),
        _done(col(Appointment.clearance_said_at), period).where(scope.appointments()),
        _done(col(AppointmentTask.done_at), period)
        .join(Appointment, col(Appointment.id) == col(AppointmentTask.appointment_id))
        .where(scope.appointments()),
        _done(col(Appointment.decided_at), period).where(
            col(Appointment.decided_by).is_not(None), scope.appointments()
        ),
    ]


def _by(way: Way, at: Any, period: Period) -> Select[Any, Any, Any]:
    month = period.month_of(at).label("month")
    text = type_coerce(literal(way.value), String()).label("way")
    return select(text, month, func.count()).select_from(at.class_).where(period.holds(at)).group_by(month)


def _done(at: Any, period: Period) -> Select[Any, Any]:
    month = period.month_of(at).label("month")
    return select(month, func.count()).select_from(at.class_).where(period.holds(at)).group_by(month)
