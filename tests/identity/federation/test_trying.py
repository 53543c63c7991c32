"""An administrator tries a sign-in at the provider before anyone depends on it."""

from typing import Any

import pytest
from sqlmodel import select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.federation.models import UpstreamLink, UpstreamProvider
from identity.sign_in import passkeys
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.people import give_role
from tests.identity.endpoints.provider import Clock, Provider
from tests.identity.federation.department import Department


@pytest.fixture
def provider(database_url: str, now: Any) -> Provider:
    provider = Provider(database_url, Clock(now))
    with transaction(provider.engine) as session:
        here = provider.organisation.id
        give_role(session, now, provider.person_id, Role.ORGANISATION_ADMINISTRATOR, here)
    provider.sign_in(amr=passkeys.AMR)
    return provider


@pytest.fixture
def department(provider: Provider) -> Department:
    department = Department(provider, setup={"realm": "hd=hmrc.gov.uk"})
    with transaction(provider.engine) as session:
        session.get_one(UpstreamProvider, department.provider_id).tested_at = None
    return department


def try_it(department: Department) -> TestResponse:
    page = department.provider.get(f"/organisations/sign-in/{department.provider_id}")
    return department.come_back(department.sent_on(department.provider.submit(page, to="/test")))


def was_tried(department: Department) -> bool:
    with transaction(department.provider.engine) as session:
        return session.get_one(UpstreamProvider, department.provider_id).tested_at is not None


@pytest.mark.looks_at("sign_in/department_test.html")
def test_everything_that_it_says_is_shown_and_nothing_comes_of_it_but_that_it_was_tried(
    provider: Provider, department: Department
) -> None:
    department.claims = {"hd": "hmrc.gov.uk", "groups": ["tax", "pay"], "odd": "half a \ud800 character"}
    answer = try_it(department)
    check_page(answer.text)
    for shown in ("account-1", "urn:lanyard:acr:sfa", "tax", "half a \\ud800 character"):
        assert shown in answer.text
    assert was_tried(department)
    with transaction(provider.engine) as session:
        assert session.exec(select(UpstreamLink)).all() == []


def test_an_account_of_another_organisation_is_shown_with_what_was_set_up(
    provider: Provider, department: Department
) -> None:
    department.claims = {"hd": "homeoffice.gov.uk"}
    answer = try_it(department)
    check_page(answer.text)
    assert "this account is not one of your organisation" in answer.text
    assert "homeoffice.gov.uk" in answer.text
    assert "hd=hmrc.gov.uk" in answer.text
    assert not was_tried(department)


@pytest.mark.parametrize("claims", [{"hd": "hmrc.gov.uk"}, {"hd": "homeoffice.gov.uk"}])
def test_what_it_says_is_for_the_administrator_who_tried_it(
    provider: Provider, department: Department, claims: dict[str, str]
) -> None:
    department.claims = claims
    page = provider.get(f"/organisations/sign-in/{department.provider_id}")
    asked = department.sent_on(provider.submit(page, to="/test"))
    provider.sign_in(provider.another_person())
    answer = department.come_back(asked)
    assert answer.status_code == 400
    assert claims["hd"] not in answer.text
    assert not was_tried(department)
