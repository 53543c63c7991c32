"""The clients of an app: its owner sees them, and nobody else."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import select

from identity.clients.client_secrets import hash_secret
from identity.clients.models import Client, ClientSecret
from identity.clients.service import disable
from identity.clients.token_metadata import TokenMetadata
from profiles.apps.models import App
from profiles.roles.models import Role
from tests.app.apps.conftest import REDIRECT_URI, Owned
from tests.app.page_checks import check_page
from tests.factories.client_keys import ClientKey, jwks
from tests.factories.clients import make_client
from tests.factories.organisations import INITIATOR
from tests.factories.people import give_role, make_employee
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


def test_the_page_of_an_app_lists_its_clients_for_its_owner(owned: Owned, owner: Visitor) -> None:
    client_id = owned.register(client_name="Tax Desk live").client_id
    page = owner.open(owned.path).text
    check_page(page)
    assert "Tax Desk live" in page
    assert client_id in page
    assert "Web app with a server" in page
    assert "1 secret" in page


@pytest.mark.parametrize("role", [Role.DATA_PROTECTION_OFFICER, Role.PLATFORM_ADMINISTRATOR])
def test_who_only_sees_apps_does_not_see_their_clients(app: Flask, owned: Owned, role: Role) -> None:
    client_id = owned.register().client_id
    move = owned.move
    person_id = make_employee(move.session, move.now, move.hmrc, "dora.other").person_id
    place = None if role is Role.PLATFORM_ADMINISTRATOR else move.hmrc.id
    give_role(move.session, move.now, person_id, role, place)
    move.session.commit()
    visitor = sign_in(app, person_id)
    assert client_id not in visitor.open(owned.path).text
    assert visitor.open(f"{owned.path}/clients/{client_id}").status_code == 403


def test_the_page_of_a_client_says_what_it_is(owned: Owned, owner: Visitor) -> None:
    made = owned.register(backchannel_logout_uri="https://tax-desk.example/logout")
    page = owner.open(f"{owned.path}/clients/{made.client_id}").text
    check_page(page)
    assert REDIRECT_URI in page
    assert "https://tax-desk.example/logout" in page
    assert "client_secret_basic" in page
    assert hash_secret(made.client_secret)[:8] in page
    assert made.client_secret not in page
    assert hash_secret(made.client_secret) not in page


def test_a_secret_shows_its_age_and_its_end(owned: Owned, owner: Visitor) -> None:
    made = owned.register()
    session, now = owned.move.session, owned.move.now
    secret = session.exec(select(ClientSecret).where(ClientSecret.client_id == made.client_id)).one()
    secret.created_at, secret.expires_at = now - timedelta(days=40), now + timedelta(days=1)
    session.add(secret)
    session.commit()
    page = owner.open(f"{owned.path}/clients/{made.client_id}").text
    assert "40 days old" in page
    assert "3 March 2026 at 9:00am" in page


def test_a_secret_that_has_ended_is_not_shown(owned: Owned, owner: Visitor) -> None:
    made = owned.register()
    session, now = owned.move.session, owned.move.now
    secret = session.exec(select(ClientSecret).where(ClientSecret.client_id == made.client_id)).one()
    secret.expires_at = now
    session.add(secret)
    session.commit()
    page = owner.open(f"{owned.path}/clients/{made.client_id}").text
    check_page(page)
    assert hash_secret(made.client_secret)[:8] not in page
    assert "No secret is good any more" in page


def test_a_client_with_keys_shows_them(owned: Owned, owner: Visitor) -> None:
    published = jwks(ClientKey.make(kid="spring"))
    made = owned.register(token_endpoint_auth_method="private_key_jwt", jwks=published)
    page = owner.open(f"{owned.path}/clients/{made.client_id}").text
    check_page(page)
    assert "spring" in page
    assert "EC P-256" in page


def test_a_client_that_is_disabled_says_so(owned: Owned, owner: Visitor) -> None:
    made = owned.register()
    disable(owned.move.session, owned.move.now, INITIATOR, made.client_id)
    owned.move.session.commit()
    page = owner.open(f"{owned.path}/clients/{made.client_id}").text
    check_page(page)
    assert "was disabled on 2 March 2026" in page


def test_nobody_learns_of_a_client_of_another_organisation(owned: Owned, owner: Visitor) -> None:
    move = owned.move
    made = make_client(move.session, move.now, move.home_office, "Visas")
    move.session.commit()
    theirs = move.session.exec(select(App.id).where(App.name == "Visas")).one()
    client = move.session.get(Client, made.client_id)
    move.session.rollback()
    assert client is not None
    unknown = owner.open(f"/apps/{theirs}/clients/unknown")
    answers = [
        owner.open(f"/apps/{theirs}/clients/{made.client_id}"),
        owner.open(f"{owned.path}/clients/{made.client_id}"),
        owner.open(f"{owned.path}/clients/unknown"),
        unknown,
    ]
    assert [one.status_code for one in answers] == [404] * 4
    assert not any("Visas" in one.text for one in answers)


def test_a_service_has_no_addresses_and_nothing_to_try(owned: Owned, owner: Visitor) -> None:
    tokens = TokenMetadata(grant_types=("client_credentials",), service_scopes=("cases.read",))
    made = owned.register(redirect_uris=[], tokens=tokens)
    path = f"{owned.path}/clients/{made.client_id}"
    page = owner.open(path)
    check_page(page.text)
    assert "Service" in page.text
    assert "cases.read" in page.text
    assert "Redirect URIs" not in page.text
    assert [owner.open(f"{path}/{one}").status_code for one in ("addresses", "test")] == [404, 404]
