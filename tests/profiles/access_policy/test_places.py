"""An organisation comes under another: whose access turns is foreseen, and the other side approves."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from profiles.access_policy.models import PolicyState
from profiles.access_policy.places import PlaceWanted
from profiles.entitlements.preview import Change
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.organisations.service import OrganisationView, tree
from profiles.roles.models import Role
from profiles.roles.permissions import Permission
from profiles.roles.service import permissions_of
from profiles.temporal import start_of_day
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.people import give_role
from tests.profiles.access_policy.conftest import Owned

TODAY, LATER, LONG_BEFORE = date(2026, 3, 2), date(2026, 4, 1), date(2020, 4, 1)


@pytest.fixture
def agency(owned: Owned) -> OrganisationView:
    """Under the Home Office; two people work there."""
    made = make_organisation(owned.session, owned.now, "VOA", parent=owned.home_office)
    for name in ("vera.value", "vic.value"):
        owned.employ(name, made)
    return made


def move(owned: Owned, agency: OrganisationView, **how: Any) -> PlaceWanted:
    said = {"parent_id": owned.hmrc.id, "first_day": LATER, "from_id": owned.home_office.id} | how
    return PlaceWanted(agency.id, **said)


def officer(owned: Owned, name: str, role: Role, place: UUID, **how: Any) -> UUID:
    person_id = owned.employ(name, owned.home_office).person_id
    give_role(owned.session, owned.now, person_id, role, place, **how)
    return person_id


def above(owned: Owned, agency: OrganisationView, day: date) -> UUID | None:
    return tree(owned.session, start_of_day(day), owned.now).organisations[agency.id].parent_id


def test_rules_that_reach_down_turn_on_the_day_on_both_sides(owned: Owned, agency: OrganisationView) -> None:
    visas = make_app(owned.session, owned.now, owned.home_office, "Visa Desk")
    make_rule(owned.session, owned.now, visas, organisation_id=owned.home_office.id)
    own = make_app(owned.session, owned.now, agency, "Valuations")
    make_rule(owned.session, owned.now, own, organisation_id=agency.id)
    at = start_of_day(LATER)
    foreseen = owned.foresee(move(owned, agency))
    assert {(one.app_id, one.change, one.at) for one in foreseen.turns} == {
        (owned.app_id, Change.BEGINS, at),
        (visas.id, Change.ENDS, at),
    }
    assert foreseen.people == 2
    change = owned.submit(move(owned, agency), alone_up_to=99)
    assert (change.state, change.organisation_id) == (PolicyState.WAITING, owned.hmrc.id)
    assert above(owned, agency, LATER) == owned.home_office.id
    owned.approve(change, owned.second)
    assert above(owned, agency, LATER) == owned.hmrc.id
    assert above(owned, agency, date(2026, 3, 31)) == owned.home_office.id
    assert len(set(owned.users(at)) - set(owned.users(at - timedelta(microseconds=1)))) == 2


def test_officers_whose_roles_reach_down_are_told_and_counted(owned: Owned, agency: OrganisationView) -> None:
    gains = officer(owned, "hal.hr", Role.HR_OFFICER, owned.hmrc.id, include_subtree=True)
    loses = officer(owned, "hope.hr", Role.HR_OFFICER, owned.home_office.id, include_subtree=True)
    officer(owned, "near.hr", Role.HR_OFFICER, owned.hmrc.id)
    reach = owned.foresee(move(owned, agency)).officers
    assert reach is not None
    assert (reach.gained, reach.lost) == ({gains}, {loses})
    owned.approve(owned.submit(move(owned, agency, first_day=TODAY)), owned.second)
    sees = {
        one: permissions_of(owned.session, one, owned.now).allows(Permission.SEE_PEOPLE, agency.id)
        for one in (gains, loses)
    }
    assert sees == {gains: True, loses: False}


def test_who_asked_does_not_approve_however_few_it_touches(owned: Owned) -> None:
    empty = make_organisation(owned.session, owned.now, "GRO")
    wanted = PlaceWanted(empty.id, owned.hmrc.id, TODAY, None)
    assert owned.foresee(wanted).people == 0
    waits = owned.submit(wanted, alone_up_to=99)
    assert waits.state is PolicyState.WAITING
    with pytest.raises(NotPermitted):
        owned.approve(waits, owned.owner)
    owned.approve(waits, owned.second)


def test_what_comes_under_no_other_is_decided_where_it_leaves(owned: Owned, agency: OrganisationView) -> None:
    wanted = move(owned, agency, parent_id=None)
    assert wanted.organisation_id(owned.session) == owned.home_office.id


def test_a_place_of_the_past_turns_access_as_of_now(owned: Owned, agency: OrganisationView) -> None:
    wanted = move(owned, agency, first_day=LONG_BEFORE)
    assert {one.at for one in owned.foresee(wanted).turns} == {owned.now}
    owned.approve(owned.submit(wanted), owned.second)
    assert above(owned, agency, LONG_BEFORE) == owned.hmrc.id
    assert (
        tree(owned.session, start_of_day(LONG_BEFORE), owned.now - timedelta(seconds=1)).organisations == {}
    )


def test_a_rule_that_begins_later_is_foreseen_when_it_begins(owned: Owned, agency: OrganisationView) -> None:
    begins = start_of_day(date(2026, 6, 1))
    late = make_app(owned.session, owned.now, owned.hmrc, "Late Desk")
    make_rule(owned.session, owned.now, late, organisation_id=owned.hmrc.id, valid_from=begins)
    turns = owned.foresee(move(owned, agency)).turns
    assert {one.at for one in turns if one.app_id == late.id} == {begins}


def test_posts_that_begin_later_count(owned: Owned, agency: OrganisationView) -> None:
    owned.employ("lena.later", agency, since=date(2026, 5, 1))
    assert owned.foresee(move(owned, agency)).to_come == 1


def test_what_was_changed_meanwhile_or_makes_a_loop_is_refused(
    owned: Owned, agency: OrganisationView
) -> None:
    waits = owned.submit(move(owned, agency))
    owned.approve(owned.submit(move(owned, agency, parent_id=None)), owned.second)
    with pytest.raises(Conflict):
        owned.approve(waits, owned.second)
    with pytest.raises(Conflict):
        owned.submit(move(owned, agency))
    top = PlaceWanted(owned.home_office.id, agency.id, TODAY, None)
    with pytest.raises(Invalid) as refused:
        owned.submit(top)
    assert refused.value.field == "parent"


def test_what_was_read_is_what_is_recorded(owned: Owned, agency: OrganisationView) -> None:
    wanted, how = move(owned, agency), (owned.session, owned.now, PROVENANCE, INITIATOR)
    foreseen = owned.foresee(wanted)
    owned.employ("val.value", agency)
    with pytest.raises(Conflict):
        wanted.record_as_foreseen(*how, foreseen)
    assert above(owned, agency, LATER) == owned.home_office.id
    wanted.record_as_foreseen(*how, owned.foresee(wanted))
    assert above(owned, agency, LATER) == owned.hmrc.id
