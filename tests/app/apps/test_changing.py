"""Changing a client's addresses and disabling it."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients import service
from identity.context import EXTENSION, install
from profiles.apps.models import Agreement
from tests.app.apps.conftest import REDIRECT_URI, Owned
from tests.app.apps.page_forms import fill
from tests.app.page_checks import check_page
from tests.factories.client_keys import ClientKey, jwks
from tests.factories.organisations import INITIATOR
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

NEW = {
    "redirect_uris": "https://tax-desk.example/new",
    "post_logout_redirect_uris": "https://tax-desk.example/bye",
    "backchannel_logout_uri": "",
}


@pytest.fixture
def client(owned: Owned) -> str:
    """The address of a client."""
    return f"{owned.path}/clients/{owned.register().client_id}"


def show_change(owner: Visitor, client: str, **typed: str) -> TestResponse:
    path = f"{client}/addresses"
    return fill(owner, owner.open(path), path, **(NEW | typed))


def change(owner: Visitor, client: str, **typed: str) -> TestResponse:
    return fill(owner, show_change(owner, client, **typed), f"{client}/addresses")


def test_the_form_holds_the_present_addresses(owner: Visitor, client: str) -> None:
    page = owner.open(f"{client}/addresses")
    check_page(page.text)
    assert REDIRECT_URI in page.text


@pytest.mark.looks_at("apps/change.html")
def test_a_change_is_shown_before_it_is_made(owned: Owned, owner: Visitor, client: str) -> None:
    page = show_change(owner, client)
    check_page(page.text)
    assert REDIRECT_URI in page.text
    assert "https://tax-desk.example/new" in page.text
    assert f"Signing in with {REDIRECT_URI} fails from then on" in page.text
    assert owned.clients()[0].redirect_uris == [REDIRECT_URI]


def test_a_change_that_is_confirmed_is_made(owned: Owned, owner: Visitor, client: str) -> None:
    answer = change(owner, client)
    assert (answer.status_code, answer.location) == (303, client)
    changed = owned.clients()[0]
    assert changed.redirect_uris == ["https://tax-desk.example/new"]
    assert changed.post_logout_redirect_uris == ["https://tax-desk.example/bye"]
    check_page(owner.open(client).text)


def test_the_change_is_in_the_audit_trail_with_before_and_after(
    owned: Owned, owner: Visitor, client: str
) -> None:
    change(owner, client)
    (entry,) = owned.audited("client.changed")
    assert entry.app_id == owned.app_id
    assert entry.details["changed"]["redirect_uris"] == {
        "from": [REDIRECT_URI],
        "to": ["https://tax-desk.example/new"],
    }
    assert "backchannel_logout_uri" not in entry.details["changed"]


def test_a_change_of_what_somebody_else_changed_meanwhile_is_shown_again(
    owned: Owned, owner: Visitor, client: str
) -> None:
    mine = show_change(owner, client)
    change(owner, client, redirect_uris="https://tax-desk.example/theirs")
    page = fill(owner, mine, f"{client}/addresses")
    assert page.status_code == 200
    assert "Signing in with https://tax-desk.example/theirs fails" in page.text
    assert owned.clients()[0].redirect_uris == ["https://tax-desk.example/theirs"]


SECTOR = "https://sector.example/uris.json"


def change_while(app: Flask, owned: Owned, meanwhile: dict[str, Any]) -> None:
    """Let somebody else change the client "sector" while the addresses of its sector are fetched."""

    def fetch(_uri: str) -> list[str]:
        with transaction(owned.engine) as session:
            metadata = replace(service.metadata_of(service.get(session, "sector")), **meanwhile)
            service.change(session, owned.move.now, INITIATOR, "sector", metadata, development=False)
        return [REDIRECT_URI, NEW["redirect_uris"]]

    install(app, replace(app.extensions[EXTENSION], fetch_document=fetch))


def test_a_key_that_is_taken_away_meanwhile_does_not_come_back(
    app: Flask, owned: Owned, owner: Visitor
) -> None:
    stolen, kept = ClientKey.make(kid="stolen"), ClientKey.make(kid="kept")
    proof = {"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(stolen, kept)}
    owned.register(client_id="sector", sector_identifier_uri=SECTOR, **proof)
    change_while(app, owned, {"jwks": jwks(kept)})
    assert change(owner, f"{owned.path}/clients/sector").status_code == 303
    (changed,) = owned.clients()
    assert changed.redirect_uris == [NEW["redirect_uris"]]
    assert changed.jwks == jwks(kept)


def test_a_sector_that_is_another_meanwhile_is_not_taken_unseen(
    app: Flask, owned: Owned, owner: Visitor
) -> None:
    owned.register(client_id="sector", sector_identifier_uri=SECTOR)
    other = "https://sector.example/others.json"
    change_while(app, owned, {"sector_identifier_uri": other})
    assert change(owner, f"{owned.path}/clients/sector").status_code == 200
    (unchanged,) = owned.clients()
    assert (unchanged.redirect_uris, unchanged.sector_identifier_uri) == ([REDIRECT_URI], other)


def test_the_answers_can_be_changed_again(owner: Visitor, client: str) -> None:
    page = fill(owner, show_change(owner, client), f"{client}/addresses", change="1")
    assert page.status_code == 200
    check_page(page.text)
    assert "https://tax-desk.example/new</textarea>" in page.text


def test_another_host_is_refused_because_everybody_would_be_new(
    owned: Owned, owner: Visitor, client: str
) -> None:
    page = change(owner, client, redirect_uris="https://other.example/callback")
    assert page.status_code == 422
    check_page(page.text)
    assert "must stay on tax-desk.example" in page.text
    assert owned.clients()[0].redirect_uris == [REDIRECT_URI]


def test_a_client_with_a_sector_of_its_own_changes_within_its_hosts(owned: Owned, owner: Visitor) -> None:
    owned.register(client_id="sector", sector_identifier="hmrc.example")
    assert change(owner, f"{owned.path}/clients/sector").status_code == 303
    changed = owned.clients()[0]
    assert changed.redirect_uris == ["https://tax-desk.example/new"]
    assert changed.sector == "hmrc.example"


def test_a_bad_address_is_refused_at_its_line(owner: Visitor, client: str) -> None:
    page = show_change(owner, client, redirect_uris=f"{REDIRECT_URI}\r\nhttp://tax-desk.example/")
    assert page.status_code == 422
    check_page(page.text)
    assert "Line 2: http://tax-desk.example/ must be https" in page.text


def test_an_app_that_must_confirm_stays_where_it_can_be_told(owned: Owned, owner: Visitor) -> None:
    """Whoever is told nothing is never late: one owner alone would undo what two people have agreed."""
    told = owned.register(backchannel_logout_uri="https://tax-desk.example/logout")
    path = f"{owned.path}/clients/{told.client_id}"
    owned.move.session.execute(update(Agreement).values(stop_tokens_when_overdue=True))
    owned.move.session.commit()
    page = show_change(owner, path)
    assert page.status_code == 422
    check_page(page.text)
    assert "it must be told" in page.text
    elsewhere = {"backchannel_logout_uri": "https://tax-desk.example/elsewhere"}
    assert change(owner, path, **elsewhere).status_code == 303
    assert owned.clients()[0].backchannel_logout_uri == elsewhere["backchannel_logout_uri"]


def test_disabling_says_what_happens_and_does_it(owned: Owned, owner: Visitor, client: str) -> None:
    page = owner.open(f"{client}/disable")
    check_page(page.text)
    assert "This cannot be undone" in page.text
    assert owned.clients()[0].disabled_at is None
    answer = owner.submit(f"{client}/disable")
    assert (answer.status_code, answer.location) == (303, owned.path)
    assert owned.clients()[0].disabled_at == owned.move.now
    assert len(owned.audited("client.disabled")) == 1
    check_page(owner.open(owned.path).text)


@pytest.mark.parametrize("page", ["addresses", "disable", "rotate"])
def test_a_disabled_client_cannot_be_changed(owner: Visitor, client: str, page: str) -> None:
    owner.submit(f"{client}/disable")
    assert owner.open(f"{client}/{page}").status_code == 404


@pytest.mark.parametrize("page", ["addresses", "disable"])
def test_changes_need_a_fresh_sign_in(app: Flask, owned: Owned, client: str, page: str) -> None:
    answer = sign_in(app, owned.person_id, minutes_ago=20).open(f"{client}/{page}")
    assert answer.status_code == 302
    assert "fresh=1" in answer.location
