"""The sign-in page says for which app, and shows what the app publishes (checklist 18)."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.errors import DocumentUnavailable
from identity.clients.images import Image
from identity.clients.initial_access import allow
from identity.clients.logos import keep
from identity.context import EXTENSION, install
from tests.app.page_checks import check_page
from tests.factories.images import png
from tests.factories.organisations import INITIATOR, make_organisation
from tests.factories.people import make_employee
from tests.identity.endpoints.provider import ISSUER, REDIRECT_URI, Provider, basic

LOGO = "https://casework.example/logo.png"
POLICY = "https://casework.example/privacy"
TERMS = "https://casework.example/terms"


@pytest.fixture
def shown(provider: Provider) -> Provider:
    """The client publishes a logo, a policy and terms, and calls itself something grand."""
    provider.client = provider.another_client(
        client_name="HM Treasury Vault", logo_uri=LOGO, policy_uri=POLICY, tos_uri=TERMS
    )
    with transaction(provider.engine) as session:
        keep(session, provider.client.client_id, LOGO, Image("image/png", png()), provider.now)
    return provider


def sign_in_page(provider: Provider, **changes: str | None) -> TestResponse:
    """Where the authorization endpoint sends somebody who is not signed in."""
    return provider.get(provider.authorize(**changes).headers["Location"])


def test_it_names_the_app_and_whose_it_is(shown: Provider) -> None:
    page = sign_in_page(shown)
    assert page.status_code == 200
    check_page(page.text)
    assert "Sign in to continue to Casework, Department HMRC" in page.text


def test_the_names_are_ours_and_not_what_the_client_says_of_itself(shown: Provider) -> None:
    """Phishing: nobody becomes another department by naming a client so."""
    assert "Treasury" not in sign_in_page(shown).text


def test_it_shows_the_policy_and_the_terms_of_the_client(shown: Provider) -> None:
    page = sign_in_page(shown).text
    assert f'href="{POLICY}"' in page
    assert f'href="{TERMS}"' in page


def test_the_logo_is_our_own_copy_and_nothing_is_loaded_from_elsewhere(shown: Provider) -> None:
    """A remote picture would tell its host who is about to sign in."""
    page = sign_in_page(shown)
    (source,) = re.findall(r'<img src="(/logos/[^"]+)" alt="Logo of Casework"', page.text)
    assert LOGO not in page.text
    assert "img-src 'self' data:;" in page.headers["Content-Security-Policy"]
    image = shown.get(source)
    assert (image.status_code, image.mimetype, image.data) == (200, "image/png", png())
    assert image.headers["X-Content-Type-Options"] == "nosniff"
    assert image.headers["Cache-Control"] == "public, max-age=86400"


@pytest.mark.parametrize("digest", ["0" * 64, "x", "..%2f..%2fetc", "0" * 65])
def test_an_unknown_logo_is_not_found(provider: Provider, digest: str) -> None:
    assert provider.get(f"/logos/{digest}").status_code == 404


def test_a_pushed_request_names_its_app_too(shown: Provider) -> None:
    pushed = shown.post("/par", shown.request(), headers=basic(shown.client)).json
    asked = {"client_id": shown.client.client_id, "request_uri": pushed["request_uri"]}
    page = shown.get(shown.get("/authorize", asked).headers["Location"])
    assert "Sign in to continue to Casework, Department HMRC" in page.text


def test_confirming_who_one_is_names_the_app_too(shown: Provider) -> None:
    shown.sign_in()
    page = sign_in_page(shown, prompt="login")
    check_page(page.text)
    assert "Confirm it is you" in page.text
    assert "Sign in to continue to Casework, Department HMRC" in page.text
    assert f'href="{POLICY}"' in page.text


def test_a_client_without_logo_and_links_has_its_name_alone(provider: Provider) -> None:
    page = sign_in_page(provider).text
    check_page(page)
    assert "Casework, Department HMRC" in page
    assert "/logos/" not in page
    assert 'id="app-documents"' not in page


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/sign-in?next=/profile",
        "/sign-in?next=/authorize?client_id=unknown",
        "/sign-in?next=/authorize%3Fclient_id%3D{client_id}%26redirect_uri%3Dhttps%3A%2F%2Fevil.example%2F",
    ],
)
def test_without_a_registered_client_at_its_own_address_no_app_is_named(
    provider: Provider, path: str
) -> None:
    page = provider.get(path.format(client_id=provider.client.client_id))
    assert page.status_code == 200
    assert 'id="continue-to"' not in page.text


def test_an_unknown_account_gets_the_same_page(shown: Provider) -> None:
    page = sign_in_page(shown)

    def refused(address: str) -> str:
        again = shown.submit(page, address=address, password="not the password")
        assert again.status_code == 422
        return re.sub(r"<[^>]*>", "", again.text)

    known, unknown = refused("priya.patel@hmrc.gov.uk"), refused("nobody@hmrc.gov.uk")
    assert known == unknown
    assert "Casework, Department HMRC" in known


def test_the_notice_has_the_links_too(shown: Provider) -> None:
    shown.sign_in(shown.new_employee())
    page = shown.authorize().text
    assert f'href="{POLICY}"' in page
    assert f'href="{TERMS}"' in page


def test_a_refusal_has_our_name_for_the_app_too(shown: Provider) -> None:
    with transaction(shown.engine) as session:
        elsewhere = make_employee(session, shown.now, make_organisation(session, shown.now, "HO")).person_id
    shown.sign_in(elsewhere)
    page = shown.authorize()
    assert page.status_code == 403
    assert "You cannot use Casework" in page.text
    assert "Treasury" not in page.text


def test_where_it_leads_is_the_request_itself(shown: Provider) -> None:
    """Nothing of what is shown comes back as a part of the request."""
    location = shown.authorize().headers["Location"]
    next_path = dict(parse_qsl(urlsplit(location).query))["next"]
    assert next_path.startswith("/authorize?")
    assert ISSUER not in next_path


class TestRegistered:
    """The copy is made when a client registers itself, and again when it changes its registration."""

    @pytest.fixture
    def registered(self, provider: Provider) -> dict[str, Any]:
        self.pictures = {LOGO: png()}
        self.fetched: list[str] = []

        def fetch(uri: str) -> bytes:
            self.fetched.append(uri)
            if uri not in self.pictures:
                raise DocumentUnavailable("could not be reached")
            return self.pictures[uri]

        context = provider.app.extensions[EXTENSION]
        install(provider.app, replace(context, fetch_image=fetch))
        with transaction(provider.engine) as session:
            token = allow(
                session,
                provider.now,
                INITIATOR,
                organisation_id=provider.organisation.id,
                contact="the digital team",
                expires_at=provider.now + timedelta(hours=1),
                attempts=1,
            )
        answer = provider.browser.post(
            "/register", json=self.document(LOGO), headers=bearer(token), base_url=ISSUER
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json or {})

    def document(self, logo_uri: str) -> dict[str, Any]:
        return {"client_name": "Supplied", "redirect_uris": [REDIRECT_URI], "logo_uri": logo_uri}

    def page(self, provider: Provider, registered: dict[str, Any]) -> str:
        return sign_in_page(provider, client_id=registered["client_id"]).text

    def change(self, provider: Provider, registered: dict[str, Any], logo_uri: str) -> None:
        answer = provider.browser.put(
            f"/register/{registered['client_id']}",
            json={"client_id": registered["client_id"], **self.document(logo_uri)},
            headers=bearer(registered["registration_access_token"]),
            base_url=ISSUER,
        )
        assert answer.status_code == 200, answer.text

    def test_its_logo_is_shown(self, provider: Provider, registered: dict[str, Any]) -> None:
        assert 'alt="Logo of Supplied"' in self.page(provider, registered)

    def test_nothing_is_fetched_while_people_sign_in(
        self, provider: Provider, registered: dict[str, Any]
    ) -> None:
        self.page(provider, registered)
        assert self.fetched == [LOGO]

    def test_another_logo_is_shown_once_it_is_registered(
        self, provider: Provider, registered: dict[str, Any]
    ) -> None:
        before = self.page(provider, registered)
        self.pictures["https://casework.example/new.png"] = png(16, 16)
        self.change(provider, registered, "https://casework.example/new.png")
        after = self.page(provider, registered)
        assert re.findall("/logos/[0-9a-f]+", before) != re.findall("/logos/[0-9a-f]+", after) != []

    def test_a_logo_that_is_none_leaves_the_name_alone(
        self, provider: Provider, registered: dict[str, Any]
    ) -> None:
        self.pictures["https://casework.example/logo.svg"] = b"<svg/>"
        self.change(provider, registered, "https://casework.example/logo.svg")
        page = self.page(provider, registered)
        assert "Sign in to continue to Supplied, Department HMRC" in page
        assert "/logos/" not in page


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
