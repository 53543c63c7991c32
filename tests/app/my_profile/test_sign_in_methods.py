"""The pages on which people add, name and remove their passkeys."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.database import transaction
from identity.sessions.models import LoginSession
from identity.sign_in.models import Passkey
from identity.sign_in.passkeys import MOST
from profiles.audit.models import AuditEntry
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.people.models import WorkAddress
from profiles.temporal import record
from tests.app.page_checks import check_page
from tests.factories.organisations import PROVENANCE
from tests.factories.people import make_person
from tests.support.authenticator import PRESENT, Authenticator, note_of, options_of
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

PAGE, NEW = "/profile/sign-in-methods", "/profile/sign-in-methods/passkeys/new"


@pytest.fixture
def person(app: Flask, now: datetime) -> UUID:
    with transaction(app.extensions["engine"]) as session:
        return make_person(session, now, "priya.patel@hmrc.gov.uk")


@pytest.fixture
def visitor(app: Flask, person: UUID) -> Visitor:
    return sign_in(app, person)


def somebody_else(app: Flask, now: datetime) -> Visitor:
    with transaction(app.extensions["engine"]) as session:
        person_id = make_person(session, now, "sam.jones@hmrc.gov.uk")
    return sign_in(app, person_id)


def add(visitor: Visitor, device: Authenticator, name: str = "Work laptop") -> TestResponse:
    page = visitor.open(NEW).text
    return visitor.submit(NEW, name=name, note=note_of(page), answer=device.create(options_of(page)))


def raise_level(app: Flask) -> None:
    """As if everybody had signed in with a passkey."""
    with transaction(app.extensions["engine"]) as session:
        session.execute(update(LoginSession).values(acr="phr"))


def the_passkey(app: Flask) -> Passkey:
    with transaction(app.extensions["engine"], writes=False) as session:
        return session.execute(select(Passkey)).scalar_one()


def led_to_sign_in(response: TestResponse) -> dict[str, list[str]]:
    assert response.status_code == 302
    location = urlsplit(response.location)
    assert location.path == "/sign-in"
    return parse_qs(location.query)


def test_a_passkey_is_added_and_listed_by_its_name(app: Flask, visitor: Visitor, person: UUID) -> None:
    assert "You have no passkey yet" in visitor.open(PAGE).text
    check_page(visitor.open(NEW).text)
    response = add(visitor, Authenticator())
    assert (response.status_code, response.location) == (303, PAGE)
    page = visitor.open(PAGE).text
    check_page(page)
    assert "Work laptop" in page
    assert the_passkey(app).person_id == person
    with transaction(app.extensions["engine"], writes=False) as session:
        assert "passkey.added" in session.execute(select(AuditEntry.event)).scalars().all()


def test_every_address_and_the_persons_own_page_hear_of_a_new_one_and_of_one_that_is_removed(
    app: Flask, visitor: Visitor, person: UUID, now: datetime
) -> None:
    with transaction(app.extensions["engine"]) as session:
        stamp = PROVENANCE.stamp(now, now)
        record(session, WorkAddress(person_id=person, address="p.patel@homeoffice.gov.uk", **stamp))
    add(visitor, Authenticator())
    raise_level(app)
    assert visitor.submit(f"{PAGE}/passkeys/{the_passkey(app).id}/remove").status_code == 303
    with transaction(app.extensions["engine"], writes=False) as session:
        mails = [
            (one.payload["subject"], one.payload["to"])
            for one in session.execute(select(OutboxMessage)).scalars()
            if one.kind is MessageKind.MAIL
        ]
    told = visitor.open("/profile/notices").text
    for subject in ("A passkey was added", "A passkey was removed"):
        assert subject in told
        to = {address for about, address in mails if about == subject}
        assert to == {"priya.patel@hmrc.gov.uk", "p.patel@homeoffice.gov.uk"}


def test_the_browser_is_asked_for_one_that_needs_no_address_and_verifies_its_holder(
    app: Flask, visitor: Visitor, person: UUID
) -> None:
    add(visitor, Authenticator())
    raise_level(app)
    options = options_of(visitor.open(NEW).text)
    selection = options["authenticatorSelection"]
    assert (selection["residentKey"], selection["userVerification"]) == ("required", "required")
    assert options["attestation"] == "none"
    assert options["user"]["name"] == "priya.patel@hmrc.gov.uk"
    assert [one["id"] for one in options["excludeCredentials"]] == [the_passkey(app).credential_id]


@pytest.mark.parametrize(
    "wrongly",
    [{"origin": "https://evil.example"}, {"rp_id": "evil.example"}, {"flags": PRESENT}],
    ids=["origin", "relying-party", "not-verified"],
)
def test_a_wrong_answer_adds_nothing(app: Flask, visitor: Visitor, wrongly: dict[str, object]) -> None:
    """Web Authentication Level 3 §7.1."""
    device = Authenticator()
    for name, value in wrongly.items():
        setattr(device, name, value)
    response = add(visitor, device)
    assert response.status_code == 422
    check_page(response.text)
    assert "made no passkey that can be used here" in response.text
    with transaction(app.extensions["engine"], writes=False) as session:
        assert session.execute(select(Passkey)).all() == []


def test_the_challenge_of_one_person_adds_nothing_for_another(
    app: Flask, visitor: Visitor, now: datetime
) -> None:
    page = visitor.open(NEW).text
    other = somebody_else(app, now)
    answer = Authenticator().create(options_of(page))
    response = other.submit(NEW, name="Theirs", note=note_of(page), answer=answer)
    assert response.status_code == 422


def test_the_challenge_of_a_sign_in_adds_nothing(app: Flask, visitor: Visitor) -> None:
    options, device = options_of(visitor.open(NEW).text), Authenticator()
    page = Visitor(app).open("/sign-in").text
    answer = device.create(options | {"challenge": options_of(page)["challenge"]})
    assert visitor.submit(NEW, name="Mine", note=note_of(page), answer=answer).status_code == 422


def test_an_answer_adds_one_passkey(app: Flask, visitor: Visitor) -> None:
    page, device = visitor.open(NEW).text, Authenticator()
    sent = {"note": note_of(page), "answer": device.create(options_of(page))}
    assert visitor.submit(NEW, name="Mine", **sent).status_code == 303
    raise_level(app)
    assert visitor.submit(NEW, name="Mine", **sent).status_code == 422


def test_a_credential_is_one_persons(app: Flask, visitor: Visitor, now: datetime) -> None:
    """§7.1 step 26."""
    device = Authenticator()
    add(visitor, device)
    other = somebody_else(app, now)
    assert add(other, device).status_code == 422


def test_a_passkey_needs_a_name_and_keeps_what_was_typed(visitor: Visitor) -> None:
    response = add(visitor, Authenticator(), name="  ")
    assert response.status_code == 422
    check_page(response.text)
    assert "Enter a name for the passkey" in response.text
    assert add(visitor, Authenticator(), name="x" * 61).status_code == 422


def test_there_is_room_for_so_many(app: Flask, visitor: Visitor) -> None:
    raise_level(app)
    for number in range(MOST):
        assert add(visitor, Authenticator(), name=f"Number {number}").status_code == 303
        raise_level(app)
    page = visitor.open(NEW).text
    assert "as many passkeys as you may" in page
    assert "data-passkey" not in page


def test_adding_wants_a_recent_sign_in(app: Flask, person: UUID) -> None:
    asked = led_to_sign_in(sign_in(app, person, minutes_ago=11).open(NEW))
    assert asked["fresh"] == ["1"]
    assert "level" not in asked


@pytest.mark.parametrize(("asked", "led"), [("/transfers", "/transfers"), ("https://evil.example", "/")])
def test_whoever_came_because_something_wants_a_passkey_goes_on_with_it(
    visitor: Visitor, asked: str, led: str
) -> None:
    path = f"{NEW}?next={asked}"
    page = visitor.open(path).text
    answer = Authenticator().create(options_of(page))
    assert visitor.submit(path, name="Laptop", note=note_of(page), answer=answer).location == led


@pytest.mark.parametrize("path", [NEW, "remove"])
def test_a_password_alone_cannot_change_the_passkeys_of_somebody_who_has_one(
    app: Flask, visitor: Visitor, path: str
) -> None:
    """A stolen password must not put its own key beside the owner's, nor take the owner's away."""
    add(visitor, Authenticator())
    path = path if path == NEW else f"{PAGE}/passkeys/{the_passkey(app).id}/remove"
    asked = led_to_sign_in(visitor.open(path))
    assert (asked["level"], asked["insists"]) == (["urn:lanyard:acr:mfa"], ["1"])
    raise_level(app)
    assert visitor.open(path).status_code == 200


@pytest.mark.looks_at("my_profile/passkey.html")
def test_a_passkey_gets_another_name(app: Flask, visitor: Visitor) -> None:
    add(visitor, Authenticator())
    path = f"{PAGE}/passkeys/{the_passkey(app).id}"
    check_page(visitor.open(path).text)
    assert visitor.submit(path, name="").status_code == 422
    assert visitor.submit(path, name="Phone").status_code == 303
    assert the_passkey(app).name == "Phone"


@pytest.mark.looks_at("my_profile/remove_passkey.html")
def test_removing_the_last_one_warns_and_removes(app: Flask, visitor: Visitor) -> None:
    add(visitor, Authenticator())
    raise_level(app)
    path = f"{PAGE}/passkeys/{the_passkey(app).id}/remove"
    page = visitor.open(path).text
    check_page(page)
    assert "your only way to sign in" in page
    assert visitor.submit(path).status_code == 303
    assert the_passkey(app).removed_at is not None
    assert "You have no passkey yet" in visitor.open(PAGE).text


def test_the_passkeys_of_others_are_not_there(app: Flask, visitor: Visitor, now: datetime) -> None:
    add(visitor, Authenticator())
    other = somebody_else(app, now)
    theirs = f"{PAGE}/passkeys/{the_passkey(app).id}"
    assert other.open(theirs).status_code == 404
    assert other.open(f"{theirs}/remove").status_code == 404
    assert other.submit(theirs, page=NEW, name="Mine now").status_code == 404
    assert other.submit(f"{theirs}/remove", page=NEW).status_code == 404
    assert other.open(f"{PAGE}/passkeys/{uuid4()}").status_code == 404
