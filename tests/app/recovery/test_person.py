"""What the person sees and does: is warned, stops it, or enters both codes and makes a new way in."""

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event
from sqlmodel import col, select

from app.config import Settings
from app.database import transaction
from identity.recovery.models import Recovery, RecoveryState
from identity.sessions.models import LoginSession
from identity.sign_in import passwords
from identity.sign_in.models import Passkey
from profiles.organisations.models import Team
from profiles.outbox.models import OutboxMessage
from profiles.transfers.codes import make_code
from profiles.transfers.models import TransferCode
from tests.app.page_checks import check_page
from tests.factories.contacts import make_contact
from tests.factories.recoveries import WAIT, Case
from tests.support.authenticator import Authenticator, note_of, options_of
from tests.support.signed_in import sign_in
from tests.support.visitor import Clock, Visitor

PASSWORD = "herons fish at dusk"


@pytest.fixture
def codes(case: Case, clock: Clock) -> dict[str, str]:
    """The fields of the form, as the officers told the person."""
    given = case.both_codes(case.confirm(case.request()))
    case.session.commit()
    clock.now = case.now
    return dict(zip(("first", "second"), given, strict=True))


@pytest.fixture
def waiting(case: Case) -> UUID:
    recovery = case.confirm(case.request())
    case.session.commit()
    return recovery.id


def state(app: Flask) -> RecoveryState:
    with transaction(app.extensions["engine"], writes=False) as session:
        return session.exec(select(Recovery.state)).one()


def link(app: Flask, person: UUID) -> str:
    """The path of the link in the mail to the person."""
    with transaction(app.extensions["engine"], writes=False) as session:
        mails = session.exec(select(OutboxMessage).where(OutboxMessage.person_id == person)).all()
    found = re.search(r"http://localhost(/recovery/stop/\S+)", mails[-1].payload["body"])
    assert found is not None
    return found[1]


def confirm_on_pages(app: Flask, case: Case) -> None:
    """With a real link in the mail."""
    recovery = case.request()
    case.session.commit()
    officer = sign_in(app, case.second)
    officer.submit(f"/recoveries/{recovery.id}/confirm", check="met_with_document")


@pytest.mark.looks_at("recovery/stop.html", "recovery/stopped.html", "recovery/over.html")
def test_the_link_in_the_mail_stops_it_once_without_signing_in(app: Flask, case: Case) -> None:
    confirm_on_pages(app, case)
    with transaction(app.extensions["engine"]) as session:
        make_contact(session, case.now, case.hmrc.id, Team.SECURITY, "0300 222 2222")
    path, holder = link(app, case.person), Visitor(app)
    page = holder.open(path)
    check_page(page.text)
    assert "Priya" not in page.text
    assert state(app) is RecoveryState.WAITING  # programs that look at mail open every link
    stopped = path.replace("/stop/", "/stopped/")
    assert holder.open(stopped).status_code == 404  # nothing is stopped yet
    assert holder.submit(path).location == stopped
    assert state(app) is RecoveryState.STOPPED
    said = holder.open(stopped)
    check_page(said.text)
    assert "0300 222 2222" in said.text
    assert holder.cookie("lanyard_session") is None
    again = holder.submit(path)
    assert again.status_code == 404
    assert "0300 222 2222" in again.text
    check_page(again.text)


@pytest.mark.parametrize("changed", ["cut", "of another purpose"])
def test_a_link_that_is_not_ours_stops_nothing(app: Flask, case: Case, changed: str) -> None:
    confirm_on_pages(app, case)
    path = link(app, case.person)
    path = path[:-2] if changed == "cut" else path.replace("/recovery/stop/", "/not-me/")
    assert Visitor(app).open(path).status_code == 404


def test_who_is_signed_in_is_warned_on_every_page_and_stops_it(app: Flask, case: Case, waiting: UUID) -> None:
    person = sign_in(app, case.person)
    for path in ("/profile", "/profile/notices"):
        page = person.open(path).text
        check_page(page)
        assert 'id="being-recovered"' in page
    assert person.submit("/profile/recovery/stop", page="/profile/notices").status_code == 303
    assert state(app) is RecoveryState.STOPPED
    assert 'id="being-recovered"' not in person.open("/profile").text
    other = sign_in(app, case.first)
    assert 'id="being-recovered"' not in other.open("/profile").text


def test_nobody_stops_somebody_elses(app: Flask, case: Case, waiting: UUID) -> None:
    other = sign_in(app, case.stranger)
    other.submit("/profile/recovery/stop", page="/profile/notices")
    assert state(app) is RecoveryState.WAITING


@pytest.mark.looks_at("recovery/passkey.html", "recovery/use.html")
def test_with_both_codes_a_passkey_is_made_and_everything_old_is_gone(
    app: Flask, case: Case, clock: Clock, codes: dict[str, str]
) -> None:
    passwords.set_password(case.session, case.person, PASSWORD, case.now, passwords.PasswordCost(1, 8))
    make_code(case.session, case.person, case.now, WAIT)
    case.session.commit()
    elsewhere, visitor, device = sign_in(app, case.person), Visitor(app), Authenticator()
    assert visitor.submit("/recovery", **codes).location == "/recovery/passkey"
    page = visitor.open("/recovery/passkey").text
    check_page(page)
    assert state(app) is RecoveryState.WAITING  # nothing is spent by looking
    made = visitor.submit("/recovery/passkey", note=note_of(page), answer=device.create(options_of(page)))
    assert made.status_code == 303, made.text
    with transaction(app.extensions["engine"], writes=False) as session:
        live = select(LoginSession).where(col(LoginSession.ended_at).is_(None))
        (begun,) = session.exec(live.where(LoginSession.person_id == case.person)).all()
        passkey_id = session.exec(select(Passkey.id)).one()
        assert (begun.acr, begun.credentials) == ("phr", [f"passkey:{passkey_id}"])
        assert passwords.find_stored(session, case.person) is None
        assert session.exec(select(TransferCode.expires_at)).one() == clock.now
    assert state(app) is RecoveryState.COMPLETED
    assert elsewhere.open("/profile").status_code == 302
    assert visitor.open("/profile").status_code == 200
    assert Visitor(app).submit("/recovery", **codes).status_code == 422


@pytest.mark.looks_at("recovery/password.html")
def test_where_no_passkey_can_be_made_a_password_is_chosen(
    app: Flask, case: Case, codes: dict[str, str]
) -> None:
    visitor = Visitor(app)
    visitor.submit("/recovery", **codes)
    check_page(visitor.open("/recovery/password").text)
    weak = visitor.submit("/recovery/password", password="short")
    assert weak.status_code == 422
    check_page(weak.text)
    assert visitor.submit("/recovery/password", password=PASSWORD).status_code == 303
    assert state(app) is RecoveryState.COMPLETED
    address = {"address": "priya.patel@hmrc.gov.uk", "password": PASSWORD}
    assert Visitor(app).submit("/sign-in", **address).status_code == 303


def test_a_device_that_answers_wrongly_spends_nothing(app: Flask, case: Case, codes: dict[str, str]) -> None:
    visitor, device = Visitor(app), Authenticator(origin="https://evil.example")
    visitor.submit("/recovery", **codes)
    page = visitor.open("/recovery/passkey").text
    refused = visitor.submit("/recovery/passkey", note=note_of(page), answer=device.create(options_of(page)))
    assert refused.status_code == 422
    check_page(refused.text)
    assert state(app) is RecoveryState.WAITING


def test_what_was_stopped_meanwhile_gives_nothing(app: Flask, case: Case, codes: dict[str, str]) -> None:
    """The codes were right a moment ago, in this very browser."""
    visitor = Visitor(app)
    visitor.submit("/recovery", **codes)
    visitor.open("/recovery/password")
    sign_in(app, case.person).submit("/profile/recovery/stop", page="/profile/notices")
    refused = visitor.submit("/recovery/password", page="/recovery", password=PASSWORD)
    assert refused.status_code == 404
    check_page(refused.text)
    with transaction(app.extensions["engine"], writes=False) as session:
        assert passwords.find_stored(session, case.person) is None


@pytest.mark.looks_at("recovery/codes_over.html")
def test_after_some_minutes_the_codes_are_typed_again(
    app: Flask, case: Case, clock: Clock, codes: dict[str, str]
) -> None:
    visitor = Visitor(app)
    visitor.submit("/recovery", **codes)
    clock.advance(minutes=15)
    assert visitor.open("/recovery/passkey").status_code == 404
    assert Visitor(app).open("/recovery/password").status_code == 404


def test_wrong_codes_are_told_apart_by_nothing(app: Flask, case: Case, codes: dict[str, str]) -> None:
    """One that is right beside a wrong one looks like two that are wrong."""
    pages = set()
    for typed in (
        {"first": codes["first"], "second": "7K3M-7K3M-7K3M-7K3M"},
        {"first": "7K3M-7K3M-7K3M-7K3M", "second": "8K3M-7K3M-7K3M-7K3M"},
    ):
        answer = Visitor(app).submit("/recovery", **typed)
        assert answer.status_code == 422
        check_page(answer.text)
        same = re.sub(r'(nonce|value)="[^"]*"', "", answer.text)
        pages.add(same)
    assert len(pages) == 1


def test_trying_codes_has_to_wait_after_many(app: Flask, case: Case, codes: dict[str, str]) -> None:
    visitor = Visitor(app)
    wrong = {"first": "7K3M-7K3M-7K3M-7K3M", "second": "8K3M-7K3M-7K3M-7K3M"}
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.open("/recovery").text)
    assert token is not None
    answers = [visitor.post("/recovery", csrf_token=token[1], **wrong).status_code for _ in range(51)]
    assert answers == [422] * 50 + [429]


class TestCannotSignIn:
    """The page of help is the same for everybody of a domain."""

    def test_it_names_the_organisation_of_the_domain_whoever_asks(self, app: Flask, case: Case) -> None:
        pages = []
        for who in ("priya.patel", "nobody.here"):
            answer = Visitor(app).submit("/sign-in/help", address=f"{who}@hmrc.gov.uk")
            check_page(answer.text)
            assert "HR team of Department HMRC" in answer.text
            same = re.sub(r'(nonce|value)="[^"]*"|Reference: \S+', "", answer.text)
            pages.append(same)
        assert pages[0] == pages[1]

    def test_an_unknown_domain_is_no_error(self, app: Flask, case: Case) -> None:
        answer = Visitor(app).submit("/sign-in/help", address="priya@example.com")
        check_page(answer.text)
        assert "No organisation here has addresses like that" in answer.text

    def test_the_database_is_asked_the_same_whoever_asks(self, app: Flask, case: Case) -> None:
        """So that the time it takes tells nothing either."""
        asked: list[str] = []
        engine = app.extensions["engine"]
        event.listen(engine, "before_cursor_execute", lambda *run: asked.append(run[2]))
        counts = []
        for who in ("priya.patel", "nobody.here"):
            asked.clear()
            Visitor(app).submit("/sign-in/help", address=f"{who}@hmrc.gov.uk")
            counts.append(list(asked))
        assert counts[0] == counts[1]
        assert counts[0]


class TestPolicy:
    """Whose organisation, or the platform, accepts no password makes a passkey."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """As in production, for officers."""
        return settings.model_copy(update={"privileged_acr": "phr"})

    def test_an_officer_is_offered_no_password(self, app: Flask, case: Case, clock: Clock) -> None:
        recovery = case.confirm(case.request(person=case.second), officer=case.security)
        case.wait()
        typed = {
            "first": case.code(recovery, case.first),
            "second": case.code(recovery, case.security),
        }
        case.session.commit()
        clock.now, visitor = case.now, Visitor(app)
        assert visitor.submit("/recovery", **typed).status_code == 303
        page = visitor.open("/recovery/passkey").text
        check_page(page)
        assert "/recovery/password" not in page
        for answer in (
            visitor.open("/recovery/password"),
            visitor.submit("/recovery/password", page="/recovery", password=PASSWORD),
        ):
            assert answer.location == "/recovery/passkey"
        assert state(app) is RecoveryState.WAITING
