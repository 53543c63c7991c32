"""Reads bulk moves and the people on their lists, page by page, for those who may see them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session, col, or_, select

from profiles.bulk_moves import policy
from profiles.bulk_moves.models import (
    BulkMove,
    BulkMoveMember,
    BulkMoveState,
    BulkMoveStep,
    MemberState,
    Reason,
)
from profiles.bulk_moves.steps import get
from profiles.errors import NotFound
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions


def get_for(session: Session, move_id: UUID, permissions: Permissions) -> BulkMove:
    """The bulk move, for HR of its two organisations and payroll of the new one. Raises NotFound."""
    move = get(session, move_id)
    policy.check_may_see(move, permissions)
    return move


def list_for(
    session: Session, permissions: Permissions, after: UUID | None, limit: int
) -> Sequence[BulkMove]:
    """The bulk moves out of and into the organisations that somebody acts for, newest first."""
    mine = permissions.organisations(Permission.SEE_TRANSFERS)
    paid = permissions.organisations(Permission.CONFIRM_PAY)
    query = select(BulkMove).where(
        or_(
            col(BulkMove.exporting_organisation_id).in_(mine),
            col(BulkMove.importing_organisation_id).in_(mine | paid),
        )
    )
    if after is not None:
        query = query.where(col(BulkMove.id) < after)
    return session.exec(query.order_by(col(BulkMove.id).desc()).limit(limit)).all()


def of_person(session: Session, person_id: UUID) -> Sequence[tuple[BulkMove, BulkMoveMember]]:
    """The bulk moves that a person is in and that are recorded, or may be, newest first."""
    seen = (
        MemberState.READY,
        MemberState.SCHEDULED,
        MemberState.LEFT,
        MemberState.JOINED,
        MemberState.PAID,
        MemberState.PAY_WRONG,
    )
    query = (
        select(BulkMove, BulkMoveMember)
        .join(BulkMoveMember, col(BulkMoveMember.bulk_move_id) == col(BulkMove.id))
        .where(col(BulkMoveMember.person_id) == person_id, col(BulkMoveMember.state).in_(seen))
    )
    return session.exec(query.order_by(col(BulkMove.id).desc())).all()


def history_of(session: Session, move_id: UUID) -> Sequence[BulkMoveStep]:
    """Every change of state, oldest first."""
    query = select(BulkMoveStep).where(col(BulkMoveStep.bulk_move_id) == move_id)
    return session.exec(query.order_by(col(BulkMoveStep.id))).all()


def counts_of(session: Session, move_id: UUID) -> dict[MemberState, int]:
    """How many people of a list have come how far."""
    query = (
        select(BulkMoveMember.state, func.count())
        .where(col(BulkMoveMember.bulk_move_id) == move_id)
        .group_by(col(BulkMoveMember.state))
    )
    return {MemberState(state): number for state, number in session.exec(query)}


def reasons_of(session: Session, move_id: UUID) -> dict[Reason, int]:
    """Why how many are set apart."""
    query = (
        select(BulkMoveMember.reason, func.count())
        .where(
            col(BulkMoveMember.bulk_move_id) == move_id,
            col(BulkMoveMember.state) == MemberState.SET_APART,
        )
        .group_by(col(BulkMoveMember.reason))
    )
    return {Reason(reason): number for reason, number in session.exec(query) if reason is not None}


def members_of(
    session: Session,
    move_id: UUID,
    *,
    states: Sequence[MemberState] = (),
    reasons: Collection[Reason] = (),
    found_by: ColumnElement[bool] | None = None,
    leaving_out: bool = False,
    restarting: bool = False,
    after: UUID | None = None,
    limit: int,
) -> Sequence[BulkMoveMember]:
    """The people of a list in its order, behind the one named by ``after``.

    ``reasons`` are of those who are set apart; ``found_by`` is what a search asks for (``searching``).
    """
    query = select(BulkMoveMember).where(col(BulkMoveMember.bulk_move_id) == move_id)
    if states:
        query = query.where(col(BulkMoveMember.state).in_(states))
    if leaving_out:
        query = query.where(_is_to_be_left_out())
    if restarting:
        query = query.where(col(BulkMoveMember.restart_on).is_not(None))
    if reasons:
        query = query.where(
            col(BulkMoveMember.state) == MemberState.SET_APART, col(BulkMoveMember.reason).in_(reasons)
        )
    if found_by is not None:
        query = query.where(found_by)
    if after is not None:
        query = query.where(col(BulkMoveMember.id) > after)
    return session.exec(query.order_by(col(BulkMoveMember.id)).limit(limit)).all()


def count_to_be_left_out(session: Session, move_id: UUID) -> int:
    """Of how many a second officer is asked whether they are left out."""
    query = select(func.count()).where(col(BulkMoveMember.bulk_move_id) == move_id, _is_to_be_left_out())
    return session.exec(query).one()


def get_member(session: Session, move: BulkMove, member_id: UUID) -> BulkMoveMember:
    """Somebody on the list of this move. Raises NotFound."""
    query = select(BulkMoveMember).where(
        col(BulkMoveMember.id) == member_id, col(BulkMoveMember.bulk_move_id) == move.id
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound("There is no such person on this list.")
    return found


def progress_of(session: Session, move: BulkMove) -> tuple[int, int]:
    """How many people the worker has dealt with in this state of the move, and how many there are."""
    counts = counts_of(session, move.id)
    total = sum(counts.values())
    if move.state is BulkMoveState.BOTH_AGREED:
        return total - counts.get(MemberState.LISTED, 0), total
    if move.state is BulkMoveState.SCHEDULING:
        done = counts.get(MemberState.SCHEDULED, 0)
        return done, done + counts.get(MemberState.READY, 0)
    if move.state is BulkMoveState.REDATING:
        return total - counts.get(MemberState.SCHEDULED, 0), total
    if move.state is BulkMoveState.CANCELLING:
        return counts.get(MemberState.CANCELLED, 0), total
    moving = sum(counts.get(one, 0) for one in (MemberState.SCHEDULED, MemberState.LEFT, MemberState.JOINED))
    return counts.get(MemberState.JOINED, 0), moving


def _is_to_be_left_out() -> ColumnElement[bool]:
    return and_(
        col(BulkMoveMember.state) == MemberState.SCHEDULED, col(BulkMoveMember.leaving_out_by).is_not(None)
    )
