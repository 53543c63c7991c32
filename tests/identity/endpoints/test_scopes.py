"""The claims of each scope as an app gets them (OpenID Connect Core §5.4; checklist 16 and 17)."""

import re
from datetime import date

import pytest
from jose import jwt
from sqlmodel import select

from app.database import transaction
from profiles.apps.models import Agreement
from profiles.people.contact import record_birth_date
from profiles.people.models import PersonName
from profiles.temporal import replace
from tests.factories.contact import give_phone, make_office, place_at
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.identity.endpoints.provider import Provider

ALL = [
    *("name", "given_name", "middle_name", "family_name", "nickname", "birthdate", "updated_at"),
    *("email", "email_verified", "phone_number", "phone_number_verified", "address"),
    *("organisation_id", "organisation", "grade", "job_title", "roles", "groups"),
]
OF_SCOPE = {
    "openid": {"organisation_id"},
    "profile": {
        *("name", "given_name", "middle_name", "family_name", "nickname", "birthdate", "updated_at"),
    },
    "email": {"email", "email_verified"},
    "address": {"address"},
    "phone": {"phone_number", "phone_number_verified"},
    "employment": {"organisation", "grade", "job_title"},
    "entitlements": {"roles", "groups"},
}


def agree(provider: Provider, claims: list[str]) -> None:
    """Let the app be told these claims, and let the person have seen that it is."""
    with transaction(provider.engine) as session:
        session.exec(select(Agreement)).one().claims = claims
    provider.sign_in()
    page = provider.authorize()
    assert page.status_code == 200
    provider.submit(page, **{"continue": "1"})


@pytest.fixture
def described(provider: Provider) -> Provider:
    """Everything is recorded of the person that can be, and all of it is agreed."""
    with transaction(provider.engine) as session:
        now, person_id, hmrc = provider.now, provider.person_id, provider.organisation
        name = session.exec(select(PersonName).where(PersonName.person_id == person_id)).one()
        replace(session, name, now, PROVENANCE, middle_names="Anjali", known_as="Pri")
        give_phone(session, now, person_id, hmrc)
        place_at(session, now, person_id, hmrc, make_office(session, now, hmrc, region="Surrey"))
        record_birth_date(session, now, PROVENANCE, INITIATOR, person_id=person_id, born_on=date(1991, 8, 17))
    agree(provider, ALL)
    return provider


@pytest.mark.parametrize("scope", sorted(OF_SCOPE))
def test_a_scope_gives_its_claims_and_no_other(described: Provider, scope: str) -> None:
    """§5.4."""
    token = described.tokens(scope=f"openid {scope}")["access_token"]
    told = set(described.userinfo(token).json)
    assert told == {"sub"} | OF_SCOPE["openid"] | OF_SCOPE[scope]


def test_every_value_is_of_its_kind_and_none_is_empty(described: Provider) -> None:
    """§5.1, §5.1.1, §5.3.2; checklist 16."""
    token = described.tokens(scope=" ".join(OF_SCOPE))["access_token"]
    claims = described.userinfo(token).json
    assert set(claims) == {"sub", *ALL}
    assert claims["email_verified"] is True
    assert claims["phone_number_verified"] is True
    assert type(claims["updated_at"]) is int
    assert claims["birthdate"] == "1991-08-17"
    assert re.fullmatch(r"\+[1-9][0-9]{6,14}", claims["phone_number"])
    assert set(claims["address"]) == {
        *("formatted", "street_address", "locality", "region", "postal_code", "country")
    }
    assert all(value not in (None, "", [], {}) for value in (*claims.values(), *claims["address"].values()))


def test_the_organisations_id_is_beside_the_sub_where_it_is_agreed(provider: Provider) -> None:
    """Records of a mover stay with the organisation that they were made for."""
    agree(provider, ["name", "organisation_id"])
    tokens = provider.tokens(scope="openid")
    id_token = provider.verified(tokens["id_token"], provider.client.client_id)
    assert id_token["organisation_id"] == str(provider.organisation.id)
    assert set(provider.userinfo(tokens["access_token"]).json) == {"sub", "organisation_id"}


def test_the_organisations_id_is_not_told_where_it_is_not_agreed(provider: Provider) -> None:
    provider.sign_in()
    assert "organisation_id" not in provider.id_token_claims(scope="openid employment")


def test_claims_of_scopes_stay_out_of_the_id_token(described: Provider) -> None:
    """Checklist 17; the organisation's id alone is beside the ``sub``."""
    protocol = {"iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "sid", "nonce"}
    claims = described.id_token_claims(scope=" ".join(OF_SCOPE))
    assert set(claims) == protocol | {"organisation_id"}


def test_an_access_token_says_nothing_of_the_person_but_the_sub(described: Provider) -> None:
    """RFC 9068 §2.2.1 and §6: whoever holds it can read it; resources ask instead."""
    token = described.tokens(scope=" ".join(OF_SCOPE))["access_token"]
    assert set(jwt.get_unverified_claims(token)) == {
        *("iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope"),
        *("acr", "auth_time"),  # how and when they signed in, for resources that ask for a newer one
    }


def test_the_notice_names_the_claims_in_plain_english(described: Provider) -> None:
    described.sign_in(described.new_employee())
    page = described.authorize().text
    for words in (
        "your date of birth",
        "your middle names",
        "your work phone number",
        "the address of the office that you work at",
        "when any of this last changed",
    ):
        assert words in page, words
