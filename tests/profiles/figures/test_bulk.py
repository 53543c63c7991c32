"""What bulk moves and the steps of loans come to in the figures of a period."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from profiles.bulk_moves import paying
from profiles.bulk_moves.models import (
    BulkMove,
    BulkMoveAgreement,
    BulkMoveMember,
    BulkMoveState,
    BulkMoveStep,
    MemberState,
    Reason,
)
from profiles.figures.bulk import BulkFigures
from profiles.figures.bulk_durations import BulkStage
from profiles.figures.counts import Count, Share
from profiles.figures.late_bulk_moves import BulkReason, late_bulk_moves
from profiles.figures.loan_durations import LoanStage
from profiles.figures.scope import Period, Scope
from profiles.figures.service import Reader, figures_of
from profiles.loans.models import LoanSide, LoanState, LoanStep
from profiles.temporal import start_of_day
from profiles.transfers.models import PayItem, Side
from tests.factories.loans import make_lending
from tests.factories.people import make_employee
from tests.factories.transfers import Move

START = date(2026, 3, 16)
SPRING = Period(date(2026, 2, 10), date(2026, 4, 20))
LATER = datetime(2026, 4, 10, 9, tzinfo=UTC)
ALL = Reader(None, exact=True)


def bulk_move(
    move: Move, state: BulkMoveState, *people: MemberState, reason: Reason | None = None
) -> tuple[BulkMove, list[BulkMoveMember]]:
    """A bulk move from HMRC to the Home Office with these people on its list."""
    made = BulkMove(
        exporting_organisation_id=move.hmrc.id,
        importing_organisation_id=move.home_office.id,
        state=state,
        by_list=True,
        start_date=START,
        starts_at=start_of_day(START),
        prepared_by=move.hmrc_officer,
        created_at=move.now,
    )
    move.session.add(made)
    move.session.flush()
    members = []
    for number, one in enumerate(people):
        posting = make_employee(move.session, move.now, move.hmrc, f"bulk.number{number}")
        members.append(
            BulkMoveMember(
                bulk_move_id=made.id,
                person_id=posting.person_id,
                employment_id=posting.employment_id,
                organisation_id=move.hmrc.id,
                number=str(number),
                state=one,
                reason=reason if one is MemberState.SET_APART else None,
            )
        )
    move.session.add_all(members)
    move.session.flush()
    return made, members


def bulk(move: Move, reader: Reader = ALL, period: Period = SPRING) -> BulkFigures:
    return figures_of(move.session, reader, period, LATER).bulk


def pay(move: Move, made: BulkMove, member: BulkMoveMember, at: datetime, *, right: bool) -> None:
    officer = move.payroll_officer()
    paying.record_pay(
        move.session,
        at,
        move_id=made.id,
        member_id=member.id,
        officer_id=officer,
        permissions=move.permissions(officer),
        right=dict.fromkeys(PayItem, right),
    )


def test_what_is_on_its_way_counts_who_goes_along_and_why_others_do_not(move: Move) -> None:
    ready, apart = MemberState.READY, MemberState.SET_APART
    bulk_move(move, BulkMoveState.VALIDATED, ready, ready, apart, reason=Reason.SIGN_IN)
    for place in (move.hmrc, move.home_office):
        found = bulk(move, Reader([place.id], exact=True))
        assert (found.on_the_way, found.people) == (
            {BulkMoveState.VALIDATED: Count(1)},
            {BulkMoveState.VALIDATED: Count(2)},
        )
        assert found.set_apart == {Reason.SIGN_IN: Count(1)}
    elsewhere = bulk(move, Reader([UUID(int=1)], exact=True))
    assert (elsewhere.on_the_way, elsewhere.set_apart, elsewhere.moves) == ({}, {}, Count(0))


def test_why_somebody_is_set_apart_the_new_department_reads_no_further_than_on_the_list(move: Move) -> None:
    bulk_move(move, BulkMoveState.VALIDATED, MemberState.SET_APART, reason=Reason.SUSPENDED)
    left, joined = (bulk(move, Reader([one.id], exact=True)) for one in (move.hmrc, move.home_office))
    assert (left.set_apart, joined.set_apart) == ({Reason.SUSPENDED: Count(1)}, {})


@pytest.mark.parametrize(
    ("state", "since", "reasons"),
    [
        (
            BulkMoveState.LIST_DRAFTED,
            datetime(2026, 3, 10, tzinfo=UTC),
            {BulkReason.OLD_AGREES, BulkReason.NEW_AGREES},
        ),
        (BulkMoveState.VALIDATED, datetime(2026, 3, 10, tzinfo=UTC), {BulkReason.CONFIRM}),
        (BulkMoveState.SCHEDULING, datetime(2026, 3, 3, 9, tzinfo=UTC), {BulkReason.LANYARD}),
        (BulkMoveState.SCHEDULED, datetime(2026, 3, 17, tzinfo=UTC), {BulkReason.LANYARD}),
        (BulkMoveState.RECONCILING, datetime(2026, 4, 30, 23, tzinfo=UTC), {BulkReason.PAYROLL}),
    ],
)
def test_each_state_is_late_when_who_is_to_act_has_had_their_time(
    move: Move, state: BulkMoveState, since: datetime, reasons: set[BulkReason]
) -> None:
    bulk_move(move, state)
    an_hour = timedelta(hours=1)
    assert late_bulk_moves(move.session, Scope(None), since - an_hour) == []
    late = late_bulk_moves(move.session, Scope(None), since + an_hour)
    assert {one.state for one in late} == {state}
    assert {one.reason for one in late} == reasons


def reasons_of(move: Move, now: datetime, place: UUID | None = None) -> set[BulkReason]:
    scope = Scope(None if place is None else [place])
    return {one.reason for one in late_bulk_moves(move.session, scope, now)}


def test_who_has_agreed_to_a_list_is_not_waited_for_and_after_its_day_it_needs_another(move: Move) -> None:
    made, _members = bulk_move(move, BulkMoveState.LIST_DRAFTED)
    agreed = BulkMoveAgreement(
        bulk_move_id=made.id, side=Side.EXPORTING, officer_id=move.hmrc_officer, agreed_at=move.now
    )
    move.session.add(agreed)
    assert reasons_of(move, datetime(2026, 3, 12, 9, tzinfo=UTC)) == {BulkReason.NEW_AGREES}
    assert reasons_of(move, datetime(2026, 3, 17, 9, tzinfo=UTC)) == {BulkReason.DATE_PASSED}
    assert reasons_of(move, datetime(2026, 3, 17, 9, tzinfo=UTC), UUID(int=1)) == set()


@pytest.mark.parametrize(
    ("reason", "old", "new"),
    [
        (Reason.SIGN_IN, True, True),
        (Reason.SUSPENDED, True, False),
        (Reason.EXCLUDED, False, False),
        (Reason.LEAVING, False, False),
    ],
)
def test_people_who_are_not_ready_in_the_last_week_make_a_move_late_for_who_may_know_why(
    move: Move, reason: Reason, old: bool, new: bool
) -> None:
    bulk_move(move, BulkMoveState.SCHEDULED, MemberState.SCHEDULED, MemberState.SET_APART, reason=reason)
    before, during = (datetime(2026, 3, day, 9, tzinfo=UTC) for day in (9, 10))
    for place, told in ((move.hmrc.id, old), (move.home_office.id, new)):
        assert reasons_of(move, before, place) == set()
        assert reasons_of(move, during, place) == ({BulkReason.PEOPLE} if told else set())


def test_that_nobody_answers_when_somebody_began_is_late_also_of_a_completed_move(move: Move) -> None:
    _made, (one,) = bulk_move(move, BulkMoveState.COMPLETED, MemberState.PAID)
    one.restart_due_on = date(2026, 4, 9)
    move.session.flush()
    assert reasons_of(move, datetime(2026, 4, 9, 9, tzinfo=UTC)) == set()
    assert reasons_of(move, LATER) == {BulkReason.FIRST_DAY}
    late = bulk(move).late
    assert (late.number, late.by_reason) == (Count(1), {BulkReason.FIRST_DAY: Count(1)})


def test_whom_it_moved_have_joined_one_department_and_left_the_other(move: Move) -> None:
    moved, apart = MemberState.JOINED, MemberState.SET_APART
    bulk_move(move, BulkMoveState.RECONCILING, moved, moved, apart, reason=Reason.ON_LOAN)
    came, went = (bulk(move, Reader([place.id], exact=True)) for place in (move.home_office, move.hmrc))
    assert (came.moves, came.joined, came.left, came.apart) == (Count(1), Count(2), Count(0), Count(1))
    assert (went.moves, went.joined, went.left, went.apart) == (Count(1), Count(0), Count(2), Count(1))
    assert bulk(move, period=Period(date(2026, 3, 17), date(2026, 4, 20))).moves == Count(0)
    coarse = bulk(move, Reader(None, exact=False))
    assert (coarse.moves, coarse.joined) == (Count(10, fewer=True), Count(10, fewer=True))


def test_a_first_pay_counts_by_what_payroll_said_first_put_right_later_or_not(move: Move) -> None:
    joined = MemberState.JOINED
    made, (one, _other, *_rest) = bulk_move(move, BulkMoveState.RECONCILING, joined, joined, joined, joined)
    pay(move, made, one, LATER - timedelta(days=9), right=False)
    pay(move, made, one, LATER - timedelta(days=1), right=True)
    assert bulk(move).wrong_pay == Share(Count(1), Count(1), 100.0)
    officer = move.payroll_officer()
    acting = {"officer_id": officer, "permissions": move.permissions(officer)}
    paying.record_rest_right(move.session, LATER, move_id=made.id, **acting)
    assert bulk(move).wrong_pay == Share(Count(1), Count(4), 25.0)
    assert bulk(move, Reader([move.hmrc.id], exact=True)).wrong_pay is None
    assert bulk(move, period=Period(date(2026, 4, 10), date(2026, 4, 20))).wrong_pay == Share(
        Count(0), Count(3), 0.0
    )


def test_what_came_to_nothing_is_counted_by_how(move: Move) -> None:
    made, _members = bulk_move(move, BulkMoveState.REFUSED)
    step = BulkMoveStep(
        bulk_move_id=made.id,
        from_state=BulkMoveState.LIST_DRAFTED,
        to_state=BulkMoveState.REFUSED,
        at=move.now,
    )
    move.session.add(step)
    found = bulk(move)
    assert (found.endings, found.on_the_way) == ({BulkMoveState.REFUSED: Count(1)}, {})


def test_how_long_a_loan_took_to_be_agreed(move: Move) -> None:
    lending = make_lending(move)
    loan = lending.draft()
    lending.submit(loan)
    move.now += timedelta(days=2)
    lending.approve(loan, LoanSide.HOME)
    lending.describe(loan)
    move.now += timedelta(days=1)
    lending.approve(loan, LoanSide.HOST)
    lending.sign(loan)
    move.now += timedelta(days=3)
    lending.agree_clearance(loan)
    assert loan.state is LoanState.SCHEDULED
    found = figures_of(move.session, ALL, SPRING, LATER).loan_durations
    days = {stage: one.median_days for stage, one in found.items()}
    assert days == {
        LoanStage.SUBMITTING: 0.0,
        LoanStage.APPROVING: 2.0,
        LoanStage.HOSTING: 1.0,
        LoanStage.SIGNING: 0.0,
        LoanStage.SETTLING: 3.0,
        LoanStage.AGREEING: 6.0,
        LoanStage.AHEAD: 7.6,
    }
    assert figures_of(move.session, Reader([UUID(int=1)], exact=True), SPRING, LATER).loan_durations == {}


def test_an_extension_and_a_hold_count_from_when_they_began(move: Move) -> None:
    loan = make_lending(move).until(LoanState.HOME_APPROVED)
    for state, stage in (
        (LoanState.EXTENSION_PENDING, LoanStage.EXTENDING),
        (LoanState.ON_HOLD, LoanStage.STANDING_STILL),
    ):
        move.session.add_all(
            LoanStep(loan_id=loan.id, from_state=before, to_state=after, at=move.now + timedelta(days=days))
            for before, after, days in ((LoanState.ON_LOAN, state, 1), (state, LoanState.ON_LOAN, 4))
        )
        found = figures_of(move.session, ALL, SPRING, LATER).loan_durations
        assert found[stage].median_days == 3.0


def test_a_loan_lasts_until_home_has_confirmed_the_return(move: Move) -> None:
    loan = make_lending(move).until(LoanState.HOME_APPROVED)
    back = LoanStep(
        loan_id=loan.id,
        from_state=LoanState.OVERDUE,
        to_state=LoanState.RETURNED,
        at=loan.begins_at + timedelta(days=10),
    )
    move.session.add(back)
    found = figures_of(move.session, ALL, SPRING, loan.ends_at).loan_durations
    assert found[LoanStage.LENT].median_days == 10.0
    loan.ends_at = loan.begins_at + timedelta(days=8)
    again = figures_of(move.session, ALL, SPRING, loan.ends_at).loan_durations
    assert again[LoanStage.RETURNING].median_days == 2.0


def test_each_step_of_a_bulk_move_counts_from_when_it_came_there_last(move: Move) -> None:
    made, _members = bulk_move(move, BulkMoveState.COMPLETED)
    s = BulkMoveState
    way = [
        *((s.LIST_DRAFTED, s.BOTH_AGREED, -14), (s.BOTH_AGREED, s.REDATING, -13)),
        *((s.REDATING, s.LIST_DRAFTED, -12), (s.LIST_DRAFTED, s.BOTH_AGREED, -10)),
        *((s.BOTH_AGREED, s.VALIDATED, -9), (s.VALIDATED, s.SCHEDULING, -5), (s.SCHEDULING, s.SCHEDULED, -4)),
        *((s.SCHEDULED, s.LEFT, 0), (s.LEFT, s.JOINED, 0), (s.JOINED, s.RECONCILING, 1)),
        (s.RECONCILING, s.COMPLETED, 20),
    ]
    move.session.add_all(
        BulkMoveStep(
            bulk_move_id=made.id, from_state=before, to_state=after, at=made.starts_at + timedelta(days=days)
        )
        for before, after, days in way
    )
    made.created_at = made.starts_at - timedelta(days=20)
    move.session.flush()
    found = bulk(move).durations
    assert {stage: one.median_days for stage, one in found.items()} == {
        BulkStage.AGREEING: 2.0,
        BulkStage.LOOKING: 1.0,
        BulkStage.CONFIRMING: 4.0,
        BulkStage.RECORDING: 1.0,
        BulkStage.AHEAD: 4.0,
        BulkStage.MOVING: 1.0,
        BulkStage.PAYING: 20.0,
    }
    assert (found[BulkStage.AGREEING].count, found[BulkStage.AGREEING].nine_in_ten_days) == (Count(2), 6.0)
    assert bulk(move, Reader([UUID(int=1)], exact=True)).durations == {}
