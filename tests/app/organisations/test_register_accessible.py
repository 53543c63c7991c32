"""Each page of the register, of domains and of who took over from whom, on a phone, as axe-core sees it."""

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlmodel import select

from profiles.access_policy.models import PolicyChange, PolicyState
from profiles.organisations import successions
from profiles.roles.models import Role
from tests.app.organisations.test_register import REGISTER, administrator
from tests.app.test_moves_accessible import Reader
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

READ = {
    "apps/check_policy.html",
    "apps/waiting_policy.html",
    "organisations/change_domain.html",
    "organisations/new_name.html",
    "organisations/new_place.html",
    "organisations/correct_succession.html",
    "organisations/new_domain.html",
    "organisations/new_succession.html",
    "organisations/officers.html",
    "organisations/organisation.html",
    "organisations/register.html",
    "organisations/successions.html",
}


@pytest.mark.looks_at("apps/check_policy.html", "apps/waiting_policy.html")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_of_the_register(app: Flask, move: Move, page: Page) -> None:
    reader = Reader(app, page)
    agency = make_organisation(move.session, move.now, "VOA", parent=move.hmrc)
    admin = administrator(move, move.hmrc, "ada.admin", include_subtree=True)
    security = make_employee(move.session, move.now, move.home_office, "sid.security").person_id
    give_role(move.session, move.now, security, Role.SECURITY_OFFICER, move.home_office.id)
    move.session.commit()
    here = f"{REGISTER}/{move.hmrc.id}"
    asking = sign_in(app, admin)
    empty: dict[str, Any] = {"first_day": ["", "", ""], "reason": ""}
    day: dict[str, Any] = {"first_day": ["2", "3", "2026"], "reason": "The order"}

    def waits() -> str:
        found = select(PolicyChange.id).where(PolicyChange.state == PolicyState.WAITING)
        one = f"/apps/changes/{move.session.exec(found).one()}"
        move.session.rollback()
        reader.reads(security, one)
        return one

    def asked(path: str, **typed: Any) -> None:
        reader.reads(admin, path, **typed)
        assert asking.submit(path, **typed, checked="yes").status_code == 303
        one = waits()
        assert sign_in(app, security).submit(f"{one}/approve", page=one).status_code == 303

    reader.reads(admin, REGISTER)
    reader.reads(admin, f"{here}/name")
    reader.reads(admin, f"{here}/name", name="", **empty)
    place = f"{REGISTER}/{agency.id}/place"
    reader.reads(admin, place)
    reader.reads(admin, place, parent="", **empty)
    reader.reads(admin, place, parent=str(move.home_office.id), **day)

    reader.reads(admin, f"{here}/domains/new")
    reader.reads(admin, f"{here}/domains/new", domain="example.com", **day)
    reader.reads(admin, f"{here}/domains/new", domain="", **empty)
    asked(f"{here}/domains/new", domain="visas.ho.gov.uk", **day)
    reader.reads(admin, f"{here}/domains")
    reader.reads(admin, f"{here}/domains", domain="", to="", **empty)
    asked(f"{here}/domains", domain="hmrc.gov.uk", to=str(move.home_office.id), **day)

    reader.reads(admin, f"{here}/successions")
    reader.reads(admin, f"{here}/successions/new")
    reader.reads(admin, f"{here}/successions/new", successor="", since=["", "", ""], reason="")
    said: dict[str, Any] = {"since": ["14", "7", "2016"], "reason": "The order"}
    asked(f"{here}/successions/new", direction="from", successor=str(move.home_office.id), **said)
    reader.reads(admin, f"{here}/successions")
    held = successions.find(move.session, move.home_office.id, move.hmrc.id, move.now)
    assert held is not None
    correct = f"{here}/successions/{held.id}"
    move.session.rollback()
    reader.reads(admin, correct)
    reader.reads(admin, correct, **said | {"reason": ""})
    asked(correct, **said | {"since": ["", "", ""]})

    reader.reads(admin, here)
    reader.reads(admin, f"{here}?valid_on=1&valid_on=1&valid_on=2001")
    reader.reads(admin, "/organisations/officers")
    assert reader.templates >= READ
