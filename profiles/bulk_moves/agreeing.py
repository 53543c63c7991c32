"""Agreeing to a bulk move, refusing it, confirming what was found, and cancelling it before the day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import drafting, grades, notices, payroll_notices, policy, reading, taking_back
from profiles.bulk_moves.models import (
    BulkMove,
    BulkMoveAgreement,
    BulkMoveMember,
    BulkMoveState,
    MemberState,
)
from profiles.bulk_moves.steps import audit, claim, move_to
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.roles.parties import check_two_between
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date
from profiles.transfers.models import Side

LONGEST_REASON = 500


def agreements_of(session: Session, move_id: UUID) -> Sequence[BulkMoveAgreement]:
    """The agreements that a bulk move has."""
    query = select(BulkMoveAgreement).where(col(BulkMoveAgreement.bulk_move_id) == move_id)
    return session.exec(query.order_by(col(BulkMoveAgreement.id))).all()


def check_may_agree(
    session: Session, move: BulkMove, side: Side, officer_id: UUID, permissions: Permissions, now: datetime
) -> None:
    """Raise NotPermitted or Conflict unless the officer may agree for this side now.

    For the people of organisations below as well, whoever drafted the list: a role at one says nothing there.
    """
    policy.check_may_agree(
        move,
        side,
        permissions,
        agreements_of(session, move.id),
        is_on_the_list=has_any(session, move, {officer_id, *permissions.parties}),
    )
    approvers = [one.officer_id for one in agreements_of(session, move.id)]
    sides = [policy.organisation_of(move, one) for one in Side]
    check_two_between(session, officer_id, approvers, sides, now)
    if side is Side.EXPORTING and not (
        _places_on_the_list(session, move) <= permissions.organisations(Permission.APPROVE_TRANSFER)
    ):
        raise NotPermitted("You may not decide for all organisations whose people are on this list.")
    if move.state is not BulkMoveState.LIST_DRAFTED:
        raise Conflict("This list cannot be agreed to any more.")
    if _has_come(move, now):
        raise Conflict(
            "The start date of this list has come, so nobody can agree to it. Change the start date first: "
            "both departments then agree to the new one. Or refuse the list."
        )


def agree(
    session: Session, now: datetime, *, move_id: UUID, side: Side, officer_id: UUID, permissions: Permissions
) -> BulkMove:
    """Agree for one organisation; with the second agreement the worker looks at each person's record.

    Raises NotFound, NotPermitted, Conflict.
    """
    move = reading.get_for(session, move_id, permissions)
    check_may_agree(session, move, side, officer_id, permissions, now)
    claim(session, move)
    through = permissions.operators.get(policy.organisation_of(move, side), frozenset())
    session.add(
        BulkMoveAgreement(
            bulk_move_id=move.id,
            side=side,
            officer_id=officer_id,
            operator_id=min(through, default=None),
            agreed_at=now,
        )
    )
    session.flush()
    place = policy.organisation_of(move, side)
    audit(session, Event.BULK_MOVE_AGREED, move, officer_id, now, organisation_id=place)
    if {one.side for one in agreements_of(session, move.id)} == set(Side):
        # The agreement is to the rule, so that whoever came since the list was drafted moves with the others.
        drafting.add_members(session, move, drafting.newcomers(session, move, now))
        move_to(session, move, BulkMoveState.BOTH_AGREED, now, officer_id)
    return move


def refuse(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    side: Side,
    officer_id: UUID,
    permissions: Permissions,
    reason: str,
) -> BulkMove:
    """End a list that is not agreed. Raises NotFound, NotPermitted, InvalidTransition, or Invalid."""
    move = reading.get_for(session, move_id, permissions)
    policy.check_may_decide(move, side, permissions)
    words = checked(reason)
    move_to(session, move, BulkMoveState.REFUSED, now, officer_id, reason=words)
    let_all_go(session, move)
    place = policy.organisation_of(move, side)
    audit(session, Event.BULK_MOVE_ENDED, move, officer_id, now, organisation_id=place)
    notices.ended(session, move, now)
    return move


def confirm(
    session: Session, now: datetime, *, move_id: UUID, officer_id: UUID, permissions: Permissions
) -> BulkMove:
    """Let the worker record the move of everybody who is ready. Raises NotFound, NotPermitted, Conflict.

    Whoever was picked for the list does not confirm their own move.
    """
    move = reading.get_for(session, move_id, permissions)
    if not policy.sides_deciding(move, permissions):
        raise NotPermitted("You may not decide on bulk moves for that organisation.")
    if not move.is_of_all and has_any(session, move, {officer_id, *permissions.parties}):
        raise NotPermitted("You are on this list, so somebody else must confirm it.")
    if _has_come(move, now):
        raise Conflict("The start date has come, so nobody can be moved by this list. Draft another one.")
    if not reading.counts_of(session, move.id).get(MemberState.READY):
        raise Conflict("Nobody on the list is ready to move.")
    move_to(session, move, BulkMoveState.SCHEDULING, now, officer_id)
    move.confirmed_by = officer_id
    session.add(move)
    session.flush()
    grades.carry_labels(session, move, now)
    audit(session, Event.BULK_MOVE_CONFIRMED, move, officer_id, now)
    return move


def cancel(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    reason: str,
    not_within: timedelta = taking_back.NOT_WITHIN,
) -> BulkMove:
    """Take a move back before the day; what is recorded of many the worker retracts, person by person.

    Raises NotFound, NotPermitted, Invalid, InvalidTransition, or Conflict from the start date on, and
    ``not_within`` so long before it where many are recorded.
    """
    move = reading.get_for(session, move_id, permissions)
    if not policy.sides_deciding(move, permissions):
        raise NotPermitted("You may not decide on bulk moves for that organisation.")
    words = checked(reason)
    if not may_be_cancelled(move, now):
        raise Conflict("The start date has come: what is recorded can be cancelled before it only.")
    taking_back.check_in_time(session, move, now, not_within)
    listed = move.state is BulkMoveState.LIST_DRAFTED
    payroll_was_told = move.state is BulkMoveState.SCHEDULED
    following = BulkMoveState.CANCELLED if listed else BulkMoveState.CANCELLING
    move_to(session, move, following, now, officer_id, reason=words)
    if listed:
        let_all_go(session, move)
    elif few := taking_back.few_recorded(session, move):
        recording = taking_back.recording_of(session, move, now, officer_id)
        people = {one.id: one.person_id for one in few}
        taking_back.cancel(session, move, MemberState.SCHEDULED, people, recording, now)
    audit(session, Event.BULK_MOVE_ENDED, move, officer_id, now)
    notices.ended(session, move, now)
    if payroll_was_told:
        payroll_notices.nobody_comes(session, move, now)
    return move


def may_be_cancelled(move: BulkMove, now: datetime) -> bool:
    """Before the day, and of a move of which nothing is recorded also later."""
    return move.starts_at > now or move.state not in (BulkMoveState.SCHEDULING, BulkMoveState.SCHEDULED)


def look_again(
    session: Session, now: datetime, *, move_id: UUID, officer_id: UUID, permissions: Permissions
) -> BulkMove:
    """Let the worker look at once at everybody who is set apart. Raises NotFound, NotPermitted, Conflict."""
    move = reading.get_for(session, move_id, permissions)
    if not policy.sides_deciding(move, permissions):
        raise NotPermitted("You may not decide on bulk moves for that organisation.")
    if move.state not in (BulkMoveState.VALIDATED, BulkMoveState.SCHEDULED) or move.starts_at <= now:
        raise Conflict("Nobody can be looked at again now.")
    claim(session, move)  # so that a look under way knows of it, and another follows
    move.looked_at = None
    session.add(move)
    session.flush()
    audit(session, Event.BULK_MOVE_LOOKED_AGAIN, move, officer_id, now)
    return move


def _has_come(move: BulkMove, now: datetime) -> bool:
    return move.start_date <= civil_date(now)


def checked(reason: str) -> str:
    """The reason as it is kept. Raises Invalid without one, and for one that is too long."""
    words = reason.strip()
    if not words:
        raise Invalid("Say why.", field="reason")
    if len(words) > LONGEST_REASON:
        raise Invalid(f"Use {LONGEST_REASON} characters or fewer.", field="reason")
    return words


def has_any(session: Session, move: BulkMove, people: set[UUID]) -> bool:
    """Whether one of these people is on the list."""
    query = select(BulkMoveMember.id).where(
        col(BulkMoveMember.bulk_move_id) == move.id, col(BulkMoveMember.person_id).in_(people)
    )
    return session.exec(query.limit(1)).first() is not None


def _places_on_the_list(session: Session, move: BulkMove) -> set[UUID]:
    listed = select(BulkMoveMember.organisation_id).where(col(BulkMoveMember.bulk_move_id) == move.id)
    return set(session.exec(listed.distinct()))


def let_all_go(session: Session, move: BulkMove) -> None:
    """A list of which nothing is recorded ends at once."""
    session.execute(
        update(BulkMoveMember)
        .where(col(BulkMoveMember.bulk_move_id) == move.id)
        .values(state=MemberState.CANCELLED, in_flight=False)
        .execution_options(synchronize_session=False)
    )
