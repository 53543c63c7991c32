"""The roles of an app on pages: its owner adds, renames and removes them, and nobody else does."""

from typing import Any

import pytest
from flask import Flask

from profiles.apps.models import App, AppRole
from profiles.apps.service import roles_of
from profiles.roles.models import Role
from tests.app.apps.conftest import Owned
from tests.app.page_checks import check_page
from tests.factories.apps import make_rule
from tests.factories.people import give_role, make_employee
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

SENIOR: dict[str, Any] = {"label": "Senior caseworker", "name": "senior-caseworker", "rank": "3"}


def names(owned: Owned) -> list[str]:
    with owned.reading() as session:
        return [one.name for one in roles_of(session, owned.app_id)]


def role(owned: Owned, name: str) -> AppRole:
    with owned.reading() as session:
        return next(one for one in roles_of(session, owned.app_id) if one.name == name)


@pytest.mark.looks_at("apps/roles.html", "apps/new_role.html")
def test_an_owner_adds_a_role_that_a_rule_can_then_give(owned: Owned, owner: Visitor) -> None:
    path = f"{owned.path}/roles"
    check_page(owner.open(f"{path}/add").text)
    assert owner.submit(f"{path}/add", **SENIOR).status_code == 303
    assert names(owned) == ["senior-caseworker", "manager", "caseworker"]
    listed = owner.open(path).text
    check_page(listed)
    assert "Senior caseworker" in listed
    assert "Senior caseworker" in owner.open(f"{owned.path}/rules/add").text
    assert [one.details["role"] for one in owned.audited("app.role_added")] == ["senior-caseworker"]


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"label": ""}, 422, "Enter what people read"),
        ({"name": "senior caseworker"}, 422, "Begin the name with a letter"),
        ({"name": "manager"}, 409, "already"),
        ({"label": "MANAGER"}, 409, "nobody could tell them apart"),
        ({"rank": "high"}, 422, "There is a problem"),
        ({"rank": "1001"}, 422, "whole number from 0 to 1,000"),
    ],
)
def test_a_role_that_cannot_be_is_refused_and_what_was_typed_stays(
    owned: Owned, owner: Visitor, typed: dict[str, Any], status: int, said: str
) -> None:
    asked = owner.submit(f"{owned.path}/roles/add", **(SENIOR | typed))
    assert asked.status_code == status
    assert said in asked.text
    assert 'value="' + (SENIOR | typed)["name"] in asked.text
    assert len(names(owned)) == 2


@pytest.mark.looks_at("apps/rename_role.html")
def test_another_label_leaves_what_the_app_is_told(owned: Owned, owner: Visitor) -> None:
    path = f"{owned.path}/roles/{role(owned, 'manager').id}/rename"
    check_page(owner.open(path).text)
    assert owner.submit(path, label="Caseworker").status_code == 409
    assert owner.submit(path, label="Team manager").status_code == 303
    assert (role(owned, "manager").label, names(owned)) == ("Team manager", ["manager", "caseworker"])
    assert owned.audited("app.role_renamed")[0].details["before"] == "Manager"


@pytest.mark.looks_at("apps/remove_role.html")
def test_a_role_is_removed_when_nothing_uses_it(owned: Owned, owner: Visitor) -> None:
    owner.submit(f"{owned.path}/roles/add", **SENIOR)
    path = f"{owned.path}/roles/{role(owned, SENIOR['name']).id}/remove"
    check_page(owner.open(path).text)
    assert owner.submit(path).status_code == 303
    assert names(owned) == ["manager", "caseworker"]
    assert len(owned.audited("app.role_removed")) == 1


def test_a_role_that_a_rule_gives_stays(owned: Owned, owner: Visitor) -> None:
    move = owned.move
    owner.submit(f"{owned.path}/roles/add", **SENIOR)
    found = role(owned, SENIOR["name"])
    make_rule(move.session, move.now, move.session.get_one(App, owned.app_id), found.name)
    move.session.commit()
    path = f"{owned.path}/roles/{found.id}"
    refused = owner.submit(f"{path}/remove", page=f"{path}/rename")
    assert refused.status_code == 409
    assert "still used by a rule" in refused.text
    assert SENIOR["name"] in names(owned)


def test_the_owner_of_other_apps_changes_none_of_its_roles(app: Flask, owned: Owned) -> None:
    move = owned.move
    other = make_employee(move.session, move.now, move.home_office, "otto.owner").person_id
    give_role(move.session, move.now, other, Role.APP_OWNER, move.home_office.id)
    move.session.commit()
    visitor = sign_in(app, other)
    for part in ("", "/add", f"/{role(owned, 'manager').id}/rename", f"/{role(owned, 'manager').id}/remove"):
        assert visitor.open(f"{owned.path}/roles{part}").status_code == 404
