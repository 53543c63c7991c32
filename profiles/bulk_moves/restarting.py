"""Somebody of a bulk move that has happened began on another day: two organisations say so, as in a transfer.

HR of the new organisation say which day it was, and HR of the old one agree or not; where it has nobody left
who could, another officer of the new one. The record follows, both payrolls take it up, and nobody is given
anything for the days that have passed.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import carried_labels, pay_corrections, policy, reading, restart_notices
from profiles.bulk_moves.models import MOVED, BulkMove, BulkMoveMember
from profiles.bulk_moves.sources import source_of
from profiles.bulk_moves.steps import audit_person
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.organisations import service as organisations
from profiles.roles.parties import are_one_between
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, permissions_of, who_may
from profiles.temporal import civil_date, start_of_day
from profiles.transfers import shifting
from profiles.transfers.models import Side
from profiles.transfers.shifting import Boundary, Instants
from profiles.transfers.terms import check_had_begun
from profiles.transfers.timetable import STANDARD, Timetable

_CHANGED = "This was changed after you opened the page. Look at it again."


def may_ask(move: BulkMove, member: BulkMoveMember, permissions: Permissions) -> bool:
    """Whether somebody says for the new organisation that this person began on another day."""
    deciding = policy.sides_deciding(move, permissions)
    return Side.IMPORTING in deciding and member.state in MOVED and member.restart_on is None


def may_answer(
    session: Session, move: BulkMove, member: BulkMoveMember, permissions: Permissions, now: datetime
) -> bool:
    """Whether somebody agrees or not to what was said, or takes it back."""
    return member.restart_on is not None and bool(
        policy.sides_deciding(move, permissions) & {Side.IMPORTING, answering_side(session, move, now)}
    )


def ask(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    member_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    start_date: date,
    timetable: Timetable = STANDARD,
) -> BulkMoveMember:
    """Say on which day somebody began in truth. Raises NotFound, NotPermitted, Conflict, or Invalid."""
    move, member = _theirs(session, move_id, member_id, officer_id, permissions)
    if Side.IMPORTING not in policy.sides_deciding(move, permissions):
        raise NotPermitted("HR of the new organisation say so.")
    if member.state not in MOVED:
        raise Conflict("They have not moved.")
    if member.restart_on is not None:
        raise Conflict("Nobody has answered yet about the day that was said before.")
    _check(session, move, member, start_date, now, timetable)
    due_on = civil_date(now) + timedelta(days=timetable.task_days)
    _change(session, member, restart_on=start_date, restart_by=officer_id, restart_due_on=due_on)
    audit_person(session, Event.BULK_MOVE_RESTART_ASKED, move, member.person_id, officer_id, now)
    restart_notices.asked(session, move, who_may_agree(session, move, [member], now), now)
    return member


def answer(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    member_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    agreed: bool,
    seen: str,
    timetable: Timetable = STANDARD,
) -> BulkMoveMember:
    """Agree to what was ``shown``, and correct the record; or leave it as it is.

    Whoever said so may take it back, and nothing else. Raises NotFound, NotPermitted, Conflict when something
    changed meanwhile, or Invalid.
    """
    move, member = _theirs(session, move_id, member_id, officer_id, permissions)
    start_date, asked_by = member.restart_on, member.restart_by
    if start_date is None or asked_by is None or seen != shown(member):
        raise Conflict(_CHANGED)
    if not may_answer(session, move, member, permissions, now):
        raise NotPermitted("HR of the old organisation agree to it or not.")
    if agreed:
        check_may_agree(session, move, member, officer_id, permissions, now)
    boundary = _check(session, move, member, start_date, now, timetable) if agreed else None
    asked = frozenset() if agreed else who_may_agree(session, move, [member], now)
    _change(session, member, restart_on=None, restart_by=None, restart_due_on=None)
    event = Event.BULK_MOVE_RESTARTED if agreed else Event.BULK_MOVE_RESTART_REFUSED
    if boundary is not None:
        at = start_of_day(start_date)
        new = shifting.find_new_employment(session, boundary, now)
        if new is not None and at < new.valid_from:
            carried_labels.let_begin(session, new, at, now, officer_id)
        shifting.shift(session, boundary, Instants(at, at), now, officer_id)
        session.flush()
        pay_corrections.look_at_people(session, [member.person_id], now)
    audit_person(session, event, move, member.person_id, officer_id, now)
    side = answering_side(session, move, now)
    if not agreed and (officer_id == asked_by or side not in policy.sides_deciding(move, permissions)):
        restart_notices.taken_back(session, move, asked, asked_by, now, but=officer_id)
    else:
        restart_notices.answered(session, move, member.person_id, start_date, asked_by, now, agreed=agreed)
    return member


def check_may_agree(
    session: Session,
    move: BulkMove,
    member: BulkMoveMember,
    officer_id: UUID,
    permissions: Permissions,
    now: datetime,
) -> None:
    """Raise NotPermitted to who said so, to their side, and to who acts through the same shared service."""
    if answering_side(session, move, now) not in policy.sides_deciding(move, permissions):
        raise NotPermitted("HR of the old organisation agree to it or not.")
    if permissions.are_of(member.restart_by):
        raise NotPermitted("You said so, so somebody else must agree.")
    sides = [policy.organisation_of(move, side) for side in Side]
    if are_one_between(session, officer_id, member.restart_by, sides, now):
        raise NotPermitted("Your shared service said so, so an officer outside it must agree.")


def _may_agree(
    session: Session,
    move: BulkMove,
    member: BulkMoveMember,
    officer_id: UUID,
    permissions: Permissions,
    now: datetime,
) -> bool:
    try:
        check_may_agree(session, move, member, officer_id, permissions, now)
    except NotPermitted:
        return False
    return True


def recorded_start(session: Session, move: BulkMove, member: BulkMoveMember, now: datetime) -> date | None:
    """The first day in the new organisation by the record; None where it has that employment no more."""
    new = shifting.find_new_employment(session, _boundary(move, member, move.starts_at), now)
    return civil_date(new.valid_from) if new is not None else None


def count_waiting(session: Session, officer_id: UUID, permissions: Permissions, now: datetime) -> int:
    """Of how many people an officer could agree to what was said, or not."""
    asked = (
        select(BulkMove, BulkMoveMember)
        .join(BulkMoveMember, col(BulkMoveMember.bulk_move_id) == col(BulkMove.id))
        .where(
            col(BulkMoveMember.restart_on).is_not(None),
            col(BulkMoveMember.person_id).not_in(permissions.parties),
        )
    )
    return sum(
        _may_agree(session, move, member, officer_id, permissions, now)
        for move, member in session.exec(asked)
        if policy.sides_deciding(move, permissions)
    )


def who_may_agree(
    session: Session, move: BulkMove, members: Collection[BulkMoveMember], now: datetime
) -> frozenset[UUID]:
    """The officers who may agree to what is said of one at least of these ``members``."""
    place = policy.organisation_of(move, answering_side(session, move, now))
    found: set[UUID] = set()
    for officer_id in who_may(session, Permission.APPROVE_TRANSFER, place, now):
        theirs = permissions_of(session, officer_id, now)
        if any(
            not theirs.are_of(one.person_id) and _may_agree(session, move, one, officer_id, theirs, now)
            for one in members
        ):
            found.add(officer_id)
    return frozenset(found)


def shown(member: BulkMoveMember) -> str:
    """What a page shows of it to somebody who decides."""
    return f"{member.restart_on} {member.restart_by}"


def _theirs(
    session: Session, move_id: UUID, member_id: UUID, officer_id: UUID, permissions: Permissions
) -> tuple[BulkMove, BulkMoveMember]:
    move = reading.get_for(session, move_id, permissions)
    member = reading.get_member(session, move, member_id)
    if member.person_id == officer_id or permissions.are_of(member.person_id):
        raise NotPermitted("A colleague must decide on your own move.")
    return move, member


def answering_side(session: Session, move: BulkMove, now: datetime) -> Side:
    """Whose officers answer: the old organisation's or, where nobody is left there, the new one's."""
    left = who_may(session, Permission.APPROVE_TRANSFER, move.exporting_organisation_id, now)
    return Side.EXPORTING if left else Side.IMPORTING


def _boundary(move: BulkMove, member: BulkMoveMember, at: datetime) -> Boundary:
    return Boundary(
        at,
        at,
        member.person_id,
        member.employment_id,
        move.importing_organisation_id,
        source_of(move),
        move.regime,
    )


def _check(
    session: Session,
    move: BulkMove,
    member: BulkMoveMember,
    start_date: date,
    now: datetime,
    timetable: Timetable,
) -> Boundary:
    """What the move has drawn by the record, where it can be drawn there instead."""
    new = shifting.find_new_employment(session, _boundary(move, member, move.starts_at), now)
    if new is None:
        raise Conflict("The record does not have the employment any more that this move began.")
    begins, at = civil_date(new.valid_from), start_of_day(start_date)
    most = timedelta(days=timetable.backdate_days)
    if start_date > civil_date(now):
        raise Invalid("The start date must have come: they work there already.", field="start_date")
    if start_date == begins:
        raise Invalid("That is the start date that is recorded.", field="start_date")
    if abs(start_date - move.start_date) > most:
        raise Invalid(
            f"The start date must not be more than {most.days} days from that of the bulk move.",
            field="start_date",
        )
    if new.valid_to is not None and new.valid_to <= at:
        raise Invalid("They had left the new organisation by then.", field="start_date")
    there = organisations.tree(session, at, now).organisations
    last_day_there = organisations.tree(session, at - timedelta(hours=12), now).organisations
    if move.importing_organisation_id not in there:
        raise Invalid("The organisation that they joined was not there on that day.", field="start_date")
    if member.organisation_id not in last_day_there:
        raise Invalid("The organisation that they left had ended before that day.", field="start_date")
    if at < new.valid_from:
        label = carried_labels.find_missing(session, new, at, now)
        if label is not None:
            raise Invalid(
                f"The organisation that they joined had no grade called {label} on that day.",
                field="start_date",
            )
    check_had_begun(session, member.employment_id, start_date, start_date - timedelta(days=1), now)
    return _boundary(move, member, new.valid_from)


def _change(session: Session, member: BulkMoveMember, **values: Any) -> None:
    """Change a member once. Raises Conflict when somebody was faster."""
    changed = session.execute(
        update(BulkMoveMember)
        .where(
            col(BulkMoveMember.id) == member.id,
            col(BulkMoveMember.restart_on).is_not_distinct_from(member.restart_on),
            col(BulkMoveMember.restart_by).is_not_distinct_from(member.restart_by),
        )
        .values(**values)
        .execution_options(synchronize_session="fetch")
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody else changed this meanwhile. Look at it again.")
