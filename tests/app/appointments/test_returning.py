"""Who works nowhere accepts with the passkey that they kept, and is signed in by it to nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlmodel import select

from identity.sessions.models import LoginSession
from profiles.employments.models import Employment
from profiles.portable_profile.changes import decide, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, LeavingCause, RecordChange
from profiles.portable_profile.wanted import Wanted
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import current, record
from profiles.transfers.models import InvitationState, MoveInvitation
from tests.app.page_checks import check_page
from tests.factories.move_invitations import invite
from tests.factories.organisations import PROVENANCE
from tests.factories.people import make_employee
from tests.factories.returners import LATER, invite_back
from tests.factories.transfers import Move
from tests.support.authenticator import Authenticator, note_of, options_of
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


@pytest.fixture
def path(left: Move) -> str:
    token = invite_back(left)
    left.session.commit()
    return f"/invited/{token}/returning"


def answer(app: Flask, path: str, device: Authenticator, visitor: Visitor | None = None) -> tuple[int, str]:
    visitor = visitor or Visitor(app)
    page = visitor.open(path).text
    sent = visitor.submit(path, page=path, note=note_of(page), answer=device.get(options_of(page)))
    return sent.status_code, sent.text


def kept(move: Move) -> MoveInvitation:
    found = move.session.exec(select(MoveInvitation)).one()
    move.session.rollback()
    return found


@pytest.mark.looks_at("my_profile/returning.html")
def test_the_page_says_what_is_offered_and_nothing_of_anybody(app: Flask, path: str) -> None:
    page = Visitor(app).open(path).text
    check_page(page)
    assert "Senior Caseworker" in page
    assert "passkeys.js" in page
    assert "Priya" not in page


@pytest.mark.looks_at("my_profile/returning_accepted.html")
def test_the_passkey_accepts_and_signs_nobody_in(
    app: Flask, left: Move, path: str, device: Authenticator
) -> None:
    before = len(left.session.exec(select(LoginSession)).all())
    left.session.rollback()
    visitor = Visitor(app)
    status, page = answer(app, path, device, visitor)
    assert status == 200
    check_page(page)
    assert "Priya Patel" in page
    assert kept(left).state is InvitationState.ACCEPTED
    assert kept(left).person_id == left.employee
    assert len(left.session.exec(select(LoginSession)).all()) == before
    assert visitor.open("/profile").status_code == 302


def test_an_unknown_passkey_accepts_nothing(app: Flask, left: Move, path: str) -> None:
    status, page = answer(app, path, Authenticator())
    assert status == 422
    check_page(page)
    assert kept(left).state is InvitationState.OPEN


def test_who_can_sign_in_does_that_instead(app: Flask, move: Move, device: Authenticator) -> None:
    token = invite(move)
    move.session.commit()
    status, page = answer(app, f"/invited/{token}/returning", device)
    assert status == 422
    assert "sign in instead" in page


def test_a_suspended_account_accepts_nothing(
    app: Flask, left: Move, path: str, device: Authenticator
) -> None:
    stamp = PROVENANCE.stamp(left.now, left.now) | {"person_id": left.employee}
    record(left.session, AccountSuspension(organisation_id=left.hmrc.id, **stamp))
    left.session.commit()
    assert answer(app, path, device)[0] == 422
    assert kept(left).state is InvitationState.OPEN


@pytest.mark.parametrize(("cause", "status"), [(LeavingCause.DISMISSED, 200), (LeavingCause.DIED, 422)])
def test_nobody_answers_with_the_device_of_who_has_died(
    app: Flask, move: Move, device: Authenticator, cause: LeavingCause, status: int
) -> None:
    (held,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    wanted = Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.EMPLOYMENT,
        action=Action.LEAVE,
        values={"cause": cause},
        reason="A letter",
        source="page:letter",
        version_id=held.id,
    )
    then = move.now + timedelta(hours=1)
    change = submit(move.session, wanted, then, move.hmrc_officer, alone_up_to=0)
    second = make_employee(move.session, move.now, move.hmrc, "sue.second").person_id
    decide(move.session, change, then + timedelta(minutes=5), second, approved=True)
    move.session.execute(delete(RecordChange))  # as after six years
    app.config["CLOCK"] = lambda: LATER
    token = invite_back(replace(move, now=LATER))
    move.session.commit()
    assert answer(app, f"/invited/{token}/returning", device)[0] == status


def test_a_challenge_of_another_page_does_not_count(
    app: Flask, left: Move, path: str, device: Authenticator
) -> None:
    visitor = Visitor(app)
    page = visitor.open("/sign-in").text
    sent = visitor.submit(path, page=path, note=note_of(page), answer=device.get(options_of(page)))
    assert sent.status_code == 422
    assert kept(left).state is InvitationState.OPEN


def test_it_is_answered_once(app: Flask, left: Move, path: str, device: Authenticator) -> None:
    answer(app, path, device)
    assert Visitor(app).open(path).status_code == 404
    assert Visitor(app).open(path.removesuffix("/returning")).status_code == 404


def test_the_landing_page_leads_there(app: Flask, path: str) -> None:
    assert path in Visitor(app).open(path.removesuffix("/returning")).text


def test_a_session_from_before_opens_nothing_either(app: Flask, left: Move, path: str) -> None:
    assert sign_in(app, left.employee).open("/profile").status_code == 302
