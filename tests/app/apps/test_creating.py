"""Registering a client on the pages: each question, what is refused, and the secret once."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlmodel import select
from werkzeug.test import TestResponse

from identity.clients.client_secrets import hash_secret
from identity.clients.models import ClientSecret
from profiles.apps.models import Agreement
from tests.app.apps.conftest import Owned
from tests.app.apps.page_forms import fill
from tests.app.page_checks import check_page
from tests.factories.client_keys import ClientKey, jwks
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

ADDRESSES = {
    "redirect_uris": "https://desk.example/callback\r\nhttps://desk.example/other",
    "post_logout_redirect_uris": "https://desk.example/bye",
    "backchannel_logout_uri": "https://desk.example/logout",
}
SECRET = {"token_endpoint_auth_method": "client_secret_basic", "jwks_uri": "", "jwks": ""}


@pytest.fixture
def path(owned: Owned) -> str:
    """Where registering begins."""
    return f"{owned.path}/clients/new"


def to_addresses(owner: Visitor, path: str, kind: str = "web") -> TestResponse:
    return fill(owner, owner.open(path), path, kind=kind, client_name="Desk live")


def to_check(owner: Visitor, path: str, **proof: Any) -> TestResponse:
    page = fill(owner, to_addresses(owner, path), path, **ADDRESSES)
    return fill(owner, page, path, **(SECRET | proof))


def make(owner: Visitor, path: str, **proof: Any) -> TestResponse:
    return fill(owner, to_check(owner, path, **proof), f"{path}/create")


def secret_on(page: TestResponse) -> str:
    found = re.search(r"OIDC_CLIENT_SECRET=(\S+)", page.text)
    assert found is not None
    return found.group(1)


def test_the_answers_become_a_client(owned: Owned, owner: Visitor, path: str) -> None:
    page = make(owner, path)
    assert page.status_code == 200
    check_page(page.text)
    (client,) = owned.clients()
    assert client.client_name == "Desk live"
    assert client.redirect_uris == ["https://desk.example/callback", "https://desk.example/other"]
    assert client.post_logout_redirect_uris == ["https://desk.example/bye"]
    assert client.backchannel_logout_uri == "https://desk.example/logout"
    assert client.token_endpoint_auth_method == "client_secret_basic"
    assert client.require_pkce
    assert client.client_id in page.text


def test_no_client_id_can_be_taken_for_an_option(owned: Owned, owner: Visitor, path: str) -> None:
    """The commands take client ids as arguments; base64url begins with a hyphen now and then."""
    make(owner, path)
    assert re.fullmatch("[0-9a-f]{32}", owned.clients()[0].client_id)


@pytest.mark.looks_at("apps/new_addresses.html", "apps/new_authentication.html", "apps/new_check.html")
def test_every_step_is_a_good_page(owner: Visitor, path: str) -> None:
    pages = [owner.open(path), to_addresses(owner, path)]
    pages.append(fill(owner, pages[-1], path, **ADDRESSES))
    pages.append(fill(owner, pages[-1], path, **SECRET))
    for page in pages:
        assert page.status_code == 200
        check_page(page.text)
    assert "Check your answers" in pages[-1].text
    assert "https://desk.example/other" in pages[-1].text


@pytest.mark.looks_at("apps/created.html")
def test_the_secret_is_shown_once_and_kept_nowhere(owned: Owned, owner: Visitor, path: str) -> None:
    page = make(owner, path)
    secret = secret_on(page)
    kept = owned.move.session.exec(select(ClientSecret)).one()
    assert kept.secret_hash == hash_secret(secret)
    assert page.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in page.headers
    client_path = f"{owned.path}/clients/{owned.clients()[0].client_id}"
    assert secret not in owner.open(client_path).text
    assert all(secret not in json.dumps(entry.details) for entry in owned.audited("client.registered"))


def test_making_a_client_is_in_the_audit_trail_with_its_maker(
    owned: Owned, owner: Visitor, path: str
) -> None:
    make(owner, path)
    (entry,) = owned.audited("client.registered")
    assert entry.app_id == owned.app_id
    assert entry.details["client_id"] == owned.clients()[0].client_id


def test_a_form_that_is_sent_twice_makes_one_client(owned: Owned, owner: Visitor, path: str) -> None:
    check = to_check(owner, path)
    first, second = (fill(owner, check, f"{path}/create") for _ in range(2))
    assert secret_on(first)
    (client,) = owned.clients()
    assert second.status_code == 303
    assert second.location == f"{owned.path}/clients/{client.client_id}"
    assert "cannot be shown again" in owner.open(second.location).text


def test_nobody_chooses_a_client_id_by_themselves(owned: Owned, owner: Visitor, path: str) -> None:
    answer = fill(owner, to_check(owner, path), f"{path}/create", reserved="tax-case-desk")
    assert answer.status_code == 400
    assert owned.clients() == []


def test_a_key_of_its_own_needs_no_secret(owned: Owned, owner: Visitor, path: str) -> None:
    published = jwks(ClientKey.make())
    page = make(owner, path, token_endpoint_auth_method="private_key_jwt", jwks=json.dumps(published))
    check_page(page.text)
    assert "OIDC_CLIENT_SECRET" not in page.text
    (client,) = owned.clients()
    assert client.jwks == published
    assert owned.move.session.exec(select(ClientSecret)).all() == []


def test_a_client_of_an_app_that_must_confirm_has_an_address_to_be_told_at(
    owned: Owned, owner: Visitor, path: str
) -> None:
    owned.move.session.execute(update(Agreement).values(stop_tokens_when_overdue=True))
    owned.move.session.commit()
    page = fill(owner, to_addresses(owner, path), path, **(ADDRESSES | {"backchannel_logout_uri": ""}))
    page = fill(owner, page, path, **SECRET)
    assert page.status_code == 422
    check_page(page.text)
    assert "it must be told" in page.text
    assert owned.clients() == []
    assert make(owner, path).status_code == 200


def test_keys_may_be_published_instead(owned: Owned, owner: Visitor, path: str) -> None:
    make(
        owner,
        path,
        token_endpoint_auth_method="private_key_jwt",
        jwks_uri="https://desk.example/jwks.json",
    )
    assert owned.clients()[0].jwks_uri == "https://desk.example/jwks.json"


@pytest.mark.parametrize(
    ("proof", "field", "words"),
    [
        ({}, "jwks_uri", "Enter the address of its public keys, or paste them"),
        ({"jwks": "{}", "jwks_uri": "https://desk.example/jwks"}, "jwks_uri", "not both"),
        ({"jwks": "{"}, "jwks", "this is not JSON"),
        ({"jwks": '{"keys": []}'}, "jwks", "must be an object whose"),
        ({"jwks_uri": "http://desk.example/jwks"}, "jwks_uri", "must be https"),
    ],
    ids=["neither", "both", "no-json", "no-keys", "http"],
)
def test_keys_that_cannot_be_used_are_refused(
    owned: Owned, owner: Visitor, path: str, proof: dict[str, str], field: str, words: str
) -> None:
    page = to_check(owner, path, token_endpoint_auth_method="private_key_jwt", **proof)
    assert page.status_code == 422
    check_page(page.text)
    assert words in page.text
    assert f'href="#{field}"' in page.text


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"redirect_uris": ""}, "redirect_uris", "Enter at least one redirect URI"),
        (
            {"redirect_uris": "https://desk.example/cb\r\n\r\nhttp://desk.example/cb"},
            "redirect_uris",
            "Line 3: http://desk.example/cb must be https",
        ),
        ({"redirect_uris": "https://desk.example/#x"}, "redirect_uris", "must not have a fragment"),
        ({"redirect_uris": "https://*.example/cb"}, "redirect_uris", "must not have a wildcard"),
        (
            {"redirect_uris": "https://desk.example/cb\r\nhttps://other.example/cb"},
            "redirect_uris",
            "must be on one host",
        ),
        (
            {"redirect_uris": "\r\n".join(f"https://desk.example/{number}" for number in range(51))},
            "redirect_uris",
            "Enter 50 addresses or fewer",
        ),
        (
            {"post_logout_redirect_uris": "https://u@desk.example/"},
            "post_logout_redirect_uris",
            "Line 1: https://u@desk.example/ must not name a user",
        ),
        ({"backchannel_logout_uri": "ftp://desk.example/"}, "backchannel_logout_uri", "must be https"),
    ],
    ids=["none", "http", "fragment", "wildcard", "two-hosts", "too-many", "after-logout", "back-channel"],
)
def test_a_bad_address_is_refused_at_its_field_and_line(
    owned: Owned, owner: Visitor, path: str, typed: dict[str, str], field: str, words: str
) -> None:
    page = fill(owner, to_addresses(owner, path), path, **(ADDRESSES | typed))
    if page.status_code == 200:  # what only shows with all answers together
        page = fill(owner, page, path, **SECRET)
    assert page.status_code == 422
    check_page(page.text)
    assert words in page.text
    assert f'href="#{field}"' in page.text


@pytest.mark.parametrize(("typed", "given"), [({"refreshes": "y"}, True), ({}, False)], ids=["asked", "not"])
def test_refresh_tokens_are_for_a_client_that_asks(
    owned: Owned, owner: Visitor, path: str, typed: dict[str, str], given: bool
) -> None:
    page = fill(owner, owner.open(path), path, kind="web", client_name="Desk", **typed)
    page = fill(owner, page, path, **ADDRESSES)
    check = fill(owner, page, path, **SECRET)
    check_page(check.text)
    fill(owner, check, f"{path}/create")
    (client,) = owned.clients()
    assert ("refresh_token" in client.grant_types) is given
    assert ("offline_access" in client.scope.split()) is given


def test_an_answer_can_be_changed_from_the_last_page(owned: Owned, owner: Visitor, path: str) -> None:
    check = to_check(owner, path)
    asked = fill(owner, check, path, change="kind")
    check_page(asked.text)
    assert 'value="Desk live"' in asked.text
    again = fill(owner, asked, path, kind="web", client_name="Desk test")
    assert "Check your answers" in again.text
    fill(owner, again, f"{path}/create")
    assert owned.clients()[0].client_name == "Desk test"


def test_no_kind_is_asked_for_again(owner: Visitor, path: str) -> None:
    page = fill(owner, owner.open(path), path, client_name="Desk live")
    assert page.status_code == 422
    check_page(page.text)
    assert 'href="#kind"' in page.text


@pytest.mark.parametrize("kind", ["single_page", "native"])
def test_an_app_that_cannot_keep_a_secret_gets_none(
    owned: Owned, owner: Visitor, path: str, kind: str
) -> None:
    check = fill(owner, to_addresses(owner, path, kind), path, **(ADDRESSES | {"backchannel_logout_uri": ""}))
    check_page(check.text)
    assert "Check your answers" in check.text
    page = fill(owner, check, f"{path}/create")
    check_page(page.text)
    assert "OIDC_CLIENT_SECRET" not in page.text
    (client,) = owned.clients()
    assert client.token_endpoint_auth_method == "none"
    assert client.application_type == ("native" if kind == "native" else "web")


def test_making_a_client_needs_a_fresh_sign_in(app: Flask, owned: Owned, path: str) -> None:
    answer = sign_in(app, owned.person_id, minutes_ago=20).open(path)
    assert answer.status_code == 302
    assert "fresh=1" in answer.location


def test_a_client_cannot_be_made_for_an_app_of_another_organisation(
    app: Flask, owned: Owned, owner: Visitor, path: str
) -> None:
    check = to_check(owner, path)
    theirs = path.replace(str(owned.app_id), str(owned.app_of("Visa Desk")))
    assert owner.open(theirs).status_code == 404
    sent_there = check.text.replace(path, theirs)
    answer = fill(owner, sent_there, f"{theirs}/create")
    assert answer.status_code == 404
    assert owned.clients() == []
