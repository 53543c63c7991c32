"""A client's secrets: a new one with an overlap, and the end of one."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.apps.rotating import MOST_SECRETS
from identity.clients.client_secrets import add_secret, fingerprint, hash_secret, live_secrets
from tests.app.apps.conftest import Owned
from tests.app.apps.page_forms import fill
from tests.app.page_checks import check_page
from tests.factories.client_keys import ClientKey, jwks
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


@pytest.fixture
def client(owned: Owned) -> str:
    """The address of a client with one secret."""
    return f"{owned.path}/clients/{owned.register(client_id='desk', client_secret='first').client_id}"


def rotate(owner: Visitor, client: str, overlap: str = "24") -> TestResponse:
    return fill(owner, owner.open(f"{client}/rotate"), f"{client}/rotate", overlap=overlap)


def ends(owned: Owned) -> dict[str, timedelta | None]:
    """In how long each secret that is good now ends."""
    session, now = owned.move.session, owned.move.now
    session.expire_all()
    found = live_secrets(session, "desk", now)
    session.rollback()
    return {one.secret_hash: one.expires_at - now if one.expires_at else None for one in found}


@pytest.mark.looks_at("apps/rotated.html")
@pytest.mark.parametrize(("overlap", "hours"), [("24", 24), ("168", 7 * 24)])
def test_the_old_secret_ends_after_the_overlap(
    owned: Owned, owner: Visitor, client: str, overlap: str, hours: int
) -> None:
    page = rotate(owner, client, overlap)
    assert page.status_code == 200
    check_page(page.text)
    found = re.search(r"OIDC_CLIENT_SECRET=(\S+)", page.text)
    assert found is not None
    assert ends(owned) == {hash_secret("first"): timedelta(hours=hours), hash_secret(found.group(1)): None}
    assert found.group(1) not in owner.open(client).text


def test_without_an_overlap_the_old_secret_ends_at_once(owned: Owned, owner: Visitor, client: str) -> None:
    page = rotate(owner, client, "0")
    check_page(page.text)
    assert "The older secrets have ended" in page.text
    assert hash_secret("first") not in ends(owned)
    assert len(ends(owned)) == 1


def test_a_form_that_is_sent_twice_makes_one_secret(owned: Owned, owner: Visitor, client: str) -> None:
    form = owner.open(f"{client}/rotate")
    fill(owner, form, f"{client}/rotate", overlap="24")
    second = fill(owner, form, f"{client}/rotate", overlap="0")
    assert (second.status_code, second.location) == (303, client)
    assert len(ends(owned)) == 2


def test_the_overlap_must_be_chosen(owned: Owned, owner: Visitor, client: str) -> None:
    page = fill(owner, owner.open(f"{client}/rotate"), f"{client}/rotate")
    assert page.status_code == 422
    check_page(page.text)
    assert 'href="#overlap"' in page.text
    assert len(ends(owned)) == 1


def test_no_client_collects_secrets(owned: Owned, owner: Visitor, client: str) -> None:
    for _more in range(MOST_SECRETS - 1):
        add_secret(owned.move.session, owned.move.now, "desk")
    owned.move.session.commit()
    page = rotate(owner, client)
    assert page.status_code == 422
    assert "End an older one first" in page.text
    assert rotate(owner, client, "0").status_code == 200
    assert len(ends(owned)) == 1


def test_rotating_is_in_the_audit_trail_of_the_app(owned: Owned, owner: Visitor, client: str) -> None:
    rotate(owner, client)
    (entry,) = owned.audited("client.secret_rotated")
    assert entry.app_id == owned.app_id
    assert entry.details["client_id"] == "desk"
    assert entry.details["overlap_seconds"] == 24 * 3600


def test_a_secret_is_ended_at_once(owned: Owned, owner: Visitor, client: str) -> None:
    rotate(owner, client)
    path = f"{client}/secrets/{fingerprint(hash_secret('first'))}/end"
    page = owner.open(path)
    check_page(page.text)
    assert "only secret" not in page.text
    answer = owner.submit(path)
    assert (answer.status_code, answer.location) == (303, client)
    assert hash_secret("first") not in ends(owned)
    assert len(ends(owned)) == 1
    (entry,) = owned.audited("client.secret_ended")
    assert entry.details == {"client_id": "desk", "fingerprint": fingerprint(hash_secret("first"))}


def test_ending_the_only_secret_warns(owner: Visitor, client: str) -> None:
    page = owner.open(f"{client}/secrets/{fingerprint(hash_secret('first'))}/end")
    check_page(page.text)
    assert "It is the only secret" in page.text


def test_a_secret_that_is_not_there_cannot_be_ended(owner: Visitor, client: str) -> None:
    assert owner.open(f"{client}/secrets/00000000/end").status_code == 404
    answer = owner.submit(f"{client}/secrets/00000000/end", page=f"{client}/rotate")
    assert answer.status_code == 404


def test_a_client_with_keys_has_no_secret_to_rotate(owned: Owned, owner: Visitor) -> None:
    owned.register(
        client_id="keys", token_endpoint_auth_method="private_key_jwt", jwks=jwks(ClientKey.make())
    )
    assert owner.open(f"{owned.path}/clients/keys/rotate").status_code == 404


@pytest.mark.parametrize("page", ["rotate", "secrets/00000000/end"])
def test_secrets_need_a_fresh_sign_in(app: Flask, owned: Owned, client: str, page: str) -> None:
    answer = sign_in(app, owned.person_id, minutes_ago=20).open(f"{client}/{page}")
    assert answer.status_code == 302
    assert "fresh=1" in answer.location


def test_a_secret_that_has_ended_opens_nothing_in_this_very_process(
    app: Flask, owned: Owned, owner: Visitor, client: str
) -> None:
    def error() -> str:
        body = {"grant_type": "authorization_code", "code": "none", "redirect_uri": "https://x.example/"}
        answer = app.test_client().post("/token", data=body, auth=("desk", "first"))
        return str((answer.json or {})["error"])

    assert error() != "invalid_client"
    rotate(owner, client, "0")
    assert error() == "invalid_client"
