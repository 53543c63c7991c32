"""A temporary promotion: the post below it goes on when it ends, sooner or later."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from profiles.employments.models import Posting
from profiles.pay.models import PayReason, PayRecord
from profiles.portable_profile.changes import submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import INSTANT, current, end_of_day, start_of_day
from tests.factories.organisations import PROVENANCE
from tests.factories.transfers import Move

FIRST, LAST = start_of_day(date(2026, 4, 1)), end_of_day(date(2026, 9, 30))
SOONER, LATER = end_of_day(date(2026, 6, 30)), end_of_day(date(2026, 12, 31))
TEMPORARY = {
    "local_grade": "Senior Officer",
    "job_title": "Acting Manager",
    "profession": "",
    "unit": "",
    "location": "",
    "line_manager_id": None,
    "required_clearance": None,
}


def change(move: Move, action: Action, fact: Any = None, kind: Kind = Kind.POSTING, **values: Any) -> Wanted:
    version_id = fact.id if fact is not None else None
    return Wanted(move.employee, move.hmrc.id, kind, action, values, "Stands in", "page:letter", version_id)


def do(move: Move, wanted: Wanted) -> None:
    move.now += timedelta(minutes=1)
    submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=1000)


def promote(move: Move, until: datetime | None = LAST) -> None:
    do(move, change(move, Action.ADD, valid_from=FIRST, valid_to=until, **TEMPORARY))


def titles(move: Move, *instants: datetime) -> list[str]:
    return [
        one.job_title
        for at in instants
        for one in current(move.session, Posting, at, move.now, person_id=move.employee)
    ]


def acting(move: Move) -> Posting:
    (found,) = current(move.session, Posting, FIRST, move.now, person_id=move.employee)
    return found


def test_the_post_below_goes_on_when_it_ends(move: Move) -> None:
    promote(move)
    at = (FIRST - INSTANT, FIRST, LAST - INSTANT, LAST, LAST + timedelta(days=999))
    assert titles(move, *at) == ["Caseworker", "Acting Manager", "Acting Manager", "Caseworker", "Caseworker"]


def test_without_a_last_day_it_is_for_good(move: Move) -> None:
    promote(move, None)
    assert titles(move, FIRST, LAST, LATER) == ["Acting Manager"] * 3


def test_ended_sooner_the_post_below_goes_on_sooner(move: Move) -> None:
    promote(move)
    do(move, change(move, Action.END, acting(move), valid_to=SOONER))
    assert titles(move, SOONER - INSTANT, SOONER, LAST, LATER) == ["Acting Manager", *["Caseworker"] * 3]


@pytest.mark.parametrize(("until", "at_last"), [(LATER, "Caseworker"), (None, "Acting Manager")])
def test_prolonged_or_made_permanent_what_goes_on_moves_with_it(
    move: Move, until: datetime | None, at_last: str
) -> None:
    promote(move)
    do(move, change(move, Action.CORRECT, acting(move), valid_to=until))
    assert titles(move, LAST, LATER - INSTANT, LATER) == ["Acting Manager", "Acting Manager", at_last]


def test_the_pay_before_goes_on_too(move: Move) -> None:
    (posting,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    stamp = PROVENANCE.stamp(move.now, start_of_day(date(2024, 1, 1)))
    held = PayRecord(
        person_id=move.employee,
        employment_id=posting.employment_id,
        organisation_id=move.hmrc.id,
        salary_pence=3_000_000,
        pay_reason=PayReason.APPOINTMENT,
        **stamp,
    )
    move.session.add(held)
    move.session.flush()
    values = {
        "salary_pence": 3_600_000,
        "pay_reason": PayReason.PROMOTION,
        "valid_from": FIRST,
        "valid_to": LAST,
    }
    do(move, change(move, Action.ADD, None, Kind.PAY, **values))
    paid = [
        one.salary_pence
        for at in (FIRST - INSTANT, FIRST, LAST)
        for one in current(move.session, PayRecord, at, move.now, person_id=move.employee)
    ]
    assert paid == [3_000_000, 3_600_000, 3_000_000]
