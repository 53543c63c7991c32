"""What of bulk moves is late now and why: who is to act, or what keeps people from going along."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlmodel import Session, and_, col

from profiles.bulk_moves.models import (
    BulkMove,
    BulkMoveAgreement,
    BulkMoveMember,
    BulkMoveState,
    BulkMoveStep,
    MemberState,
    Reason,
)
from profiles.bulk_moves.policy import OPEN_TO_BOTH
from profiles.bulk_moves.states import WORKED_ON
from profiles.figures.scope import Scope
from profiles.loans.acting import ACT_WITHIN
from profiles.temporal import civil_date, start_of_day
from profiles.transfers.models import Side

M, S = BulkMoveMember, BulkMoveState
A_DAY = timedelta(days=1)
"""Within which the worker has done its part."""
NOT_READY = frozenset(
    {
        *(Reason.PLANNED, Reason.ON_LOAN, Reason.ON_BREAK, Reason.SUSPENDED, Reason.CLEARANCE),
        *(Reason.CONTESTED, Reason.SIGN_IN, Reason.RECORD_CHANGED),
    }
)
"""Why somebody is set apart where that can still be settled; the others leave, or move in another way."""


class BulkReason(StrEnum):
    """Why a bulk move is late."""

    OLD_AGREES = "bulk_old_agrees"
    NEW_AGREES = "bulk_new_agrees"
    DATE_PASSED = "bulk_date_passed"
    CONFIRM = "bulk_confirm"
    PEOPLE = "bulk_people"
    """People are not ready, and the start date is less than ``ACT_WITHIN`` away."""
    LANYARD = "bulk_lanyard"
    PAYROLL = "bulk_payroll"
    FIRST_DAY = "bulk_first_day"
    """Nobody has answered that somebody began on another day."""


@dataclass(frozen=True)
class LateBulkMove:
    """One reason for which one bulk move is late."""

    id: UUID
    state: BulkMoveState
    reason: BulkReason


def late_bulk_moves(session: Session, scope: Scope, now: datetime) -> list[LateBulkMove]:
    """Every bulk move that waits beyond its day, once for each reason.

    First pays are late once the month after that of the start date is over.
    """
    rows = session.execute(union_all(*_queries(scope, now))).all()
    return [
        LateBulkMove(move_id, BulkMoveState(state), BulkReason(reason)) for move_id, state, reason in rows
    ]


def _queries(scope: Scope, now: datetime) -> list[Select[Any, Any, Any]]:
    today, state, begins = civil_date(now), col(BulkMove.state), col(BulkMove.start_date)
    last_month = (today.replace(day=1) - A_DAY).replace(day=1)
    entered = func.coalesce(
        select(func.max(BulkMoveStep.at))
        .where(col(BulkMoveStep.bulk_move_id) == col(BulkMove.id))
        .scalar_subquery(),
        col(BulkMove.created_at),
    )
    before_today, too_long = entered < start_of_day(today), entered < start_of_day(today - ACT_WITHIN)
    drafted, passed = state == S.LIST_DRAFTED, and_(begins <= today, before_today)
    soon = and_(col(BulkMove.starts_at) > now, begins < today + ACT_WITHIN)
    worker = or_(
        and_(state.in_(tuple(WORKED_ON)), entered < now - A_DAY),
        and_(state == S.SCHEDULED, col(BulkMove.starts_at) < now - A_DAY),
    )
    which = {
        BulkReason.OLD_AGREES: and_(drafted, too_long, ~passed, ~_has_agreed(Side.EXPORTING)),
        BulkReason.NEW_AGREES: and_(drafted, too_long, ~passed, ~_has_agreed(Side.IMPORTING)),
        BulkReason.DATE_PASSED: and_(drafted, passed),
        BulkReason.CONFIRM: and_(state == S.VALIDATED, or_(too_long, passed)),
        BulkReason.PEOPLE: and_(
            state.in_((S.VALIDATED, S.SCHEDULING, S.SCHEDULED)), soon, _somebody_not_ready(scope)
        ),
        BulkReason.LANYARD: worker,
        BulkReason.PAYROLL: and_(state == S.RECONCILING, begins < last_month),
        BulkReason.FIRST_DAY: exists().where(
            col(M.bulk_move_id) == col(BulkMove.id), col(M.restart_due_on) < today
        ),
    }
    return [
        select(col(BulkMove.id), state, type_coerce(literal(reason.value), String()).label("reason")).where(
            scope.bulk_moves(), late
        )
        for reason, late in which.items()
    ]


def _has_agreed(side: Side) -> ColumnElement[bool]:
    return exists().where(
        col(BulkMoveAgreement.bulk_move_id) == col(BulkMove.id), col(BulkMoveAgreement.side) == side
    )


def _somebody_not_ready(scope: Scope) -> ColumnElement[bool]:
    """For a reason that the reader may know: the new department reads few of them."""
    told = or_(scope.bulk_exporting(), col(M.reason).in_(NOT_READY & OPEN_TO_BOTH))
    return exists().where(
        col(M.bulk_move_id) == col(BulkMove.id),
        col(M.state) == MemberState.SET_APART,
        col(M.reason).in_(NOT_READY),
        told,
    )
