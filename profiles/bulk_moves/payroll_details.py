"""Payroll of the new organisation says whether it has what it needs to pay those who come by a bulk move.

From when both have agreed on, of one person, or of all of whom nothing was said at once. Of whom something is
missing that is said, and chased. Lanyard keeps that payroll has it, and never what it is.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, and_, col, func, or_, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import paying, payroll_notices, reading
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState, PayrollDetail
from profiles.bulk_moves.steps import audit, audit_people_ahead
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.people.sensitive import is_listed
from profiles.roles.service import Permissions

M = BulkMoveMember
S = BulkMoveState
STATES = (S.SCHEDULED, S.LEFT, S.JOINED, S.RECONCILING)
"""Payroll hears of those whose move is recorded."""
OPEN = (MemberState.SCHEDULED, MemberState.LEFT, MemberState.JOINED)
"""Until something is said of their first pay."""
NOTHING_SAID = col(M.details_at).is_(None)
WAITS = or_(NOTHING_SAID, col(M.missing_details) != "")
"""Whoever payroll cannot pay yet, or has said nothing of."""


def missing_of(member: BulkMoveMember) -> list[PayrollDetail]:
    """What payroll had not of somebody when it looked last."""
    return [one for one in PayrollDetail if one.value in member.missing_details.split()]


def record_details(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    member_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    has: Mapping[PayrollDetail, bool],
) -> list[PayrollDetail]:
    """Say of one person what payroll has; what it has not, which the person is told of, is returned.

    Raises NotFound, NotPermitted, Conflict, or Invalid naming the detail that nothing is said about.
    """
    move = _for_payroll(session, move_id, permissions)
    member = reading.get_member(session, move, member_id)
    if member.person_id in {officer_id, *permissions.parties}:
        raise NotPermitted("You cannot confirm your own pay.")
    for detail in PayrollDetail:
        if detail not in has:
            raise Invalid("Say whether you have it.", field=detail.value)
    missing = [detail for detail in PayrollDetail if not has[detail]]
    changed = session.execute(
        update(M)
        .where(col(M.id) == member.id, col(M.state).in_(OPEN))
        .values(details_at=now, missing_details=" ".join(missing))
        .execution_options(synchronize_session="fetch")
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Payroll has nothing to take up of this person now.")
    event = Event.BULK_MOVE_DETAILS_MISSING if missing else Event.BULK_MOVE_DETAILS_TAKEN_UP
    audit_people_ahead(session, event, move, [member.person_id], officer_id, now).run(session)
    if missing:
        payroll_notices.details_missing(session, move, member.person_id, now)
    return missing


def record_rest_taken_up(
    session: Session, now: datetime, *, move_id: UUID, officer_id: UUID, permissions: Permissions, shown: int
) -> int:
    """Payroll has what it needs of everybody of whom nothing was said; of how many, as the officer was shown.

    Not of the officer, nor of whoever is marked sensitive and is not in the file. Of whom something is
    missing stays so until it is there. Raises NotFound, NotPermitted, or Conflict, also where it is not as
    many as ``shown``.
    """
    move = _for_payroll(session, move_id, permissions)
    said = session.execute(
        update(M)
        .where(_rest(move, {officer_id, *permissions.parties}, now))
        .values(details_at=now)
        .execution_options(synchronize_session=False)
    )
    people = int(said.rowcount)  # type: ignore[attr-defined]
    if not people:
        raise Conflict("There is nobody left of whom it can be said at once.")
    if people != shown:
        raise Conflict(
            f"It would be said of {people:,} people now, and the page showed {shown:,}. Look at the list "
            "again."
        )
    place = move.importing_organisation_id
    audit(
        session,
        Event.BULK_MOVE_DETAILS_TAKEN_UP,
        move,
        officer_id,
        now,
        organisation_id=place,
        people=people,
    )
    return people


def count_rest(
    session: Session, move: BulkMove, officer_id: UUID, permissions: Permissions, now: datetime
) -> int:
    """Of how many it can be said at once that payroll has what it needs."""
    rest = _rest(move, {officer_id, *permissions.parties}, now)
    return session.exec(select(func.count()).select_from(M).where(rest)).one()


def has_own_alone(session: Session, move: BulkMove, officer_id: UUID, permissions: Permissions) -> bool:
    """Whether nothing was said of the officer, and of nobody else."""
    is_own = col(M.person_id).in_({officer_id, *permissions.parties})
    query = select(func.count().filter(is_own), func.count().filter(~is_own))
    own, others = session.exec(query.select_from(M).where(_of(move), NOTHING_SAID)).one()
    return own > 0 and others == 0


def counts_of(session: Session, move: BulkMove) -> tuple[int, int, int]:
    """Of how many payroll has what it needs, lacks something, and has said nothing."""
    missing = col(M.missing_details) != ""
    query = select(
        func.count().filter(~WAITS), func.count().filter(missing), func.count().filter(NOTHING_SAID)
    )
    has, lacks, unsaid = session.exec(query.select_from(M).where(_of(move))).one()
    return has, lacks, unsaid


def list_waiting(
    session: Session,
    move: BulkMove,
    *,
    missing: bool = False,
    unsaid: bool = False,
    found_by: ColumnElement[bool],
    after: UUID | None = None,
    limit: int,
) -> Sequence[BulkMoveMember]:
    """Whoever waits for payroll, or of whom something is missing, or nothing said, behind ``after``."""
    which = col(M.missing_details) != "" if missing else NOTHING_SAID if unsaid else WAITS
    query = select(M).where(_of(move), which, found_by)
    if after is not None:
        query = query.where(col(M.id) > after)
    return session.exec(query.order_by(col(M.id)).limit(limit)).all()


def waiting_since(session: Session, move: BulkMove) -> tuple[bool, datetime | None]:
    """Whether nothing was said of somebody yet, and since when of whom something is missing, the oldest."""
    _has, _lacks, unsaid = counts_of(session, move)
    oldest = select(func.min(col(M.details_at))).where(_of(move), col(M.missing_details) != "")
    return bool(unsaid), session.exec(oldest).one()


def _of(move: BulkMove) -> ColumnElement[bool]:
    return and_(col(M.bulk_move_id) == move.id, col(M.state).in_(OPEN))


def _rest(move: BulkMove, own: Collection[UUID], now: datetime) -> ColumnElement[bool]:
    said_alone = or_(col(M.person_id).in_(own), ~is_listed(col(M.person_id), now))
    return and_(_of(move), NOTHING_SAID, ~said_alone)


def _for_payroll(session: Session, move_id: UUID, permissions: Permissions) -> BulkMove:
    move = reading.get_for(session, move_id, permissions)
    if not paying.may_pay(move, permissions):
        raise NotPermitted("Payroll of the new department takes up those who come.")
    if move.state not in STATES:
        raise Conflict("This bulk move does not wait for payroll now.")
    return move
