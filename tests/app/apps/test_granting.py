"""Roles by hand on pages: given, prolonged and ended by the owner, and by who they delegated it to."""

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import col, select

from profiles.access_policy.models import PolicyChange, PolicyState
from profiles.apps.models import AppDelegation
from profiles.entitlements.models import Entitlement
from profiles.people import sensitive
from profiles.roles.models import Role
from profiles.temporal import current
from tests.app.apps.conftest import Owned
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

TYPED: dict[str, Any] = {
    "who": "sam.stand-in@hmrc.gov.uk",
    "role_name": "manager",
    "first_day": ["2", "3", "2026"],
    "last_day": ["30", "4", "2026"],
    "reason": "Stands in for a manager",
}


def somebody(owned: Owned, name: str, *roles: Role, elsewhere: bool = False) -> UUID:
    move = owned.move
    organisation = move.home_office if elsewhere else move.hmrc
    person_id = make_employee(move.session, move.now, organisation, name).person_id
    for role in roles:
        give_role(move.session, move.now, person_id, role, organisation.id)
    move.session.commit()
    return person_id


def waiting(owned: Owned) -> str:
    with owned.reading() as session:
        found = session.exec(
            select(PolicyChange.id).where(col(PolicyChange.state) == PolicyState.WAITING)
        ).one()
    return f"/apps/changes/{found}"


def approve(visitor: Visitor, owned: Owned) -> int:
    page = waiting(owned)
    check_page(visitor.open(page).text)
    return visitor.submit(f"{page}/approve", page=page).status_code


def granted(owned: Owned) -> list[Entitlement]:
    with owned.reading() as session:
        return list(current(session, Entitlement, owned.move.now, owned.move.now, app_id=owned.app_id))


@pytest.mark.looks_at("apps/grant.html")
def test_an_owner_gives_prolongs_and_ends_a_role(app: Flask, owned: Owned, owner: Visitor) -> None:
    somebody(owned, "sam.stand-in")
    second = sign_in(app, somebody(owned, "sue.second", Role.APP_OWNER))
    path = f"{owned.path}/grants/add"
    check_page(owner.open(path).text)
    checked = owner.submit(path, **TYPED)
    check_page(checked.text)
    assert "Manager, Caseworker" in checked.text
    assert owner.submit(path, **TYPED, checked="yes").status_code == 303
    assert granted(owned) == []
    assert approve(owner, owned) == 403
    assert approve(second, owned) == 303
    held = granted(owned)[0]
    listed = owner.open("/apps/grants").text
    check_page(listed)
    assert "Stand-In" in listed
    one = f"{owned.path}/grants/{held.fact_id}"
    for step, typed in (
        ("prolong", {"last_day": ["31", "5", "2026"]}),
        ("end", {"last_day": ["", "", ""]}),
    ):
        held = granted(owned)[0]
        fields: Any = typed | {"reason": "Reviewed", "version": str(held.id)}
        check_page(owner.open(f"{one}/{step}").text)
        check_page(owner.submit(f"{one}/{step}", **fields).text)
        assert owner.submit(f"{one}/{step}", **fields, checked="yes").status_code == 303
        if step == "prolong":
            assert approve(second, owned) == 303
    assert granted(owned) == []
    assert owner.open(f"{one}/end").status_code == 404


@pytest.mark.parametrize("who", ["nobody@hmrc.gov.uk", "hugo.home@ho.gov.uk", "NO-404"])
def test_an_address_elsewhere_is_as_unknown_as_one_that_is_nobodys(
    owned: Owned, owner: Visitor, who: str
) -> None:
    somebody(owned, "hugo.home", elsewhere=True)
    answer = owner.submit(f"{owned.path}/grants/add", **(TYPED | {"who": who}))
    check_page(answer.text)
    assert (answer.status_code, "Nobody of your organisation has this" in answer.text) == (422, True)


@pytest.mark.looks_at("apps/end_delegation.html")
def test_a_delegate_gives_the_role_to_their_own_people(app: Flask, owned: Owned, owner: Visitor) -> None:
    second = sign_in(app, somebody(owned, "sue.second", Role.APP_OWNER))
    hr_id = somebody(owned, "hal.hr", Role.HR_OFFICER, elsewhere=True)
    hr, security = (
        sign_in(app, one)
        for one in (hr_id, somebody(owned, "sid.security", Role.SECURITY_OFFICER, elsewhere=True))
    )
    somebody(owned, "hugo.home", elsewhere=True)
    path, give = f"{owned.path}/delegations/add", f"{owned.path}/grants/add"
    assert hr.open(give).status_code == 404
    fields: dict[str, Any] = {
        "to_id": str(owned.move.home_office.id),
        "role_name": "caseworker",
        "last_day": ["30", "6", "2026"],
        "reason": "They work on our cases",
    }
    check_page(owner.open(path).text)
    check_page(owner.submit(path, **fields).text)
    assert owner.submit(path, **fields, checked="yes").status_code == 303
    assert approve(second, owned) == 303
    check_page(owner.open(owned.path).text)
    typed = TYPED | {"who": "hugo.home@ho.gov.uk", "role_name": "caseworker"}
    assert "Manager" not in hr.open(give).text
    assert hr.submit(give, **(TYPED | {"who": "hugo.home@ho.gov.uk"})).status_code == 422
    assert hr.submit(give, **typed, checked="yes").status_code == 303
    assert hr.open(waiting(owned)).status_code == 403
    assert approve(security, owned) == 303
    assert "Home" in hr.open("/apps/grants").text
    assert "Home" in owner.open("/apps/grants").text
    app_id = owned.path.rpartition("/")[2]
    back = 'href="{}" class="govuk-back-link"'
    assert back.format(owned.path) in owner.open(f"/apps/grants?app={app_id}").text
    then = "valid_on=1&valid_on=3&valid_on=2026"
    of_that_day = owner.open(f"/apps/grants?app={app_id}&{then}").text
    assert f"{owned.path}/record?valid_on=" in re.findall(r'<a [^>]*class="govuk-back-link"', of_that_day)[0]
    assert "govuk-back-link" not in hr.open(f"/apps/grants?app={app_id}").text
    held = granted(owned)[0]
    mark_sensitive(owned, held.person_id, hr_id)
    for reader in (hr, owner):
        page = reader.open("/apps/grants").text
        check_page(page)
        assert "Not named in lists" in page
    with owned.reading() as session:
        one = session.exec(select(AppDelegation)).one()
    end = f"{owned.path}/delegations/{one.fact_id}/end"
    check_page(owner.open(end).text)
    assert owner.submit(end, reason="Over", version=str(one.id), checked="yes").status_code == 303
    assert hr.open(give).status_code == 404
    assert hr.open(f"{owned.path}/grants/{held.fact_id}/end").status_code == 404


def mark_sensitive(owned: Owned, person_id: UUID, officer_id: UUID) -> None:
    move = owned.move
    place = move.home_office.id
    who = {"person_id": person_id, "organisation_id": place, "officer_id": officer_id}
    sensitive.mark(move.session, move.now, reason="threats", **who)
    move.session.commit()


def test_nobody_gives_themselves_a_role(owned: Owned, owner: Visitor) -> None:
    answer = owner.submit(
        f"{owned.path}/grants/add", **(TYPED | {"who": "oona.owner@hmrc.gov.uk", "checked": "yes"})
    )
    check_page(answer.text)
    assert (answer.status_code, "colleague must do this" in answer.text) == (422, True)


def test_who_was_delegated_nothing_reaches_nothing(app: Flask, owned: Owned) -> None:
    hr = sign_in(app, somebody(owned, "hal.hr", Role.HR_OFFICER))
    page = hr.open("/apps/grants").text
    check_page(page)
    assert "You may give no role" in page
    assert hr.open(f"{owned.path}/grants/add").status_code == 404
