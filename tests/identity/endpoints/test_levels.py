"""Levels of sign-in as clients ask for them (OpenID Connect Core §3.1.2.1, §5.5.1.1; Registration §2)."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from werkzeug.test import TestResponse

from app.database import transaction
from identity.sessions import service as sessions
from identity.sessions.cookie import cookie_name
from identity.sessions.service import Limits
from tests.factories.policies import make_policy
from tests.identity.endpoints.provider import Provider, answer
from tests.identity.endpoints.test_authorization_prompt import way_back

SFA = "urn:lanyard:acr:sfa"


def test_the_first_level_that_was_asked_for_and_is_met_is_told(provider: Provider) -> None:
    """Core §5.5.1.1, in the order of the request."""
    provider.sign_in()
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["phrh", "urn:unknown", SFA]}}})
    assert provider.id_token_claims(claims=claims)["acr"] == SFA


def test_a_wish_that_nobody_can_fulfil_leads_nowhere(provider: Provider) -> None:
    provider.sign_in()
    assert provider.id_token_claims(acr_values="phrh urn:unknown")["acr"] == SFA


def test_a_registered_age_counts_where_the_request_does_not_say(provider: Provider) -> None:
    """Registration §2 default_max_age; zero is an age too."""
    client_id = provider.another_client(default_max_age=0).client_id
    provider.sign_in()
    provider.clock.forward(seconds=1)
    way_back(provider.authorize(client_id=client_id), fresh=True)
    assert answer(provider.authorize(client_id=client_id, max_age="60"))["code"]


def test_registered_levels_are_a_wish(provider: Provider) -> None:
    """Registration §2 default_acr_values; the request's own come before them."""
    client = provider.another_client(default_acr_values=(SFA,))
    provider.sign_in()
    code = answer(provider.authorize(client_id=client.client_id))["code"]
    token = provider.redeem(code, client).json["id_token"]
    assert provider.verified(token, client.client_id)["acr"] == SFA


def essential(*levels: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": list(levels)}}})


def sign_in_page(response: TestResponse) -> dict[str, str]:
    """What the sign-in page, to which the browser is sent, is asked for."""
    assert response.status_code == 303, response.text
    location = urlsplit(response.headers["Location"])
    assert location.path == "/sign-in", location
    return dict(parse_qsl(location.query))


def sign_in_by(provider: Provider, *amr: str) -> None:
    """Begin a session of the provider's person, proven by these methods."""
    with transaction(provider.engine) as session:
        limits = Limits(timedelta(hours=1), timedelta(hours=12))
        token = sessions.start(session, provider.now, person_id=provider.person_id, limits=limits, amr=amr)
    provider.browser.set_cookie(cookie_name(https=True), token, domain="id.example", secure=True)


PASSKEY = ("pop", "user", "mfa")


def test_a_higher_level_answers_the_one_that_was_asked_for(provider: Provider) -> None:
    sign_in_by(provider, *PASSKEY)
    assert provider.id_token_claims()["acr"] == "phr"
    claims = provider.id_token_claims(acr_values="urn:lanyard:acr:mfa phr")
    assert claims["acr"] == "urn:lanyard:acr:mfa"
    assert claims["amr"] == list(PASSKEY)


class TestWish:
    """acr_values is voluntary: asked for once, and then whatever was reached will do."""

    def test_somebody_below_it_is_asked_once_for_a_stronger_sign_in(self, provider: Provider) -> None:
        provider.sign_in()
        asked = sign_in_page(provider.authorize(acr_values="phrh phr"))
        assert (asked["fresh"], asked["level"]) == ("1", "phr")
        assert "insists" not in asked
        provider.clock.forward(seconds=5)
        provider.sign_in()
        code = answer(provider.get(asked["next"]))["code"]
        token = provider.redeem(code).json["id_token"]
        assert provider.verified(token, provider.client.client_id)["acr"] == SFA

    def test_the_lowest_that_is_enough_is_asked_for(self, provider: Provider) -> None:
        provider.sign_in()
        asked = sign_in_page(provider.authorize(acr_values="phr urn:lanyard:acr:mfa"))
        assert asked["level"] == "urn:lanyard:acr:mfa"

    def test_silently_nobody_is_asked(self, provider: Provider) -> None:
        provider.sign_in()
        assert provider.id_token_claims(acr_values="phr", prompt="none")["acr"] == SFA

    def test_a_voluntary_claim_is_the_same_wish(self, provider: Provider) -> None:
        """Core §5.5.1.1."""
        provider.sign_in()
        claims = json.dumps({"id_token": {"acr": {"values": ["phr"]}}})
        assert sign_in_page(provider.authorize(claims=claims))["level"] == "phr"


class TestInsistence:
    """An essential acr must be met (Core §5.5.1.1)."""

    def test_somebody_below_it_signs_in_more_strongly_and_goes_on(self, provider: Provider) -> None:
        provider.sign_in()
        asked = sign_in_page(provider.authorize(claims=essential("phr")))
        assert (asked["level"], asked["insists"]) == ("phr", "1")
        provider.clock.forward(seconds=5)
        sign_in_by(provider, *PASSKEY)
        assert answer(provider.get(asked["next"]))["code"]

    def test_a_sign_in_that_does_not_reach_it_is_told_to_the_app(self, provider: Provider) -> None:
        provider.sign_in()
        asked = sign_in_page(provider.authorize(claims=essential("phr")))
        provider.clock.forward(seconds=5)
        provider.sign_in()
        assert answer(provider.get(asked["next"]))["error"] == "unmet_authentication_requirements"

    def test_silently_it_is_login_required_where_a_stronger_sign_in_could_help(
        self, provider: Provider
    ) -> None:
        provider.sign_in()
        response = provider.authorize(claims=essential("phr"), prompt="none")
        assert answer(response)["error"] == "login_required"

    def test_what_nobody_can_reach_is_an_error_at_once(self, provider: Provider) -> None:
        provider.sign_in()
        response = provider.authorize(claims=essential("phrh"))
        assert answer(response)["error"] == "unmet_authentication_requirements"

    def test_the_page_offers_only_what_reaches_it(self, provider: Provider) -> None:
        query = urlsplit(provider.authorize(claims=essential("phr")).headers["Location"]).query
        page = provider.get(f"/sign-in?{query}").text
        assert "you need a stronger sign-in than a password" in page
        assert 'id="password"' not in page
        assert 'id="passkey-sign-in"' in page

    def test_somebody_who_has_nothing_that_reaches_it_is_told_what_to_do(self, provider: Provider) -> None:
        provider.sign_in()
        query = urlsplit(provider.authorize(claims=essential("phr")).headers["Location"]).query
        page = provider.get(f"/sign-in?{query}").text
        assert "You have no passkey yet" in page
        assert 'href="/profile/sign-in-methods/passkeys/new?next=/authorize' in page


class TestOrganisationsPolicy:
    """A session that an organisation does not accept answers no app."""

    @pytest.fixture(autouse=True)
    def _passkeys_only(self, provider: Provider) -> None:
        provider.sign_in()
        with transaction(provider.engine) as session:
            make_policy(session, provider.now, provider.organisation.id, methods=["passkey"])

    def test_its_person_is_led_to_setting_up_and_back_to_the_request(self, provider: Provider) -> None:
        location = urlsplit(provider.authorize().headers["Location"])
        assert location.path == "/sign-in/set-up"
        assert parse_qs(location.query)["next"][0].startswith("/authorize?")

    def test_silently_it_is_no_session(self, provider: Provider) -> None:
        assert answer(provider.authorize(prompt="none"))["error"] == "login_required"
