"""A career break closes post, pay, roles and access from its day; only a recorded return opens anything."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.clearances.models import Sponsorship
from profiles.employments.breaks import pauses, places_of
from profiles.employments.models import CareerBreak, Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.entitlements.who_may_use import who_may_use
from profiles.errors import Conflict, Invalid
from profiles.loans.models import LoanState
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import WorkAddress
from profiles.portable_profile.break_reminders import SUBJECT, remind
from profiles.portable_profile.changes import decide, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, ChangeState, LeavingCause
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import RoleAssignment
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.sign_in.service import may_sign_in
from profiles.temporal import INSTANT, end, end_of_day, record, start_of_day
from tests.factories.career_breaks import (
    BEGINS,
    EXPECTED,
    LAPSES,
    PAUSED,
    POST,
    RETURNS,
    STAYS,
    app_of,
    ask,
    begin,
    come_back,
    decided,
    held,
    kept,
    leave,
    settle,
)
from tests.factories.loans import make_lending
from tests.factories.organisations import PROVENANCE
from tests.factories.people import make_employee
from tests.factories.transfers import Move


@pytest.fixture
def second(move: Move) -> UUID:
    return make_employee(move.session, move.now, move.hmrc, "sue.second").person_id


@pytest.fixture
def settled(move: Move) -> Move:
    return settle(move)


def test_post_pay_roles_and_access_end_with_the_day_before_and_the_employment_goes_on(settled: Move) -> None:
    change = begin(settled)
    assert change.state is ChangeState.RECORDED
    assert all(kept(settled, PAUSED, BEGINS - INSTANT))
    assert not any(kept(settled, PAUSED, BEGINS))
    assert all(kept(settled, STAYS, BEGINS))
    assert may_sign_in(settled.session, settled.employee, BEGINS)
    assert places_of(settled.session, settled.employee, settled.now) == [settled.hmrc.id]
    assert [one.return_on for one in held(settled, CareerBreak, BEGINS)] == [EXPECTED]


@pytest.mark.parametrize("at", [BEGINS, start_of_day(EXPECTED), start_of_day(date(2027, 9, 1))])
def test_nobody_on_a_break_may_use_an_app_and_the_expected_day_opens_nothing(
    settled: Move, at: datetime
) -> None:
    begin(settled)
    app = app_of(settled)
    assert settled.employee in who_may_use(settled.session, app, BEGINS - INSTANT, settled.now)
    assert settled.employee not in who_may_use(settled.session, app, at, settled.now)
    assert not decided(settled, app, at)


def test_a_return_opens_what_rests_on_rules_and_nothing_that_was_given_by_hand(
    settled: Move, second: UUID
) -> None:
    begin(settled)
    assert come_back(settled, second).decided_by == second
    app = app_of(settled)
    assert settled.employee not in who_may_use(settled.session, app, RETURNS - INSTANT, settled.now)
    assert settled.employee in who_may_use(settled.session, app, RETURNS, settled.now)
    assert decided(settled, app, RETURNS)
    assert kept(settled, (RoleAssignment, Entitlement, CareerBreak), RETURNS) == [False, False, False]
    (pay,) = held(settled, PayRecord, RETURNS)
    assert (pay.salary_pence, pay.fte_thousandths) == (4_000_000, 600)


def test_what_is_given_by_hand_during_the_break_does_not_revive_with_the_return(
    settled: Move, second: UUID
) -> None:
    begin(settled)
    stamp = PROVENANCE.stamp(settled.now, BEGINS + timedelta(days=9)) | {"person_id": settled.employee}
    app = app_of(settled)
    record(
        settled.session,
        Entitlement(app_id=app, role_name="clerk", approved_by=settled.hmrc_officer, **stamp),
    )
    come_back(settled, second)
    assert not held(settled, Entitlement, RETURNS)


def test_sponsorship_lapses_after_the_months_unless_they_are_back_before(settled: Move, second: UUID) -> None:
    begin(settled)
    assert held(settled, Sponsorship, LAPSES - INSTANT)
    assert not held(settled, Sponsorship, LAPSES)
    come_back(settled, second)
    assert held(settled, Sponsorship, LAPSES)


def test_a_return_after_the_lapse_leaves_it_lapsed(settled: Move, second: UUID) -> None:
    begin(settled)
    come_back(settled, second)
    come_back(settled, second, LAPSES + timedelta(days=30))
    assert not held(settled, Sponsorship, LAPSES)
    assert not held(settled, Posting, LAPSES)
    assert held(settled, Posting, LAPSES + timedelta(days=30))


def test_a_return_that_is_recorded_again_keeps_what_the_first_one_took_back(
    settled: Move, second: UUID
) -> None:
    (sponsorship,) = held(settled, Sponsorship, settled.now)
    ends_at = LAPSES + timedelta(days=900)
    end(settled.session, sponsorship, ends_at, settled.now, PROVENANCE)
    settled.now += timedelta(minutes=5)
    begin(settled)
    come_back(settled, second)
    come_back(settled, second, RETURNS + timedelta(days=30))
    assert [one.valid_to for one in held(settled, Sponsorship, LAPSES)] == [ends_at]
    assert not held(settled, Posting, RETURNS)
    assert held(settled, CareerBreak, RETURNS)


def test_a_promotion_before_the_break_ends_with_it_and_bars_taking_it_back(
    settled: Move, second: UUID
) -> None:
    begin(settled)
    wanted = Wanted(
        person_id=settled.employee,
        organisation_id=settled.hmrc.id,
        kind=Kind.POSTING,
        action=Action.ADD,
        values=POST | {"job_title": "Team Leader", "valid_from": BEGINS - timedelta(days=7)},
        reason="A letter",
        source="page:letter",
    )
    submit(settled.session, wanted, settled.now, settled.hmrc_officer, alone_up_to=1000)
    assert [one.job_title for one in held(settled, Posting, BEGINS - INSTANT)] == ["Team Leader"]
    assert not held(settled, Posting, BEGINS)
    settled.now += timedelta(minutes=5)
    with pytest.raises(Conflict, match="Take that change back first"):
        ask(settled, Action.TAKE_BACK_BREAK)


@pytest.mark.parametrize("kind", [Kind.POSTING, Kind.PAY])
def test_no_post_and_no_pay_is_added_during_the_break(settled: Move, kind: Kind) -> None:
    begin(settled)
    pay = {"salary_pence": 1_000_000, "pay_reason": PayReason.AWARD, "fte_thousandths": 1000}
    values: dict[str, Any] = dict(POST) if kind is Kind.POSTING else pay
    wanted = Wanted(
        person_id=settled.employee,
        organisation_id=settled.hmrc.id,
        kind=kind,
        action=Action.ADD,
        values=values | {"valid_from": BEGINS + timedelta(days=7)},
        reason="A letter",
        source="page:letter",
    )
    with pytest.raises(Invalid, match="career break"):
        submit(settled.session, wanted, settled.now, settled.hmrc_officer, alone_up_to=1000)


def test_a_break_that_has_not_begun_is_taken_back_by_two_officers(settled: Move, second: UUID) -> None:
    begin(settled)
    change = ask(settled, Action.TAKE_BACK_BREAK)
    assert change.state is ChangeState.WAITING
    settled.now += timedelta(minutes=5)
    decide(settled.session, change, settled.now, second, approved=True)
    assert all(kept(settled, PAUSED + STAYS, LAPSES))
    assert not held(settled, CareerBreak, BEGINS)


def test_another_expected_day_changes_nothing_else(settled: Move) -> None:
    begin(settled)
    change = ask(settled, Action.EXPECT_RETURN, return_on=date(2027, 1, 1))
    assert change.state is ChangeState.RECORDED
    assert [one.return_on for one in held(settled, CareerBreak, BEGINS)] == [date(2027, 1, 1)]
    assert not held(settled, Posting, start_of_day(date(2027, 1, 1)))


@pytest.mark.parametrize("cause", [LeavingCause.RESIGNED, LeavingCause.DIED])
def test_leaving_during_the_break_ends_it(settled: Move, second: UUID, cause: LeavingCause) -> None:
    begin(settled)
    (employment,) = held(settled, Employment, settled.now)
    ends_at = end_of_day(date(2026, 6, 30))
    leave(settled, second, employment.fact_id, ends_at, cause)
    assert not any(kept(settled, (Employment, CareerBreak, Sponsorship, WorkAddress), ends_at))


def test_a_break_and_a_move_are_in_each_others_way(settled: Move) -> None:
    transfer = settled.begin()
    with pytest.raises(Conflict, match="move or a loan"):
        begin(settled)
    transfer.in_flight = False
    settled.session.flush()
    begin(settled)
    assert pauses(settled.session, settled.employee, settled.now)
    with pytest.raises(Conflict, match="back at work"):
        settled.begin()


def test_nobody_on_a_break_is_lent(settled: Move) -> None:
    begin(settled)
    with pytest.raises(Conflict, match="career break"):
        make_lending(settled).until(LoanState.DRAFT)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"return_on": date(2026, 4, 1)}, "return_on"),
        ({"return_on": date(2207, 4, 1)}, "return_on"),
        ({"valid_from": datetime(2030, 1, 1, tzinfo=UTC), "return_on": date(2031, 1, 1)}, "first_day"),
        ({"valid_from": datetime(1990, 1, 1, tzinfo=UTC)}, "first_day"),
    ],
)
def test_days_that_cannot_be_are_refused(settled: Move, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        begin(settled, **values)
    assert refused.value.field == field


def test_hr_is_reminded_once_of_a_day_that_has_passed(settled: Move) -> None:
    begin(settled)
    for at in (start_of_day(EXPECTED), end_of_day(EXPECTED), end_of_day(EXPECTED) + timedelta(days=1)):
        remind(settled.session, at, 10)
    subjects = [one.payload["subject"] for one in settled.session.exec(select(OutboxMessage))]
    told = set(who_may(settled.session, Permission.CHANGE_RECORDS, settled.hmrc.id, end_of_day(EXPECTED)))
    assert subjects.count(SUBJECT) == len(told - {settled.employee}) > 0
