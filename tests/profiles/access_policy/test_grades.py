"""What a grade stands for is changed from a day on: whose access turns is foreseen, and then it is so."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.access_policy.grades import GradeWanted
from profiles.access_policy.models import PolicyState
from profiles.access_policy.seen import seen_by
from profiles.entitlements.preview import Change
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade
from profiles.roles.models import Role
from profiles.temporal import current, history, start_of_day
from tests.factories.apps import make_app, make_rule
from tests.factories.people import give_role
from tests.profiles.access_policy.conftest import Owned

TODAY, LATER = date(2026, 3, 2), date(2026, 4, 1)


def change(
    owned: Owned, label: str = "Officer", grade: CommonGrade | None = CommonGrade.HEO, **how: Any
) -> GradeWanted:
    place = how.pop("place", owned.hmrc).id
    held = current(owned.session, LocalGrade, owned.now, owned.now, organisation_id=place, label=label)[0]
    said = {"first_day": LATER, "version_id": held.id} | how
    return GradeWanted(place, label, grade, **said)


def hr_and_security(owned: Owned) -> tuple[UUID, UUID]:
    people = []
    for name, role in (("hal.hr", Role.HR_OFFICER), ("sid.security", Role.SECURITY_OFFICER)):
        person_id = owned.employ(name).person_id
        give_role(owned.session, owned.now, person_id, role, owned.hmrc.id)
        people.append(person_id)
    return people[0], people[1]


def test_everybody_with_the_grade_turns_on_the_day_at_all_apps_that_ask_for_it(owned: Owned) -> None:
    other = make_app(owned.session, owned.now, owned.home_office, "Visa Desk")
    make_rule(owned.session, owned.now, other, grade_to="EO")
    wanted, at = change(owned), start_of_day(LATER)
    officers = {owned.people[1], owned.owner, owned.second}
    foreseen = owned.foresee(wanted)
    assert {(one.app_id, one.person_id, one.at, one.change) for one in foreseen.turns} == {
        *((owned.app_id, one, at, Change.BEGINS) for one in officers),
        *((other.id, one, at, Change.ENDS) for one in officers),
    }
    assert foreseen.people == 3
    waits = owned.submit(wanted, alone_up_to=3)
    assert waits.state is PolicyState.WAITING  # the owner gains access
    owned.approve(waits, owned.second)
    assert set(owned.users(at - timedelta(microseconds=1))) == {owned.people[0]}
    assert set(owned.users(at)) == {owned.people[0], *officers}
    assert (
        len(history(owned.session, LocalGrade, owned.now, organisation_id=owned.hmrc.id, label="Officer"))
        == 2
    )


def test_a_grade_of_the_same_name_elsewhere_stays(owned: Owned) -> None:
    owned.submit(
        change(owned, "Higher Officer", None, place=owned.home_office, first_day=TODAY), alone_up_to=9
    )
    assert set(owned.users(owned.now)) == {owned.people[0]}
    owned.submit(change(owned, "Higher Officer", None, first_day=TODAY), alone_up_to=9)
    assert owned.users(owned.now) == {}


def test_above_the_number_it_waits_for_somebody_who_is_not_of_hr(owned: Owned) -> None:
    hr, security = hr_and_security(owned)
    waits = owned.submit(change(owned), by=hr, alone_up_to=2)
    assert (waits.state, waits.people) == (PolicyState.WAITING, 3)
    with pytest.raises(NotPermitted):
        owned.approve(waits, hr)
    owned.approve(waits, security)
    assert owned.people[1] in owned.users(start_of_day(LATER))


def test_posts_that_begin_later_count(owned: Owned) -> None:
    owned.employ("lena.later", since=date(2026, 5, 1), local_grade="Senior Officer")
    foreseen = owned.foresee(change(owned, "Senior Officer", CommonGrade.EO))
    assert (foreseen.turns, foreseen.to_come) == ((), 1)


def test_nobody_is_named_where_an_app_asks_for_a_high_clearance(owned: Owned, session: Session) -> None:
    everybody = {owned.hmrc.id, owned.home_office.id}
    assert len(seen_by(session, owned.foresee(change(owned)), everybody, owned.now).named) == 3
    app = make_app(session, owned.now, owned.hmrc, "Secret Desk")
    make_rule(session, owned.now, app, grade_from="HEO")
    make_rule(session, owned.now, app, "manager", least_clearance="DV")
    assert seen_by(session, owned.foresee(change(owned)), everybody, owned.now).named == ()


def test_what_makes_no_sense_or_was_changed_meanwhile_is_refused(owned: Owned) -> None:
    for how, field in (
        ({"first_day": date(2026, 3, 1)}, "first_day"),
        ({"grade": CommonGrade.EO}, "common_grade"),
    ):
        with pytest.raises(Invalid) as refused:
            owned.submit(change(owned, **how))  # type: ignore[arg-type]
        assert refused.value.field == field
    seen = change(owned)
    waits = owned.submit(seen)
    owned.submit(change(owned, grade=CommonGrade.AO), alone_up_to=9)
    for again in (
        lambda: owned.submit(seen),
        lambda: owned.approve(waits, owned.second),
    ):
        with pytest.raises(Conflict):
            again()


def test_a_rule_that_begins_later_is_foreseen_when_it_begins(owned: Owned) -> None:
    other, begins = make_app(owned.session, owned.now, owned.hmrc, "Visa Desk"), start_of_day(LATER)
    make_rule(owned.session, owned.now, other, grade_from="G6", valid_from=begins)
    wanted = change(owned, label="Higher Officer", grade=CommonGrade.G6, first_day=TODAY)
    turns = owned.foresee(wanted).turns
    assert (other.id, owned.people[0], begins) in {(one.app_id, one.person_id, one.at) for one in turns}
