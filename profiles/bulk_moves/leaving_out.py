"""An officer leaves somebody out of a bulk move; once their move is recorded a second officer decides.

Whoever is left out stays where they are, and an ordinary transfer can move them.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from profiles.audit.catalogue import Event
from profiles.bulk_moves import notices, payroll_notices, policy, reading
from profiles.bulk_moves.agreeing import checked
from profiles.bulk_moves.looking import NOTHING_TAKEN_UP
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState, Reason
from profiles.bulk_moves.steps import audit_person
from profiles.bulk_moves.taking_back import recording_of
from profiles.errors import Conflict, NotPermitted
from profiles.roles.parties import are_one_between
from profiles.roles.service import Permissions
from profiles.transfers.models import Side

OPEN = (BulkMoveState.LIST_DRAFTED, BulkMoveState.VALIDATED, BulkMoveState.SCHEDULED)
"""Where the worker is not in the middle of it."""
_NOT_RECORDED = (MemberState.LISTED, MemberState.READY, MemberState.SET_APART)


def may_be_left_out(move: BulkMove, member: BulkMoveMember, now: datetime) -> bool:
    """Whether an officer can leave somebody out now, or ask for it."""
    waits = move.state is not BulkMoveState.SCHEDULED or move.starts_at > now
    can = member.state in _NOT_RECORDED or (
        member.state is MemberState.SCHEDULED and member.leaving_out_by is None
    )
    return waits and can and move.state in OPEN and member.reason is not Reason.EXCLUDED


def waits_for_second(move: BulkMove, member: BulkMoveMember, now: datetime) -> bool:
    """Whether somebody has asked that this person be left out, and nobody has decided."""
    recorded = move.state is BulkMoveState.SCHEDULED and member.state is MemberState.SCHEDULED
    return recorded and move.starts_at > now and member.leaving_out_by is not None


def is_to_be_left_out(move: BulkMove, member: BulkMoveMember, now: datetime) -> bool:
    """The same, or that they are left out as was asked because the start date is being changed."""
    redating = move.state is BulkMoveState.REDATING and member.state is MemberState.SCHEDULED
    return waits_for_second(move, member, now) or (redating and member.leaving_out_by is not None)


def who_asked(move: BulkMove, member: BulkMoveMember, now: datetime) -> UUID:
    """Who has asked a second officer that this person be left out. Raises Conflict where nobody waits."""
    if member.leaving_out_by is not None and waits_for_second(move, member, now):
        return member.leaving_out_by
    if is_to_be_left_out(move, member, now):
        raise Conflict("The start date is being changed, so they are left out as was asked.")
    raise Conflict("Nothing waits for a second officer here.")


def leave_out(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    member_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    words: str,
    alone_up_to: int,
) -> BulkMoveMember:
    """Set one person apart; where their move is recorded, ask a second officer for it.

    An officer who may change the access of one person alone, by ``alone_up_to``, does so here as well.
    Raises NotFound, NotPermitted, Conflict, or Invalid without a reason.
    """
    move, member = _theirs(session, move_id, member_id, officer_id, permissions)
    said = checked(words)
    if move.state not in OPEN or (move.state is BulkMoveState.SCHEDULED and move.starts_at <= now):
        raise Conflict("Nobody can be left out now.")
    if member.state is MemberState.SCHEDULED and alone_up_to < 1:
        _change(
            session,
            member,
            (MemberState.SCHEDULED,),
            col(BulkMoveMember.leaving_out_by).is_(None),
            leaving_out_by=officer_id,
            leaving_out_words=said,
        )
        event = Event.BULK_MOVE_LEAVING_OUT_ASKED
        audit_person(session, event, move, member.person_id, officer_id, now)
        notices.leaving_out_waits(session, move, now, but=officer_id)
        return member
    recorded = member.state is MemberState.SCHEDULED
    states = (MemberState.SCHEDULED,) if recorded else _NOT_RECORDED
    _set_apart(session, move, member, states, officer_id, said, now)
    return member


def decide(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    member_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    leaves_out: bool,
) -> BulkMoveMember:
    """A second officer, of either side, leaves somebody out as was asked, or lets them move after all.

    Whoever asked may take it back, and nothing else. Raises NotFound, NotPermitted, or Conflict.
    """
    move, member = _theirs(session, move_id, member_id, officer_id, permissions)
    who_asked(move, member, now)
    if leaves_out and permissions.are_of(member.leaving_out_by):
        raise NotPermitted("You asked for this, so somebody else must decide.")
    if leaves_out and is_of_one_service(session, move, member, officer_id, now):
        raise NotPermitted(
            "Your shared service asked for this, and acts for both organisations, so an officer outside it "
            "must decide."
        )
    asked = col(BulkMoveMember.leaving_out_by) == member.leaving_out_by
    if leaves_out:
        states = (MemberState.SCHEDULED,)
        _set_apart(session, move, member, states, officer_id, member.leaving_out_words, now, asked)
        return member
    _change(session, member, (MemberState.SCHEDULED,), asked, leaving_out_by=None, leaving_out_words="")
    event = Event.BULK_MOVE_LEAVING_OUT_REFUSED
    audit_person(session, event, move, member.person_id, officer_id, now)
    return member


def leave_out_as_asked(session: Session, move: BulkMove, member_id: UUID, now: datetime) -> None:
    """Leave somebody out whose recorded move is taken back anyway: no second officer is needed for that.

    Raises Conflict when somebody was faster.
    """
    member = reading.get_member(session, move, member_id)
    by, words = member.leaving_out_by, member.leaving_out_words
    asked = col(BulkMoveMember.leaving_out_by) == by
    _set_apart(session, move, member, (MemberState.SCHEDULED,), by, words, now, asked)


def is_of_one_service(
    session: Session, move: BulkMove, member: BulkMoveMember, officer_id: UUID, now: datetime
) -> bool:
    """Whether an officer and who asked act through one shared service of both sides, which is one party."""
    sides = [policy.organisation_of(move, side) for side in Side]
    return are_one_between(session, officer_id, member.leaving_out_by, sides, now)


def _theirs(
    session: Session, move_id: UUID, member_id: UUID, officer_id: UUID, permissions: Permissions
) -> tuple[BulkMove, BulkMoveMember]:
    move = reading.get_for(session, move_id, permissions)
    if not policy.sides_deciding(move, permissions):
        raise NotPermitted("You may not decide on bulk moves for that organisation.")
    member = reading.get_member(session, move, member_id)
    if member.person_id == officer_id or permissions.are_of(member.person_id):
        raise NotPermitted("A colleague must decide on your own move.")
    return move, member


def _set_apart(
    session: Session,
    move: BulkMove,
    member: BulkMoveMember,
    states: tuple[MemberState, ...],
    officer_id: UUID | None,
    words: str,
    now: datetime,
    *conditions: Any,
) -> None:
    was_recorded = member.state is MemberState.SCHEDULED
    if was_recorded and move.state is not BulkMoveState.REDATING:
        payroll_notices.some_stay(session, move, [member.id], now)
    _change(
        session,
        member,
        states,
        *conditions,
        state=MemberState.SET_APART,
        reason=Reason.EXCLUDED,
        words=words,
        in_flight=False,
        leaving_out_by=None,
        leaving_out_words="",
        **NOTHING_TAKEN_UP,
    )
    if was_recorded:
        recording_of(session, move, now, officer_id).take_back([member.person_id])
        notices.taken_back(session, move, [member.person_id], now)
    event = Event.BULK_MOVE_PERSON_SET_APART
    audit_person(session, event, move, member.person_id, officer_id, now)


def _change(
    session: Session, member: BulkMoveMember, states: tuple[MemberState, ...], *conditions: Any, **values: Any
) -> None:
    """Change a member once. Raises Conflict when somebody, or the worker, was faster."""
    changed = session.execute(
        update(BulkMoveMember)
        .where(col(BulkMoveMember.id) == member.id, col(BulkMoveMember.state).in_(states), *conditions)
        .values(**values)
        .execution_options(synchronize_session="fetch")
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody else changed this meanwhile. Look at it again.")
