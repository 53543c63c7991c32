"""The ``claims`` parameter: claims asked for by name, each where it is asked for (Core §5.5)."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlmodel import col, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.acr import PHISHING_RESISTANT, SINGLE_FACTOR
from identity.clients.token_metadata import TokenMetadata
from profiles.disclosure.models import Disclosure
from tests.identity.endpoints.provider import ISSUER, Provider, answer


@pytest.fixture(autouse=True)
def somebody_is_signed_in(provider: Provider) -> None:
    provider.sign_in()


def told(provider: Provider, claims: Mapping[str, Any], **changes: str) -> tuple[dict[str, Any], set[str]]:
    """The ID token's claims, and the names of those at userinfo."""
    changes = {"scope": "openid"} | changes
    tokens = provider.tokens(claims=json.dumps(claims), **changes)
    in_token = provider.verified(tokens["id_token"], provider.client.client_id)
    return in_token, set(provider.userinfo(tokens["access_token"]).json)


def refused(provider: Provider, claims: str, error: str, **changes: str) -> None:
    sent_back = answer(provider.authorize(claims=claims, **changes))
    assert sent_back["error"] == error
    assert (sent_back["state"], sent_back["iss"]) == ("the-state", ISSUER)


def next_path_of(response: TestResponse) -> str:
    """Where the sign-in page, to which the browser is sent, comes back to."""
    location = urlsplit(response.headers["Location"])
    assert location.path == "/sign-in"
    return dict(parse_qsl(location.query))["next"]


def test_what_is_asked_for_under_userinfo_goes_there_and_not_into_the_id_token(provider: Provider) -> None:
    """Checklist 17."""
    in_token, at_userinfo = told(provider, {"userinfo": {"name": {"essential": True}, "email": None}})
    assert at_userinfo == {"sub", "name", "email"}
    assert not {"name", "email"} & set(in_token)


def test_what_is_asked_for_under_id_token_goes_there_alone(provider: Provider) -> None:
    in_token, at_userinfo = told(provider, {"id_token": {"email": None, "auth_time": {"essential": True}}})
    assert in_token["email"] == "priya.patel@hmrc.gov.uk"
    assert in_token["auth_time"]
    assert at_userinfo == {"sub"}


def test_it_adds_to_the_claims_of_the_scopes(provider: Provider) -> None:
    """§5.5: they are asked for in addition."""
    _, at_userinfo = told(provider, {"userinfo": {"grade": None}}, scope="openid email")
    assert at_userinfo == {"sub", "email", "grade"}


def test_nothing_beyond_the_agreement_is_told(provider: Provider) -> None:
    """The agreement has no job_title; essential is no permission (§5.5.1), and it is no error either."""
    essential = {"essential": True}
    asked = {"userinfo": {"job_title": essential}, "id_token": {"job_title": essential}}
    in_token, at_userinfo = told(provider, asked)
    assert at_userinfo == {"sub"}
    assert "job_title" not in in_token


def test_nothing_beyond_the_clients_scopes_is_told(provider: Provider) -> None:
    client = provider.another_client(scopes=["openid", "email"])
    claims = json.dumps({"userinfo": {"name": None, "email": None}})
    code = provider.code(client_id=client.client_id, scope="openid", claims=claims)
    token = provider.redeem(code, client).json["access_token"]
    assert set(provider.userinfo(token).json) == {"sub", "email"}


def test_what_is_told_by_name_is_written_down(provider: Provider) -> None:
    """The log says what left in the ID token, and nothing of what was only asked for."""
    provider.tokens(scope="openid", claims='{"id_token": {"name": null, "job_title": null}}')
    with transaction(provider.engine) as session:
        (line,) = session.exec(select(col(Disclosure.claims))).all()
    assert list(line) == ["name"]


def test_a_refreshed_id_token_has_them_too(provider: Provider) -> None:
    refreshing = TokenMetadata(grant_types=("authorization_code", "refresh_token"))
    client = provider.another_client(tokens=refreshing)
    code = provider.code(
        client_id=client.client_id, scope="openid offline_access", claims='{"id_token": {"name": null}}'
    )
    refresh_token = provider.redeem(code, client).json["refresh_token"]
    tokens = provider.refresh(refresh_token, client).json
    assert provider.verified(tokens["id_token"], client.client_id)["name"] == "Priya Patel"


@pytest.mark.parametrize(
    "claims",
    [
        "{}",
        '{"userinfo": {}}',
        '{"userinfo": {"unheard_of": {"essential": true}, "name#de": null}}',
        '{"verified": 1, "userinfo": {"name": {"unheard_of": [1]}}}',
        '{"id_token": {"acr": {"essential": true}}}',
        '{"id_token": {"acr": {"values": ["urn:unknown"]}}}',
        json.dumps({"id_token": {"acr": {"essential": True, "values": ["urn:unknown", SINGLE_FACTOR]}}}),
        '{"id_token": {"sub": null}}',
        '{"userinfo": {"name": {"value": "[[[[[[[[[[[[\\""}}}',
    ],
)
def test_what_is_unknown_or_voluntary_never_fails(provider: Provider, claims: str) -> None:
    """§5.5: members that are not understood are ignored."""
    assert answer(provider.authorize(claims=claims))["code"]


@pytest.mark.parametrize(
    "claims",
    [
        "name",
        "[]",
        "null",
        '"userinfo"',
        "{",
        '{"userinfo": null}',
        '{"userinfo": ["name"]}',
        '{"id_token": "name"}',
        '{"id_token": {"name": true}}',
        '{"id_token": {"sub": {"values": "one"}}}',
        '{"id_token": {"sub": {"value": 1}}}',
        '{"id_token": {"acr": {"essential": true, "values": [null]}}}',
        '{"userinfo": {"name": null, "name": null}}',
        '{"userinfo": {"name": {"value": NaN}}}',
        '{"userinfo": {"name": {"value": "' + "x" * 4096 + '"}}}',
        '{"userinfo": {"name": {"value": ' + "[" * 1500 + "]" * 1500 + "}}}",
        "[" * 4000,
    ],
)
def test_what_is_malformed_too_long_or_too_deep_is_refused(provider: Provider, claims: str) -> None:
    refused(provider, claims, "invalid_request")


def test_a_level_that_nobody_can_reach_is_an_error_of_its_own(provider: Provider) -> None:
    """§5.5.1.1, and the error code of OpenID Connect Core unmet_authentication_requirements."""
    claims = '{"id_token": {"acr": {"essential": true, "value": "urn:mace:incommon:iap:gold"}}}'
    refused(provider, claims, "unmet_authentication_requirements")
    refused(provider, claims, "unmet_authentication_requirements", prompt="none")


class TestEssentialLevel:
    """The session is at a lower level than the one that the client insists on."""

    CLAIMS = json.dumps({"id_token": {"acr": {"essential": True, "values": [PHISHING_RESISTANT]}}})

    def test_the_person_signs_in_again(self, provider: Provider) -> None:
        provider.sign_in()
        response = provider.authorize(claims=self.CLAIMS)
        assert response.headers["Location"].startswith("/sign-in?")

    def test_silently_it_cannot_be_met(self, provider: Provider) -> None:
        provider.sign_in()
        refused(provider, self.CLAIMS, "login_required", prompt="none")

    def test_a_sign_in_that_does_not_reach_it_is_a_failed_one(self, provider: Provider) -> None:
        provider.sign_in()
        next_path = next_path_of(provider.authorize(claims=self.CLAIMS))
        provider.clock.forward(seconds=5)
        provider.sign_in()
        assert answer(provider.get(next_path))["error"] == "unmet_authentication_requirements"

    def test_a_sign_in_that_reaches_it_goes_on(self, provider: Provider) -> None:
        provider.sign_in()
        next_path = next_path_of(provider.authorize(claims=self.CLAIMS))
        provider.clock.forward(seconds=5)
        provider.sign_in(amr=("pop", "mfa"))
        assert answer(provider.get(next_path))["code"]


class TestNamedSubject:
    """§5.5.1: only the person whom the client names may answer."""

    @staticmethod
    def claims(sub: str, where: str = "id_token") -> str:
        return json.dumps({where: {"sub": {"value": sub}}})

    @pytest.mark.parametrize("where", ["id_token", "userinfo"])
    def test_the_person_named_goes_on(self, provider: Provider, where: str) -> None:
        sub = provider.id_token_claims()["sub"]
        assert answer(provider.authorize(claims=self.claims(sub, where), prompt="none"))["code"]

    @pytest.mark.parametrize("where", ["id_token", "userinfo"])
    def test_somebody_else_must_sign_in_as_that_person(self, provider: Provider, where: str) -> None:
        claims = self.claims("somebody-else", where)
        assert provider.authorize(claims=claims).headers["Location"].startswith("/sign-in?")
        refused(provider, claims, "login_required", prompt="none")

    def test_somebody_else_who_signed_in_all_the_same_is_refused(self, provider: Provider) -> None:
        next_path = next_path_of(provider.authorize(claims=self.claims("somebody-else")))
        provider.clock.forward(seconds=5)
        provider.sign_in()
        assert answer(provider.get(next_path))["error"] == "login_required"
