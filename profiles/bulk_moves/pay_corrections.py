"""What was corrected of the first day of people who came by a bulk move, as after a transfer of one.

One list for each side of a move, and one mail when it begins: payroll takes it up person by person, or all
that it has seen at once. Until then it does not say of somebody that their first pay is right.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, and_, col, exists, func, or_, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import notices, policy
from profiles.bulk_moves.models import MOVED, BulkMove, BulkMoveMember, BulkMovePayCorrection, MemberState
from profiles.bulk_moves.steps import audit_people_ahead, get
from profiles.columns import is_among
from profiles.errors import Conflict, NotFound
from profiles.people.service import take_turns
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.transfers.first_day import FirstDay, first_days_of
from profiles.transfers.models import Side

M = BulkMoveMember
C = BulkMovePayCorrection
IS_OPEN = col(C.taken_up_at).is_(None)


@dataclass(frozen=True)
class Corrected:
    """Of one person, for one side: what payroll was told before, and what is right."""

    correction: BulkMovePayCorrection
    member: BulkMoveMember
    before: FirstDay
    after: FirstDay

    @property
    def came_after_first_pay(self) -> bool:
        """Whether payroll had confirmed already what it has to look at anew."""
        return self.correction.side is Side.IMPORTING and self.member.state is MemberState.PAID


@dataclass(frozen=True)
class Waiting:
    """That payroll of one side of a move is to take up what was corrected of so many people."""

    move: BulkMove
    side: Side
    people: int
    since: datetime


def look_at_people(session: Session, person_ids: Collection[UUID], now: datetime) -> None:
    """Tell payroll of what was corrected of these people's first day since it was told last."""
    moved = (
        select(M)
        .where(is_among(session, col(M.person_id), list(person_ids)), col(M.state).in_(MOVED))
        .order_by(col(M.id))
    )
    of_each: dict[UUID, list[BulkMoveMember]] = {}
    for one in session.exec(moved).all():
        of_each.setdefault(one.bulk_move_id, []).append(one)
    for move_id, members in of_each.items():
        move = get(session, move_id)
        for side in Side:
            if found := _corrected_of(session, move, members, side, now):
                take_turns(session, [one.person_id for one in found])
                _say(session, move, _corrected_of(session, move, found, side, now), side, now)


def waiting_for(session: Session, permissions: Permissions, person_id: UUID) -> list[Waiting]:
    """What payroll of their organisations is to take up, the oldest first; nothing of somebody's own."""
    mine = permissions.organisations(Permission.CONFIRM_PAY)
    if not mine:
        return []
    sides = (
        and_(col(C.side) == Side.IMPORTING, col(BulkMove.importing_organisation_id).in_(mine)),
        and_(col(C.side) == Side.EXPORTING, col(BulkMove.exporting_organisation_id).in_(mine)),
    )
    query = (
        select(BulkMove, C.side, func.count(), func.min(col(C.noticed_at)))
        .join(BulkMove, col(BulkMove.id) == col(C.bulk_move_id))
        .join(M, col(M.id) == col(C.member_id))
        .where(IS_OPEN, _of_others(permissions, person_id), or_(*sides))
        .group_by(col(BulkMove.id), col(C.side))
    )
    found = [Waiting(move, Side(side), people, since) for move, side, people, since in session.exec(query)]
    return sorted(found, key=lambda one: (one.since, one.move.id, one.side))


def get_for(session: Session, move_id: UUID, side: Side, permissions: Permissions) -> BulkMove:
    """The move, for payroll of that side. Raises NotFound to everybody else."""
    move = get(session, move_id)
    if not permissions.allows(Permission.CONFIRM_PAY, policy.organisation_of(move, side)):
        raise NotFound("There is no such bulk move.")
    return move


def list_open(
    session: Session,
    move: BulkMove,
    side: Side,
    permissions: Permissions,
    person_id: UUID,
    *,
    only: UUID | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[Corrected]:
    """What is to be taken up, in its order; ``only`` is one, which is found also once it is taken up."""
    query = (
        select(C, M)
        .join(M, col(M.id) == col(C.member_id))
        .where(
            col(C.bulk_move_id) == move.id,
            col(C.side) == side,
            IS_OPEN if only is None else col(C.id) == only,
            _of_others(permissions, person_id),
        )
    )
    if after is not None:
        query = query.where(col(C.id) > after)
    rows = session.exec(query.order_by(col(C.id)).limit(limit)).all()
    return list(_with_values(session, move, side, rows))


def as_shown(
    session: Session,
    move: BulkMove,
    side: Side,
    permissions: Permissions,
    person_id: UUID,
    only: UUID | None = None,
) -> str:
    """What a page shows of the list, or of one on it, to somebody who takes it up."""
    query = (
        select(func.count(), func.max(col(C.noticed_at)))
        .join(M, col(M.id) == col(C.member_id))
        .where(*_open_for(move, side, permissions, person_id, only))
    )
    number, newest = session.exec(query).one()
    return f"{number} {newest.isoformat() if newest else ''}"


def take_up(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    side: Side,
    officer_id: UUID,
    permissions: Permissions,
    shown: str,
    only: UUID | None = None,
) -> int:
    """Payroll has taken up the list that it was ``shown``, or one on it; of how many people.

    Raises NotFound, and Conflict where it is another by now: corrected again, or taken up by a colleague.
    """
    move = get_for(session, move_id, side, permissions)
    which = _open_for(move, side, permissions, officer_id, only)
    query = select(C.id, M.person_id).join(M, col(M.id) == col(C.member_id)).where(*which)
    take_turns(session, [person_id for _key, person_id in session.exec(query)])
    found = session.exec(query).all()
    if not found or shown != as_shown(session, move, side, permissions, officer_id, only):
        raise Conflict("The list has changed since you opened the page. Look at it again.")
    taken = session.execute(
        update(C)
        .where(is_among(session, col(C.id), [key for key, _person in found]), IS_OPEN)
        .values(taken_up_at=now, taken_up_by=officer_id)
        .execution_options(synchronize_session="fetch")
    )
    if taken.rowcount != len(found):  # type: ignore[attr-defined]
        raise Conflict("A colleague has taken this up already.")
    people = [person_id for _key, person_id in found]
    event = Event.BULK_MOVE_PAY_CORRECTION_TAKEN_UP
    audit_people_ahead(session, event, move, people, officer_id, now).run(session)
    return len(found)


def has_open(session: Session, move: BulkMove, side: Side) -> bool:
    """Whether payroll of that side has anything to take up."""
    found = select(C.id).where(col(C.bulk_move_id) == move.id, col(C.side) == side, IS_OPEN)
    return session.exec(found.limit(1)).first() is not None


def holds(member_id: Any) -> ColumnElement[bool]:
    """Whether payroll of the new organisation has something to take up of a member."""
    return exists().where(col(C.member_id) == member_id, col(C.side) == Side.IMPORTING, IS_OPEN)


def held_among(session: Session, members: Collection[BulkMoveMember]) -> set[UUID]:
    """Of which of these members that is so."""
    ids = [one.id for one in members]
    query = select(C.member_id).where(
        is_among(session, col(C.member_id), ids), col(C.side) == Side.IMPORTING, IS_OPEN
    )
    return set(session.exec(query))


def _say(
    session: Session, move: BulkMove, members: Sequence[BulkMoveMember], side: Side, now: datetime
) -> None:
    if not members:
        return
    is_new = not has_open(session, move, side)
    newest = _newest(session, members, side)
    for one in members:
        held = newest.get(one.id)
        if held is None or held.taken_up_at is not None:
            held = C(bulk_move_id=move.id, member_id=one.id, side=side, noticed_at=now)
        held.noticed_at = max(held.noticed_at, now)
        session.add(held)
    session.flush()
    people = [one.person_id for one in members]
    audit_people_ahead(session, Event.BULK_MOVE_PAY_CORRECTED, move, people, None, now).run(session)
    if is_new:
        notices.pay_corrected(session, move, side, now, but=people[0] if len(people) == 1 else None)


def _corrected_of(
    session: Session, move: BulkMove, members: Sequence[BulkMoveMember], side: Side, now: datetime
) -> list[BulkMoveMember]:
    """Those of whose first day something else is known now than payroll of that side was told."""
    right = first_days_of(session, _employments(members), now)
    told = _told(session, move, members, _newest(session, members, side), side)
    found = []
    for one in members:
        first = right.get(one.new_employment_id) if one.new_employment_id else None
        if first is not None and one.id in told and first.as_told(side) != told[one.id]:
            found.append(one)
    return found


def _with_values(
    session: Session, move: BulkMove, side: Side, rows: Sequence[tuple[BulkMovePayCorrection, BulkMoveMember]]
) -> Iterator[Corrected]:
    members = [member for _one, member in rows]
    earlier: dict[UUID, BulkMovePayCorrection] = {}
    query = select(C).where(is_among(session, col(C.member_id), [one.id for one in members]))
    until = {member.id: one.id for one, member in rows}
    for one in session.exec(query.where(col(C.side) == side).order_by(col(C.id))):
        if one.id < until[one.member_id]:
            earlier[one.member_id] = one
    before = _told(session, move, members, earlier, side)
    after = _told(session, move, members, {member.id: one for one, member in rows}, side)
    for one, member in rows:
        if member.id in before and member.id in after:
            yield Corrected(one, member, before[member.id], after[member.id])


def _told(
    session: Session,
    move: BulkMove,
    members: Sequence[BulkMoveMember],
    newest: dict[UUID, BulkMovePayCorrection],
    side: Side,
) -> dict[UUID, FirstDay]:
    """What was known of each when the move happened, or when the newest of their corrections was noticed."""
    at_once: dict[datetime, list[BulkMoveMember]] = {}
    for one in members:
        at = newest[one.id].noticed_at if one.id in newest else move.starts_at
        at_once.setdefault(at, []).append(one)
    told: dict[UUID, FirstDay] = {}
    for at, some in at_once.items():
        known = first_days_of(session, _employments(some), at)
        for one in some:
            if one.new_employment_id in known:
                told[one.id] = known[one.new_employment_id].as_told(side)
    return told


def _newest(
    session: Session, members: Sequence[BulkMoveMember], side: Side
) -> dict[UUID, BulkMovePayCorrection]:
    ids = [one.id for one in members]
    query = select(C).where(is_among(session, col(C.member_id), ids), col(C.side) == side)
    return {one.member_id: one for one in session.exec(query.order_by(col(C.id)))}


def _employments(members: Sequence[BulkMoveMember]) -> list[UUID]:
    return [one.new_employment_id for one in members if one.new_employment_id is not None]


def _open_for(
    move: BulkMove, side: Side, permissions: Permissions, person_id: UUID, only: UUID | None
) -> tuple[ColumnElement[bool], ...]:
    which = (col(C.bulk_move_id) == move.id, col(C.side) == side, IS_OPEN, _of_others(permissions, person_id))
    return which if only is None else (*which, col(C.id) == only)


def _of_others(permissions: Permissions, person_id: UUID) -> ColumnElement[bool]:
    return col(M.person_id).not_in({person_id, *permissions.parties})
