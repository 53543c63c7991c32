"""A person signs in through one department, moves, and signs in through the other: still the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from app.database import transaction
from identity.clients.documents import document_fetcher
from identity.federation.errors import UpstreamAnswerInvalid
from identity.federation.openid.metadata import UpstreamDirectory
from identity.federation.openid.registration import Addresses, json_poster, register
from profiles.employments import service as employments
from profiles.employments.models import Employment, Posting
from profiles.employments.service import Post
from profiles.organisations.grades import CommonGrade
from profiles.organisations.service import OrganisationView
from profiles.people.models import WorkAddress
from profiles.sign_in.service import find_person_by_address
from profiles.temporal import civil_date, current, end
from tests.factories.apps import make_rule
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.flows.departments.departments import (
    django_department,
    node_department,
    sign_in_at_hmrc,
    sign_in_at_home_office,
)
from tests.flows.interop.openid_client import RelyingParty, relying_party
from tests.flows.interop.steps import go_on, sign_in
from tests.support.databases import fresh_database
from tests.support.provider import ServedProvider, Somebody, served_provider


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lanyard(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedProvider]:
    folder = tmp_path_factory.mktemp("lanyard")
    with fresh_database(request.param) as url, served_provider(url, folder) as served:
        yield served


@pytest.fixture(scope="module")
def home_office(lanyard: ServedProvider) -> OrganisationView:
    """The importing department, whose people may use the same app."""
    now = datetime.now(UTC)
    with transaction(lanyard.engine) as session:
        made = make_organisation(session, now, "HO")
        make_rule(session, now, lanyard.department_app, organisation_id=made.id, grade_from=CommonGrade.EO)
    return made


@pytest.fixture(scope="module")
def departments(
    lanyard: ServedProvider, home_office: OrganisationView, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """HMRC's issuer."""
    folder = tmp_path_factory.mktemp("departments")
    hmrc = node_department(lanyard, lanyard.organisation.id, folder)
    with hmrc as issuer, django_department(lanyard, home_office.id, folder, account="ho-4711"):
        yield issuer


@pytest.fixture
def app(lanyard: ServedProvider, departments: str, tmp_path: Path) -> Iterator[RelyingParty]:
    with relying_party(lanyard, tmp_path) as app:
        yield app


def person_of(lanyard: ServedProvider, who: Somebody) -> UUID:
    with transaction(lanyard.engine) as session:
        found = find_person_by_address(session, who.address, datetime.now(UTC))
    assert found is not None
    return found


def move(lanyard: ServedProvider, who: UUID, importing: OrganisationView) -> None:
    """What a move records on its first morning: the old employment and posting end, the new ones begin."""
    now = datetime.now(UTC)
    with transaction(lanyard.engine) as session:
        for model in (Employment, Posting):
            for fact in current(session, model, now, now, person_id=who):
                end(session, fact, now, now, PROVENANCE)
        employments.appoint(
            session,
            now,
            PROVENANCE,
            INITIATOR,
            person_id=who,
            organisation_id=importing.id,
            number=f"HO-{who.hex[-8:]}",
            starts_on=civil_date(now),
            continuous_service_from=civil_date(now),
            post=Post(local_grade="Higher Officer", job_title="Caseworker"),
        )
        assert current(session, WorkAddress, now, now, person_id=who)


def link(page: Page, lanyard: ServedProvider, name: str) -> None:
    page.goto(f"{lanyard.issuer}/profile/accounts")
    page.get_by_role("button", name=f"Link your {name}").click()


def fresh(browser: Browser) -> Page:
    """A browser that remembers nothing."""
    return browser.new_context().new_page()


def test_the_same_person_through_two_departments(
    lanyard: ServedProvider, home_office: OrganisationView, app: RelyingParty, browser: Browser
) -> None:
    who = lanyard.hire()
    page = fresh(browser)
    app.open(page)
    sign_in(page, who)
    go_on(page)
    sub = app.shown(page)["claims"]["sub"]
    link(page, lanyard, "HMRC account")
    sign_in_at_hmrc(page, "hmrc-0815")
    expect(page.get_by_text("Your HMRC account now signs you in.")).to_be_visible()

    page = fresh(browser)
    app.open(page)
    page.click("#department")
    page.fill("#address", who.address)
    page.click("#continue")
    sign_in_at_hmrc(page, "hmrc-0815")
    through_hmrc = app.shown(page)["claims"]
    assert through_hmrc["sub"] == sub
    assert through_hmrc["acr"] == "urn:lanyard:acr:mfa"
    assert "fed" in through_hmrc["amr"]

    move(lanyard, person_of(lanyard, who), home_office)
    page = fresh(browser)
    app.open(page)
    page.click("#department")
    page.click("#list")
    page.get_by_role("button", name="HMRC account").click()
    sign_in_at_hmrc(page, "hmrc-0815")
    expect(page.get_by_role("heading", level=1)).to_contain_text("We do not know this account yet")

    page.click("#another-way")
    sign_in(page, who)
    app.shown(page)
    link(page, lanyard, "Home Office account")
    sign_in_at_home_office(page, "ho-4711")
    expect(page.get_by_text("Your Home Office account now signs you in.")).to_be_visible()

    page = fresh(browser)
    app.open(page)
    page.click("#department")
    page.click("#list")
    page.get_by_role("button", name="Home Office account").click()
    sign_in_at_home_office(page, "ho-4711")
    assert app.shown(page)["claims"]["sub"] == sub


def test_cancelling_there_leads_to_another_way(
    lanyard: ServedProvider, app: RelyingParty, browser: Browser
) -> None:
    page = fresh(browser)
    app.open(page)
    page.click("#department")
    page.click("#list")
    page.get_by_role("button", name="HMRC account").click()
    page.click("#cancel")
    expect(page.get_by_role("heading", level=1)).to_have_text("You did not sign in")
    page.click("#another-way")
    sign_in(page, lanyard.hire())
    go_on(page)
    assert app.shown(page)["claims"]["sub"]


def test_signing_out_here_and_there_ends_it_everywhere(
    lanyard: ServedProvider, departments: str, browser: Browser
) -> None:
    """The department's own program tells Lanyard of it, in every browser of the account's session."""
    page = fresh(browser)
    page.goto(f"{lanyard.issuer}/sign-in?next=/profile/accounts")
    sign_in(page, lanyard.hire())
    link(page, lanyard, "HMRC account")
    sign_in_at_hmrc(page, "hmrc-0816")
    expect(page.get_by_text("Your HMRC account now signs you in.")).to_be_visible()
    page.goto(f"{lanyard.issuer}/profile/sessions")
    page.get_by_role("button", name="Sign out").first.click()
    page.goto(f"{lanyard.issuer}/sign-in/departments?next=/profile")
    page.get_by_role("button", name="HMRC account").click()
    expect(page).to_have_url(f"{lanyard.issuer}/profile")

    stays = page.context.new_page()
    stays.goto(f"{lanyard.issuer}/profile")
    page.goto(f"{lanyard.issuer}/signed-out")
    page.get_by_role("button", name="Sign out of HMRC account too").click()
    page.click("button[name=logout]")
    expect(page).to_have_url(f"{lanyard.issuer}/signed-out?state=department")
    expect(page.get_by_role("button", name="Sign out of HMRC account too")).to_have_count(0)
    stays.reload()
    expect(stays.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_lanyard_registers_itself_where_that_is_allowed(lanyard: ServedProvider, departments: str) -> None:
    """And the department's own program takes it for the client that it asked to be."""
    metadata = UpstreamDirectory(document_fetcher(development=True)).find(departments, datetime.now(UTC))
    addresses = Addresses(
        redirect_uri=f"{lanyard.issuer}/return",
        jwks_uri=f"{lanyard.issuer}/jwks.json",
        backchannel_logout_uri=f"{lanyard.issuer}/logout",
        post_logout_redirect_uri=f"{lanyard.issuer}/signed-out",
    )
    post = json_poster(development=True)
    assert register(post, metadata, addresses, "openid", None)
    with pytest.raises(UpstreamAnswerInvalid):
        register(post, metadata, replace(addresses, redirect_uri="no address"), "openid", None)
