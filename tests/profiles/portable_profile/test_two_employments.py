"""Of somebody whom an organisation employs twice at once, what is added names the employment."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from profiles.employments.models import Employment
from profiles.employments.service import Post, appoint
from profiles.errors import Invalid
from profiles.pay.models import PayReason, PayRecord
from profiles.portable_profile.adding import to_choose_from
from profiles.portable_profile.changes import submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted, wanted_by
from profiles.temporal import current, end, history, start_of_day
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import employ_too
from tests.factories.transfers import Move

SECOND = date(2024, 9, 2)


@pytest.fixture
def evening(move: Move) -> UUID:
    """A second employment of the employee at HMRC."""
    employment, _post = appoint(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        number="HMRC-evening",
        starts_on=SECOND,
        continuous_service_from=SECOND,
        post=Post(local_grade="Officer", job_title="Adviser"),
    )
    return employment.fact_id


def pay(move: Move, day: date = date(2026, 2, 1), **named: Any) -> Wanted:
    values = {"salary_pence": 2_500_000, "pay_reason": PayReason.AWARD, "fte_thousandths": 400}
    return Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.PAY,
        action=Action.ADD,
        values=values | {"valid_from": start_of_day(day)} | named,
        reason="Pay award",
        source="page:payroll",
    )


def ask(move: Move, wanted: Wanted) -> None:
    change = submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=9)
    assert dict(wanted_by(change).values) == dict(wanted.values)


def test_the_employment_must_be_named_and_is_taken(move: Move, evening: UUID) -> None:
    with pytest.raises(Invalid) as refused:
        ask(move, pay(move))
    assert refused.value.field == "employment_id"
    ask(move, pay(move, employment_id=evening))
    (paid,) = history(move.session, PayRecord, move.now, person_id=move.employee)
    assert paid.employment_id == evening


def test_where_one_held_on_the_first_day_it_is_taken_unnamed(move: Move, evening: UUID) -> None:
    ask(move, pay(move, date(2024, 1, 1)))
    (paid,) = history(move.session, PayRecord, move.now, person_id=move.employee)
    assert paid.employment_id != evening


def test_none_is_named_that_is_not_theirs_there_and_then(move: Move, evening: UUID) -> None:
    (officers,) = current(move.session, Employment, move.now, move.now, person_id=move.hmrc_officer)
    for wanted in (
        pay(move, employment_id=officers.fact_id),
        pay(move, date(2024, 1, 1), employment_id=evening),
    ):
        with pytest.raises(Invalid) as refused:
            ask(move, wanted)
        assert refused.value.field == "first_day"


def test_one_is_chosen_only_where_two_hold_at_once(move: Move, evening: UUID) -> None:
    def offered(*places: UUID) -> int:
        return len(to_choose_from(move.session, move.employee, places, move.now))

    assert offered(move.hmrc.id) == 2
    assert offered(move.home_office.id) == 0
    (first, _second) = history(move.session, Employment, move.now, person_id=move.employee)
    end(move.session, first, start_of_day(SECOND), move.now, PROVENANCE)
    assert offered(move.hmrc.id) == 0


def test_one_is_chosen_where_two_organisations_had_them_one_after_the_other(move: Move) -> None:
    (first,) = history(move.session, Employment, move.now, person_id=move.employee)
    end(move.session, first, start_of_day(date(2021, 4, 1)), move.now, PROVENANCE)
    employ_too(move.session, move.now, move.employee, move.home_office)
    both = to_choose_from(move.session, move.employee, (move.hmrc.id, move.home_office.id), move.now)
    assert [one.organisation_id for one in both] == [move.hmrc.id, move.home_office.id]
    assert to_choose_from(move.session, move.employee, (move.home_office.id,), move.now) == ()
