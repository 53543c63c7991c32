"""An officer or a line manager names a deputy for when they are away, for some days, and ends it again.

What a deputy may do, and that the two count as one where two must decide, is in ``profiles.roles``; what one
of a line manager does in a move is in ``profiles.transfers``.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from profiles.appointments.models import AppointmentTask
from profiles.audit.service import Initiator
from profiles.columns import is_among
from profiles.deputies import notices
from profiles.employments.models import Posting
from profiles.employments.service import current_postings, leaves_at
from profiles.errors import Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.people.service import normal_address
from profiles.roles.models import Role, RoleAssignment
from profiles.roles.parties import one_with
from profiles.roles.service import assign, end_assignment
from profiles.sign_in.service import find_person_by_address
from profiles.temporal import (
    INSTANT,
    Provenance,
    as_of,
    civil_date,
    current,
    end_of_day,
    known,
    start_of_day,
)
from profiles.transfers.models import Transfer, TransferTask

LONGEST = timedelta(days=180)
"""From the first day to the last one."""
LONGEST_REASON = 500
SOURCE = "page"
_DECIDE_ABOUT_NOBODY = frozenset({Role.VACANCY_HOLDER, Role.LINE_MANAGER})
"""What a line manager's deputy may hold beside."""


@dataclass(frozen=True)
class Own:
    """What somebody does in their own right: a role or, as line manager, what comes with their post."""

    fact_id: UUID
    role: Role
    organisation_id: UUID
    include_subtree: bool
    operator_id: UUID | None
    valid_to: datetime | None


@dataclass(frozen=True)
class Wish:
    """A deputy as somebody asks for them: ``role_id`` is the ``fact_id`` of their own role, or of their post.

    A post is only looked for where they ask ``as_line_manager``, and then no role is.
    """

    role_id: UUID
    unverified_address: str
    first_day: date
    last_day: date
    reason: str
    as_line_manager: bool = False


@dataclass(frozen=True)
class Deputy:
    """A wish that can be met."""

    own: Own
    person_id: UUID
    valid_from: datetime
    valid_to: datetime
    reason: str


def own_roles(session: Session, officer_id: UUID, at: datetime) -> list[Own]:
    """What somebody holds at organisations in their own right: a deputy's role is not handed on."""
    return [
        Own(one.fact_id, one.role, one.organisation_id, one.include_subtree, one.operator_id, one.valid_to)
        for one in current(session, RoleAssignment, at, at, person_id=officer_id)
        if one.deputy_of is None and one.organisation_id is not None
    ]


def own_posts(session: Session, person_id: UUID, at: datetime) -> list[Own]:
    """The posts of somebody who is a line manager: a move waits for them, or the record names them there."""
    return [
        Own(one.fact_id, Role.LINE_MANAGER, one.organisation_id, False, None, one.valid_to)
        for one in current_postings(session, person_id, at)
        if _is_line_manager(session, person_id, one.organisation_id, at)
    ]


def checked(session: Session, now: datetime, officer_id: UUID, wish: Wish) -> Deputy:
    """See whether the wish can be met. Raises NotFound for a role of others, Invalid, naming the field."""
    mine = (own_posts if wish.as_line_manager else own_roles)(session, officer_id, now)
    own = next((one for one in mine if one.fact_id == wish.role_id), None)
    if own is None:
        raise NotFound("You hold no such role.")
    if not civil_date(now) <= wish.first_day:
        raise Invalid("The first day must not lie in the past.", field="first_day")
    if wish.last_day < wish.first_day:
        raise Invalid("The last day must not be before the first.", field="last_day")
    if wish.last_day - wish.first_day >= LONGEST:
        raise Invalid(f"A deputy stands in for {LONGEST.days} days at most.", field="last_day")
    if own.valid_to is not None and end_of_day(wish.last_day) > own.valid_to:
        what = "post" if wish.as_line_manager else "role"
        raise Invalid(f"Your own {what} ends before that day.", field="last_day")
    reason = wish.reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(f"Say why, in {LONGEST_REASON} characters or fewer.", field="reason")
    begins, ends = max(now, start_of_day(wish.first_day)), end_of_day(wish.last_day)
    near = _near(session, now, own)
    person_id = _colleague(session, now, near, wish.unverified_address, begins)
    if person_id == officer_id:
        raise Invalid("Name somebody else: you cannot stand in for yourself.", field="address")
    leaves = leaves_at(session, now, person_id, begins, near)
    if leaves is not None and ends > leaves:
        raise Invalid(
            f"They work there until {civil_date(leaves - INSTANT):%-d %B %Y}: "
            "choose that day or an earlier one.",
            field="last_day",
        )
    if wish.as_line_manager:
        _check_for_line_manager(session, now, officer_id, own, person_id, (begins, ends))
    elif _is_held(_of_person(session, person_id, now), own, begins, ends):
        raise Invalid("They hold this role there at that time already.", field="address")
    return Deputy(own, person_id, begins, ends, reason)


def name(session: Session, now: datetime, officer_id: UUID, wish: Wish) -> RoleAssignment:
    """Let a colleague stand in; both are told by mail. Raises as ``checked`` does."""
    deputy = checked(session, now, officer_id, wish)
    own = deputy.own
    made = assign(
        session,
        now,
        Provenance(officer_id, SOURCE, deputy.reason),
        Initiator.person(officer_id),
        person_id=deputy.person_id,
        role=own.role,
        organisation_id=own.organisation_id,
        include_subtree=own.include_subtree,
        valid_from=deputy.valid_from,
        valid_to=deputy.valid_to,
        deputy_of=officer_id,
        operator_id=own.operator_id,
    )
    notices.named(session, made, now)
    return made


def deputies_of(session: Session, officer_id: UUID, now: datetime) -> Sequence[RoleAssignment]:
    """Who stands in for an officer, now or later, the earliest first."""
    return _standing(session, now, col(RoleAssignment.deputy_of) == officer_id)


def standing_in(session: Session, person_id: UUID, now: datetime) -> Sequence[RoleAssignment]:
    """For whom somebody stands in, now or later, the earliest first."""
    return _standing(session, now, col(RoleAssignment.person_id) == person_id)


def deputies_at(
    session: Session, organisation_ids: Collection[UUID], now: datetime
) -> Sequence[RoleAssignment]:
    """Who stands in, now or later, for officers of these organisations, the earliest first."""
    return _standing(session, now, col(RoleAssignment.organisation_id).in_(organisation_ids))


def end(
    session: Session, now: datetime, found: Sequence[RoleAssignment], role_id: UUID, by: UUID
) -> RoleAssignment:
    """End one of these, which are an officer's or an organisation's; both are told. Raises NotFound."""
    deputy = next((one for one in found if one.fact_id == role_id), None)
    if deputy is None:
        raise NotFound("There is no such deputy, or it is over.")
    was = RoleAssignment(**deputy.model_dump())
    provenance = Provenance(by, SOURCE, "Ended on a page.")
    end_assignment(session, now, provenance, Initiator.person(by), deputy)
    notices.ended(session, was, now)
    return was


def _is_line_manager(session: Session, person_id: UUID, organisation_id: UUID, now: datetime) -> bool:
    asked = select(TransferTask.id).where(
        col(TransferTask.owner_id) == person_id, col(TransferTask.done_at).is_(None)
    )
    if session.exec(asked.limit(1)).first() is not None:
        return True
    asked_of_returner = select(AppointmentTask.id).where(
        col(AppointmentTask.owner_id) == person_id, col(AppointmentTask.done_at).is_(None)
    )
    if session.exec(asked_of_returner.limit(1)).first() is not None:
        return True
    ours = list(organisations.tree(session, now).subtree_of(organisation_id))
    named = select(Posting.id).where(
        as_of(Posting, now, now),
        is_among(session, Posting.organisation_id, ours),
        col(Posting.line_manager_id) == person_id,
    )
    return session.exec(named.limit(1)).first() is not None


def _check_for_line_manager(
    session: Session,
    now: datetime,
    manager_id: UUID,
    own: Own,
    person_id: UUID,
    days: tuple[datetime, datetime],
) -> None:
    """Raise Invalid for a second deputy at a time, an officer, and somebody whose own move waits for them.

    The two count as one, so that an officer could not decide about the manager any more.
    """
    if _is_held(deputies_of(session, manager_id, now), own, *days):
        raise Invalid(
            "Somebody stands in for you as line manager at that time already. End that first.",
            field="first_day",
        )
    if _decides(session, [person_id], days, now):
        raise Invalid(
            "They hold a role in Lanyard and could not decide about you any more. Name somebody without one.",
            field="address",
        )
    others = frozenset().union(
        *(one_with(session, person_id, at, but=[manager_id]) for at in (days[0], days[1] - INSTANT))
    ) - {person_id}
    working = any(current_postings(session, one, days[0]) for one in others)
    if _decides(session, others, days, now) or (working and _decides(session, [manager_id], days, now)):
        raise Invalid(
            "They count as one with somebody else for whom they stand in, or who stands in for them. One of "
            "you holds a role in Lanyard and could not decide about the other any more. Name somebody else.",
            field="address",
        )
    moves = (
        select(Transfer.id)
        .join(TransferTask, col(TransferTask.transfer_id) == col(Transfer.id))
        .where(
            col(Transfer.person_id) == person_id,
            col(Transfer.in_flight).is_(True),
            col(TransferTask.owner_id) == manager_id,
            col(TransferTask.done_at).is_(None),
        )
    )
    if session.exec(moves.limit(1)).first() is not None:
        raise Invalid(
            "Their own move waits for you, and nobody does that part of their own move: name somebody else.",
            field="address",
        )


def _decides(
    session: Session, person_ids: Collection[UUID], days: tuple[datetime, datetime], now: datetime
) -> bool:
    """Whether one of them holds a role, on one of these days, by which somebody decides about others."""
    return any(
        one.role not in _DECIDE_ABOUT_NOBODY and _lasts_at(one, *days)
        for person_id in person_ids
        for one in _of_person(session, person_id, now)
    )


def _lasts_at(held: RoleAssignment, begins: datetime, ends: datetime) -> bool:
    return held.valid_from < ends and (held.valid_to is None or held.valid_to > begins)


def _is_held(held: Iterable[RoleAssignment], own: Own, begins: datetime, ends: datetime) -> bool:
    """Whether the same role at the same organisation is among these at some moment of that time."""
    return any(
        (one.role, one.organisation_id) == (own.role, own.organisation_id) and _lasts_at(one, begins, ends)
        for one in held
    )


def _near(session: Session, now: datetime, own: Own) -> frozenset[UUID]:
    """Where the role is held, and the service that it is held through, with what is below them."""
    places = (one for one in (own.organisation_id, own.operator_id) if one is not None)
    return frozenset().union(*(organisations.tree(session, now).subtree_of(one) for one in places))


def _colleague(
    session: Session, now: datetime, near: Collection[UUID], unverified_address: str, begins: datetime
) -> UUID:
    """Who has this address and works near, now and when it begins."""
    found = find_person_by_address(session, normal_address(unverified_address), now)
    if found is None or not all(
        any(one.organisation_id in near for one in current(session, Posting, at, now, person_id=found))
        for at in (now, begins)
    ):
        raise Invalid("Nobody who works there has this work e-mail address.", field="address")
    return found


def _of_person(session: Session, person_id: UUID, now: datetime) -> Sequence[RoleAssignment]:
    query = select(RoleAssignment).where(
        known(RoleAssignment, now), col(RoleAssignment.person_id) == person_id
    )
    return session.exec(query).all()


def _standing(session: Session, now: datetime, whose: ColumnElement[bool]) -> Sequence[RoleAssignment]:
    query = select(RoleAssignment).where(
        known(RoleAssignment, now),
        col(RoleAssignment.deputy_of).is_not(None),
        or_(col(RoleAssignment.valid_to).is_(None), col(RoleAssignment.valid_to) > now),
        whose,
    )
    return session.exec(query.order_by(col(RoleAssignment.valid_from), col(RoleAssignment.id))).all()
