"""A bulk move that has happened is taken back by another one: who still stands where it put them goes back.

Nothing of what happened is overwritten, and nothing is spared: the move back is a list like every other.
HR of both organisations agree to it, other officers than who prepared it; everybody is looked at and it is
confirmed. Whoever has moved on since is on the list, set apart with that reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from profiles.bulk_moves import drafting, policy, reading
from profiles.bulk_moves.drafting import Draft, Found
from profiles.bulk_moves.gates import has_moved_on
from profiles.bulk_moves.models import MOVED, BulkMove, BulkMoveMember, BulkMoveState, MemberState, Reason
from profiles.bulk_moves.states import ENDED
from profiles.bulk_moves.steps import claim
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.organisations import service as organisations
from profiles.organisations.move_rules import RULES
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.transfers.models import Side
from profiles.transfers.reversing import WITHIN

M = BulkMoveMember


@dataclass(frozen=True)
class Origin:
    """An organisation from which people have moved, and how many. ``exists``: it has not ended."""

    organisation_id: UUID
    people: int
    exists: bool


def has_happened(move: BulkMove, now: datetime) -> bool:
    """Whether its people have moved, not more than a year ago, by rules that know a way back."""
    over = move.state in (BulkMoveState.RECONCILING, BulkMoveState.COMPLETED)
    return over and now < move.starts_at + WITHIN and RULES[move.regime].is_reversible


def may_reverse(move: BulkMove, permissions: Permissions) -> bool:
    """Whether somebody prepares moves for one of the two organisations."""
    return any(
        permissions.allows(Permission.PREPARE_TRANSFER, policy.organisation_of(move, side)) for side in Side
    )


def origins_of(session: Session, move: BulkMove, now: datetime) -> Sequence[Origin]:
    """Where those who have moved came from: the old organisation, and those below it."""
    query = (
        select(M.organisation_id, func.count())
        .where(col(M.bulk_move_id) == move.id, col(M.state).in_(MOVED))
        .group_by(col(M.organisation_id))
    )
    there = organisations.tree(session, now).organisations
    found = [Origin(place, people, place in there) for place, people in session.exec(query)]
    return sorted(found, key=lambda one: -one.people)


def reversals_of(session: Session, move: BulkMove) -> Sequence[BulkMove]:
    """The moves that take this one back, under way or over, oldest first."""
    query = select(BulkMove).where(col(BulkMove.reverses_id) == move.id)
    return session.exec(query.order_by(col(BulkMove.id))).all()


def reverse(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    origin_id: UUID,
    start_date: date,
) -> BulkMove:
    """Draft the move back of those who came from one organisation; nothing changes for anybody yet.

    Raises NotFound, NotPermitted, Conflict, or Invalid naming ``origin_id`` or ``start_date``.
    """
    moved = reading.get_for(session, move_id, permissions)
    if not may_reverse(moved, permissions):
        raise NotPermitted("You may not prepare bulk moves for either department.")
    if not has_happened(moved, now):
        raise Conflict("Only a bulk move that has happened in the last year is taken back by another one.")
    origin = next((one for one in origins_of(session, moved, now) if one.organisation_id == origin_id), None)
    if origin is None:
        raise Invalid("Choose an organisation that they came from.", field="origin_id")
    if not origin.exists:
        raise Conflict("That organisation has ended. Draft a bulk move to the one that is to have them now.")
    if any(
        one.state not in ENDED and one.importing_organisation_id == origin_id
        for one in reversals_of(session, moved)
    ):
        raise Conflict("Another bulk move takes this one back already.")
    claim(session, moved)
    wish = Draft(
        moved.importing_organisation_id,
        origin_id,
        start_date,
        numbers=(),
        addresses_go_along=moved.addresses_go_along,
    )
    _check(session, wish, now)
    move = drafting.begin(session, now, officer_id, wish, _those_moved(session, moved, origin_id), moved.id)
    set_apart_who_moved_on(session, move, now)
    # Anybody else is not told, of few people least of all, what has become of them there.
    works_there = permissions.allows(Permission.PREPARE_TRANSFER, moved.importing_organisation_id)
    if works_there and not reading.counts_of(session, move.id).get(MemberState.LISTED):
        raise Conflict("Nobody works there any more where this move has brought them.")
    return move


def set_apart_who_moved_on(session: Session, move: BulkMove, now: datetime) -> None:
    """Say of a list that takes a move back, before anybody is looked at, who does not go back by it."""
    if move.reverses_id is None:
        return
    session.execute(
        update(M)
        .where(col(M.bulk_move_id) == move.id, col(M.state) == MemberState.LISTED, has_moved_on(move, now))
        .values(state=MemberState.SET_APART, reason=Reason.MOVED_ON)
        .execution_options(synchronize_session=False)
    )


def _check(session: Session, wish: Draft, now: datetime) -> None:
    try:
        drafting.check_terms(session, wish, now)
    except Invalid as refused:
        if refused.field != "importing_organisation_id":
            raise
        raise Conflict(
            "They cannot go back there by a list. HR of the organisation that is to have them can prepare a "
            "transfer for each."
        ) from None


def _those_moved(session: Session, moved: BulkMove, origin_id: UUID) -> list[Found]:
    query = (
        select(M.person_id, M.new_employment_id, M.new_number)
        .where(
            col(M.bulk_move_id) == moved.id,
            col(M.state).in_(MOVED),
            col(M.organisation_id) == origin_id,
            col(M.new_employment_id).is_not(None),
        )
        .order_by(col(M.id))
    )
    return [
        Found(person_id, employment_id, moved.importing_organisation_id, number)
        for person_id, employment_id, number in session.exec(query)
        if employment_id is not None
    ]
