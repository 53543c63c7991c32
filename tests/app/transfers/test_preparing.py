"""Bringing somebody here, step by step."""

from typing import Any

import pytest
from flask import Flask
from sqlmodel import select

from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.transfers.models import Transfer, TransferCode, TransferState
from tests.app.page_checks import check_page
from tests.app.transfers.answers import PATH, answers
from tests.factories.people import give_role
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


@pytest.fixture
def code(move: Move) -> str:
    code = move.code()
    move.session.commit()
    return code


@pytest.fixture
def officer(app: Flask, move: Move) -> Visitor:
    return sign_in(app, move.preparer)


def transfers(move: Move) -> list[Transfer]:
    found = list(move.session.exec(select(Transfer)))
    move.session.rollback()
    return found


def test_a_good_code_shows_whose_it_is_and_asks_for_the_terms(officer: Visitor, code: str) -> None:
    page = officer.submit(PATH, code=code.lower())
    assert page.status_code == 200
    check_page(page.text)
    assert "Priya Patel" in page.text
    assert "Department HMRC" in page.text
    assert "Senior Officer (SEO)" in page.text


@pytest.mark.parametrize("typed", ["", "7K3M-7K3M-7K3M-7K3M"])
def test_a_bad_code_is_refused_at_its_field_and_kept(officer: Visitor, move: Move, typed: str) -> None:
    page = officer.submit(PATH, code=typed)
    assert page.status_code == 422
    check_page(page.text)
    assert 'href="#code"' in page.text
    assert f'value="{typed}"' in page.text or not typed


def test_a_code_that_was_used_is_refused(officer: Visitor, move: Move, code: str) -> None:
    move.prepare(code=code)
    move.session.commit()
    page = officer.submit(PATH, code=code)
    assert page.status_code == 422
    assert "has been used" in page.text


def test_an_expired_code_is_refused(app: Flask, move: Move, code: str) -> None:
    later = move.now.replace(day=9)
    app.config["CLOCK"] = lambda: later
    page = sign_in(app, move.preparer).submit(PATH, code=code)
    assert page.status_code == 422
    assert "has expired" in page.text


def test_an_officer_of_two_organisations_chooses_one(app: Flask, move: Move, code: str) -> None:
    give_role(move.session, move.now, move.preparer, Role.HR_OFFICER, move.hmrc.id)
    move.session.commit()
    officer = sign_in(app, move.preparer)
    check_page(officer.open(PATH).text)
    page = officer.submit(PATH, code=code)
    assert page.status_code == 422
    assert "Choose the organisation" in page.text
    same = officer.submit(PATH, code=code, organisation=str(move.hmrc.id))
    assert "works in your organisation already" in same.text
    check_page(officer.submit(PATH, code=code, organisation=str(move.home_office.id)).text)


def test_good_terms_are_shown_again_with_what_begins(officer: Visitor, move: Move, code: str) -> None:
    page = officer.submit(f"{PATH}/terms", page=PATH, **answers(code, move.home_office.id))
    assert page.status_code == 200
    check_page(page.text)
    assert "£41,000.50" in page.text
    assert "Visa Desk" in page.text
    assert "Priya Patel is a Senior Officer (SEO) in Department HO, with a usable clearance." in page.text
    assert "If the old department does not release the clearance" in page.text
    assert "Tax Desk" not in page.text
    assert transfers(move) == []


def test_who_is_missing_is_read_before_the_move_begins(officer: Visitor, move: Move, code: str) -> None:
    page = officer.submit(f"{PATH}/terms", page=PATH, **answers(code, move.home_office.id)).text
    check_page(page)
    assert "Department HO has no payroll officer who could act." in page
    move.payroll_officer()
    move.session.commit()
    again = officer.submit(f"{PATH}/terms", page=PATH, **answers(code, move.home_office.id)).text
    assert "payroll officer" not in again


def test_answers_can_be_changed_after_the_check(officer: Visitor, move: Move, code: str) -> None:
    typed = answers(code, move.home_office.id, change="1", salary="41,500")
    page = officer.submit(f"{PATH}/terms", page=PATH, **typed)
    check_page(page.text)
    assert 'value="41,500"' in page.text
    assert 'value="Senior Caseworker"' in page.text


def test_preparing_spends_the_code_and_begins_the_transfer(officer: Visitor, move: Move, code: str) -> None:
    answer = officer.submit(f"{PATH}/prepare", page=PATH, **answers(code, move.home_office.id))
    (transfer,) = transfers(move)
    assert answer.status_code == 303
    assert answer.location == f"/transfers/{transfer.id}"
    assert (transfer.state, transfer.salary_pence) == (TransferState.IN_PROGRESS, 4_100_050)
    spent = move.session.exec(select(TransferCode.spent_at)).one()
    assert spent == move.now
    check_page(officer.open(answer.location).text)


def test_those_concerned_get_a_mail_that_says_no_more_than_the_name(
    officer: Visitor, move: Move, code: str
) -> None:
    officer.submit(f"{PATH}/prepare", page=PATH, **answers(code, move.home_office.id))
    mails = [message.payload for message in move.session.exec(select(OutboxMessage))]
    assert sorted(mail["to"] for mail in mails) == [
        "harriet.khan@hmrc.gov.uk",
        "priya.patel@hmrc.gov.uk",
    ]
    for mail in mails:
        assert "41" not in mail["body"]
        assert "Senior" not in mail["body"]


BAD = {
    "local_grade": ("Grand Vizier", "#local_grade"),
    "job_title": ("", "#job_title"),
    "employment_number": ("", "#employment_number"),
    "work_address": ("priya.patel@example.com", "#work_address"),
    "salary": ("a lot", "#salary"),
    "start_date": (["1", "3", "2026"], "#start_date-day"),
    "last_day": (["20", "3", "2026"], "#last_day-day"),
    "bpss_checked_on": (["31", "2", "2026"], "#bpss_checked_on-day"),
}


@pytest.mark.parametrize("step", ["terms", "prepare"])
@pytest.mark.parametrize("field", list(BAD))
def test_bad_terms_lead_to_their_field_keep_the_rest_and_change_nothing(
    officer: Visitor, move: Move, code: str, field: str, step: str
) -> None:
    wrong, link = BAD[field]
    typed = answers(code, move.home_office.id, **{field: wrong})
    page = officer.submit(f"{PATH}/{step}", page=PATH, **typed)
    assert page.status_code == 422
    check_page(page.text)
    assert f'href="{link}"' in page.text
    assert 'value="Visas"' in page.text
    assert field == "salary" or 'value="£41,000.50"' in page.text
    assert transfers(move) == []
    assert move.session.exec(select(TransferCode.spent_at)).one() is None


def test_all_that_the_record_refuses_is_said_at_once(officer: Visitor, move: Move, code: str) -> None:
    wrong = {
        "start_date": ["1", "3", "2026"],
        "fte_thousandths": "101",
        "employment_number": "HO-omar.hughes",
    }
    typed = answers(code, move.home_office.id, work_address="omar.hughes@ho.gov.uk", **wrong)
    page = officer.submit(f"{PATH}/terms", page=PATH, **typed)
    assert page.status_code == 422
    check_page(page.text)
    for field in ("start_date-day", "fte_thousandths", "employment_number", "work_address"):
        assert f'href="#{field}"' in page.text


@pytest.mark.parametrize("salary", ["41000.555", "-5", "0", "1e5", "99999999999"])
def test_a_salary_that_is_none_is_refused(officer: Visitor, move: Move, code: str, salary: str) -> None:
    typed: dict[str, Any] = answers(code, move.home_office.id, salary=salary)
    page = officer.submit(f"{PATH}/terms", page=PATH, **typed)
    assert page.status_code == 422
    assert 'href="#salary"' in page.text


def test_a_code_spent_meanwhile_leads_back_to_the_first_step(officer: Visitor, move: Move, code: str) -> None:
    move.prepare(code=code)
    move.session.commit()
    page = officer.submit(f"{PATH}/prepare", page=PATH, **answers(code, move.home_office.id))
    assert page.status_code == 422
    check_page(page.text)
    assert 'href="#code"' in page.text


def test_a_form_without_its_token_is_refused(officer: Visitor, move: Move, code: str) -> None:
    answer = officer.post(f"{PATH}/prepare", **answers(code, move.home_office.id))
    assert answer.status_code == 400
    assert transfers(move) == []


def test_an_organisation_that_is_not_ones_own_is_refused(officer: Visitor, move: Move, code: str) -> None:
    answer = officer.submit(f"{PATH}/prepare", page=PATH, **answers(code, move.hmrc.id))
    assert answer.status_code == 404
    assert transfers(move) == []
