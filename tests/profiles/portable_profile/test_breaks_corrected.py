"""A career break or a return that was recorded wrongly is put right, and nothing revives by that."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.clearances.models import Sponsorship
from profiles.employments.breaks import absent_from
from profiles.employments.models import CareerBreak, Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, Invalid
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import PayRecord
from profiles.people import sensitive
from profiles.portable_profile.break_reminders import SUBJECT, remind
from profiles.portable_profile.breaks import held_for_good, returned
from profiles.portable_profile.changes import decide, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, ChangeState, PostChange
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import RoleAssignment
from profiles.temporal import INSTANT, civil_date, end_of_day, record, start_of_day
from tests.factories.career_breaks import (
    BEGINS,
    EXPECTED,
    LAPSES,
    RETURNS,
    app_of,
    ask,
    begin,
    come_back,
    decided,
    held,
    kept,
    settle,
)
from tests.factories.organisations import PROVENANCE
from tests.factories.people import make_employee
from tests.factories.transfers import Move

LATER = date(2027, 3, 1)


@pytest.fixture
def second(move: Move) -> UUID:
    return make_employee(move.session, move.now, move.hmrc, "sue.second").person_id


@pytest.fixture
def settled(move: Move) -> Move:
    return settle(move)


def take_back(move: Move, second: UUID) -> None:
    change = ask(move, Action.TAKE_BACK_BREAK)
    assert change.state is ChangeState.WAITING
    move.now += timedelta(minutes=5)
    decide(move.session, change, move.now, second, approved=True)
    move.now += timedelta(minutes=5)


def correct(move: Move, second: UUID, kind: Kind, fact: Any, **values: object) -> None:
    wanted = Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=kind,
        action=Action.CORRECT,
        values=values,
        reason="A letter",
        source="page:letter",
        version_id=fact.id,
    )
    change = submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=1000)
    move.now += timedelta(minutes=5)
    if change.state is ChangeState.WAITING:
        decide(move.session, change, move.now, second, approved=True)
    move.now += timedelta(minutes=5)


def test_who_returns_later_than_expected_is_not_said_to_have_no_return(settled: Move, second: UUID) -> None:
    begin(settled)
    come_back(settled, second, start_of_day(date(2026, 11, 2)))
    at = end_of_day(EXPECTED) + timedelta(days=1)
    remind(settled.session, at, 10)
    assert SUBJECT not in [one.payload["subject"] for one in settled.session.exec(select(OutboxMessage))]
    assert [one.return_on for one in absent_from(settled.session, [settled.hmrc.id], at)] == [
        date(2026, 11, 2)
    ]


def test_a_return_that_does_not_come_is_taken_back_with_another_expected_day(
    settled: Move, second: UUID
) -> None:
    begin(settled)
    come_back(settled, second)
    assert ask(settled, Action.EXPECT_RETURN, return_on=LATER).state is ChangeState.RECORDED
    settled.now += timedelta(minutes=5)
    assert kept(settled, (Posting, PayRecord, CareerBreak), RETURNS) == [False, False, True]
    assert not decided(settled, app_of(settled), start_of_day(LATER))
    assert not held(settled, Sponsorship, LAPSES)
    come_back(settled, second, start_of_day(LATER))
    assert decided(settled, app_of(settled), start_of_day(LATER))


def test_a_break_that_was_never_so_is_taken_back_after_its_first_day(settled: Move, second: UUID) -> None:
    today = start_of_day(civil_date(settled.now))
    begin(settled, valid_from=today)
    assert not decided(settled, app_of(settled), settled.now)
    take_back(settled, second)
    assert kept(settled, (Posting, PayRecord, CareerBreak), today) == [True, True, False]
    assert decided(settled, app_of(settled), settled.now)
    assert kept(settled, (RoleAssignment, Entitlement), settled.now) == [False, False]
    assert held(settled, Sponsorship, LAPSES)


def test_sponsorship_that_has_lapsed_does_not_come_back_with_the_post(settled: Move, second: UUID) -> None:
    begin(settled)
    settled.now = LAPSES + timedelta(days=1)
    take_back(settled, second)
    assert kept(settled, (Posting, Sponsorship), settled.now) == [True, False]


def test_the_first_day_of_a_break_is_put_right_by_recording_it_anew(settled: Move, second: UUID) -> None:
    today = start_of_day(civil_date(settled.now))
    begin(settled, valid_from=today)
    take_back(settled, second)
    begin(settled)
    assert kept(settled, (Posting, PayRecord), BEGINS - INSTANT) == [True, True]
    assert held(settled, CareerBreak, BEGINS)


def test_a_return_that_has_begun_is_corrected_and_what_was_given_since_stays(
    settled: Move, second: UUID
) -> None:
    begin(settled)
    come_back(settled, second)
    settled.now = RETURNS + timedelta(days=9)
    stamp = PROVENANCE.stamp(settled.now, RETURNS + timedelta(days=2)) | {"person_id": settled.employee}
    app = app_of(settled)
    record(
        settled.session,
        Entitlement(app_id=app, role_name="clerk", approved_by=settled.hmrc_officer, **stamp),
    )
    was_back = RETURNS - timedelta(days=7)
    assert [one.valid_to for one in returned(settled.session, settled.employee, settled.now)] == [RETURNS]
    come_back(settled, second, was_back)
    assert kept(settled, (Posting, PayRecord, CareerBreak), was_back) == [True, True, False]
    assert held(settled, Entitlement, settled.now)


def test_a_return_after_which_the_post_was_changed_is_not_corrected_as_one(
    settled: Move, second: UUID
) -> None:
    begin(settled)
    come_back(settled, second)
    settled.now = RETURNS + timedelta(days=9)
    (post,) = held(settled, Posting, settled.now)
    correct(settled, second, Kind.POSTING, post, job_title="Team Leader")
    assert not returned(settled.session, settled.employee, settled.now)
    with pytest.raises(Conflict, match="one by one"):
        come_back(settled, second, RETURNS - timedelta(days=7))


def test_who_does_not_come_on_the_day_goes_on_another_break_from_it(settled: Move, second: UUID) -> None:
    begin(settled)
    come_back(settled, second)
    settled.now = RETURNS + timedelta(hours=9)
    begin(settled, valid_from=RETURNS, return_on=LATER)
    assert kept(settled, (Posting, PayRecord, CareerBreak), RETURNS) == [False, False, True]
    take_back(settled, second)
    assert kept(settled, (Posting, PayRecord, CareerBreak), RETURNS) == [True, True, False]


def test_a_break_follows_a_post_that_was_ended_the_day_before(settled: Move, second: UUID) -> None:
    (post,) = held(settled, Posting, settled.now)
    correct(settled, second, Kind.POSTING, post, valid_to=BEGINS)
    begin(settled)
    assert held(settled, CareerBreak, BEGINS)


def test_a_second_break_within_the_first_is_refused_in_words(settled: Move) -> None:
    begin(settled)
    with pytest.raises(Invalid, match="career break is recorded") as refused:
        begin(settled, valid_from=BEGINS - timedelta(days=7))
    assert refused.value.field == "first_day"


def test_a_break_goes_on_with_an_employment_that_is_prolonged(settled: Move, second: UUID) -> None:
    (employment,) = held(settled, Employment, settled.now)
    correct(settled, second, Kind.EMPLOYMENT, employment, valid_to=end_of_day(date(2026, 12, 31)))
    begin(settled)
    (employment,) = held(settled, Employment, settled.now)
    correct(settled, second, Kind.EMPLOYMENT, employment, valid_to=end_of_day(date(2027, 12, 31)))
    assert [one.valid_to for one in held(settled, CareerBreak, BEGINS)] == [end_of_day(date(2027, 12, 31))]
    assert not held(settled, Posting, start_of_day(LATER))


def test_pay_goes_on_at_the_pay_location_of_before(settled: Move, second: UUID) -> None:
    (paid,) = held(settled, PayRecord, settled.now)
    correct(settled, second, Kind.PAY, paid, location="London")
    begin(settled)
    come_back(settled, second)
    assert [one.location for one in held(settled, PayRecord, RETURNS)] == ["London"]


def test_who_is_marked_sensitive_is_listed_once_somebody_must_act(settled: Move) -> None:
    begin(settled)
    sensitive.mark(
        settled.session,
        settled.now,
        person_id=settled.employee,
        organisation_id=settled.hmrc.id,
        officer_id=settled.hmrc_officer,
        reason="A threat",
    )
    late = end_of_day(EXPECTED)
    for at, listed in ((late - INSTANT, 0), (late, 1)):
        assert len(absent_from(settled.session, [settled.hmrc.id], at)) == listed


def test_a_return_is_to_the_post_below_a_temporary_promotion(settled: Move) -> None:
    (post,) = held(settled, Posting, settled.now)
    wanted = Wanted(
        person_id=settled.employee,
        organisation_id=settled.hmrc.id,
        kind=Kind.POSTING,
        action=Action.CHANGE_POST,
        values={
            "change": PostChange.TEMPORARY_PROMOTION,
            "local_grade": "Senior Officer",
            "job_title": "Team Leader",
            "salary_pence": 4_400_000,
            "valid_from": BEGINS - timedelta(days=20),
            "valid_to": BEGINS + timedelta(days=100),
        },
        reason="A letter",
        source="page:letter",
        version_id=post.id,
    )
    submit(settled.session, wanted, settled.now, settled.hmrc_officer, alone_up_to=1000)
    settled.now += timedelta(minutes=5)
    begin(settled)
    (begun,) = held(settled, CareerBreak, BEGINS)
    before = [held_for_good(settled.session, begun, one, settled.now) for one in (Posting, PayRecord)]
    assert (before[0].job_title, before[1].salary_pence) == ("Caseworker", 3_800_000)
