"""What stood of an app on another day: its agreement, rules and delegations, and who had a role by hand."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import col, select

from profiles.access_policy.delegations import DelegationWanted
from profiles.access_policy.grants import given_by_hand_as_of
from profiles.access_policy.models import Action
from profiles.apps import service as apps
from profiles.apps.models import AccessRule, Agreement
from profiles.employments.models import Posting
from profiles.entitlements import grants
from profiles.roles.models import Role
from profiles.roles.service import permissions_of
from profiles.temporal import Provenance, current, end, start_of_day
from tests.app.apps.conftest import Owned
from tests.app.page_checks import check_page
from tests.factories.apps import make_agreement, make_rule
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

THEN = "valid_on=3&valid_on=2&valid_on=2026"
"""A day of the month before."""
KNOWN_BEFORE = "known_on=1&known_on=3&known_on=2026"
"""The day before everything was recorded."""


def person(owned: Owned, name: str, role: Role | None = None, *, elsewhere: bool = False) -> UUID:
    move = owned.move
    place = move.home_office if elsewhere else move.hmrc
    person_id = make_employee(move.session, move.now, place, name).person_id
    if role is not None:
        give_role(move.session, move.now, person_id, role, place.id)
    move.session.commit()
    return person_id


@pytest.fixture
def changed(owned: Owned) -> Owned:
    """The app's agreement and rule of long ago have just ended, and another of each begun."""
    move = owned.move
    for model in (AccessRule, Agreement):
        for held in current(move.session, model, move.now, move.now, app_id=owned.app_id):
            end(move.session, held, move.now, move.now, PROVENANCE)
    app = apps.get(move.session, owned.app_id)
    make_agreement(move.session, move.now, app, valid_from=move.now, purpose="to count cases")
    make_rule(move.session, move.now, app, "manager", valid_from=move.now, profession="Statistics")
    move.session.commit()
    return owned


def test_an_agreement_and_rules_are_read_as_they_were_and_as_they_are(changed: Owned, owner: Visitor) -> None:
    now, then = (owner.open(f"{changed.path}/record{query}").text for query in ("", f"?{THEN}"))
    for page in (now, then):
        check_page(page)
    assert ("to count cases" in now, "Statistics profession" in now) == (True, True)
    assert ("to count cases" in then, "Statistics profession" in then) == (False, False)
    assert "to open your cases" in then


def test_what_was_not_known_on_a_day_is_not_told_as_known_then(changed: Owned, owner: Visitor) -> None:
    page = owner.open(f"{changed.path}/record?{THEN}&{KNOWN_BEFORE}").text
    check_page(page)
    assert 'id="not-there"' in page
    assert ("No agreement was in force" in page, "No rule was in force" in page) == (True, True)


def test_a_day_that_is_none_is_pointed_out(changed: Owned, owner: Visitor) -> None:
    page = owner.open(f"{changed.path}/record?valid_on=31&valid_on=2&valid_on=2026").text
    check_page(page)
    assert "govuk-error-summary" in page


def test_only_who_sees_the_app_reads_it_and_only_the_owner_who_it_delegates_to(
    app: Flask, changed: Owned
) -> None:
    officer = sign_in(app, person(changed, "dora.dpo", Role.DATA_PROTECTION_OFFICER))
    page = officer.open(f"{changed.path}/record")
    check_page(page.text)
    assert (page.status_code, "Roles given by hand" in page.text) == (200, False)
    other = sign_in(app, person(changed, "otto.owner", Role.APP_OWNER, elsewhere=True))
    assert other.open(f"{changed.path}/record").status_code == 404


def give(owned: Owned, person_id: UUID, days: int = 30) -> None:
    """Let somebody have had a role by hand until an hour ago, and have it no more."""
    move = owned.move
    grants.grant(
        move.session,
        move.now,
        Provenance(owned.person_id, "test", "Stood in"),
        INITIATOR,
        person_id=person_id,
        app_id=owned.app_id,
        role_name="manager",
        approved_by=move.hmrc_officer,
        valid_from=move.now - timedelta(days=days),
        valid_to=move.now - timedelta(hours=1),
    )
    move.session.commit()


def test_an_owner_reads_who_had_a_role_by_hand(owned: Owned, owner: Visitor) -> None:
    give(owned, person(owned, "sam.stand-in"))
    path = f"/apps/grants?app={owned.app_id}"
    now, then = (owner.open(path + query).text for query in ("", f"&{THEN}"))
    for page in (now, then):
        check_page(page)
    assert ("Stand-In" in now, "Stand-In" in then) == (False, True)
    assert f'name="app" value="{owned.app_id}"' in then
    assert "/prolong" not in then
    assert "Stand-In" not in owner.open(f"{path}&{THEN}&{KNOWN_BEFORE}").text


@pytest.mark.parametrize("moves_away", [False, True])
def test_a_delegate_reads_only_of_whom_they_decide_on_then_and_now(owned: Owned, moves_away: bool) -> None:
    move = owned.move
    hr_id = person(owned, "hal.hr", Role.HR_OFFICER, elsewhere=True)
    whom = person(owned, "hugo.home", elsewhere=True)
    day = move.now.date() + timedelta(days=30)
    wanted = DelegationWanted(owned.app_id, Action.ADD, move.home_office.id, last_day=day)
    wanted.record(move.session, move.now, PROVENANCE, INITIATOR, owned.person_id)
    then, later = move.now + timedelta(hours=2), move.now + timedelta(days=3)
    given: dict[str, Any] = {"person_id": whom, "app_id": owned.app_id, "role_name": "manager"}
    said = Provenance(hr_id, "test", "Stood in")
    ends_at = move.now + timedelta(days=2)
    given |= {"approved_by": owned.person_id, "valid_from": move.now, "valid_to": ends_at}
    grants.grant(move.session, move.now, said, INITIATOR, **given)
    if moves_away:
        post = move.session.exec(
            select(Posting).where(Posting.person_id == whom, col(Posting.superseded_at).is_(None))
        ).one()
        end(move.session, post, start_of_day(later.date()), then, PROVENANCE)
    move.session.flush()
    officer = permissions_of(move.session, hr_id, later)

    def named(valid_at: Any) -> list[UUID]:
        point = {"valid_at": valid_at, "known_at": later}
        found = given_by_hand_as_of(move.session, officer, later, **point, limit=9)
        return [one.person_id for one in found]

    assert named(then) == ([] if moves_away else [whom])
    assert named(LONG_AGO) == []
