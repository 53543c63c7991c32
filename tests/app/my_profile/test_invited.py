"""Answering an invitation to move, from the link in the mail."""

import pytest
from flask import Flask
from sqlmodel import select

from profiles.transfers.models import InvitationState, MoveInvitation
from tests.app.page_checks import check_page
from tests.factories.move_invitations import accept, invite
from tests.factories.organisations import make_organisation
from tests.factories.people import employ_too
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


@pytest.fixture
def token(move: Move) -> str:
    token = invite(move)
    move.session.commit()
    return token


def state(move: Move) -> InvitationState:
    found = move.session.exec(select(MoveInvitation.state)).one()
    move.session.rollback()
    return found


@pytest.mark.looks_at("my_profile/invitation.html")
def test_the_link_says_who_invites_and_nothing_of_anybody(app: Flask, move: Move, token: str) -> None:
    page = Visitor(app).open(f"/invited/{token}")
    check_page(page.text)
    assert "Department HO" in page.text
    assert "Senior Caseworker" not in page.text
    assert "priya" not in page.text.lower()
    assert state(move) is InvitationState.OPEN


def test_it_is_answered_only_after_a_fresh_sign_in(app: Flask, move: Move, token: str) -> None:
    path = f"/profile/invitations/{token}"
    assert Visitor(app).open(path).status_code == 302
    answer = sign_in(app, move.employee, minutes_ago=30).open(path)
    assert answer.status_code == 302
    assert "fresh=1" in answer.location


def test_which_account_answers_is_shown_with_the_offer(employee: Visitor, token: str) -> None:
    page = employee.open(f"/profile/invitations/{token}").text
    check_page(page)
    for words in ("Department HO", "Senior Caseworker", "Croydon", "16 March 2026"):
        assert words in page
    assert "Priya Patel, priya.patel@hmrc.gov.uk" in page


def test_accepting_is_shown_on_the_page_of_moves_and_can_be_taken_back(
    employee: Visitor, move: Move, token: str
) -> None:
    answer = employee.submit(f"/profile/invitations/{token}")
    assert answer.location == "/profile/transfer-code"
    assert state(move) is InvitationState.ACCEPTED
    page = employee.open(answer.location).text
    check_page(page)
    assert "Senior Caseworker" in page
    invitation_id = move.session.exec(select(MoveInvitation.id)).one()
    move.session.rollback()
    path = f"/profile/accepted-invitations/{invitation_id}/take-back"
    assert employee.submit(path, page=answer.location).status_code == 303
    assert state(move) is InvitationState.TAKEN_BACK


def test_who_has_two_employments_says_which_one_moves(employee: Visitor, move: Move, token: str) -> None:
    path = f"/profile/invitations/{token}"
    college = make_organisation(move.session, move.now, "COLLEGE")
    other = employ_too(move.session, move.now, move.employee, college).employment_id
    move.session.commit()
    refused = employee.submit(path)
    assert refused.status_code == 422
    check_page(refused.text)
    assert "Choose the employment that moves" in refused.text
    assert employee.submit(path, employment_id=str(other)).status_code == 303
    assert move.session.exec(select(MoveInvitation.employment_id)).one() == other
    move.session.rollback()


def test_declining_ends_it(employee: Visitor, move: Move, token: str) -> None:
    path = f"/profile/invitations/{token}"
    assert employee.submit(f"{path}/decline", page=path).status_code == 303
    assert state(move) is InvitationState.DECLINED


def test_who_cannot_be_moved_reads_why(app: Flask, move: Move, token: str) -> None:
    page = sign_in(app, move.home_office_officer).open(f"/profile/invitations/{token}").text
    check_page(page)
    assert "You work for this organisation already." in page
    assert "Yes, I want to join" not in page


@pytest.mark.looks_at("my_profile/invitation_over.html")
@pytest.mark.parametrize("path", ["/invited/{}", "/profile/invitations/{}"])
def test_a_link_that_is_over_says_so(employee: Visitor, move: Move, token: str, path: str) -> None:
    accept(move, token)
    move.session.commit()
    answer = employee.open(path.format(token))
    assert answer.status_code == 404
    check_page(answer.text)
    assert "not open any more" in answer.text
