"""After an appointment is agreed: the line manager's page, payroll's two, and what HR see of them."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.temporal import start_of_day
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.returners import STARTS, approve, make_appointment
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

DETAILS = dict.fromkeys(("tax", "student_loan", "bank", "advances"), "y")
RIGHT = dict.fromkeys(("first_pay", "leave", "pension"), "yes")


@pytest.fixture
def people(left: Move) -> dict[str, UUID]:
    found = make_employee(left.session, left.now, left.home_office, "nan.boss").person_id
    return {"manager": found, "payroll": left.payroll_officer()}


@pytest.fixture
def path(left: Move, people: dict[str, UUID]) -> str:
    """That of one which begins on 1 June, with nobody named as line manager."""
    found = approve(left, make_appointment(left)).id
    left.session.commit()
    return f"/appointments/{found}"


def test_hr_name_the_line_manager_who_arranges_the_first_day(
    app: Flask, left: Move, people: dict[str, UUID], path: str
) -> None:
    officer = sign_in(app, left.preparer)
    tasks = officer.open("/tasks").text
    assert "Name the line manager of somebody who comes back" in tasks
    page = officer.open(path).text
    check_page(page)
    assert "Nobody is named yet, by 31 May 2026" in page
    assert "Name the line manager, who arranges the first day" in page
    check_page(officer.open(f"{path}/line-manager").text)
    wrong = officer.submit(f"{path}/line-manager", address="nobody@ho.gov.uk")
    assert wrong.status_code == 422
    check_page(wrong.text)
    assert 'href="#address"' in wrong.text
    assert 'value="nobody@ho.gov.uk"' in wrong.text
    assert officer.submit(f"{path}/line-manager", address="nan.boss@ho.gov.uk").status_code == 303

    manager = sign_in(app, people["manager"])
    assert "Arrange the first day" in manager.open("/tasks").text
    check_page(manager.open(f"{path}/first-day").text)
    assert manager.submit(f"{path}/first-day", place_ready="y").status_code == 422
    assert manager.submit(f"{path}/first-day", place_ready="y", told="y").status_code == 303
    assert "Confirmed on" in manager.open(f"{path}/first-day").text
    assert "Arrange the first day" not in manager.open("/tasks").text
    assert officer.submit(f"{path}/cancel", reason="They do not come").status_code == 303
    assert "After it was agreed" not in officer.open(path).text
    assert officer.open(f"{path}/first-day").status_code == 404


def test_payroll_confirms_what_it_has_and_how_the_first_pay_came_out(
    app: Flask, left: Move, people: dict[str, UUID], path: str
) -> None:
    payroll = sign_in(app, people["payroll"])
    page = payroll.open(f"{path}/payroll").text
    check_page(page)
    assert "15 June 2026" in page
    assert "Paid until then by" not in page
    assert "does not wait for you now" in payroll.open(f"{path}/first-pay").text
    assert payroll.submit(f"{path}/payroll", **DETAILS | {"bank": ""}).status_code == 422
    assert payroll.submit(f"{path}/payroll", **DETAILS).status_code == 303

    app.config["CLOCK"] = lambda: start_of_day(STARTS) + timedelta(hours=9)
    payroll, hr = sign_in(app, people["payroll"]), sign_in(app, left.home_office_officer)
    assert "Confirm first pay, leave and pension" in payroll.open("/tasks").text
    page = payroll.open(f"{path}/first-pay").text
    check_page(page)
    assert "Is the leave balance right?" in page
    wrong = payroll.submit(f"{path}/first-pay", first_pay="no")
    assert wrong.status_code == 422
    check_page(wrong.text)
    assert payroll.submit(f"{path}/first-pay", **RIGHT | {"leave": "no"}).status_code == 303
    page = payroll.open(f"{path}/first-pay").text
    check_page(page)
    assert "Recorded as wrong when you looked last" in page
    assert "8 June 2026" in page
    page = hr.open(path).text
    assert "Payroll puts right what was wrong" in page
    assert payroll.submit(f"{path}/first-pay", **RIGHT).status_code == 303
    assert "Confirm first pay" not in payroll.open("/tasks").text
    assert "looked at in the last 12 months: 1, wrong: 0" in hr.open("/transfers").text


def test_another_departments_payroll_and_hr_find_none(app: Flask, left: Move, path: str) -> None:
    for officer in (left.hmrc_officer, left.home_office_officer):
        visitor = sign_in(app, officer)
        assert visitor.open(f"{path}/payroll").status_code == 403
        assert visitor.open(f"{path}/first-day").status_code == 404
    assert sign_in(app, left.hmrc_officer).open(f"{path}/line-manager").status_code == 404


def test_the_rest_of_payroll_is_told_where_only_this_is_due_by_another_day(
    app: Flask, left: Move, people: dict[str, UUID], path: str
) -> None:
    colleague = make_employee(left.session, left.now, left.home_office, "cal.colleague").person_id
    give_role(left.session, left.now, colleague, Role.PAYROLL_OFFICER, left.home_office.id)
    left.session.commit()
    payroll = sign_in(app, people["payroll"])
    for _ in range(2):
        assert payroll.submit(f"/transfers/cut-off/{left.home_office.id}", day="20").status_code == 303
    mails = left.session.exec(select(OutboxMessage)).all()
    told = [one.person_id for one in mails if "another cut-off day" in str(one.payload.get("subject"))]
    assert told == [colleague]
