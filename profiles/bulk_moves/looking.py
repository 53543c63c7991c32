"""Looks at the records of the people on a list: who can move with the others, and why somebody cannot."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, true, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import notices
from profiles.bulk_moves.facts import OF_THE_EMPLOYMENT, Recording, source_of
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, MemberState, Reason
from profiles.bulk_moves.steps import audit_person
from profiles.employments.models import Employment, Posting, PostingKind
from profiles.errors import Conflict
from profiles.imports.records.models import FieldConflict, PossibleDuplicate
from profiles.loans.models import Loan
from profiles.portable_profile.models import ChangeState, RecordChange
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import as_of, known
from profiles.transfers.models import Transfer

M = BulkMoveMember
WaysIn = Callable[[Session, BulkMove, Collection[UUID]], Collection[UUID]]
"""Asked of the application, which knows credentials: who of these people keeps a way to sign in."""
LOOKED_AT = (MemberState.LISTED, MemberState.READY, MemberState.SET_APART, MemberState.SCHEDULED)


class AnotherWorker(Conflict):
    """Somebody took the same step at the same moment."""


@dataclass(frozen=True)
class Finding:
    """What a look found of one person: no ``reason`` means that nothing stands in the way."""

    member_id: UUID
    person_id: UUID
    was: MemberState
    reason: Reason | None


def find(
    session: Session, move: BulkMove, members: Sequence[BulkMoveMember], now: datetime, ways_in: WaysIn
) -> list[Finding]:
    """Look at these people's records; nothing is written."""
    findings: list[Finding] = []
    for scheduled in (False, True):
        some = [one for one in members if (one.state is MemberState.SCHEDULED) is scheduled]
        if not some:
            continue
        reasons: dict[UUID, Reason] = {}
        ids = [one.id for one in some]
        for reason, fails in (_of_the_scheduled if scheduled else _of_the_others)(move, now).items():
            for member_id in session.exec(select(M.id).where(col(M.id).in_(ids), fails)):
                reasons.setdefault(member_id, reason)
        left = {one.person_id for one in some if one.id not in reasons}
        keep_one = set(ways_in(session, move, left)) if left else set()
        for one in some:
            if one.id not in reasons and one.person_id not in keep_one:
                reasons[one.id] = Reason.SIGN_IN
        findings += [Finding(one.id, one.person_id, one.state, reasons.get(one.id)) for one in some]
    return findings


def changed(findings: Iterable[Finding], members: Sequence[BulkMoveMember]) -> list[Finding]:
    """Those whose state or reason a finding changes."""
    before = {one.id: one.reason for one in members}
    return [
        one
        for one in findings
        if one.was is MemberState.LISTED
        or (one.was is MemberState.SET_APART and one.reason is not before[one.member_id])
        or (one.was in (MemberState.READY, MemberState.SCHEDULED) and one.reason is not None)
    ]


def write(
    session: Session, move: BulkMove, findings: Sequence[Finding], recording: Recording, now: datetime
) -> None:
    """Set apart, or make ready, whom a look found so. Raises Conflict where somebody acted meanwhile."""
    groups: dict[tuple[MemberState, Reason | None], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.was, one.reason), []).append(one)
    for (was, reason), some in groups.items():
        state = MemberState.READY if reason is None else MemberState.SET_APART
        ids = [one.member_id for one in some]
        set_state(session, ids, was, state, as_looked_at=True, reason=reason, in_flight=reason is None)
        if was is MemberState.SCHEDULED:
            taken_back = [one.person_id for one in some]
            recording.take_back(taken_back)
            notices.taken_back(session, move, taken_back, now)
        if was in (MemberState.SCHEDULED, MemberState.READY):
            for one in some:
                audit_person(session, Event.BULK_MOVE_PERSON_SET_APART, move, one.person_id, None, now)


def set_state(
    session: Session,
    member_ids: Sequence[UUID],
    was: MemberState,
    state: MemberState,
    *,
    as_looked_at: bool = False,
    **values: Any,
) -> None:
    """Take one step for these people, each once. Raises Conflict when somebody took it meanwhile.

    By what a look has found (``as_looked_at``) also when an officer has left one of them out meanwhile: they
    may have been set apart before, for another reason.
    """
    stays = and_(col(M.reason).is_not(None), col(M.reason) == Reason.EXCLUDED)
    taken = session.execute(
        update(M)
        .where(col(M.id).in_(member_ids), col(M.state) == was, ~stays if as_looked_at else true())
        .values(state=state, **values)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != len(member_ids):  # type: ignore[attr-defined]
        raise AnotherWorker("Somebody else works on this bulk move.")


def left_another_way(move: BulkMove, now: datetime) -> ColumnElement[bool]:
    """Whose employment ends before the start, whatever was planned."""
    return and_(
        exists().where(known(Employment, now), col(Employment.fact_id) == col(M.employment_id)),
        ~exists().where(
            known(Employment, now),
            col(Employment.fact_id) == col(M.employment_id),
            or_(col(Employment.valid_to).is_(None), col(Employment.valid_to) >= move.starts_at),
        ),
    )


def record_changed(move: BulkMove, now: datetime) -> ColumnElement[bool]:
    """Whose employment does not end at the start, or whose new record somebody has changed."""
    by_others = [
        exists().where(
            known(model, now),
            col(getattr(model, "employment_id")) == col(M.new_employment_id),  # noqa: B009
            col(model.source) != source_of(move),
        )
        for model in OF_THE_EMPLOYMENT
    ]
    ends_as_planned = exists().where(
        known(Employment, now),
        col(Employment.fact_id) == col(M.employment_id),
        col(Employment.valid_to) == move.starts_at,
        col(Employment.source) == source_of(move),
    )
    return or_(~ends_as_planned, *by_others)


def _of_the_others(move: BulkMove, now: datetime) -> Mapping[Reason, ColumnElement[bool]]:
    """What keeps somebody whose move is not recorded, the gravest first."""
    other = aliased(BulkMoveMember)
    stays = exists().where(
        known(Employment, now),
        col(Employment.fact_id) == col(M.employment_id),
        col(Employment.valid_from) < move.starts_at,
        or_(col(Employment.valid_to).is_(None), col(Employment.valid_to) > move.starts_at),
    )
    later = [
        exists().where(
            known(model, now),
            col(getattr(model, "employment_id")) == col(M.employment_id),  # noqa: B009
            col(model.valid_from) >= move.starts_at,
        )
        for model in OF_THE_EMPLOYMENT
    ]
    return {
        Reason.NO_POST: _has_not_one_post(now),
        Reason.LEAVING: ~stays,
        **_gates(now),
        Reason.IN_BULK_MOVE: exists().where(
            col(other.person_id) == col(M.person_id),
            col(other.in_flight).is_(True),
            col(other.bulk_move_id) != move.id,
        ),
        Reason.PLANNED: or_(*later),
        Reason.CONTESTED: _is_contested(),
    }


def _of_the_scheduled(move: BulkMove, now: datetime) -> Mapping[Reason, ColumnElement[bool]]:
    """What keeps somebody after all, until the day."""
    return {
        Reason.LEAVING: left_another_way(move, now),
        Reason.RECORD_CHANGED: record_changed(move, now),
        **_gates(now),
    }


def _gates(now: datetime) -> Mapping[Reason, ColumnElement[bool]]:
    return {
        Reason.ON_LOAN: or_(
            exists().where(col(Loan.person_id) == col(M.person_id), col(Loan.in_flight).is_(True)),
            exists().where(
                known(Posting, now),
                col(Posting.person_id) == col(M.person_id),
                col(Posting.kind) == PostingKind.HOST,
                or_(col(Posting.valid_to).is_(None), col(Posting.valid_to) > now),
            ),
        ),
        Reason.IN_TRANSFER: exists().where(
            col(Transfer.person_id) == col(M.person_id), col(Transfer.in_flight).is_(True)
        ),
        Reason.SUSPENDED: exists().where(
            as_of(AccountSuspension, now, now), col(AccountSuspension.person_id) == col(M.person_id)
        ),
    }


def _has_not_one_post(now: datetime) -> ColumnElement[bool]:
    employments = (
        select(func.count())
        .select_from(Employment)
        .where(as_of(Employment, now, now), col(Employment.person_id) == col(M.person_id))
        .correlate(M)
    )
    posts = (
        select(func.count())
        .select_from(Posting)
        .where(
            as_of(Posting, now, now),
            col(Posting.employment_id) == col(M.employment_id),
            col(Posting.kind) == PostingKind.HOME,
        )
        .correlate(M)
    )
    return or_(employments.scalar_subquery() != 1, posts.scalar_subquery() != 1)


def _is_contested() -> ColumnElement[bool]:
    return or_(
        exists().where(
            col(FieldConflict.person_id) == col(M.person_id), col(FieldConflict.settled_at).is_(None)
        ),
        exists().where(
            col(PossibleDuplicate.candidate_id) == col(M.person_id),
            col(PossibleDuplicate.settled_at).is_(None),
        ),
        exists().where(
            col(RecordChange.person_id) == col(M.person_id), col(RecordChange.state) == ChangeState.WAITING
        ),
    )
