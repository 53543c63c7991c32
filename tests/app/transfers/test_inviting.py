"""Inviting somebody, seeing who accepted, and going on to the terms."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.roles.models import Role
from profiles.transfers.models import InvitationState, MoveInvitation, Transfer
from tests.app.page_checks import check_page
from tests.app.transfers.answers import PATH as TERMS
from tests.app.transfers.answers import answers
from tests.factories.move_invitations import ADDRESS, accept, invite, mails_with_link
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

PATH = "/transfers/invitations"
TYPED = {
    "address": ADDRESS,
    "job_title": "Senior Caseworker",
    "unit": "Visas",
    "start_date": ["16", "3", "2026"],
}


@pytest.fixture
def officer(app: Flask, move: Move) -> Visitor:
    return sign_in(app, move.preparer)


@pytest.fixture
def accepted(move: Move) -> UUID:
    found = accept(move, invite(move)).id
    move.session.commit()
    return found


def state(move: Move) -> InvitationState:
    found = move.session.exec(select(MoveInvitation.state)).one()
    move.session.rollback()
    return found


def test_an_invitation_is_sent_and_listed(officer: Visitor, move: Move) -> None:
    check_page(officer.open(f"{PATH}/new").text)
    answer = officer.submit(f"{PATH}/new", **TYPED)
    assert answer.status_code == 303
    (mail,) = mails_with_link(move)
    move.session.rollback()
    assert "Department HO invites you" in mail
    page = officer.open(answer.location).text
    check_page(page)
    assert "Nobody has answered yet" in page
    listed = officer.open(PATH).text
    check_page(listed)
    assert ADDRESS in listed


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("address", "nobody"), ("address", ""), ("job_title", ""), ("start_date", ["1", "3", "2020"])],
)
def test_what_is_wrong_leads_to_its_field_and_keeps_the_rest(
    officer: Visitor, move: Move, field: str, wrong: Any
) -> None:
    page = officer.submit(f"{PATH}/new", **(TYPED | {field: wrong}))
    assert page.status_code == 422
    check_page(page.text)
    assert f'href="#{field}' in page.text
    assert 'value="Visas"' in page.text
    assert mails_with_link(move) == []


def test_an_officer_of_two_organisations_chooses_one(app: Flask, move: Move) -> None:
    give_role(move.session, move.now, move.preparer, Role.HR_OFFICER, move.hmrc.id)
    move.session.commit()
    officer = sign_in(app, move.preparer)
    assert "Choose the organisation" in officer.submit(f"{PATH}/new", **TYPED).text
    sent = officer.submit(f"{PATH}/new", **TYPED, organisation=str(move.home_office.id))
    assert sent.status_code == 303


def test_the_name_of_who_accepted_is_all_that_is_shown_before_hr_meant_them(
    officer: Visitor, accepted: UUID
) -> None:
    page = officer.open(f"{PATH}/{accepted}").text
    check_page(page)
    assert "Is Priya Patel whom you meant?" in page
    assert "HMRC" not in page
    assert officer.open(f"{PATH}/{accepted}/terms").status_code == 409
    tasks = officer.open("/tasks").text
    check_page(tasks)
    assert "Say whether you meant who accepted" in tasks


def test_from_there_it_goes_on_with_what_was_said_already(
    officer: Visitor, move: Move, accepted: UUID
) -> None:
    answer = officer.submit(f"{PATH}/{accepted}/confirm", page=f"{PATH}/{accepted}")
    assert answer.location == f"{PATH}/{accepted}/terms"
    page = officer.open(answer.location).text
    check_page(page)
    for words in ("Priya Patel", "Department HMRC", 'value="Senior Caseworker"', 'value="2026"'):
        assert words in page
    typed = answers("", move.home_office.id, invitation=str(accepted))
    checked = officer.submit(f"{TERMS}/terms", page=answer.location, **typed)
    check_page(checked.text)
    assert f'name="invitation" value="{accepted}"' in checked.text
    prepared = officer.submit(f"{TERMS}/prepare", page=answer.location, **typed)
    transfer = move.session.exec(select(Transfer)).one()
    assert prepared.location == f"/transfers/{transfer.id}"
    assert transfer.person_id == move.employee
    move.session.rollback()
    assert state(move) is InvitationState.USED


def test_wrong_terms_keep_the_invitation(officer: Visitor, move: Move, accepted: UUID) -> None:
    officer.submit(f"{PATH}/{accepted}/confirm", page=f"{PATH}/{accepted}")
    typed = answers("", move.home_office.id, invitation=str(accepted), salary="a lot")
    page = officer.submit(f"{TERMS}/terms", page=f"{PATH}/{accepted}/terms", **typed)
    assert page.status_code == 422
    check_page(page.text)
    assert f'name="invitation" value="{accepted}"' in page.text


@pytest.mark.parametrize("unverified", ["no id", "00000000-0000-0000-0000-000000000000"])
def test_an_invitation_that_is_not_theirs_begins_nothing(
    officer: Visitor, move: Move, unverified: str
) -> None:
    typed = answers("", move.home_office.id, invitation=unverified)
    assert officer.submit(f"{TERMS}/prepare", page=TERMS, **typed).status_code == 404


def test_it_is_withdrawn_also_from_who_accepted(officer: Visitor, move: Move, accepted: UUID) -> None:
    answer = officer.submit(f"{PATH}/{accepted}/withdraw", page=f"{PATH}/{accepted}")
    assert answer.status_code == 303
    assert state(move) is InvitationState.WITHDRAWN
    assert "Priya" not in officer.open(f"{PATH}/{accepted}").text


def test_a_vacancy_holder_sees_their_own_alone(app: Flask, move: Move, accepted: UUID) -> None:
    holder = make_employee(move.session, move.now, move.home_office, "vic.holder").person_id
    give_role(move.session, move.now, holder, Role.VACANCY_HOLDER, move.home_office.id)
    move.session.commit()
    visitor = sign_in(app, holder)
    assert ADDRESS not in visitor.open(PATH).text
    assert visitor.open(f"{PATH}/{accepted}").status_code == 404
    sent = visitor.submit(f"{PATH}/new", **(TYPED | {"address": "other@home.example"}))
    assert visitor.open(sent.location).status_code == 200


def test_another_organisations_officers_find_none(app: Flask, move: Move, accepted: UUID) -> None:
    visitor = sign_in(app, move.hmrc_officer)
    for path in (f"{PATH}/{accepted}", f"{PATH}/{accepted}/terms"):
        assert visitor.open(path).status_code == 404
