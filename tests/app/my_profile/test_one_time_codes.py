"""Setting up codes of an authenticator app, turning them off, and recovery codes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from app.database import transaction
from identity.sessions.models import LoginSession
from identity.sign_in import one_time_codes, recovery_codes
from profiles.audit.models import AuditEntry
from profiles.outbox.models import OutboxMessage
from tests.app.page_checks import check_page
from tests.factories.people import make_person
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

PAGE = "/profile/sign-in-methods"
SET_UP = f"{PAGE}/codes/set-up"


@pytest.fixture
def person(app: Flask, now: datetime) -> UUID:
    with transaction(app.extensions["engine"]) as session:
        return make_person(session, now, "priya.patel@hmrc.gov.uk")


@pytest.fixture
def visitor(app: Flask, person: UUID) -> Visitor:
    return sign_in(app, person)


def begin(visitor: Visitor) -> str:
    """Press the button; return the key that the page shows."""
    response = visitor.submit(f"{PAGE}/codes", page=PAGE)
    assert (response.status_code, response.location) == (303, SET_UP)
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', visitor.open(SET_UP).text)
    assert found
    return found.group(1).replace(" ", "")


def turn_on(visitor: Visitor, now: datetime) -> str:
    secret = begin(visitor)
    response = visitor.submit(SET_UP, code=pyotp.TOTP(secret).at(now))
    assert response.status_code == 200
    return response.text


def set_level(app: Flask, acr: str) -> None:
    with transaction(app.extensions["engine"]) as session:
        session.execute(update(LoginSession).values(acr=acr))


def is_on(app: Flask, person: UUID) -> bool:
    with transaction(app.extensions["engine"], writes=False) as session:
        return one_time_codes.is_on(session, person)


def test_the_key_is_there_as_a_picture_and_as_text_without_any_style(visitor: Visitor) -> None:
    begin(visitor)
    page = visitor.open(SET_UP).text
    check_page(page)
    picture = page[page.index("<svg") : page.index("</svg>")]
    assert "style" not in picture
    assert "<path" in picture


@pytest.mark.looks_at("my_profile/set_up_codes.html", "my_profile/recovery_codes.html")
def test_codes_count_once_the_app_has_shown_a_right_one_and_recovery_codes_are_handed_out(
    app: Flask, visitor: Visitor, person: UUID, now: datetime
) -> None:
    begin(visitor)
    assert not is_on(app, person)
    refused = visitor.submit(SET_UP, code="000000")
    assert refused.status_code == 422
    check_page(refused.text)
    assert not is_on(app, person)
    page = turn_on(visitor, now)
    check_page(page)
    assert is_on(app, person)
    codes = re.findall(r'app-reference">([0-9A-Z-]{19})<', page)
    assert len(codes) == 10
    with transaction(app.extensions["engine"]) as session:
        assert recovery_codes.spend(session, person, codes[0], now)
        events = session.execute(select(AuditEntry.event)).scalars().all()
        subjects = {one.payload["subject"] for one in session.execute(select(OutboxMessage)).scalars()}
    assert {"one_time_codes.on", "recovery_codes.made"} <= set(events)
    assert {"One-time codes were turned on", "New recovery codes"} <= subjects


def test_pressing_the_button_again_shows_another_key(visitor: Visitor) -> None:
    assert begin(visitor) != begin(visitor)


def test_without_a_key_there_is_nothing_to_confirm(visitor: Visitor) -> None:
    assert visitor.open(SET_UP).location == PAGE
    assert visitor.submit(SET_UP, page=PAGE, code="000000").location == PAGE


def test_a_code_of_long_ago_does_not_turn_them_on(visitor: Visitor, now: datetime) -> None:
    code = pyotp.TOTP(begin(visitor)).at(now - timedelta(minutes=2))
    assert visitor.submit(SET_UP, code=code).status_code == 422


def test_a_password_alone_cannot_change_the_codes_of_somebody_who_has_them(
    app: Flask, visitor: Visitor, person: UUID, now: datetime
) -> None:
    turn_on(visitor, now)
    for path in (f"{PAGE}/codes", f"{PAGE}/codes/turn-off", f"{PAGE}/recovery-codes"):
        response = visitor.submit(path, page=PAGE)
        assert response.status_code == 302
        assert "level=urn:lanyard:acr:mfa" in response.location
    assert is_on(app, person)


def test_codes_are_set_up_once(app: Flask, visitor: Visitor, now: datetime) -> None:
    turn_on(visitor, now)
    set_level(app, "urn:lanyard:acr:mfa")
    response = visitor.submit(f"{PAGE}/recovery-codes", page=PAGE)
    assert response.status_code == 200
    assert visitor.submit(f"{PAGE}/codes", page=f"{PAGE}/codes/turn-off").location == PAGE
    assert "Codes are turned on already" in visitor.open(PAGE).text


def test_codes_are_turned_off(app: Flask, visitor: Visitor, person: UUID, now: datetime) -> None:
    turn_on(visitor, now)
    set_level(app, "urn:lanyard:acr:mfa")
    check_page(visitor.open(PAGE).text)
    check_page(visitor.open(f"{PAGE}/codes/turn-off").text)
    assert visitor.submit(f"{PAGE}/codes/turn-off").status_code == 303
    assert not is_on(app, person)


def test_the_page_says_how_many_recovery_codes_are_left(
    app: Flask, visitor: Visitor, person: UUID, now: datetime
) -> None:
    with transaction(app.extensions["engine"]) as session:
        codes = recovery_codes.make(session, person, now)
        recovery_codes.spend(session, person, codes[0], now)
    assert "You have 9 recovery codes left" in visitor.open(PAGE).text


def test_who_comes_back_from_signing_in_finds_the_button_again(visitor: Visitor) -> None:
    assert visitor.open(f"{PAGE}/codes").location == PAGE
