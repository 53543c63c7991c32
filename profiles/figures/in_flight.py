"""What is on its way now, and what of it is late and why. A move may be late for several reasons."""

from collections import Counter
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, String, exists, func, literal, or_, select, type_coerce, union
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col

from profiles.figures.grouped import grouped
from profiles.figures.scope import Scope
from profiles.loans import states as loan_states
from profiles.loans.models import Loan, LoanState
from profiles.temporal import civil_date
from profiles.transfers.models import (
    Side,
    TaskKind,
    Transfer,
    TransferApproval,
    TransferInterruption,
    TransferState,
    TransferTask,
)
from profiles.transfers.tasks import AFTERWARDS, AT_APPROVAL

ON_THE_WAY = (
    TransferState.IN_PROGRESS,
    TransferState.ON_HOLD,
    TransferState.BLOCKED,
    TransferState.SCHEDULED,
    TransferState.LEFT,
    TransferState.RECONCILING,
)
"""From the offer until the first pay is confirmed; what lasts no moment is left out."""
LENT = tuple(one for one in LoanState if one not in loan_states.ENDED)


class Why(StrEnum):
    """Why a move is late, beside its tasks."""

    APPROVAL = "approval"
    DATES_PASSED = "dates_passed"
    HOLD = "hold"
    BLOCKED = "blocked"


Reason = Why | TaskKind


def moves_by_state(session: Session, scope: Scope) -> dict[TransferState, int]:
    """How many moves are in each state now."""
    query = select(col(Transfer.state), func.count()).where(
        col(Transfer.state).in_(ON_THE_WAY), scope.either()
    )
    return grouped(session, query)


def late_moves(session: Session, scope: Scope, now: datetime) -> tuple[dict[Reason, int], int]:
    """How many moves are late for each reason, and how many are late at all."""
    late = session.execute(union(*_late(scope, civil_date(now)))).all()
    by_reason = Counter(_reason(name) for _id, name in late)
    return dict(by_reason), len({move_id for move_id, _name in late})


def loans_by_state(session: Session, scope: Scope) -> dict[LoanState, int]:
    """How many loans are in each state now."""
    query = select(col(Loan.state), func.count()).where(col(Loan.state).in_(LENT), scope.loans())
    return grouped(session, query)


def _late(scope: Scope, today: date) -> list[Select[Any, Any]]:
    """What ``transfers.waiting`` finds late, asked of all moves at once: ids, each with its reason."""
    backdated = col(Transfer.dates_offered_on) > col(Transfer.start_date)
    going = and_(
        col(Transfer.state) == TransferState.IN_PROGRESS,
        or_(col(Transfer.start_date) >= today, backdated),
    )
    open_task = and_(col(TransferTask.transfer_id) == col(Transfer.id), col(TransferTask.done_at).is_(None))
    released = aliased(TransferTask)
    waits_for_release = exists().where(
        col(released.transfer_id) == col(Transfer.id),
        col(released.kind) == TaskKind.CLEARANCE,
        col(released.done_at).is_(None),
    )
    before = and_(
        going,
        col(TransferTask.kind).not_in(AT_APPROVAL | AFTERWARDS),
        col(TransferTask.due_on) < today,
        or_(col(TransferTask.kind) != TaskKind.CLEARANCE_READY, ~waits_for_release),
    )
    unnamed = and_(col(TransferTask.kind) == TaskKind.FIRST_DAY, col(TransferTask.owner_id).is_(None))
    first_day = and_(
        going,
        col(TransferTask.kind) == TaskKind.FIRST_DAY,
        or_(col(TransferTask.due_on) < today, and_(unnamed, col(Transfer.last_day) < today)),
    )
    agreed = and_(
        col(Transfer.state).in_((TransferState.SCHEDULED, TransferState.LEFT)),
        col(TransferTask.kind).in_((TaskKind.FIRST_DAY, TaskKind.PAYROLL_DETAILS)),
        col(TransferTask.due_on) < today,
    )
    paid = and_(
        col(Transfer.state) == TransferState.RECONCILING,
        col(TransferTask.kind).in_((TaskKind.PAYROLL_DETAILS, TaskKind.FIRST_PAY)),
        col(TransferTask.due_on) < today,
    )
    tasks = (
        _select(col(TransferTask.kind), scope)
        .join(TransferTask, open_task)
        .where(or_(before, first_day, agreed, paid))
    )
    something_open = exists().where(
        open_task, or_(col(TransferTask.kind).not_in(AT_APPROVAL | AFTERWARDS), unnamed)
    )
    agreed_by_one = select(func.count()).where(col(TransferApproval.transfer_id) == col(Transfer.id))
    approvals = _select(literal(Why.APPROVAL.value), scope).where(
        going,
        col(Transfer.last_day) < today,
        col(Transfer.dates_offered_on) < today,
        ~something_open,
        agreed_by_one.scalar_subquery() < len(Side),
    )
    passed = _select(literal(Why.DATES_PASSED.value), scope).where(
        col(Transfer.state) == TransferState.IN_PROGRESS, col(Transfer.start_date) < today, ~backdated
    )
    stopped = and_(
        col(TransferInterruption.transfer_id) == col(Transfer.id),
        col(TransferInterruption.ended_at).is_(None),
    )
    # When a hold is looked at again, its own side alone may know.
    held = (
        _select(literal(Why.HOLD.value), scope)
        .join(TransferInterruption, stopped)
        .where(
            col(TransferInterruption.review_on) < today,
            or_(
                and_(col(TransferInterruption.side) == Side.EXPORTING, scope.exporting()),
                and_(col(TransferInterruption.side) == Side.IMPORTING, scope.importing()),
            ),
        )
    )
    blocked = _select(literal(Why.BLOCKED.value), scope).where(
        col(Transfer.state) == TransferState.BLOCKED, col(Transfer.last_day) < today
    )
    return [tasks, approvals, passed, held, blocked]


def _select(reason: Any, scope: Scope) -> Select[Any, Any]:
    # As plain text, so that kinds of tasks and other reasons make one column.
    text = type_coerce(reason, String()).label("reason")
    return select(col(Transfer.id).label("id"), text).select_from(Transfer).where(scope.either())


def _reason(name: str) -> Reason:
    return TaskKind(name) if name in list(TaskKind) else Why(name)
