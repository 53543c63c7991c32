"""Payroll says whether the first pays after a bulk move are right: of one person, or of all that are left."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, update
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import reading
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState
from profiles.bulk_moves.steps import audit, audit_person, claim, move_to
from profiles.errors import Conflict, NotPermitted
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions

M = BulkMoveMember
OPEN = (MemberState.JOINED, MemberState.PAY_WRONG)


def may_pay(move: BulkMove, permissions: Permissions) -> bool:
    """Whether somebody is in payroll of the new organisation."""
    return permissions.allows(Permission.CONFIRM_PAY, move.importing_organisation_id)


def record_pay(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    member_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    right: bool,
) -> BulkMove:
    """Say of one person whether the first pay is right. The last right one completes the move.

    Raises NotFound, NotPermitted, or Conflict.
    """
    move = _for_payroll(session, move_id, permissions)
    member = reading.get_member(session, move, member_id)
    if permissions.are_of(member.person_id) or officer_id == member.person_id:
        raise NotPermitted("You cannot confirm your own pay.")
    claim(session, move)
    changed = session.execute(
        update(M)
        .where(col(M.id) == member.id, col(M.state).in_(OPEN))
        .values(
            state=MemberState.PAID if right else MemberState.PAY_WRONG,
            first_pay_right=case((col(M.pay_said_at).is_(None), right), else_=M.first_pay_right),
            pay_said_at=func.coalesce(col(M.pay_said_at), now),
        )
        .execution_options(synchronize_session="fetch")
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Payroll has nothing to say of this person now.")
    event = Event.BULK_MOVE_PAY_RIGHT if right else Event.BULK_MOVE_PAY_WRONG
    audit_person(session, event, move, member.person_id, officer_id, now)
    _complete_when_all(session, move, officer_id, now)
    return move


def record_rest_right(
    session: Session, now: datetime, *, move_id: UUID, officer_id: UUID, permissions: Permissions
) -> BulkMove:
    """The first pay of everybody of whom nothing was said is right, except the officer's own.

    Those of whom it was wrong stay so until each is put right. Raises NotFound, NotPermitted, or Conflict.
    """
    move = _for_payroll(session, move_id, permissions)
    claim(session, move)
    own = {officer_id, *permissions.parties}
    said = session.execute(
        update(M)
        .where(
            col(M.bulk_move_id) == move.id,
            col(M.state) == MemberState.JOINED,
            col(M.person_id).not_in(own),
        )
        .values(state=MemberState.PAID, first_pay_right=True, pay_said_at=now)
        .execution_options(synchronize_session=False)
    )
    audit(
        session,
        Event.BULK_MOVE_PAY_RIGHT,
        move,
        officer_id,
        now,
        organisation_id=move.importing_organisation_id,
        people=said.rowcount,  # type: ignore[attr-defined]
    )
    _complete_when_all(session, move, officer_id, now)
    return move


def _for_payroll(session: Session, move_id: UUID, permissions: Permissions) -> BulkMove:
    move = reading.get_for(session, move_id, permissions)
    if not may_pay(move, permissions):
        raise NotPermitted("Payroll of the new department confirms first pays.")
    if move.state is not BulkMoveState.RECONCILING:
        raise Conflict("This bulk move does not wait for first pays now.")
    return move


def _complete_when_all(session: Session, move: BulkMove, officer_id: UUID, now: datetime) -> None:
    left = select(M.id).where(col(M.bulk_move_id) == move.id, col(M.state).in_(OPEN))
    if session.exec(left.limit(1)).first() is None:
        move_to(session, move, BulkMoveState.COMPLETED, now, officer_id)
        place = move.importing_organisation_id
        audit(session, Event.BULK_MOVE_COMPLETED, move, officer_id, now, organisation_id=place)
