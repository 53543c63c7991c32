"""What keeps somebody from moving with the others, looked at until the day and again on it.

Access does not wait for this: a suspended account or clearance opens nothing by itself. What is found here
keeps the record from saying that somebody has moved who has not.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, exists, select

from profiles.bulk_moves.facts import OF_THE_EMPLOYMENT
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, Reason
from profiles.bulk_moves.sources import source_named, source_of
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.clearances.states import USABLE
from profiles.employments.breaks import lasting
from profiles.employments.models import CareerBreak, Employment, Posting, PostingKind
from profiles.imports.records.models import FieldConflict, PossibleDuplicate
from profiles.loans.models import Loan
from profiles.portable_profile.models import ChangeState, RecordChange
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import as_of, known
from profiles.transfers.models import Transfer

M = BulkMoveMember
_STOPPED = (ClearanceStatus.SUSPENDED, ClearanceStatus.WITHDRAWN)


def of_the_others(
    move: BulkMove, now: datetime, places: Collection[UUID]
) -> Mapping[Reason, ColumnElement[bool]]:
    """What keeps somebody whose move is not recorded, the gravest first. ``places`` are those left."""
    other = aliased(BulkMoveMember)
    stays = exists().where(
        known(Employment, now),
        col(Employment.fact_id) == col(M.employment_id),
        col(Employment.valid_from) < move.starts_at,
        or_(col(Employment.valid_to).is_(None), col(Employment.valid_to) > move.starts_at),
    )
    later = exists().where(
        known(Posting, now),
        col(Posting.employment_id) == col(M.employment_id),
        col(Posting.valid_from) >= move.starts_at,
    )
    return {
        Reason.ON_BREAK: _pauses(now),
        **({Reason.MOVED_ON: has_moved_on(move, now)} if move.reverses_id else {}),
        Reason.NO_POST: _has_not_one_post(move, now, places),
        Reason.LEAVING: ~stays,
        **_gates(move, now),
        Reason.IN_BULK_MOVE: exists().where(
            col(other.person_id) == col(M.person_id),
            col(other.in_flight).is_(True),
            col(other.bulk_move_id) != move.id,
        ),
        Reason.PLANNED: later,
        Reason.CONTESTED: _is_contested(),
    }


def of_the_scheduled(
    move: BulkMove, now: datetime, _places: Collection[UUID]
) -> Mapping[Reason, ColumnElement[bool]]:
    """What keeps somebody after all, until the day."""
    return {
        Reason.ON_BREAK: _pauses(now),
        Reason.LEAVING: _left_another_way(move, now),
        Reason.RECORD_CHANGED: _record_changed(move, now),
        **_gates(move, now),
    }


def has_moved_on(move: BulkMove, now: datetime) -> ColumnElement[bool]:
    """Who does not hold the post any more that the move gave them which this one takes back."""
    given = aliased(Posting)
    stands = exists().where(
        as_of(Posting, now, now),
        col(Posting.employment_id) == col(M.employment_id),
        col(Posting.kind) == PostingKind.HOME,
        col(Posting.organisation_id) == move.exporting_organisation_id,
        col(Posting.fact_id).in_(
            select(given.fact_id).where(
                col(given.employment_id) == col(M.employment_id),
                col(given.source) == source_named(move.reverses_id),
            )
        ),
    )
    return and_(~stands, ~_pauses(now))


def _left_another_way(move: BulkMove, now: datetime) -> ColumnElement[bool]:
    """Whose employment ends before the start, whatever was planned."""
    return and_(
        exists().where(known(Employment, now), col(Employment.fact_id) == col(M.employment_id)),
        ~exists().where(
            known(Employment, now),
            col(Employment.fact_id) == col(M.employment_id),
            or_(col(Employment.valid_to).is_(None), col(Employment.valid_to) >= move.starts_at),
        ),
    )


def _record_changed(move: BulkMove, now: datetime) -> ColumnElement[bool]:
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


def _gates(move: BulkMove, now: datetime) -> Mapping[Reason, ColumnElement[bool]]:
    return {
        Reason.ON_LOAN: or_(
            _in_loan(),
            exists().where(
                known(Posting, now),
                col(Posting.person_id) == col(M.person_id),
                col(Posting.kind) == PostingKind.HOST,
                or_(col(Posting.valid_to).is_(None), col(Posting.valid_to) > now),
            ),
        ),
        Reason.IN_TRANSFER: _in_transfer(),
        Reason.SUSPENDED: exists().where(
            as_of(AccountSuspension, now, now), col(AccountSuspension.person_id) == col(M.person_id)
        ),
        Reason.CLEARANCE: _lacks_clearance(move, now),
    }


def _pauses(now: datetime) -> ColumnElement[bool]:
    return exists().where(lasting(now), col(CareerBreak.employment_id) == col(M.employment_id))


def moves_alone() -> Collection[ColumnElement[bool]]:
    """Of whom a transfer or a loan is under way."""
    return _in_transfer(), _in_loan()


def _in_transfer() -> ColumnElement[bool]:
    return exists().where(col(Transfer.person_id) == col(M.person_id), col(Transfer.in_flight).is_(True))


def _in_loan() -> ColumnElement[bool]:
    return exists().where(col(Loan.person_id) == col(M.person_id), col(Loan.in_flight).is_(True))


def _lacks_clearance(move: BulkMove, now: datetime) -> ColumnElement[bool]:
    """Whose post asks for a clearance, and the one that they had for it is suspended or withdrawn.

    Of whom none is recorded, nothing is decided here: they go along as they are.
    """
    post = and_(
        known(Posting, now),
        col(Posting.employment_id) == col(M.employment_id),
        col(Posting.kind) == PostingKind.HOME,
        col(Posting.valid_from) < move.starts_at,
        or_(col(Posting.valid_to).is_(None), col(Posting.valid_to) >= move.starts_at),
    )

    def held(required: ClearanceLevel, statuses: Collection[ClearanceStatus]) -> ColumnElement[bool]:
        return exists().where(
            as_of(Clearance, now, now),
            col(Clearance.person_id) == col(M.person_id),
            col(Clearance.level).in_([one for one in ClearanceLevel if one.satisfies(required)]),
            col(Clearance.status).in_(statuses),
        )

    return or_(
        *(
            and_(
                exists().where(post, col(Posting.required_clearance) == required.value),
                held(required, _STOPPED),
                ~held(required, USABLE),
            )
            for required in ClearanceLevel
        )
    )


def _has_not_one_post(move: BulkMove, now: datetime, places: Collection[UUID]) -> ColumnElement[bool]:
    """Who has another employment there, or one in the new organisation; one elsewhere stays as it is."""
    both = sorted({*places, move.importing_organisation_id})
    employments = (
        select(func.count())
        .select_from(Employment)
        .where(
            as_of(Employment, now, now),
            col(Employment.person_id) == col(M.person_id),
            col(Employment.organisation_id).in_(both),
        )
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
