"""Payroll says whether first pay, leave and pension are right after a bulk move, as after a transfer.

Of one person, of many in a file, or of all that are left. What is wrong is asked about again until it is
right.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, update
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import notices, pay_corrections, reading
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState
from profiles.bulk_moves.steps import audit, audit_people_ahead, claim, move_to
from profiles.columns import is_among
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.transfers.models import PayItem
from profiles.transfers.payroll import wrong_among

M = BulkMoveMember
OPEN = (MemberState.JOINED, MemberState.PAY_WRONG)
ALL_RIGHT = dict.fromkeys(PayItem, True)
NAMED_AT_MOST = 5
"""So many numbers of a file that are nobody's are named."""
_AT_ONCE = 500


@dataclass(frozen=True)
class Said:
    """What payroll says of one person, by the number that they have in the new organisation."""

    number: str
    right: Mapping[PayItem, bool]


def may_pay(move: BulkMove, permissions: Permissions) -> bool:
    """Whether somebody is in payroll of the new organisation."""
    return permissions.allows(Permission.CONFIRM_PAY, move.importing_organisation_id)


def wrong_of(member: BulkMoveMember) -> list[PayItem]:
    """What was wrong of somebody's when payroll looked last."""
    return [one for one in PayItem if one.value in member.wrong_items.split()]


def record_pay(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    member_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    right: Mapping[PayItem, bool],
) -> BulkMove:
    """Say of one person whether first pay, leave and pension are right. The last one completes the move.

    Raises NotFound, NotPermitted, Conflict, or Invalid naming the item that nothing is said about.
    """
    move = _for_payroll(session, move_id, permissions)
    member = reading.get_member(session, move, member_id)
    if member.person_id in {officer_id, *permissions.parties}:
        raise NotPermitted("You cannot confirm your own pay.")
    wrong_among(right)
    if pay_corrections.held_among(session, [member]):
        raise Conflict("The record of their start was corrected. Confirm first that you have taken that up.")
    claim(session, move)
    if _say(session, move, [member], right, officer_id, now) != 1:
        raise Conflict("Payroll has nothing to say of this person now.")
    _complete_when_all(session, move, officer_id, now)
    return move


def record_many(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    said: Sequence[Said],
) -> int:
    """Say it of many, by their numbers; all of it or nothing. Returns of how many.

    Raises NotFound, NotPermitted, Conflict, or Invalid naming ``numbers``: for a number that is nobody's who
    waits for it, that is there twice, or that is the officer's own.
    """
    move = _for_payroll(session, move_id, permissions)
    by_number = {one.number: one for one in said}
    if not said:
        raise Invalid("The file says nothing of anybody.", field="numbers")
    if len(by_number) != len(said):
        raise Invalid("A number stands in the file twice. Leave one line out.", field="numbers")
    members = _waiting(session, move, list(by_number))
    own = {officer_id, *permissions.parties}
    if any(one.person_id in own for one in members):
        raise Invalid("You cannot confirm your own pay. Leave your line out.", field="numbers")
    if unknown := sorted(by_number.keys() - {one.new_number for one in members}):
        raise Invalid(f"Nobody waits for payroll under these numbers: {_some(unknown)}.", field="numbers")
    held = pay_corrections.held_among(session, members)
    if numbers := sorted(one.new_number for one in members if one.id in held):
        raise Invalid(
            "The record of their start was corrected. Confirm first that you have taken that up, or leave "
            f"these lines out: {_some(numbers)}.",
            field="numbers",
        )
    claim(session, move)
    groups: dict[tuple[bool, ...], list[BulkMoveMember]] = {}
    for one in members:
        right = by_number[one.new_number].right
        groups.setdefault(tuple(right[item] for item in PayItem), []).append(one)
    for answers, some in groups.items():
        right = dict(zip(PayItem, answers, strict=True))
        for begin in range(0, len(some), _AT_ONCE):
            few = some[begin : begin + _AT_ONCE]
            if _say(session, move, few, right, officer_id, now) != len(few):
                raise Conflict("A colleague said something of one of them meanwhile. Send it again.")
    _complete_when_all(session, move, officer_id, now)
    return len(members)


def record_rest_right(
    session: Session, now: datetime, *, move_id: UUID, officer_id: UUID, permissions: Permissions
) -> BulkMove:
    """All is right of everybody of whom nothing was said, except of the officer.

    Those of whom something was wrong stay so until each is put right, and those of whom something is to be
    taken up wait for that. Raises NotFound, NotPermitted, or
    Conflict.
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
            ~pay_corrections.holds(col(M.id)),
        )
        .values(state=MemberState.PAID, first_pay_right=True, pay_said_at=now, pay_looked_at=now)
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


def _say(
    session: Session,
    move: BulkMove,
    members: Collection[BulkMoveMember],
    right: Mapping[PayItem, bool],
    officer_id: UUID,
    now: datetime,
) -> int:
    """Say the same of these people, of each of whom something is still to be said; of how many it was."""
    wrong = " ".join(item.value for item in wrong_among(right))
    first = right[PayItem.FIRST_PAY]
    changed = session.execute(
        update(M)
        .where(is_among(session, col(M.id), [one.id for one in members]), col(M.state).in_(OPEN))
        .values(
            state=MemberState.PAY_WRONG if wrong else MemberState.PAID,
            wrong_items=wrong,
            first_pay_right=case((col(M.pay_said_at).is_(None), first), else_=M.first_pay_right),
            pay_said_at=func.coalesce(col(M.pay_said_at), now),
            pay_looked_at=now,
        )
        .execution_options(synchronize_session="fetch")
    )
    event = Event.BULK_MOVE_PAY_WRONG if wrong else Event.BULK_MOVE_PAY_RIGHT
    people = [one.person_id for one in members]
    audit_people_ahead(session, event, move, people, officer_id, now).run(session)
    if wrong:
        notices.pay_wrong(session, move, people, now)
    return int(changed.rowcount)  # type: ignore[attr-defined]


def _some(numbers: Sequence[str]) -> str:
    more = f" and {len(numbers) - NAMED_AT_MOST:,} more" if len(numbers) > NAMED_AT_MOST else ""
    return ", ".join(numbers[:NAMED_AT_MOST]) + more


def _waiting(session: Session, move: BulkMove, numbers: Sequence[str]) -> list[BulkMoveMember]:
    found: list[BulkMoveMember] = []
    for begin in range(0, len(numbers), _AT_ONCE):
        query = select(M).where(
            col(M.bulk_move_id) == move.id,
            col(M.state).in_(OPEN),
            is_among(session, col(M.new_number), numbers[begin : begin + _AT_ONCE]),
        )
        found += session.exec(query.order_by(col(M.id))).all()
    return found


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
