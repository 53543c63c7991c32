"""How moves came out: on time and whole, first days, old access, first pays, and what came to nothing."""

from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlmodel import Session, and_, col

from profiles.appointments.models import Appointment, AppointmentState
from profiles.bulk_moves.models import MOVED, BulkMove, BulkMoveMember
from profiles.figures.between import after_day, hours_between
from profiles.figures.first_days import ARRIVED, BEGUN
from profiles.figures.grouped import grouped
from profiles.figures.models import (
    AppointmentFirstDay,
    BulkMoveFirstDay,
    FirstDayLook,
    LoanFirstDay,
    TransferFirstDay,
)
from profiles.figures.scope import Period, Scope
from profiles.loans.models import Loan
from profiles.transfers import states
from profiles.transfers.models import (
    TaskKind,
    Transfer,
    TransferState,
    TransferStep,
    TransferTask,
)
from profiles.transfers.payroll import said_first
from profiles.transfers.payroll_models import PayCheck

A_DAY = 24
"""Hours. Whose move is not through so long after the start date began has joined late."""
ENDINGS = tuple(one for one in TransferState if one in states.ENDED - {TransferState.COMPLETED})


@dataclass(frozen=True)
class FirstDays:
    """Of those who joined, came back or began on loan: whose day was looked at, who tried, who had it wrong.

    ``known`` is how many weeks are over and looked at, ``tried`` who signed in, tried to or asked for help.
    Somebody for whom two things went wrong is counted once in ``wrong``.
    """

    joined: int
    known: int
    tried: int
    wrong: int
    refused: int
    kept_out: int
    helped: int

    def __add__(self, other: "FirstDays") -> "FirstDays":
        """Both together."""
        return FirstDays(*(sum(pair) for pair in zip(astuple(self), astuple(other), strict=True)))


NO_FIRST_DAYS = FirstDays(0, 0, 0, 0, 0, 0, 0)


def arrived(session: Session, scope: Scope, period: Period) -> list[int]:
    """Month by month of the period: the moves whose start date lies in it."""
    month = period.month_of(col(Transfer.join_at)).label("month")
    came = _arrived(scope.importing(), period)
    joined = grouped(session, select(month, func.count()).select_from(Transfer).where(*came))
    return [joined.get(one, 0) for one in range(len(period.months()))]


def left(session: Session, scope: Scope, period: Period) -> int:
    """How many moves took somebody away in the period, by their last day."""
    query = (
        select(func.count())
        .select_from(Transfer)
        .where(col(Transfer.state).in_((*ARRIVED, TransferState.LEFT)), scope.exporting())
    )
    return int(session.execute(query.where(period.holds(col(Transfer.leave_at)))).scalar_one())


def late_or_incomplete(session: Session, scope: Scope, period: Period, today: date) -> int:
    """How many of those who joined came late, or to a first day or a payroll that was not ready.

    A first day is ready when the line manager has arranged it before it begins, payroll when it has what it
    needs by the end of its cut-off date.
    """
    done_at, due_on = col(TransferTask.done_at), col(TransferTask.due_on)
    late_day = or_(done_at.is_(None), done_at > col(Transfer.join_at))
    late_payroll = or_(and_(done_at.is_(None), due_on < today), after_day(due_on, done_at))
    joined_late = exists().where(
        col(TransferStep.transfer_id) == col(Transfer.id),
        col(TransferStep.to_state) == TransferState.JOINED,
        hours_between(col(Transfer.join_at), col(TransferStep.at)) >= A_DAY,
    )
    unready = exists().where(
        col(TransferTask.transfer_id) == col(Transfer.id),
        or_(
            and_(col(TransferTask.kind) == TaskKind.FIRST_DAY, late_day),
            and_(col(TransferTask.kind) == TaskKind.PAYROLL_DETAILS, late_payroll),
        ),
    )
    query = select(func.count()).select_from(Transfer).where(*_arrived(scope.importing(), period))
    return int(session.execute(query.where(or_(joined_late, unready))).scalar_one())


def first_days(session: Session, scope: Scope, period: Period, now: datetime) -> list[FirstDays]:
    """Month by month, how the first days went of those who began in it, by whichever way they came."""
    ways: list[tuple[Any, Select[Any]]] = [
        (
            col(Transfer.join_at),
            select(*_looked_at(TransferFirstDay))
            .select_from(Transfer)
            .outerjoin(TransferFirstDay, col(TransferFirstDay.transfer_id) == col(Transfer.id))
            .where(*_arrived(scope.importing(), period)),
        ),
        (
            col(BulkMove.starts_at),
            select(*_looked_at(BulkMoveFirstDay))
            .select_from(BulkMoveMember)
            .join(BulkMove, col(BulkMove.id) == col(BulkMoveMember.bulk_move_id))
            .outerjoin(BulkMoveFirstDay, col(BulkMoveFirstDay.member_id) == col(BulkMoveMember.id))
            .where(*_moved(scope.bulk_importing(), period)),
        ),
        (
            col(Loan.begins_at),
            select(*_looked_at(LoanFirstDay))
            .select_from(Loan)
            .outerjoin(LoanFirstDay, col(LoanFirstDay.loan_id) == col(Loan.id))
            .where(*_lent(scope.hosts(), period)),
        ),
        (
            col(Appointment.begins_at),
            select(*_looked_at(AppointmentFirstDay))
            .select_from(Appointment)
            .outerjoin(AppointmentFirstDay, col(AppointmentFirstDay.appointment_id) == col(Appointment.id))
            .where(*_came_back(scope, period, now)),
        ),
    ]
    found = [NO_FIRST_DAYS] * len(period.months())
    for at, query in ways:
        month = period.month_of(at).label("month")
        for *numbers, index in session.execute(query.add_columns(month).group_by(month)):
            found[index] += FirstDays(*numbers)
    return found


def old_uses(session: Session, scope: Scope, period: Period, now: datetime) -> int:
    """At how many apps, person by person, access was used after leaving that nothing recorded bears."""
    ways = [
        select(_old_uses(TransferFirstDay))
        .join(Transfer, col(Transfer.id) == col(TransferFirstDay.transfer_id))
        .where(*_arrived(scope.either(), period)),
        select(_old_uses(BulkMoveFirstDay))
        .join(BulkMoveMember, col(BulkMoveMember.id) == col(BulkMoveFirstDay.member_id))
        .join(BulkMove, col(BulkMove.id) == col(BulkMoveMember.bulk_move_id))
        .where(*_moved(scope.bulk_moves(), period)),
        select(_old_uses(LoanFirstDay))
        .join(Loan, col(Loan.id) == col(LoanFirstDay.loan_id))
        .where(*_lent(scope.loans(), period)),
        select(_old_uses(AppointmentFirstDay))
        .join(Appointment, col(Appointment.id) == col(AppointmentFirstDay.appointment_id))
        .where(*_came_back(scope, period, now)),
    ]
    return sum(int(session.execute(query).scalar_one()) for query in ways)


def first_pays(session: Session, scope: Scope, period: Period) -> list[tuple[int, int]]:
    """Month by month: the first pays that payroll looked at, and the wrong ones, by what it said first.

    Of those who joined by a transfer, or came back by an appointment.
    """
    said_at = col(Appointment.pay_said_at)
    queries = (
        _pays(period.month_of(col(PayCheck.at)), col(PayCheck.right))
        .join(Transfer, col(Transfer.id) == col(PayCheck.transfer_id))
        .where(said_first(), period.holds(col(PayCheck.at)), scope.importing()),
        _pays(period.month_of(said_at), col(Appointment.first_pay_right)).where(
            period.holds(said_at), scope.appointments()
        ),
    )
    found = [(0, 0)] * len(period.months())
    for query in queries:
        for index, number, wrong in session.execute(query):
            found[index] = (found[index][0] + number, found[index][1] + wrong)
    return found


def _pays(month: Any, right: Any) -> Any:
    labelled = month.label("month")
    return select(labelled, func.count(), _number(right.is_(False))).group_by(labelled)


def endings(session: Session, scope: Scope, period: Period) -> dict[TransferState, int]:
    """How many moves came to nothing in the period, by how they ended."""
    query = (
        select(col(TransferStep.to_state), func.count())
        .join(Transfer, col(Transfer.id) == col(TransferStep.transfer_id))
        .where(col(TransferStep.to_state).in_(ENDINGS), period.holds(col(TransferStep.at)), scope.either())
    )
    return grouped(session, query)


def _looked_at(day: type[FirstDayLook]) -> tuple[ColumnElement[Any], ...]:
    """The columns of ``FirstDays``, counted over those who came in one way."""
    tried = or_(col(day.tried_on).is_not(None), col(day.helped).is_(True))
    wrong = or_(col(day.refused) > 0, col(day.kept_out).is_(True), col(day.helped).is_(True))
    return (
        func.count(),
        func.count(col(day.looked_at)),
        _number(tried),
        _number(wrong),
        _number(col(day.refused) > 0),
        _number(col(day.kept_out).is_(True)),
        _number(col(day.helped).is_(True)),
    )


def _old_uses(day: type[FirstDayLook]) -> ColumnElement[int]:
    return func.coalesce(func.sum(col(day.old_uses)), 0)


def _moved(scope: ColumnElement[bool], period: Period) -> tuple[ColumnElement[bool], ...]:
    return col(BulkMoveMember.state).in_(MOVED), period.holds(col(BulkMove.starts_at)), scope


def _lent(scope: ColumnElement[bool], period: Period) -> tuple[ColumnElement[bool], ...]:
    return col(Loan.state).in_(BEGUN), period.holds(col(Loan.begins_at)), scope


def _came_back(scope: Scope, period: Period, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """No state says that an appointment has begun: it stays agreed."""
    begins_at = col(Appointment.begins_at)
    agreed = col(Appointment.state) == AppointmentState.AGREED
    return agreed, begins_at <= now, period.holds(begins_at), scope.appointments()


def _arrived(scope: ColumnElement[bool], period: Period) -> tuple[ColumnElement[bool], ...]:
    return col(Transfer.state).in_(ARRIVED), period.holds(col(Transfer.join_at)), scope


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
