"""Using a one-time link in a browser."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.sessions import service as sessions
from identity.sessions.cookie import cookie_name
from identity.sessions.models import LoginSession
from identity.sign_in import invitations, passwords
from identity.sign_in.models import InvitationPurpose, Passkey
from profiles import temporal
from profiles.audit.service import Initiator
from profiles.people.models import WorkAddress
from tests.app.page_checks import check_page
from tests.factories.organisations import PROVENANCE
from tests.factories.people import make_person
from tests.identity.sign_in.conftest import ADDRESS, PASSWORD
from tests.identity.sign_in.test_passkeys import give_passkey
from tests.support.authenticator import Authenticator, note_of, options_of
from tests.support.visitor import Clock, Visitor

COOKIE = cookie_name(https=False)


@pytest.fixture
def invited(engine: Engine, now: datetime) -> UUID:
    """A person without a password."""
    with transaction(engine) as session:
        return make_person(session, now, ADDRESS)


@pytest.fixture
def link(engine: Engine, now: datetime, invited: UUID) -> str:
    """The path of their one-time link."""
    with transaction(engine) as session:
        token = invitations.invite(
            session,
            ADDRESS,
            invited,
            now,
            InvitationPurpose.ADMINISTRATOR,
            issuer="http://localhost",
            initiator=Initiator.system("test"),
        )
    return f"/invitation/{token}"


def _has_password(engine: Engine, person_id: UUID) -> bool:
    with transaction(engine, writes=False) as session:
        return passwords.find_hash(session, person_id) is not None


@pytest.mark.looks_at("sign_in/invitation.html")
def test_looking_at_the_link_spends_nothing(visitor: Visitor, link: str) -> None:
    for _ in range(2):
        response = visitor.open(f"{link}/password")
        assert response.status_code == 200
        check_page(response.text)
    assert 'autocomplete="new-password"' in response.text
    assert ADDRESS in response.text


def test_a_good_password_is_set_and_signs_in(
    engine: Engine, visitor: Visitor, clock: Clock, link: str, invited: UUID
) -> None:
    assert visitor.submit(f"{link}/password", password=PASSWORD).status_code == 303
    with transaction(engine, writes=False) as session:
        found = sessions.find_signed_in(session, visitor.cookie(COOKIE) or "", clock.now)
    assert found is not None
    assert found.person_id == invited
    other = Visitor(visitor.client.application)
    assert other.submit("/sign-in", address=ADDRESS, password=PASSWORD).status_code == 303


def test_a_used_link_is_over(engine: Engine, visitor: Visitor, link: str, invited: UUID) -> None:
    visitor.submit(f"{link}/password", password=PASSWORD)
    again = visitor.submit(f"{link}/password", page="/sign-in?fresh=1", password="somebody else's password")
    assert again.status_code == 404
    assert "This link cannot be used" in again.text
    check_page(again.text)
    other = Visitor(visitor.client.application)
    assert other.submit("/sign-in", address=ADDRESS, password=PASSWORD).status_code == 303


@pytest.mark.looks_at("sign_in/invitation_over.html")
@pytest.mark.parametrize("path", ["/invitation/unknown", "/invitation/%00%ff"])
def test_an_unknown_link_gets_a_clear_page(visitor: Visitor, path: str) -> None:
    response = visitor.open(path)
    assert response.status_code == 404
    assert "This link cannot be used" in response.text


def test_an_expired_link_is_over(visitor: Visitor, clock: Clock, link: str) -> None:
    clock.advance(hours=72)
    assert visitor.open(link).status_code == 404


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("", "Enter a password"),
        ("elevenchars", "Password must be 12 characters or more"),
        ("x1y" * 86, "Password must be 256 characters or fewer"),
        ("password1234", "Password is too easy to guess"),
        (ADDRESS, "Password must not be made of your e-mail address"),
    ],
)
def test_a_weak_password_is_refused_and_the_link_stays_good(
    engine: Engine, visitor: Visitor, link: str, invited: UUID, password: str, message: str
) -> None:
    response = visitor.submit(f"{link}/password", password=password)
    assert response.status_code == 422
    assert message in response.text
    check_page(response.text)
    assert not _has_password(engine, invited)
    assert visitor.submit(f"{link}/password", password=PASSWORD).status_code == 303


def test_without_the_forms_token_nothing_changes(
    engine: Engine, visitor: Visitor, link: str, invited: UUID
) -> None:
    assert visitor.post(f"{link}/password", password=PASSWORD).status_code == 400
    assert not _has_password(engine, invited)
    assert visitor.open(f"{link}/password").status_code == 200


def test_a_link_of_somebody_who_may_not_sign_in_is_over(
    engine: Engine, visitor: Visitor, now: datetime, link: str
) -> None:
    with transaction(engine) as session:
        address = session.execute(select(WorkAddress)).scalar_one()
        temporal.end(session, address, now, now, PROVENANCE)
    assert visitor.open(link).status_code == 404


def test_a_new_password_ends_the_sessions_of_the_old_one(
    engine: Engine, visitor: Visitor, clock: Clock, person: UUID
) -> None:
    other = Visitor(visitor.client.application)
    other.submit("/sign-in", address=ADDRESS, password=PASSWORD)
    with transaction(engine) as session:
        token = invitations.invite(
            session,
            ADDRESS,
            person,
            clock.now,
            InvitationPurpose.PASSWORD_RESET,
            issuer="http://localhost",
            initiator=Initiator.system("test"),
        )
    visitor.submit(f"/invitation/{token}/password", password="a new long password")
    with transaction(engine, writes=False) as session:
        assert sessions.find_signed_in(session, other.cookie(COOKIE) or "", clock.now) is None
        live = select(LoginSession).where(LoginSession.ended_at.is_(None))
        assert len(session.execute(live).all()) == 1


def test_who_asked_for_a_new_password_is_led_to_it(
    engine: Engine, visitor: Visitor, person: UUID, now: datetime
) -> None:
    purpose = InvitationPurpose.PASSWORD_RESET
    with transaction(engine) as session:
        by = Initiator.system("test")
        token = invitations.invite(
            session, ADDRESS, person, now, purpose, issuer="http://localhost", initiator=by
        )
    assert visitor.open(f"/invitation/{token}").location == f"/invitation/{token}/password"


class TestPasskey:
    """Beginning with a passkey, and no password at all."""

    @pytest.mark.looks_at("sign_in/invitation_passkey.html")
    def test_a_passkey_is_made_and_signs_in(
        self, engine: Engine, visitor: Visitor, link: str, invited: UUID
    ) -> None:
        assert visitor.open(link).location == f"{link}/passkey"
        assert f"{link}/password" in visitor.open(f"{link}/passkey").text
        assert f"{link}/passkey" in visitor.open(f"{link}/password").text
        answer = make_passkey(visitor, link, Authenticator())
        assert answer.status_code == 303, answer.text
        with transaction(engine, writes=False) as session:
            assert session.execute(select(LoginSession.person_id, LoginSession.acr)).all() == [
                (invited, "phr")
            ]
            assert session.execute(select(Passkey.person_id)).scalars().all() == [invited]
        assert not _has_password(engine, invited)
        assert visitor.open(link).status_code == 404

    def test_a_link_makes_no_passkey_beside_one_that_is_there(
        self, engine: Engine, visitor: Visitor, link: str, invited: UUID, now: datetime
    ) -> None:
        """Else it would go round the second factor."""
        page = visitor.open(f"{link}/passkey").text
        give_passkey(engine, invited, now)
        made = Authenticator().create(options_of(page))
        answer = visitor.submit(f"{link}/passkey", page="/sign-in", note=note_of(page), answer=made)
        assert answer.status_code == 404
        assert visitor.open(link).location == f"{link}/password"
        assert f"{link}/passkey" not in visitor.open(f"{link}/password").text

    def test_a_wrong_answer_makes_nothing_and_spends_nothing(
        self, engine: Engine, visitor: Visitor, link: str, invited: UUID
    ) -> None:
        answer = make_passkey(visitor, link, Authenticator(origin="https://evil.example"))
        assert answer.status_code == 422
        check_page(answer.text)
        with transaction(engine, writes=False) as session:
            assert session.execute(select(Passkey)).all() == []
        assert visitor.open(f"{link}/password").status_code == 200


def make_passkey(visitor: Visitor, link: str, device: Authenticator) -> TestResponse:
    """Open the page and send what a new passkey says to its challenge."""
    page = visitor.open(f"{link}/passkey").text
    check_page(page)
    made = device.create(options_of(page))
    return visitor.submit(f"{link}/passkey", note=note_of(page), answer=made)
