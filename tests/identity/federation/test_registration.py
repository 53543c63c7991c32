"""Lanyard registers itself at a provider that is being proposed (RFC 7591)."""

from typing import Any

import pytest
from sqlmodel import col, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.federation.models import UpstreamProvider
from identity.sign_in import passkeys
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.people import give_role
from tests.identity.endpoints.provider import ISSUER as LANYARD
from tests.identity.endpoints.provider import Clock, Provider
from tests.identity.federation.department import ISSUER, Department

REGISTERS = {"registration_endpoint": f"{ISSUER}/register"}


@pytest.fixture
def department(database_url: str, now: Any) -> Department:
    provider = Provider(database_url, Clock(now))
    with transaction(provider.engine) as session:
        here = provider.organisation.id
        give_role(session, now, provider.person_id, Role.ORGANISATION_ADMINISTRATOR, here)
    provider.sign_in(amr=passkeys.AMR)
    return Department(provider, metadata=dict(REGISTERS))


def propose(department: Department, **changes: str) -> TestResponse:
    described = {
        "organisation_id": str(department.provider.organisation.id),
        "name": "HMRC account",
        "issuer": ISSUER,
        "client_id": "",
        "scope": "openid",
        "token_endpoint_auth_method": "private_key_jwt",
        "subject_claim": "sub",
        **changes,
    }
    provider = department.provider
    return provider.submit(provider.get("/organisations/sign-in/new"), to="/new", **described)


def proposals(department: Department) -> list[tuple[str, str]]:
    with transaction(department.provider.engine) as session:
        found = session.exec(select(UpstreamProvider).where(col(UpstreamProvider.confirmed_at).is_(None)))
        return [(str(one.id), one.client_id) for one in found]


def test_it_registers_with_the_addresses_of_the_provider_that_is_proposed(department: Department) -> None:
    answer = propose(department, registration_token="a-token-for-once")
    assert answer.status_code == 303, answer.text
    ((provider_id, client_id),) = proposals(department)
    assert client_id == "given-by-the-department"
    ((asked, token),) = department.registered
    home = f"{LANYARD}/sign-in/departments/{provider_id}"
    assert (asked["redirect_uris"], asked["backchannel_logout_uri"]) == ([f"{home}/return"], f"{home}/logout")
    assert asked["token_endpoint_auth_method"] == "private_key_jwt"
    assert asked["jwks_uri"] == f"{LANYARD}/jwks.json"
    assert token == "a-token-for-once"


@pytest.mark.parametrize(
    ("metadata", "registration"),
    [
        ({}, {}),
        (REGISTERS, {"client_id": None}),
        (REGISTERS, {"client_id": "x" * 256}),
        (REGISTERS, {"client_id": "a\0b"}),
        (REGISTERS, {"token_endpoint_auth_method": "client_secret_basic"}),
        (REGISTERS, {"redirect_uris": ["https://attacker.example"]}),
    ],
    ids=["nobody can", "no id", "too long", "unstorable", "another method", "another address"],
)
def test_what_does_not_become_of_it_what_was_asked_is_said_and_nothing_is_written(
    department: Department, metadata: dict[str, Any], registration: dict[str, Any]
) -> None:
    department.metadata, department.registration = metadata, registration
    answer = propose(department)
    assert answer.status_code == 422
    check_page(answer.text)
    assert "Lanyard could not register itself" in answer.text
    assert proposals(department) == []


def test_what_could_not_be_proposed_is_not_registered(department: Department) -> None:
    assert propose(department, scope="profile").status_code == 422
    assert propose(department, token_endpoint_auth_method="client_secret_basic").status_code == 422
    assert department.registered == []


def test_an_outage_is_said(department: Department) -> None:
    department.is_down = True
    answer = propose(department)
    assert answer.status_code == 422
    assert "configuration cannot be read" in answer.text
