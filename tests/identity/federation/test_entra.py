"""Microsoft Entra ID: the exact tenant, and the object id within it.

Its ID tokens are as Microsoft documents them (ID token claims reference, version 2.0): ``sub`` is pairwise
for each application, ``oid`` is the same at all of them, keys name no algorithm, ``auth_time`` is optional.
"""

from typing import Any

import pytest
from sqlmodel import select

from app.database import transaction
from identity.federation.models import UpstreamLink
from tests.identity.endpoints.provider import Clock, Provider
from tests.identity.federation.department import Department
from tests.identity.federation.test_linking import leave_to_link
from tests.identity.federation.test_sign_in import is_let_in, who_is_in

TENANT = "3f4ff6b1-4b2e-4f0a-9c55-0c2c1cf6d1a7"
PRIYA = "9f1dca4e-6c3f-4a7f-8a5d-2a40ac0c7f11"
SAID = {
    "ver": "2.0",
    "tid": TENANT,
    "oid": PRIYA,
    "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
    "preferred_username": "priya.patel@hmrc.gov.uk",
    "name": "Priya Patel",
    "aio": "Df2UVXL1ix",
    "uti": "fqiBqXLPj0eQa82S",
    "rh": "0.AXkAs",
}


@pytest.fixture
def provider(database_url: str, now: Any) -> Provider:
    return Provider(database_url, Clock(now))


@pytest.fixture
def entra(provider: Provider) -> Department:
    return Department(
        provider,
        issuer=f"https://login.microsoftonline.com/{TENANT}/v2.0",
        setup={"subject_claim": "oid", "tenant": TENANT, "scope": "openid profile"},
        claims=dict(SAID),
    )


def test_the_account_is_the_object_in_its_tenant(provider: Provider, entra: Department) -> None:
    provider.sign_in()
    assert entra.come_back(leave_to_link(entra)).status_code == 303
    with transaction(provider.engine) as session:
        assert session.exec(select(UpstreamLink)).one().subject == f"{TENANT}/{PRIYA}"


def test_another_registration_of_lanyard_there_finds_the_same_person(
    provider: Provider, entra: Department
) -> None:
    """``sub`` differs by application, so a secret renewed by a new registration would lose everybody."""
    entra.link(provider.person_id, f"{TENANT}/{PRIYA}")
    entra.claims = {**SAID, "sub": "BBBBBBBBBBBBBBBBBBBBBIkzqFVrSaSaFHy782bbtaQ"}
    assert is_let_in(entra.sign_in(next="/profile"))
    assert who_is_in(provider) == provider.person_id


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"tid": "00000000-0000-0000-0000-000000000001"}, id="another tenant"),
        pytest.param({"tid": None}, id="no tenant"),
        pytest.param({"oid": None}, id="no object id"),
        pytest.param({"oid": ""}, id="an empty object id"),
        pytest.param({"oid": "another-object"}, id="another object with the same sub and address"),
    ],
)
def test_another_account_opens_nothing(provider: Provider, entra: Department, claims: dict[str, Any]) -> None:
    entra.link(provider.person_id, f"{TENANT}/{PRIYA}")
    entra.claims = {**SAID, **claims}
    assert (entra.sign_in().status_code, who_is_in(provider)) == (403, None)


def test_an_issuer_of_all_tenants_is_no_issuer(provider: Provider, entra: Department) -> None:
    """What ``/common`` and ``/organizations`` publish; a department's provider is one tenant's."""
    entra.metadata = {"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}
    answer = provider.submit(provider.get("/sign-in/departments"))
    assert answer.status_code == 503


def test_without_auth_time_an_account_signs_in_but_is_not_linked(
    provider: Provider, entra: Department
) -> None:
    """The optional claim ``auth_time`` must be switched on there."""
    entra.claims = {**SAID, "auth_time": None}
    assert "To link it to your profile, sign in there once more" in entra.sign_in().text
