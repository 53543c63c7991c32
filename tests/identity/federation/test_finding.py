"""Finding one's department among many, on a device that remembers it; proving there that it is still you."""

from typing import Any

import pytest
from sqlmodel import select

from app.database import transaction
from identity.federation import links
from identity.federation.finding import MOST_SHOWN
from identity.federation.models import UpstreamProvider
from identity.sessions.models import LoginSession
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role
from tests.factories.upstreams import make_provider
from tests.identity.endpoints.provider import Clock, Provider
from tests.identity.federation.department import Department
from tests.identity.federation.test_sign_in import is_let_in
from tests.identity.sign_in.test_passkeys import give_passkey

LIST = "/sign-in/departments"
CONFIRM = {"fresh": "1", "next": "/profile"}


@pytest.fixture
def provider(database_url: str, now: Any) -> Provider:
    return Provider(database_url, Clock(now))


@pytest.fixture
def linked(provider: Provider) -> Department:
    department = Department(provider)
    department.link(provider.person_id)
    return department


def test_a_few_departments_are_simply_listed(provider: Provider, linked: Department) -> None:
    page = provider.get(LIST).text
    assert "HMRC account" in page
    assert 'type="search"' not in page


@pytest.mark.looks_at("sign_in/departments.html")
def test_of_many_some_are_listed_and_any_is_found_by_a_part_of_its_name(
    provider: Provider, linked: Department
) -> None:
    with transaction(provider.engine) as session:
        elsewhere = make_organisation(session, provider.now, "HO").id
        for number in range(MOST_SHOWN + 2):
            issuer, name = f"https://login{number}.example", f"Body {number} account"
            make_provider(session, provider.now, elsewhere, issuer=issuer, name=name)
    page = provider.get(LIST, {"next": "/profile", "fresh": "1"})
    check_page(page.text)
    assert page.text.count("app-inline-form") == MOST_SHOWN
    assert "There are 3 more" in page.text
    assert '<input type="hidden" name="next" value="/profile">' in page.text
    found = provider.get(LIST, {"q": "ACCOUNT hm", "next": "/profile"})
    check_page(found.text)
    assert found.text.count("app-inline-form") == 1
    assert linked.sent_on(provider.submit(found, to=str(linked.provider_id)))


def test_it_is_found_by_its_organisations_name_too(provider: Provider, linked: Department) -> None:
    with transaction(provider.engine) as session:
        revenue = make_organisation(session, provider.now, "VOA").id
        make_provider(session, provider.now, revenue, issuer="https://voa.example", name="Valuers’ account")
    page = provider.get(LIST, {"q": "voa"}).text
    assert "Valuers’ account" in page
    assert "HMRC account" not in page


def test_what_nothing_has_in_its_name_is_said(provider: Provider, linked: Department) -> None:
    page = provider.get(LIST, {"q": "<script>"}).text
    check_page(page)
    assert "No department has that in its name." in page


def test_a_device_remembers_a_department_and_forgets_it(provider: Provider, linked: Department) -> None:
    linked.sign_in()
    provider.browser.delete_cookie("__Host-lanyard_session", domain="id.example")
    assert "Continue with HMRC account" in provider.get("/sign-in").text
    page = provider.get("/sign-in/department", {"next": "/profile"})
    check_page(page.text)
    answer = provider.submit(page, to="/forget")
    assert answer.headers["Location"] == "/sign-in?next=/profile"
    assert provider.browser.get_cookie("__Host-lanyard_department", domain="id.example") is None
    assert "Continue with HMRC account" not in provider.get("/sign-in").text


def test_who_has_only_the_departments_account_confirms_there(provider: Provider, linked: Department) -> None:
    linked.sign_in()
    provider.clock.forward(minutes=30)
    page = provider.get("/sign-in", CONFIRM)
    check_page(page.text)
    asked = linked.sent_on(provider.submit(page, to=str(linked.provider_id)))
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    assert is_let_in(linked.come_back(asked))
    with transaction(provider.engine) as session:
        (only,) = session.exec(select(LoginSession)).all()
        assert (only.auth_time, only.amr) == (provider.now, ["fed"])


def test_it_opens_nothing_that_must_be_proved_here(provider: Provider, linked: Department) -> None:
    """Neither by the button, which is not there, nor by going round it."""
    with transaction(provider.engine) as session:
        here = provider.organisation.id
        give_role(session, provider.now, provider.person_id, Role.AUDITOR, here)
    linked.sign_in()
    confirm = provider.get(provider.get("/audit").headers["Location"])
    check_page(confirm.text)
    assert "Continue with HMRC account" not in confirm.text
    assert "proved to Lanyard itself" in confirm.text
    linked.sign_in(fresh="1", next="/audit")
    assert provider.get("/audit").headers["Location"].startswith("/sign-in?")


def test_it_is_not_offered_beside_a_passkey_nor_with_a_locked_account(
    provider: Provider, linked: Department
) -> None:
    linked.sign_in()
    give_passkey(provider.engine, provider.person_id, provider.now)
    assert "Continue with HMRC account" not in provider.get("/sign-in", CONFIRM).text
    other = provider.another_person()
    link_id = linked.link(other, "account-2")
    provider.sign_in(other)
    assert "Continue with HMRC account" in provider.get("/sign-in", CONFIRM).text
    with transaction(provider.engine) as session:
        links.set_locked(session, other, link_id, provider.now)
    assert "Continue with HMRC account" not in provider.get("/sign-in", CONFIRM).text


def test_it_is_not_offered_for_a_level_that_it_is_not_believed(
    provider: Provider, linked: Department
) -> None:
    linked.sign_in()
    wanted = {**CONFIRM, "level": "phr", "insists": "1"}
    assert "Continue with HMRC account" in provider.get("/sign-in", wanted).text
    with transaction(provider.engine) as session:
        session.get_one(UpstreamProvider, linked.provider_id).ceiling = "urn:lanyard:acr:mfa"
    assert "Continue with HMRC account" not in provider.get("/sign-in", wanted).text
