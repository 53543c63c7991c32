"""What waits for a second officer, and what leads to it, on a phone, as axe-core sees it."""

from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlmodel import select

from profiles.access_policy.models import PolicyChange
from profiles.apps.models import App
from profiles.entitlements.models import Entitlement
from profiles.portable_profile.models import RecordChange
from profiles.roles.models import Role
from profiles.temporal import current
from tests.app.apps.test_granting import TYPED as GRANT
from tests.app.apps.test_role_requests import TYPED as ROLE
from tests.app.people.test_changing import TYPED, an_app_for_heo, path_of
from tests.app.people.test_vetting import SAID, clearance
from tests.app.test_moves_accessible import Reader
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


def officer(move: Move, name: str, role: Role) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, name).person_id
    give_role(move.session, move.now, person_id, role, move.hmrc.id)
    move.session.commit()
    return person_id


@pytest.mark.looks_at("people/check_change.html", "people/clearance.html", "people/waiting_change.html")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_changes_of_records_and_clearances(app: Flask, move: Move, page: Page) -> None:
    reader, hr = Reader(app, page), move.hmrc_officer
    second = officer(move, "cora.colleague", Role.HR_OFFICER)
    an_app_for_heo(move)
    path, version = path_of(move)
    move.session.commit()
    typed = TYPED | {"version": version}
    reader.reads(hr, path)
    reader.reads(hr, path, **typed | {"reason": ""})
    reader.reads(hr, path, **typed)
    sign_in(app, hr).submit(path, **typed, checked="yes")
    waits = move.session.exec(select(RecordChange.id)).one()
    move.session.commit()
    for who, below in ((second, "/people/changes"), (second, f"/people/changes/{waits}"), (hr, "/tasks")):
        reader.reads(who, below)

    security = officer(move, "sam.one", Role.SECURITY_OFFICER)
    here = f"/people/{move.employee}/clearances/{clearance(move).fact_id}"
    sign_in(app, security).submit(f"{here}/stop", status="suspended", **SAID)
    form = {"version": str(clearance(move).id), **SAID}
    reader.reads(security, here)
    reader.reads(security, f"{here}/lift", **form)
    sign_in(app, security).submit(f"{here}/lift", **form, checked="yes")
    waits = move.session.exec(select(RecordChange.id).where(RecordChange.id != waits)).one()
    move.session.commit()
    reader.reads(security, f"/people/clearance-changes/{waits}")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_suspension_and_its_lifting(app: Flask, move: Move, page: Page) -> None:
    reader, path = Reader(app, page), f"/people/{move.employee}/suspension"
    first, second = (officer(move, name, Role.SECURITY_OFFICER) for name in ("sam.one", "sue.two"))
    reader.reads(first, path)
    sign_in(app, first).submit(path, reason="A laptop is lost")
    reader.reads(first, path)
    reader.reads(first, f"{path}/lift", on=path, reason=" ")
    sign_in(app, first).submit(f"{path}/lift", page=path, reason="It was found")
    for who, below in ((first, path), (second, path), (second, "/people/suspended"), (second, "/tasks")):
        reader.reads(who, below)


@pytest.mark.looks_at("apps/grant_days.html", "apps/role_request.html")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_roles_of_an_app(app: Flask, move: Move, page: Page) -> None:
    reader = Reader(app, page)
    owner, second = (officer(move, name, Role.APP_OWNER) for name in ("oona.owner", "sue.second"))
    make_employee(move.session, move.now, move.hmrc, "sam.stand-in")
    app_id = move.session.exec(select(App.id).where(App.name == "Tax Desk")).one()
    move.session.commit()
    at, ask = f"/apps/{app_id}", f"/profile/apps/{app_id}/ask"
    reader.reads(owner, f"{at}/grants/add", **GRANT | {"who": "nobody"})
    reader.reads(owner, f"{at}/grants/add", **GRANT)
    sign_in(app, owner).submit(f"{at}/grants/add", **GRANT, checked="yes")
    waits = f"/apps/changes/{move.session.exec(select(PolicyChange.id)).one()}"
    move.session.commit()
    for who, below in ((owner, waits), (second, waits), (second, "/apps/changes")):
        reader.reads(who, below)
    sign_in(app, second).submit(f"{waits}/approve", page=waits)
    [given] = current(move.session, Entitlement, move.now, move.now, app_id=app_id)
    one = f"{at}/grants/{given.fact_id}"
    move.session.commit()
    for below in ("/apps/grants", f"{one}/prolong", f"{one}/end"):
        reader.reads(owner, below)
    reader.reads(move.employee, ask)
    reader.reads(move.employee, ask, **ROLE | {"reason": ""})
    sign_in(app, move.employee).submit(ask, **ROLE)
    asked = sign_in(app, owner).open("/apps/requests").text.split('href="/apps/requests/')[1].split('"')[0]
    for who, below in (
        (owner, "/apps/requests"),
        (owner, f"/apps/requests/{asked}"),
        (move.employee, "/profile/apps"),
    ):
        reader.reads(who, below)
