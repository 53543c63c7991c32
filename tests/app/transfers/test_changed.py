"""What is decided is what the page showed; else the page says what has changed, and nothing typed is lost."""

from datetime import date
from html import unescape

import pytest
from flask import Flask
from sqlmodel import select

from profiles.organisations.grades import CommonGrade
from profiles.transfers import dates, managers, service, tasks
from profiles.transfers.models import Side, TaskKind, Transfer
from tests.app.page_checks import check_page
from tests.app.transfers.test_deciding import prepared
from tests.factories.apps import make_app, make_rule
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

TICKED = {"no_loan": "y", "probation_done": "y", "no_warning": "y", "date_agreed": "y"}


def shown_on(visitor: Visitor, path: str) -> str:
    return unescape(visitor.open(path).text.split('name="shown" value="')[1].split('"')[0])


def open_canteen(move: Move) -> None:
    """To whoever works in the Home Office at these grades."""
    canteen = make_app(move.session, move.now, move.home_office, "Canteen")
    grades = {"grade_from": CommonGrade.AA, "grade_to": CommonGrade.SEO}
    make_rule(move.session, move.now, canteen, organisation_id=move.home_office.id, **grades)
    move.session.commit()


def move_start(move: Move) -> None:
    """The Home Office moves the start by a week, and everybody says again what they said before."""
    transfer = move.session.exec(select(Transfer)).one()
    dates.move_start(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=move.preparer,
        permissions=move.permissions(move.preparer),
        start_date=date(2026, 3, 23),
        last_day=date(2026, 3, 20),
    )


def approvals(move: Move) -> int:
    transfer = move.session.exec(select(Transfer)).one()
    found = len(service.approvals_of(move.session, transfer.id))
    move.session.rollback()
    return found


def test_an_approval_of_other_dates_is_refused_and_keeps_what_was_ticked(app: Flask, move: Move) -> None:
    path, officer = f"{prepared(move)}/approve", sign_in(app, move.hmrc_officer)
    said = shown_on(officer, path)
    move_start(move)
    move.do_tasks(move.session.exec(select(Transfer)).one())
    move.session.commit()
    page = officer.submit(path, records_released="y", shown=said)
    assert page.status_code == 409
    check_page(page.text)
    assert "Start date: it was 16 March 2026, and is 23 March 2026 now." in page.text
    assert 'value="y" checked' in page.text
    assert approvals(move) == 0
    assert officer.submit(path, records_released="y").status_code == 303


def test_an_approval_of_other_access_is_refused(app: Flask, move: Move) -> None:
    path, officer = f"{prepared(move)}/approve", sign_in(app, move.home_office_officer)
    said = shown_on(officer, path)
    open_canteen(move)
    page = officer.submit(path, shown=said)
    assert page.status_code == 409
    check_page(page.text)
    assert "Access to Canteen is not what you were shown." in page.text
    assert "Access to Visa Desk" not in page.text
    assert approvals(move) == 0


def test_one_app_does_not_hide_another_of_the_same_name(app: Flask, move: Move) -> None:
    path, officer = f"{prepared(move)}/approve", sign_in(app, move.home_office_officer)
    open_canteen(move)
    said = shown_on(officer, path)
    open_canteen(move)
    page = officer.submit(path, shown=said)
    assert page.status_code == 409
    assert "Access to Canteen is not what you were shown." in page.text


def test_what_the_old_department_is_not_shown_does_not_hold_it_up(app: Flask, move: Move) -> None:
    path, officer = f"{prepared(move)}/approve", sign_in(app, move.hmrc_officer)
    assert "salary" not in shown_on(officer, path)
    assert "Visa Desk" not in shown_on(officer, path)


@pytest.mark.parametrize("said", ["", "{", "[]", '{"start_date": 1}'])
def test_a_form_that_says_nothing_of_what_was_shown_approves_nothing(
    app: Flask, move: Move, said: str
) -> None:
    path, officer = f"{prepared(move)}/approve", sign_in(app, move.home_office_officer)
    page = officer.submit(path, shown=said)
    assert page.status_code == 409
    check_page(page.text)
    assert approvals(move) == 0


def test_the_employee_accepts_the_terms_that_they_read(app: Flask, move: Move) -> None:
    transfer = move.begin()
    move.session.commit()
    employee, path = sign_in(app, move.employee), f"/profile/transfers/{transfer.id}/terms"
    said = shown_on(employee, path)
    move_start(move)
    move.session.commit()
    page = employee.submit(path, shown=said)
    assert page.status_code == 409
    check_page(page.text)
    assert "Last day: it was 13 March 2026, and is 20 March 2026 now." in page.text
    assert tasks.get(move.session, transfer, TaskKind.TERMS).done_at is None
    move.session.rollback()
    assert employee.submit(path).status_code == 303


def test_the_line_manager_confirms_the_dates_that_they_read(app: Flask, move: Move) -> None:
    transfer = move.begin()
    beth = move.manager()
    managers.name(move.session, transfer, Side.EXPORTING, beth, move.now)
    move.session.commit()
    manager, path = sign_in(app, beth), f"/transfers/{transfer.id}/line-manager"
    said = shown_on(manager, path)
    move_start(move)
    move.session.commit()
    page = manager.submit(path, shown=said, **TICKED)
    assert page.status_code == 409
    check_page(page.text)
    assert page.text.count("checked") == len(TICKED)
    assert "Start date: it was 16 March 2026, and is 23 March 2026 now." in page.text
    assert tasks.get(move.session, transfer, TaskKind.LINE_MANAGER).done_at is None
    move.session.rollback()
    assert manager.submit(path, **TICKED).status_code == 303
