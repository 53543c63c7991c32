"""Two administrators of an organisation set up its own provider."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import select

from app.database import transaction
from identity.acr import MULTI_FACTOR
from identity.federation import providers
from identity.federation.models import UpstreamProvider
from profiles.organisations.service import OrganisationView
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.roles.models import Role
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_person
from tests.factories.upstreams import make_provider
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

NEW = "/organisations/sign-in/new"
DESCRIBED = {
    "name": "HMRC account",
    "issuer": "https://login.hmrc.example",
    "client_id": "lanyard",
    "token_endpoint_auth_method": "private_key_jwt",
    "subject_claim": "sub",
    "scope": "openid",
}
Administrator = Callable[[str], Visitor]


@pytest.fixture
def organisation(app: Flask) -> OrganisationView:
    with transaction(app.extensions["engine"]) as session:
        return make_organisation(session, app.config["CLOCK"]())


@pytest.fixture
def administrator(app: Flask, organisation: OrganisationView) -> Administrator:
    """Signs in a new administrator of the organisation by this name."""

    def make(name: str) -> Visitor:
        now = app.config["CLOCK"]()
        with transaction(app.extensions["engine"]) as session:
            person_id = make_person(session, now, f"{name}@hmrc.gov.uk")
            give_role(session, now, person_id, Role.ORGANISATION_ADMINISTRATOR, organisation.id)
        return sign_in(app, person_id)

    return make


def described(organisation: OrganisationView, **changes: str) -> dict[str, str]:
    return {"organisation_id": str(organisation.id), **DESCRIBED, **changes}


def the_provider(app: Flask) -> UpstreamProvider | None:
    with transaction(app.extensions["engine"]) as session:
        found = session.exec(select(UpstreamProvider)).one_or_none()
        if found is not None:
            session.expunge(found)
    return found


def try_it(app: Flask) -> None:
    """As after a test sign-in that came back in order."""
    provider = the_provider(app)
    assert provider is not None
    with transaction(app.extensions["engine"]) as session:
        providers.note_tested(session, provider.id, app.config["CLOCK"]())


def proposed(app: Flask, organisation: OrganisationView, by: Visitor, **changes: str) -> str:
    """Propose a provider; return the address of its page."""
    answer = by.submit(NEW, **described(organisation, **changes))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_one_proposes_and_another_confirms(
    app: Flask, organisation: OrganisationView, administrator: Administrator
) -> None:
    first, second = administrator("priya.patel"), administrator("sam.okafor")
    page = proposed(app, organisation, first, levels="amr mfa urn:lanyard:acr:mfa")
    with transaction(app.extensions["engine"], writes=False) as session:
        [mail] = session.exec(select(OutboxMessage).where(OutboxMessage.kind == MessageKind.MAIL))
    assert mail.payload["to"] == "sam.okafor@hmrc.gov.uk"
    assert "another administrator of your organisation must confirm it" in first.open(page).text
    assert first.submit(f"{page}/confirm", page=page).status_code == 403
    assert "Try it first" in second.open(page).text
    assert "/confirm" not in second.open(page).text
    try_it(app)
    assert second.submit(f"{page}/confirm", page=page).status_code == 303
    provider = the_provider(app)
    assert provider is not None
    assert provider.confirmed_at is not None
    assert (provider.amr_levels, provider.ceiling) == ({"mfa": MULTI_FACTOR}, MULTI_FACTOR)


def test_a_secret_is_never_shown_again(
    app: Flask, organisation: OrganisationView, administrator: Administrator
) -> None:
    first = administrator("priya.patel")
    asked = {"token_endpoint_auth_method": "client_secret_basic", "client_secret": "open sesame"}
    page = proposed(app, organisation, first, **asked)
    assert "open sesame" not in first.open(page).text
    provider = the_provider(app)
    assert provider is not None
    assert b"open sesame" not in (provider.client_secret or b"")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Enter what people call this account"),
        ({"issuer": "login.hmrc.example"}, "The issuer must be an https address"),
        ({"token_endpoint_auth_method": "client_secret_post"}, "A secret is needed"),
        ({"subject_claim": "oid"}, "Enter the tenant"),
        ({"realm_claim": "hd"}, "Enter what the claim says"),
        ({"issuer": "https://accounts.google.com"}, "This issuer serves everybody"),
        ({"levels": "amr mfa gold"}, "Line 1 must be acr or amr"),
    ],
    ids=["name", "issuer", "secret", "tenant", "realm", "everybody", "levels"],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    app: Flask,
    organisation: OrganisationView,
    administrator: Administrator,
    changes: dict[str, str],
    said: str,
) -> None:
    answer = administrator("priya.patel").submit(NEW, **described(organisation, **changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert the_provider(app) is None


def test_an_issuer_that_another_organisation_uses_is_said(
    app: Flask, organisation: OrganisationView, administrator: Administrator
) -> None:
    now = app.config["CLOCK"]()
    with transaction(app.extensions["engine"]) as session:
        make_provider(session, now, make_organisation(session, now, "HO").id, realm="hd=homeoffice.gov.uk")
    first = administrator("priya.patel")
    answer = first.submit(NEW, **described(organisation))
    assert answer.status_code == 409
    assert "Another organisation uses this issuer" in answer.text
    proposed(app, organisation, first, realm_claim="hd", realm_value="hmrc.gov.uk")


def test_an_ended_provider_is_gone(
    app: Flask, organisation: OrganisationView, administrator: Administrator
) -> None:
    first = administrator("priya.patel")
    page = proposed(app, organisation, first)
    assert first.submit(f"{page}/end", page=page).status_code == 303
    assert first.open(page).status_code == 404


def test_another_organisations_administrator_finds_nothing(
    app: Flask, organisation: OrganisationView, administrator: Administrator
) -> None:
    page, now = proposed(app, organisation, administrator("priya.patel")), app.config["CLOCK"]()
    with transaction(app.extensions["engine"]) as session:
        elsewhere = make_organisation(session, now, "HO")
        stranger = make_person(session, now, "alex.green@homeoffice.gov.uk")
        give_role(session, now, stranger, Role.ORGANISATION_ADMINISTRATOR, elsewhere.id)
    visitor = sign_in(app, stranger)
    assert visitor.open(page).status_code == 404
    assert "HMRC account" not in visitor.open("/organisations/sign-in").text
    # The organisation is not one that they may choose either.
    assert visitor.submit(NEW, **described(organisation)).status_code == 422
