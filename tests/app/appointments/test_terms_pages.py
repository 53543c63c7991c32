"""The person reads the terms by the link in their mail and accepts them, with the passkey that they kept."""

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlmodel import select

from identity.sessions.models import LoginSession
from profiles.appointments import service
from profiles.appointments.models import Appointment
from profiles.outbox.models import OutboxMessage
from tests.app.appointments.test_appointments_pages import typed
from tests.app.page_checks import check_page
from tests.factories.move_invitations import accept
from tests.factories.returners import by, invite_back
from tests.factories.transfers import Move
from tests.support.authenticator import Authenticator, note_of, options_of
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


@pytest.fixture
def link(app: Flask, left: Move) -> str:
    """The address in the mail."""
    invitation = accept(left, invite_back(left)).id
    left.session.commit()
    at, terms = f"/transfers/invitations/{invitation}", f"/appointments/new/{invitation}"
    officer = sign_in(app, left.preparer)
    officer.submit(f"{at}/confirm", page=at)
    assert officer.submit(f"{terms}/prepare", page=terms, **typed()).status_code == 303
    bodies = [one.payload["body"] for one in left.session.exec(select(OutboxMessage))]
    left.session.rollback()
    (found,) = {word for body in bodies for word in re.findall(r"http\S+/invited/terms/\S+", body)}
    return urlsplit(found).path


def press(visitor: Visitor, page: str, path: str, device: Authenticator) -> tuple[int, str]:
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert csrf is not None
    sent = visitor.post(path, csrf_token=csrf[1], note=note_of(page), answer=device.get(options_of(page)))
    return sent.status_code, sent.text


def is_accepted(move: Move) -> bool:
    found = move.session.exec(select(Appointment.accepted_at)).one()
    move.session.rollback()
    return found is not None


@pytest.mark.looks_at("my_profile/returning_terms_asked.html")
@pytest.mark.looks_at("my_profile/returning_terms.html")
@pytest.mark.looks_at("my_profile/returning_terms_accepted.html")
def test_they_read_and_accept_with_their_passkey_and_are_signed_in_to_nothing(
    app: Flask, left: Move, link: str, device: Authenticator
) -> None:
    before = len(left.session.exec(select(LoginSession)).all())
    left.session.rollback()
    visitor = Visitor(app)
    asked = visitor.open(link).text
    check_page(asked)
    assert "Priya" not in asked
    assert "£" not in asked
    status, terms = press(visitor, asked, link, device)
    assert status == 200
    check_page(terms)
    assert "Priya Patel" in terms
    assert "£41,000.50" in terms
    assert not is_accepted(left)
    status, done = press(visitor, terms, f"{link}/accept", device)
    assert status == 200
    check_page(done)
    assert is_accepted(left)
    assert len(left.session.exec(select(LoginSession)).all()) == before
    left.session.rollback()
    assert visitor.open("/profile").status_code == 302
    assert visitor.open(link).status_code == 404


def test_what_was_asked_for_reading_does_not_accept(
    app: Flask, left: Move, link: str, device: Authenticator
) -> None:
    visitor = Visitor(app)
    status, page = press(visitor, visitor.open(link).text, f"{link}/accept", device)
    assert status == 422
    check_page(page)
    assert not is_accepted(left)


def test_nobody_elses_passkey_reads_them(app: Flask, left: Move, link: str) -> None:
    visitor = Visitor(app)
    status, page = press(visitor, visitor.open(link).text, link, Authenticator())
    assert status == 422
    check_page(page)
    assert "£" not in page


@pytest.mark.looks_at("my_profile/returning_terms_over.html")
def test_a_link_that_is_not_ours_or_over_leads_nowhere(app: Flask, left: Move, link: str) -> None:
    visitor = Visitor(app)
    assert visitor.open(f"{link}x").status_code == 404
    appointment = left.session.exec(select(Appointment)).one()
    service.cancel(left.session, left.now, reason="No", **by(left, appointment, left.preparer))
    left.session.commit()
    over = visitor.open(link)
    assert over.status_code == 404
    check_page(over.text)
    assert "ask the HR team that sent it for the link again" in over.text
    assert "nvitation" not in over.text
