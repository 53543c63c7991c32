"""What bulk moves come to: on their way and late, who does not go along, whom they moved, first pays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlmodel import Session, and_, col

from profiles.bulk_moves.models import (
    MOVED,
    BulkMove,
    BulkMoveMember,
    BulkMoveState,
    BulkMoveStep,
    MemberState,
    Reason,
)
from profiles.bulk_moves.policy import OPEN_TO_BOTH
from profiles.bulk_moves.states import ENDED
from profiles.figures.bulk_durations import BulkStage, bulk_durations
from profiles.figures.counts import Count, Discretion, Share
from profiles.figures.grouped import grouped
from profiles.figures.late import Late, told_late
from profiles.figures.late_bulk_moves import BulkReason, late_bulk_moves
from profiles.figures.scope import Period, Scope
from profiles.figures.timing import Duration

ON_THE_WAY = tuple(one for one in BulkMoveState if one not in ENDED)
ENDINGS = (BulkMoveState.REFUSED, BulkMoveState.CANCELLED)
_NOT_ALONG = (MemberState.SET_APART, MemberState.CANCELLED)
M = BulkMoveMember


@dataclass(frozen=True)
class BulkFigures:
    """Of bulk moves: by state and late now, why people are set apart now, and what the period came to.

    ``moves`` are those whose start date lies in the period and has come; ``joined`` and ``left`` the people
    whom they moved, ``apart`` those on their lists whom they did not.
    """

    on_the_way: Mapping[BulkMoveState, Count]
    people: Mapping[BulkMoveState, Count]
    late: Late[BulkMoveState, BulkReason]
    set_apart: Mapping[Reason, Count]
    moves: Count
    joined: Count
    left: Count
    apart: Count
    wrong_pay: Share | None
    endings: Mapping[BulkMoveState, Count]
    durations: Mapping[BulkStage, Duration]


def bulk_figures(
    session: Session, scope: Scope, period: Period, told: Discretion, now: datetime
) -> BulkFigures:
    """All of it, told as exactly as the reader may know."""
    standing = by_state(session, scope)
    moves, joined, left, apart = moved(session, scope, period)
    looked_at, wrong = first_pays(session, scope, period)
    return BulkFigures(
        on_the_way={state: told.count(number) for state, (number, _people) in standing.items()},
        people={state: told.count(people) for state, (_number, people) in standing.items()},
        late=told_late(late_bulk_moves(session, scope, now), BulkReason, told),
        set_apart={one: told.count(number) for one, number in set_apart(session, scope).items()},
        moves=told.count(moves),
        joined=told.count(joined),
        left=told.count(left),
        apart=told.count(apart),
        wrong_pay=told.share(wrong, looked_at),
        endings={state: told.count(one) for state, one in endings(session, scope, period).items()},
        durations=bulk_durations(session, scope, period, told),
    )


def by_state(session: Session, scope: Scope) -> dict[BulkMoveState, tuple[int, int]]:
    """How many bulk moves are in each state now, and how many people go along with them."""
    along = and_(col(M.bulk_move_id) == col(BulkMove.id), col(M.state).not_in(_NOT_ALONG))
    query = (
        select(col(BulkMove.state), func.count(col(BulkMove.id).distinct()), func.count(col(M.id)))
        .select_from(BulkMove)
        .outerjoin(M, along)
        .where(col(BulkMove.state).in_(ON_THE_WAY), scope.bulk_moves())
        .group_by(col(BulkMove.state))
    )
    found = {state: (moves, people) for state, moves, people in session.execute(query)}
    return {state: found[state] for state in ON_THE_WAY if state in found}


def set_apart(session: Session, scope: Scope) -> dict[Reason, int]:
    """Why how many people on lists that are on their way do not go along.

    What only the department that they leave may read of it is counted for that one alone.
    """
    query = (
        select(col(M.reason), func.count())
        .join(BulkMove, col(BulkMove.id) == col(M.bulk_move_id))
        .where(
            col(M.state) == MemberState.SET_APART,
            col(BulkMove.state).in_(ON_THE_WAY),
            scope.bulk_moves(),
            or_(scope.bulk_exporting(), col(M.reason).in_(OPEN_TO_BOTH)),
        )
    )
    found = grouped(session, query)
    return {one: found[one] for one in Reason if one in found}


def moved(session: Session, scope: Scope, period: Period) -> tuple[int, int, int, int]:
    """Of the bulk moves of the period: how many, who joined by them, who left, and who was set apart."""
    came = and_(
        period.holds(col(BulkMove.starts_at)),
        col(BulkMove.state).in_((BulkMoveState.JOINED, BulkMoveState.RECONCILING, BulkMoveState.COMPLETED)),
    )
    went = col(M.state).in_(MOVED)
    query = (
        select(
            func.count(col(BulkMove.id).distinct()),
            _number(and_(went, scope.bulk_importing())),
            _number(and_(went, scope.bulk_exporting())),
            _number(col(M.state) == MemberState.SET_APART),
        )
        .select_from(BulkMove)
        .outerjoin(M, col(M.bulk_move_id) == col(BulkMove.id))
        .where(came, scope.bulk_moves())
    )
    moves, joined, left, apart = session.execute(query).one()
    return moves, joined, left, apart


def first_pays(session: Session, scope: Scope, period: Period) -> tuple[int, int]:
    """The first pays of which payroll first said something in the period, and the wrong ones of them."""
    query = (
        select(func.count(), _number(col(M.first_pay_right).is_(False)))
        .select_from(M)
        .join(BulkMove, col(BulkMove.id) == col(M.bulk_move_id))
        .where(period.holds(col(M.pay_said_at)), scope.bulk_importing())
    )
    looked_at, wrong = session.execute(query).one()
    return looked_at, wrong


def endings(session: Session, scope: Scope, period: Period) -> dict[BulkMoveState, int]:
    """How many bulk moves came to nothing in the period, by how."""
    query = (
        select(col(BulkMoveStep.to_state), func.count())
        .join(BulkMove, col(BulkMove.id) == col(BulkMoveStep.bulk_move_id))
        .where(
            col(BulkMoveStep.to_state).in_(ENDINGS),
            period.holds(col(BulkMoveStep.at)),
            scope.bulk_moves(),
        )
    )
    return grouped(session, query)


def _number(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
