"""The errors of the last day, as a client's owner sees them."""

import re
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlmodel import Session

from app.apps.errors import meaning_of
from app.database import transaction
from identity.authorization_request import Obstacle
from identity.clients.error_log import note_error
from identity.clients.uses import note_use
from identity.endpoints.error_notes import EXPECTED
from tests.app.apps.conftest import Owned
from tests.app.page_checks import check_page
from tests.support.visitor import Visitor

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "errors.md"


def note(session: Session, owned: Owned, client_id: str, hours_ago: int = 0, **changes: str) -> None:
    said = {"endpoint": "token", "error": "invalid_grant", "description": "the code was used before"}
    at = owned.move.now - timedelta(hours=hours_ago)
    note_error(session, at, client_id=client_id, **(said | changes))


def test_the_errors_of_the_last_day_are_explained(owned: Owned, owner: Visitor) -> None:
    client_id = owned.register().client_id
    with transaction(owned.engine) as session:
        for hours_ago in (0, 0, 3, 30):
            note(session, owned, client_id, hours_ago)
        note(session, owned, client_id, endpoint="authorization", error="unregistered_address")
    page = owner.open(f"{owned.path}/clients/{client_id}/errors").text
    check_page(page)
    assert "the code was used before" in page
    assert "do not try again by yourself" in page
    assert "Signing in (/authorize)" in page
    assert '<td class="govuk-table__cell govuk-table__cell--numeric">3</td>' in page


def test_no_errors_is_good_news(owned: Owned, owner: Visitor) -> None:
    client_id = owned.register().client_id
    page = owner.open(f"{owned.path}/clients/{client_id}/errors").text
    check_page(page)
    assert "Nothing was refused" in page


def test_the_pages_above_count_them(owned: Owned, owner: Visitor) -> None:
    client_id = owned.register().client_id
    with transaction(owned.engine) as session:
        for _again in range(7):
            note(session, owned, client_id)
    assert "7 errors" in owner.open(f"{owned.path}/clients/{client_id}").text
    assert ">7</td>" in owner.open(owned.path).text


def test_an_error_that_nobody_explained_shows_its_own_words(owned: Owned, owner: Visitor) -> None:
    client_id = owned.register().client_id
    with transaction(owned.engine) as session:
        note(session, owned, client_id, error="new_error", description="<b>new words</b>")
    page = owner.open(f"{owned.path}/clients/{client_id}/errors").text
    check_page(page)
    assert "new_error" in page
    assert "&lt;b&gt;new words" in page


def test_the_page_of_a_client_says_when_it_was_last_used(owned: Owned, owner: Visitor) -> None:
    client_id = owned.register().client_id
    page = owner.open(f"{owned.path}/clients/{client_id}").text
    assert "Never" in page
    with transaction(owned.engine) as session:
        note_use(session, owned.move.now, client_id, "none")
    assert "about 2 March 2026 at 9:00am" in owner.open(f"{owned.path}/clients/{client_id}").text


def test_every_error_of_the_guide_that_a_client_can_hear_is_explained(app: Flask) -> None:
    told = GUIDE.read_text().partition("## At `/register`")[0]
    codes = set(re.findall(r"^\| `([a-z_]+)` \|", told, re.MULTILINE)) - EXPECTED
    assert codes
    with app.test_request_context():
        unexplained = [code for code in codes if meaning_of(code) == meaning_of("unknown")]
    assert unexplained == []


def test_what_the_client_is_told_by_a_page_of_ours_is_explained(app: Flask) -> None:
    shown = set(Obstacle) - {Obstacle.UNKNOWN_CLIENT}
    with app.test_request_context():
        unexplained = [one for one in shown if meaning_of(one) == meaning_of("unknown")]
    assert unexplained == []
