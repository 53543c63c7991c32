"""Departments that share an issuer, as at Google: each has the accounts with a claim of its own."""

from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from app.database import transaction
from identity.federation import links
from identity.federation.models import UpstreamLink
from profiles.employments import service as employments
from profiles.employments.service import Post
from profiles.organisations.service import OrganisationView
from profiles.temporal import civil_date
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.upstreams import make_provider
from tests.identity.endpoints.provider import Clock, Provider
from tests.identity.federation.department import Department
from tests.identity.federation.test_sign_in import end_employment, is_let_in, who_is_in

GOOGLE = "https://accounts.google.com"
HMRC, HOME_OFFICE = "hd=hmrc.gov.uk", "hd=homeoffice.gov.uk"


@pytest.fixture
def provider(database_url: str, now: Any) -> Provider:
    return Provider(database_url, Clock(now))


@pytest.fixture
def google(provider: Provider) -> Department:
    """Google, where HMRC's accounts are."""
    return Department(provider, issuer=GOOGLE, setup={"realm": HMRC}, claims={"hd": "hmrc.gov.uk"})


@pytest.fixture
def home_office(provider: Provider, google: Department) -> OrganisationView:
    with transaction(provider.engine) as session:
        return make_organisation(session, provider.now, "HO")


@pytest.fixture
def home_office_id(provider: Provider, google: Department, home_office: OrganisationView) -> UUID:
    """The Home Office's provider, at the same issuer."""
    with transaction(provider.engine) as session:
        made = make_provider(
            session,
            provider.now,
            home_office.id,
            issuer=GOOGLE,
            realm=HOME_OFFICE,
            name="Home Office account",
        )
        return made.id


def join(provider: Provider, organisation: OrganisationView) -> None:
    with transaction(provider.engine) as session:
        employments.appoint(
            session,
            provider.now,
            PROVENANCE,
            INITIATOR,
            person_id=provider.person_id,
            organisation_id=organisation.id,
            number="HO-1",
            starts_on=civil_date(provider.now),
            continuous_service_from=civil_date(provider.now),
            post=Post(local_grade="Higher Officer", job_title="Caseworker"),
        )


def test_an_account_with_the_departments_claim_signs_in(provider: Provider, google: Department) -> None:
    google.link(provider.person_id, realm=HMRC)
    assert is_let_in(google.sign_in(next="/profile"))
    assert who_is_in(provider) == provider.person_id


@pytest.mark.parametrize(
    "said", [None, "homeoffice.gov.uk", "HMRC.GOV.UK", ["hmrc.gov.uk", "evil.example"], 1]
)
def test_an_account_with_another_claim_is_not_the_departments(
    provider: Provider, google: Department, said: Any
) -> None:
    """A private account has no ``hd`` at all."""
    google.link(provider.person_id, realm=HMRC)
    google.claims = {"hd": said}
    answer = google.sign_in()
    assert (answer.status_code, who_is_in(provider)) == (403, None)
    assert "This is not an account of your department" in answer.text


def test_the_claim_may_stand_alone_in_a_list(provider: Provider, google: Department) -> None:
    """Keycloak says ``organization`` so."""
    google.link(provider.person_id, realm=HMRC)
    google.claims = {"hd": ["hmrc.gov.uk"]}
    assert is_let_in(google.sign_in(next="/profile"))


def test_one_departments_account_is_nothing_at_the_others_button(
    provider: Provider, google: Department, home_office: OrganisationView, home_office_id: UUID
) -> None:
    """Also for somebody who works at both."""
    google.link(provider.person_id, realm=HMRC)
    join(provider, home_office)
    google.provider_id = home_office_id
    assert google.sign_in().status_code == 403
    assert who_is_in(provider) is None


def test_a_session_ends_with_the_move_to_a_department_at_the_same_issuer(
    provider: Provider, google: Department, home_office: OrganisationView, home_office_id: UUID
) -> None:
    google.link(provider.person_id, realm=HMRC)
    google.sign_in()
    assert provider.get("/profile").status_code == 200
    end_employment(provider)
    join(provider, home_office)
    assert provider.get("/profile").headers["Location"].startswith("/sign-in")


def test_the_account_of_the_next_department_takes_no_place_of_the_last(
    provider: Provider, google: Department, home_office: OrganisationView, home_office_id: UUID
) -> None:
    """On loan somebody has both; each opens while its department may speak for them."""
    google.link(provider.person_id, "hmrc-account", realm=HMRC)
    google.link(provider.person_id, "home-office-account", realm=HOME_OFFICE)
    join(provider, home_office)
    google.claims = {"sub": "hmrc-account", "hd": "hmrc.gov.uk"}
    assert is_let_in(google.sign_in(), "/")
    provider.browser = provider.new_browser()
    google.provider_id = home_office_id
    google.claims = {"sub": "home-office-account", "hd": "homeoffice.gov.uk"}
    assert is_let_in(google.sign_in(), "/")


def test_an_account_opens_one_profile_whichever_department_proved_it(
    provider: Provider, google: Department
) -> None:
    google.link(provider.person_id, realm=HMRC)
    other = provider.another_person()
    with pytest.raises(links.LinkTaken):
        google.link(other, realm=HOME_OFFICE)


def test_an_account_that_its_person_links_in_another_realm_is_linked_once_and_stays_locked(
    provider: Provider, google: Department
) -> None:
    link_id = google.link(provider.person_id, realm=HMRC)
    with transaction(provider.engine) as session:
        links.set_locked(session, provider.person_id, link_id, provider.now)
    google.link(provider.person_id, realm=HOME_OFFICE)
    with transaction(provider.engine) as session:
        (live,) = session.exec(select(UpstreamLink).where(col(UpstreamLink.ended_at).is_(None))).all()
        assert (live.realm, live.locked_at) == (HOME_OFFICE, provider.now)
