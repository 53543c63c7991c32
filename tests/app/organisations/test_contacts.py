"""An administrator publishes whom to ask, and the pages for who cannot sign in say it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask

from app.database import transaction
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee, make_person
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

TYPED = {"phone": "0300 123 4567", "email": "hr@hmrc.gov.uk", "web_page": "https://intranet.hmrc.gov.uk/hr"}


@pytest.fixture
def organisation(app: Flask) -> OrganisationView:
    with transaction(app.extensions["engine"]) as session:
        return make_organisation(session, app.config["CLOCK"]())


@pytest.fixture
def administrator(app: Flask, organisation: OrganisationView) -> Visitor:
    now = app.config["CLOCK"]()
    with transaction(app.extensions["engine"]) as session:
        person_id = make_person(session, now, "ada.admin@hmrc.gov.uk")
        give_role(session, now, person_id, Role.ORGANISATION_ADMINISTRATOR, organisation.id)
    return sign_in(app, person_id)


def path_of(organisation: OrganisationView, team: str = "hr") -> str:
    return f"/organisations/contacts/{organisation.id}/{team}"


def test_it_is_published_and_shown_to_who_cannot_sign_in(
    app: Flask, organisation: OrganisationView, administrator: Visitor
) -> None:
    """The organisation of the domain, whether or not the address exists."""
    check_page(administrator.open("/organisations/contacts").text)
    check_page(administrator.open(path_of(organisation)).text)
    assert administrator.submit(path_of(organisation), **TYPED).status_code == 303
    listed = administrator.open("/organisations/contacts").text
    check_page(listed)
    assert "0300 123 4567" in listed

    visitor = Visitor(app)
    visitor.open("/sign-in/help")
    helped = visitor.submit("/sign-in/help", address="nobody.here@hmrc.gov.uk").text
    check_page(helped)
    assert 'href="tel:03001234567"' in helped
    assert 'href="mailto:hr@hmrc.gov.uk"' in helped
    elsewhere = visitor.submit("/sign-in/help", address="nobody@nowhere.example").text
    assert 'id="contact-hr"' not in elsewhere


def test_who_may_not_open_a_page_reads_whom_to_ask(
    app: Flask, organisation: OrganisationView, administrator: Visitor
) -> None:
    """Their own employer's HR team; a visitor who is not signed in learns of nobody's."""
    administrator.submit(path_of(organisation), **TYPED)
    with transaction(app.extensions["engine"]) as session:
        employee = make_employee(session, app.config["CLOCK"](), organisation, "edith.eaton").person_id
    refused = sign_in(app, employee).open("/recoveries")
    assert refused.status_code == 403
    check_page(refused.text)
    assert 'href="tel:03001234567"' in refused.text
    assert "0300 123 4567" not in Visitor(app).open("/recoveries").text


def test_what_is_refused_is_said_at_its_field_and_nothing_is_lost(
    organisation: OrganisationView, administrator: Visitor
) -> None:
    refused = administrator.submit(path_of(organisation), **TYPED | {"email": "hr@gmail.com"})
    assert refused.status_code == 422
    check_page(refused.text)
    assert 'href="#email"' in refused.text
    assert "0300 123 4567" in refused.text


@pytest.mark.parametrize("path", [lambda one: path_of(one, "payroll"), lambda _one: f"{UUID(int=1)}/hr"])
def test_of_other_teams_and_organisations_there_is_nothing(
    organisation: OrganisationView, administrator: Visitor, path: Callable[[OrganisationView], str]
) -> None:
    where = path(organisation)
    where = where if where.startswith("/") else f"/organisations/contacts/{where}"
    assert administrator.open(where).status_code == 404


def test_an_hr_officer_does_not_say_whom_to_ring(app: Flask, organisation: OrganisationView) -> None:
    now = app.config["CLOCK"]()
    with transaction(app.extensions["engine"]) as session:
        person_id = make_person(session, now, "hana.hr@hmrc.gov.uk")
        give_role(session, now, person_id, Role.HR_OFFICER, organisation.id)
    assert sign_in(app, person_id).open(path_of(organisation)).status_code == 403
