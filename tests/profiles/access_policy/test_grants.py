"""A role is given by hand by two officers, for a time; an app's owner delegates that to others."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from profiles.access_policy.delegations import DelegationWanted, covers, may_give
from profiles.access_policy.grants import GrantWanted
from profiles.access_policy.models import Action, PolicyState
from profiles.access_policy.service import Wanted
from profiles.apps.models import App, AppDelegation
from profiles.employments.models import Posting
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role
from profiles.roles.service import assign, permissions_of
from profiles.temporal import current, end, history, record, start_of_day
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.people import give_role
from tests.profiles.access_policy.conftest import Owned

TODAY, UNTIL, LATER = date(2026, 3, 2), date(2026, 4, 30), date(2026, 6, 30)


def give(owned: Owned, **changes: Any) -> GrantWanted:
    said: dict[str, Any] = {
        "person_id": owned.people[1],
        "role_name": "manager",
        "through_id": owned.hmrc.id,
        "as_owner": True,
        "first_day": TODAY,
        "last_day": UNTIL,
    }
    return GrantWanted(owned.app_id, Action.ADD, **(said | changes))


def given(owned: Owned) -> Entitlement:
    owned.approve(owned.submit(give(owned)), owned.second)
    return history(owned.session, Entitlement, owned.now, app_id=owned.app_id)[0]


def held(owned: Owned, one: Entitlement, action: Action, last_day: date | None) -> GrantWanted:
    where = owned.hmrc.id
    return GrantWanted(
        one.app_id,
        action,
        one.person_id,
        one.role_name,
        where,
        as_owner=True,
        last_day=last_day,
        version_id=one.id,
    )


def test_what_is_given_waits_whatever_the_number_and_has_an_approver_and_an_end(owned: Owned) -> None:
    officer = owned.people[1]
    waits = owned.submit(give(owned), alone_up_to=1000)
    assert waits.state is PolicyState.WAITING
    assert officer not in owned.users(owned.now)
    owned.approve(waits, owned.second)
    one = history(owned.session, Entitlement, owned.now, app_id=owned.app_id)[0]
    assert (one.recorded_by, one.approved_by, one.reason) == (owned.owner, owned.second, "The board decided")
    assert owned.users(start_of_day(date(2026, 5, 1)) - timedelta(microseconds=1))[officer] == ("manager",)
    assert officer not in owned.users(start_of_day(date(2026, 5, 1)))


def test_it_is_prolonged_by_two_and_ended_by_one(owned: Owned) -> None:
    officer, one = owned.people[1], given(owned)
    longer = owned.submit(held(owned, one, Action.CHANGE, LATER), by=owned.second, alone_up_to=1000)
    assert longer.state is PolicyState.WAITING
    owned.approve(longer, owned.owner)
    one = history(owned.session, Entitlement, owned.now, app_id=owned.app_id)[0]
    assert (one.approved_by, one.valid_to) == (owned.owner, start_of_day(date(2026, 7, 1)))
    foreseen = owned.foresee(held(owned, one, Action.END, None))
    assert [(turn.at, turn.after) for turn in foreseen.turns] == [(owned.now, ())]
    assert owned.submit(held(owned, one, Action.END, None)).state is PolicyState.RECORDED
    assert officer not in owned.users(owned.now)


def test_what_is_foreseen_is_when_access_turns(owned: Owned) -> None:
    one = given(owned)
    for wanted, at, after in (
        (held(owned, one, Action.CHANGE, LATER), start_of_day(date(2026, 5, 1)), ("manager",)),
        (held(owned, one, Action.END, TODAY), start_of_day(date(2026, 3, 3)), ()),
        (give(owned, person_id=owned.people[0]), owned.now, ("manager", "caseworker")),
        (give(owned, role_name="caseworker", person_id=owned.people[0]), None, None),
    ):
        turns = owned.foresee(wanted).turns
        assert [(turn.at, turn.after) for turn in turns] == ([(at, after)] if at else [])


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"role_name": "king"}, Invalid, "role_name"),
        ({"last_day": None}, Invalid, "last_day"),
        ({"last_day": date(2026, 3, 1)}, Invalid, "last_day"),
        ({"last_day": date(2027, 4, 1)}, Invalid, "last_day"),
        ({"first_day": date(2026, 3, 1)}, Invalid, "first_day"),
        ({"as_owner": False}, Conflict, None),
    ],
)
def test_what_makes_no_sense_is_refused(
    owned: Owned, changes: dict[str, Any], error: type[Exception], field: str | None
) -> None:
    with pytest.raises(error) as refused:
        owned.submit(give(owned, **changes))
    assert getattr(refused.value, "field", None) == field


def test_who_has_left_is_given_nothing(owned: Owned) -> None:
    leaver = owned.employ("lou.leaver")
    waits = owned.submit(give(owned, person_id=leaver.person_id))
    end(owned.session, leaver, owned.now, owned.now, PROVENANCE)
    with pytest.raises(NotFound):
        owned.approve(waits, owned.second)


# Who acts, for each of the parts: officer of one kind or another, deputies, and the person themselves.
ACTORS = ("owner", "second", "deputy of owner", "person", "deputy of person")


def actor(owned: Owned, who: str) -> UUID:
    if who in ("owner", "second"):
        found: UUID = getattr(owned, who)
        return found
    if who == "person":
        return owned.people[1]
    of = owned.owner if who == "deputy of owner" else owned.people[1]
    give_role(owned.session, owned.now, of, Role.APP_OWNER, owned.hmrc.id)
    deputy = owned.employ(f"{who.split()[-1]}.deputy").person_id
    assign(
        owned.session,
        owned.now,
        PROVENANCE,
        INITIATOR,
        person_id=deputy,
        role=Role.APP_OWNER,
        organisation_id=owned.hmrc.id,
        deputy_of=of,
        valid_from=owned.now,
        valid_to=owned.now + timedelta(days=5),
    )
    return deputy


ONE_PARTY = {"owner": "owner", "deputy of owner": "owner", "person": "person", "deputy of person": "person"}


@pytest.mark.parametrize(("proposer", "approver"), list(product(ACTORS, ACTORS)))
def test_preparing_is_not_approving_and_nobody_decides_on_themselves(
    owned: Owned, proposer: str, approver: str
) -> None:
    """Every pair: it goes through exactly where two parties act of whom neither is the person's."""
    parties = [ONE_PARTY.get(one, one) for one in (proposer, approver)]
    people = {one: actor(owned, one) for one in {proposer, approver}}
    goes = parties[0] != parties[1] and "person" not in parties
    try:
        waits = owned.submit(give(owned), by=people[proposer])
        owned.approve(waits, people[approver])
    except NotPermitted:
        assert not goes
        assert history(owned.session, Entitlement, owned.now, app_id=owned.app_id) == []
    else:
        assert goes
        assert owned.people[1] in owned.users(owned.now)


def delegate(owned: Owned, to: OrganisationView, **changes: Any) -> DelegationWanted:
    return DelegationWanted(owned.app_id, Action.ADD, to.id, **({"last_day": UNTIL} | changes))


def approved(owned: Owned, wanted: Wanted) -> None:
    owned.approve(owned.submit(wanted, alone_up_to=9), owned.second)


def test_a_delegate_gives_the_role_to_its_own_people_alone_and_until_the_last_day(owned: Owned) -> None:
    session, now, home = owned.session, owned.now, owned.home_office
    hr = owned.employ("hal.hr", home).person_id
    give_role(session, now, hr, Role.HR_OFFICER, home.id)
    elsewhere = owned.employ("eve.hr").person_id
    give_role(session, now, elsewhere, Role.HR_OFFICER, owned.hmrc.id)
    assert may_give(session, permissions_of(session, hr, now), now) == {}
    approved(owned, delegate(owned, home, role_name="caseworker"))
    assert may_give(session, permissions_of(session, hr, now), now) == {
        (owned.app_id, "caseworker"): {home.id}
    }
    assert may_give(session, permissions_of(session, elsewhere, now), now) == {}
    assert covers(session, owned.app_id, "caseworker", home.id, now)
    assert not covers(session, owned.app_id, "manager", home.id, now)
    assert not covers(session, owned.app_id, "caseworker", home.id, start_of_day(date(2026, 5, 1)))
    theirs = {"through_id": home.id, "as_owner": False, "role_name": "caseworker"}
    waits = owned.submit(give(owned, person_id=owned.people[2], **theirs), by=hr)
    assert waits.organisation_id == home.id
    with pytest.raises(NotFound):
        owned.submit(give(owned, **theirs), by=hr)
    one = current(session, AppDelegation, now, now, app_id=owned.app_id)[0]
    ends = DelegationWanted(owned.app_id, Action.END, home.id, version_id=one.id)
    assert owned.submit(ends).state is PolicyState.RECORDED
    with pytest.raises(Conflict):
        owned.approve(waits, owned.second)


def test_who_asked_is_asked_about_again_once_the_app_is_anothers(owned: Owned) -> None:
    """Two organisations became one: what waits went along with the app, and roles do not."""
    session, home = owned.session, owned.home_office
    waits = [owned.submit(give(owned, person_id=person_id)) for person_id in owned.people[:2]]
    app = session.get_one(App, owned.app_id)
    app.organisation_id = home.id
    for one in waits:
        one.organisation_id = home.id
    session.flush()
    with pytest.raises(Conflict, match="does not own its apps"):
        owned.approve(waits[0], owned.second)
    give_role(session, owned.now, owned.owner, Role.APP_OWNER, home.id)
    owned.approve(waits[1], owned.second)
    assert [one.person_id for one in history(session, Entitlement, owned.now, app_id=owned.app_id)] == [
        owned.people[1]
    ]


def test_a_delegation_lasts_as_long_as_is_configured_at_most(owned: Owned) -> None:
    def until(last_day: date) -> DelegationWanted:
        at = owned.home_office.id
        return DelegationWanted(owned.app_id, Action.ADD, at, last_day=last_day, longest_days=30)

    with pytest.raises(Invalid) as refused:
        owned.submit(until(TODAY + timedelta(days=31)))
    assert refused.value.field == "last_day"
    assert owned.submit(until(TODAY + timedelta(days=30))).state is PolicyState.WAITING


def test_a_role_is_not_prolonged_into_the_next_one(owned: Owned) -> None:
    first = given(owned)
    owned.approve(owned.submit(give(owned, first_day=date(2026, 6, 1), last_day=LATER)), owned.second)
    with pytest.raises(Invalid) as refused:
        owned.submit(held(owned, first, Action.CHANGE, LATER))
    assert refused.value.field == "last_day"
    assert owned.submit(held(owned, first, Action.CHANGE, date(2026, 5, 31))).state is PolicyState.WAITING


def test_a_delegation_lets_others_in_so_two_decide_on_it_though_it_changes_nobodys_access(
    owned: Owned,
) -> None:
    wanted = delegate(owned, owned.home_office)
    assert owned.foresee(wanted).people == 0
    assert owned.submit(wanted, alone_up_to=1000).state is PolicyState.WAITING
    for changes in ({"last_day": None}, {"last_day": date(2026, 3, 1)}, {"role_name": "king"}):
        with pytest.raises(Invalid):
            owned.submit(replace(wanted, **changes))


def test_it_reaches_below_an_organisation_only_where_it_says_so(owned: Owned) -> None:

    below = make_organisation(owned.session, owned.now, "HMPO", parent=owned.home_office)
    approved(owned, delegate(owned, owned.home_office))
    assert not covers(owned.session, owned.app_id, "manager", below.id, owned.now)
    approved(owned, delegate(owned, owned.home_office, include_subtree=True))
    assert covers(owned.session, owned.app_id, "manager", below.id, owned.now)


@pytest.mark.parametrize("leaves_on", [TODAY, date(2026, 3, 10)])
def test_whoever_works_elsewhere_by_the_first_day_is_given_nothing(owned: Owned, leaves_on: date) -> None:
    mover = owned.employ("mo.mover")
    posted = mover.model_dump(include={"person_id", "employment_id", "kind", "local_grade", "job_title"})
    waits = owned.submit(give(owned, person_id=mover.person_id, first_day=date(2026, 3, 16)))
    later = owned.now + timedelta(hours=1)
    leaves_at = max(later, start_of_day(leaves_on))
    end(owned.session, mover, leaves_at, later, PROVENANCE)
    record(
        owned.session,
        Posting(organisation_id=owned.home_office.id, **posted, **PROVENANCE.stamp(later, leaves_at)),
    )
    with pytest.raises(NotFound):
        owned.approve(waits, owned.second, at=later)
