"""A promotion, for good or for a time, another post: the post and pay change as one, and back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from profiles.apps import service as apps
from profiles.audit.models import AuditEntry
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid
from profiles.organisations.grades import CommonGrade
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import AllowanceKind, PayAllowance, PayReason, PayRecord
from profiles.portable_profile.changes import decide, foresee, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, ChangeState, LeavingCause, PostChange, RecordChange
from profiles.portable_profile.posts import find_post_change, post_changes
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import INSTANT, current, end_of_day, record, start_of_day
from profiles.temporal import replace as replace_fact
from profiles.transfers.ending import withdraw
from tests.factories.apps import make_app
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE
from tests.factories.people import make_employee
from tests.factories.transfers import Move

FIRST, LAST = start_of_day(date(2026, 4, 1)), end_of_day(date(2026, 9, 30))
LATER = datetime(2027, 1, 1, 12, tzinfo=UTC)
POST: dict[str, Any] = {
    "local_grade": "Senior Officer",
    "job_title": "Team Leader",
    "profession": "",
    "unit": "",
    "location": "",
    "line_manager_id": None,
    "required_clearance": None,
    "valid_from": FIRST,
}
PROMOTION = POST | {"change": PostChange.PROMOTION, "salary_pence": 4_200_000}
TEMPORARY = POST | {
    "change": PostChange.TEMPORARY_PROMOTION,
    "valid_to": LAST,
    "allowance_pence": 300_000,
}


@pytest.fixture
def second(move: Move) -> UUID:
    return make_employee(move.session, move.now, move.hmrc, "sue.second").person_id


@pytest.fixture
def paid(move: Move) -> Move:
    """The employee, a higher officer, with pay."""
    (posting,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    stamp = PROVENANCE.stamp(move.now, start_of_day(date(2020, 4, 1)))
    pay = PayRecord(
        person_id=move.employee,
        employment_id=posting.employment_id,
        organisation_id=move.hmrc.id,
        salary_pence=3_600_000,
        fte_thousandths=800,
        location="London",
        pay_reason=PayReason.APPOINTMENT,
        **stamp,
    )
    record(move.session, pay)
    move.now += timedelta(hours=1)
    return move


def held(move: Move, at: datetime) -> Posting:
    (found,) = current(move.session, Posting, at, move.now, person_id=move.employee)
    return found


def wish(move: Move, values: dict[str, Any], action: Action, version_id: UUID) -> Wanted:
    return Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.POSTING,
        action=action,
        values=values,
        reason="Won the competition",
        source="page:letter",
        version_id=version_id,
    )


def change(move: Move, values: dict[str, Any], above: int = 1000) -> RecordChange:
    move.now += timedelta(minutes=1)
    wanted = wish(move, values, Action.CHANGE_POST, held(move, move.now).id)
    return submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=above)


def on(move: Move, action: Action, at: datetime = FIRST, **values: Any) -> RecordChange:
    """Correct, or take back, the change of post by which they hold a post at ``at``."""
    move.now += timedelta(minutes=1)
    wanted = wish(move, values, action, held(move, at).id)
    return submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=1000)


def state(move: Move, *instants: datetime) -> list[tuple[str, int, int]]:
    """Job title, salary and allowances at each instant, in pounds."""
    found = []
    for at in instants:
        salary, extra = (
            current(move.session, model, at, move.now, person_id=move.employee)
            for model in (PayRecord, PayAllowance)
        )
        found.append(
            (
                held(move, at).job_title,
                sum(one.salary_pence for one in salary) // 100,
                sum(one.amount_pence for one in extra) // 100,
            )
        )
    return found


def an_app_from(move: Move, grade: CommonGrade) -> None:
    """An app for people from this grade on."""
    apps.add_rule(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        app_id=make_app(move.session, move.now, move.hmrc).id,
        role_name="caseworker",
        valid_from=LONG_AGO,
        organisation_id=move.hmrc.id,
        grade_from=grade,
    )


BEFORE, AFTER = ("Caseworker", 36_000, 0), ("Team Leader", 42_000, 0)


def test_a_promotion_is_the_post_and_its_pay_from_a_day_on_as_one_change(paid: Move) -> None:
    change(paid, PROMOTION)
    assert state(paid, FIRST - INSTANT, FIRST, LATER) == [BEFORE, AFTER, AFTER]
    (pay,) = current(paid.session, PayRecord, FIRST, paid.now, person_id=paid.employee)
    assert (pay.fte_thousandths, pay.location, pay.pay_reason) == (800, "London", PayReason.PROMOTION)
    told = [
        one.details["action"]
        for one in paid.session.exec(select(AuditEntry).where(col(AuditEntry.person_id) == paid.employee))
        if one.event == "profile.changed"
    ]
    assert told == ["change_post"]


def test_a_temporary_one_goes_back_by_itself_and_its_allowance_ends(paid: Move) -> None:
    change(paid, TEMPORARY)
    during = ("Team Leader", 36_000, 3_000)
    assert state(paid, FIRST - INSTANT, FIRST, LAST - INSTANT, LAST, LATER) == [
        BEFORE,
        during,
        during,
        BEFORE,
        BEFORE,
    ]


def test_it_may_lie_in_the_past(paid: Move) -> None:
    change(paid, PROMOTION | {"valid_from": start_of_day(date(2026, 1, 1))})
    assert state(paid, start_of_day(date(2025, 12, 31)), paid.now) == [BEFORE, AFTER]


def test_a_promotion_out_of_a_temporary_one_is_for_good(paid: Move) -> None:
    change(paid, TEMPORARY | {"salary_pence": 4_000_000})
    good = start_of_day(date(2026, 6, 1))
    paid.now = good
    change(paid, PROMOTION | {"valid_from": good + timedelta(days=1), "job_title": "Manager"})
    assert state(paid, good, good + timedelta(days=1), LAST, LATER) == [
        ("Team Leader", 40_000, 3_000),
        *[("Manager", 42_000, 0)] * 3,
    ]


def test_another_post_for_good_ends_a_temporary_promotion_with_its_pay(paid: Move) -> None:
    change(paid, TEMPORARY | {"salary_pence": 4_000_000})
    paid.now = start_of_day(date(2026, 6, 1))
    values = POST | {"change": PostChange.LEVEL_MOVE, "local_grade": "Higher Officer", "job_title": "Analyst"}
    change(paid, values | {"valid_from": start_of_day(date(2026, 7, 1))})
    assert state(paid, start_of_day(date(2026, 7, 1)), LAST, LATER) == [("Analyst", 36_000, 0)] * 3


def test_a_lower_grade_may_keep_the_salary_on_mark_time(paid: Move) -> None:
    values = POST | {"change": PostChange.LOWER_GRADE, "local_grade": "Officer", "scale": "O"}
    scale = {"scale_minimum_pence": 2_800_000, "scale_maximum_pence": 3_100_000}
    change(paid, values | scale | {"mark_time_until": date(2028, 3, 31)})
    (pay,) = current(paid.session, PayRecord, FIRST, paid.now, person_id=paid.employee)
    assert (pay.salary_pence, pay.pay_reason) == (3_600_000, PayReason.MARK_TIME)
    assert pay.mark_time_until == date(2028, 3, 31)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (PROMOTION | {"local_grade": "Officer"}, "local_grade"),
        (PROMOTION | {"local_grade": "Grade 7"}, "local_grade"),
        (PROMOTION | {"change": PostChange.LEVEL_MOVE}, "local_grade"),
        (PROMOTION | {"change": PostChange.LOWER_GRADE}, "local_grade"),
        (PROMOTION | {"valid_to": LAST}, "last_day"),
        (PROMOTION | {"allowance_pence": 1}, "allowance_pence"),
        (PROMOTION | {"salary_pence": None}, "salary_pence"),
        (PROMOTION | {"salary_pence": 0}, "salary_pence"),
        (PROMOTION | {"mark_time_until": date(2028, 3, 31)}, "mark_time_until"),
        (PROMOTION | {"valid_from": start_of_day(date(2029, 1, 1))}, "first_day"),
        (PROMOTION | {"valid_from": start_of_day(date(2019, 1, 1))}, "first_day"),
        (PROMOTION | {"valid_from": start_of_day(date(2020, 4, 1))}, "first_day"),
        (TEMPORARY | {"valid_to": None}, "last_day"),
        (TEMPORARY | {"valid_to": FIRST}, "last_day"),
        (TEMPORARY | {"scale": "S"}, "salary_pence"),
    ],
)
def test_what_cannot_be_names_its_field_and_records_nothing(
    paid: Move, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        change(paid, values)
    assert refused.value.field == field
    assert state(paid, FIRST, LATER) == [BEFORE, BEFORE]


def test_a_pay_that_is_wrong_leaves_the_post_as_it_was(paid: Move) -> None:
    scale = {"scale_minimum_pence": 5, "scale_maximum_pence": 4}
    with pytest.raises(Invalid):
        change(paid, PROMOTION | scale)
    assert state(paid, FIRST) == [BEFORE]


def test_a_promotion_that_opens_an_app_waits_whatever_is_configured(paid: Move, second: UUID) -> None:
    an_app_from(paid, CommonGrade.SEO)
    asked = change(paid, TEMPORARY)
    assert asked.state is ChangeState.WAITING
    assert state(paid, FIRST) == [BEFORE]
    paid.now += timedelta(minutes=5)
    decide(paid.session, asked, paid.now, second, approved=True)
    assert held(paid, FIRST).job_title == "Team Leader"
    assert find_post_change(paid.session, held(paid, FIRST)) == asked


def test_what_only_closes_an_app_waits_by_the_number(paid: Move) -> None:
    an_app_from(paid, CommonGrade.HEO)
    lower = POST | {"change": PostChange.LOWER_GRADE, "local_grade": "Officer"}
    assert change(paid, lower, above=0).state is ChangeState.WAITING
    assert change(paid, lower, above=1).state is ChangeState.RECORDED


def test_what_is_foreseen_says_what_would_be_paid_and_records_nothing(paid: Move) -> None:
    wanted = wish(paid, TEMPORARY, Action.CHANGE_POST, held(paid, paid.now).id)
    effect = foresee(paid.session, wanted, paid.now, ())
    assert [type(one) for one in effect.beside] == [PayRecord, PayAllowance]
    assert state(paid, FIRST) == [BEFORE]


@pytest.mark.parametrize("values", [PROMOTION, TEMPORARY, TEMPORARY | {"salary_pence": 4_000_000}])
def test_taken_back_it_is_as_if_it_had_not_been(paid: Move, values: dict[str, Any]) -> None:
    change(paid, values)
    on(paid, Action.TAKE_BACK_POST)
    assert state(paid, FIRST - INSTANT, FIRST, LAST, LATER) == [BEFORE] * 4
    assert post_changes(paid.session, paid.employee, paid.now) == []
    change(paid, values)
    assert held(paid, FIRST).job_title == "Team Leader"


def test_corrected_all_of_it_moves_and_can_be_taken_back_still(paid: Move) -> None:
    change(paid, TEMPORARY)
    fact_id = held(paid, FIRST).fact_id
    sooner = end_of_day(date(2026, 6, 30))
    on(paid, Action.CORRECT_POST, **TEMPORARY | {"valid_to": sooner, "salary_pence": 4_000_000})
    assert state(paid, FIRST, sooner, LAST, LATER) == [("Team Leader", 40_000, 3_000), *[BEFORE] * 3]
    assert held(paid, FIRST).fact_id == fact_id
    on(paid, Action.CORRECT_POST, **PROMOTION)
    assert state(paid, FIRST, sooner, LAST, LATER) == [AFTER] * 4
    on(paid, Action.TAKE_BACK_POST)
    assert state(paid, FIRST - INSTANT, FIRST, LAST, LATER) == [BEFORE] * 4


def test_taking_back_what_ended_a_temporary_promotion_lets_that_go_on(paid: Move) -> None:
    change(paid, TEMPORARY | {"salary_pence": 4_000_000})
    good = start_of_day(date(2026, 6, 1))
    change(paid, PROMOTION | {"valid_from": good, "job_title": "Manager"})
    on(paid, Action.TAKE_BACK_POST, good)
    assert state(paid, FIRST, good, LAST, LATER) == [*[("Team Leader", 40_000, 3_000)] * 2, *[BEFORE] * 2]


def end_employment(move: Move, second: UUID, action: Action, **values: Any) -> None:
    """HR asks for it, and the second officer approves."""
    move.now += timedelta(minutes=1)
    (employment,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    wanted = wish(move, values, action, employment.id)
    asked = submit(
        move.session, replace(wanted, kind=Kind.EMPLOYMENT), move.now, move.hmrc_officer, alone_up_to=0
    )
    move.now += timedelta(minutes=1)
    decide(move.session, asked, move.now, second, approved=True)


def test_it_ends_with_a_last_day_that_is_recorded_and_goes_on_where_they_stay(
    paid: Move, second: UUID
) -> None:
    last = end_of_day(date(2026, 6, 30))
    end_employment(paid, second, Action.LEAVE, cause=LeavingCause.RESIGNED, valid_to=last)
    change(paid, PROMOTION)
    for model in (Posting, PayRecord):
        (fact,) = current(paid.session, model, FIRST, paid.now, person_id=paid.employee)
        assert fact.valid_to == last
    end_employment(paid, second, Action.STAY)
    assert state(paid, FIRST - INSTANT, FIRST, last, LATER) == [BEFORE, AFTER, AFTER, AFTER]


def test_with_a_move_agreed_it_ends_with_the_old_post_and_goes_on_when_that_is_stopped(paid: Move) -> None:
    transfer = paid.schedule(start_date=date(2026, 4, 13), last_day=date(2026, 4, 10))
    change(paid, PROMOTION)
    assert held(paid, FIRST).valid_to == transfer.leave_at
    paid.now += timedelta(minutes=1)
    withdraw(paid.session, paid.now, transfer_id=transfer.id, person_id=paid.employee)
    assert state(paid, FIRST, LATER) == [AFTER, AFTER]


def test_it_may_come_before_one_that_is_recorded_also_where_the_employment_ends(paid: Move) -> None:
    ends = end_of_day(date(2027, 1, 31))
    for model in (Employment, Posting):
        (one,) = current(paid.session, model, paid.now, paid.now, person_id=paid.employee)
        replace_fact(paid.session, one, paid.now, PROVENANCE, valid_to=ends)
    change(paid, PROMOTION | {"valid_from": start_of_day(date(2026, 6, 1))})
    level = {"change": PostChange.LEVEL_MOVE, "local_grade": "Higher Officer", "job_title": "Clerk"}
    change(paid, PROMOTION | level | {"salary_pence": 3_700_000})
    june = start_of_day(date(2026, 6, 1))
    assert state(paid, FIRST, june - INSTANT, june) == [("Clerk", 37_000, 0)] * 2 + [AFTER]
    assert current(paid.session, PayRecord, ends, paid.now, person_id=paid.employee) == []
    assert state(paid, ends - INSTANT) == [AFTER]


def test_one_for_good_is_not_undone_by_a_temporary_one_that_is_recorded_later_on(paid: Move) -> None:
    change(paid, TEMPORARY)
    with pytest.raises(Invalid, match="from 1 April 2026") as refused:
        change(paid, PROMOTION | {"valid_from": start_of_day(date(2026, 3, 16))})
    assert refused.value.field == "first_day"


def test_a_temporary_one_over_a_post_that_is_recorded_says_what_stands_in_the_way(paid: Move) -> None:
    change(paid, PROMOTION | {"valid_from": start_of_day(date(2026, 7, 1)), "job_title": "Manager"})
    with pytest.raises(Invalid, match="Another post, Manager, is recorded from 1 July 2026") as refused:
        change(paid, TEMPORARY)
    assert refused.value.field == "last_day"
    change(paid, TEMPORARY | {"valid_to": start_of_day(date(2026, 7, 1))})
    assert [title for title, *_pay in state(paid, FIRST, LAST)] == ["Team Leader", "Manager"]


@pytest.mark.parametrize(
    ("model", "more", "field"),
    [
        (PayRecord, {"salary_pence": 3_700_000, "pay_reason": PayReason.AWARD}, "salary_pence"),
        (
            PayAllowance,
            {"amount_pence": 100, "kind": AllowanceKind.TEMPORARY_RESPONSIBILITY},
            "allowance_pence",
        ),
    ],
)
def test_so_does_one_over_pay_that_is_recorded(
    paid: Move, model: Any, more: dict[str, Any], field: str
) -> None:
    august = start_of_day(date(2026, 8, 1))
    stamp = PROVENANCE.stamp(paid.now, august)
    if model is PayRecord:
        (pay,) = current(paid.session, PayRecord, paid.now, paid.now, person_id=paid.employee)
        replace_fact(paid.session, pay, paid.now, PROVENANCE, valid_to=august)
    where = {"person_id": paid.employee, "organisation_id": paid.hmrc.id}
    record(paid.session, model(employment_id=held(paid, paid.now).employment_id, **where, **more, **stamp))
    with pytest.raises(Invalid, match="from 1 August 2026") as refused:
        change(paid, TEMPORARY | {"salary_pence": 4_000_000})
    assert refused.value.field == field


def test_a_temporary_one_within_another_is_compared_with_the_post_for_good_and_ends_with_it(
    paid: Move,
) -> None:
    """The third is of the grade of the first: above the post that is held for good all the same."""
    inner = {"valid_from": start_of_day(date(2026, 5, 1)), "valid_to": start_of_day(date(2026, 8, 1))}
    innermost = {"valid_from": start_of_day(date(2026, 6, 1)), "valid_to": start_of_day(date(2026, 7, 1))}
    change(paid, TEMPORARY)
    change(paid, TEMPORARY | inner | {"job_title": "Manager", "allowance_pence": None})
    change(paid, TEMPORARY | innermost | {"job_title": "Head", "allowance_pence": None})
    days = (*innermost.values(), inner["valid_to"], LAST)
    titles = ["Head", "Manager", "Team Leader", BEFORE[0]]
    assert [title for title, *_pay in state(paid, *days)] == titles
    good = innermost["valid_from"] + timedelta(days=1)
    change(paid, PROMOTION | {"valid_from": good, "job_title": "Director"})
    assert [title for title, *_pay in state(paid, good, *days[1:], LATER)] == ["Director"] * 5
    on(paid, Action.TAKE_BACK_POST, good)
    assert [title for title, *_pay in state(paid, *days)] == titles


def test_what_was_changed_since_is_not_taken_back_as_one(paid: Move) -> None:
    change(paid, PROMOTION)
    (pay,) = current(paid.session, PayRecord, FIRST, paid.now, person_id=paid.employee)
    paid.now += timedelta(minutes=1)
    more = Wanted(
        person_id=paid.employee,
        organisation_id=paid.hmrc.id,
        kind=Kind.PAY,
        action=Action.CORRECT,
        values={"salary_pence": 4_300_000},
        reason="Award",
        source="page:letter",
        version_id=pay.id,
    )
    submit(paid.session, more, paid.now, paid.hmrc_officer, alone_up_to=0)
    with pytest.raises(Conflict, match="one by one"):
        on(paid, Action.TAKE_BACK_POST)


def told(move: Move) -> list[tuple[str, str]]:
    """To whom mails went about a post, and what they say, since the last time."""
    found = move.session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all()
    mails = [(one.payload["to"], one.payload["body"].partition("\n")[0]) for one in found if one.payload]
    for one in found:
        move.session.delete(one)
    move.session.flush()
    return [(to, text) for to, text in mails if "post" in text and "second officer" not in text]


def test_the_person_and_both_line_managers_are_told_by_name_alone(paid: Move) -> None:
    old, new = paid.manager(), make_employee(paid.session, paid.now, paid.hmrc, "nora.new").person_id
    replace_fact(paid.session, held(paid, paid.now), paid.now, PROVENANCE, line_manager_id=old)
    told(paid)
    change(paid, PROMOTION | {"line_manager_id": new})
    post = "post of Priya Patel at Department HMRC"
    begins = f"The {post} changes on 1 April 2026."
    mails = dict(told(paid))
    assert mails == {
        "priya.patel@hmrc.gov.uk": "Priya Patel, your post at Department HMRC changes on 1 April 2026.",
        "beth.morgan@hmrc.gov.uk": f"{begins} You are not their line manager from then on.",
        "nora.new@hmrc.gov.uk": f"{begins} You are their line manager from then on.",
    }
    on(paid, Action.TAKE_BACK_POST)
    mails = dict(told(paid))
    assert mails["nora.new@hmrc.gov.uk"].endswith("You are not their line manager from then on.")
    assert (
        mails["beth.morgan@hmrc.gov.uk"]
        == f"The {post} does not change on 1 April 2026: that was taken back."
    )


def test_nobody_is_told_before_a_second_officer_has_approved(paid: Move, second: UUID) -> None:
    an_app_from(paid, CommonGrade.SEO)
    asked = change(paid, TEMPORARY)
    assert told(paid) == []
    decide(paid.session, asked, paid.now, second, approved=True)
    assert [to for to, _text in told(paid)] == ["priya.patel@hmrc.gov.uk"]


def test_an_ordinary_post_is_not_taken_back_so(paid: Move) -> None:
    with pytest.raises(Conflict):
        on(paid, Action.TAKE_BACK_POST, paid.now)
