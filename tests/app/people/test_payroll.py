"""Payroll reads what the organisation's people do and are paid, nothing else of them, and changes nothing."""

import re
from datetime import date

import pytest
from flask import Flask

from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import Employment, Posting
from profiles.imports.records.models import ImportState
from profiles.leave.models import LeaveBalance
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import BirthDate, PersonName
from profiles.roles.models import Role
from profiles.temporal import Provenance, current, record, replace
from tests.app.imports.test_pages import Office
from tests.app.page_checks import check_page
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.records import json_lines, person_records
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


@pytest.fixture
def payroll(app: Flask, move: Move) -> Visitor:
    """HMRC's payroll officer, and an employee of whom everything is recorded."""
    officer = make_employee(move.session, move.now, move.hmrc, "pat.roll").person_id
    give_role(move.session, move.now, officer, Role.PAYROLL_OFFICER, move.hmrc.id)
    give_role(move.session, move.now, move.employee, Role.VACANCY_HOLDER, move.hmrc.id)
    (employment,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    stamp = PROVENANCE.stamp(move.now, LONG_AGO) | {"person_id": move.employee}
    theirs = {"employment_id": employment.fact_id, "organisation_id": move.hmrc.id}
    record(
        move.session, PayRecord(salary_pence=3_300_050, pay_reason=PayReason.APPOINTMENT, **theirs, **stamp)
    )
    record(move.session, BirthDate(born_on=date(1990, 5, 17), **stamp))
    year = {"leave_year_from": date(2026, 1, 1), "entitlement_hundredths": 2500}
    record(
        move.session, LeaveBalance(**year, carried_over_hundredths=0, taken_hundredths=0, **theirs, **stamp)
    )
    move.session.commit()
    return sign_in(app, officer)


def test_payroll_sees_the_post_and_the_pay(payroll: Visitor, move: Move) -> None:
    listed = payroll.open("/people").text
    check_page(listed)
    assert "Patel, Priya" in listed
    assert "Ward, Olivia" not in listed
    for path in (f"/people/{move.employee}", f"/people/{move.employee}/record"):
        page = payroll.open(path).text
        check_page(page)
        for words in ("£33,000.50", "Higher Officer (HEO)", "HMRC-priya.patel"):
            assert words in page, (path, words)


def test_payroll_sees_nothing_else_and_changes_nothing(payroll: Visitor, move: Move) -> None:
    page = payroll.open(f"/people/{move.employee}/record").text
    for words in ("17 May 1990", "Vacancy holder", ">SC<", "/change/", 'id="leave"'):
        assert words not in page, words
    opened = payroll.open(f"/people/{move.employee}").text
    for words in ("/sign-in", "31 December 2029", "/suspension", "/sensitivity", "/leaving/", "/unite"):
        assert words not in opened, words
    for path in (
        *("sign-in", "suspension", "sensitivity", "records", "change/pay/add", "change/posting/add"),
    ):
        assert payroll.open(f"/people/{move.employee}/{path}").status_code == 403, path
    assert payroll.open("/people/apps").status_code == 403
    assert payroll.open("/imports/new").status_code == 403


def test_payroll_reads_why_of_pay_alone_and_no_clearance_that_a_post_needs(
    app: Flask, payroll: Visitor, move: Move
) -> None:
    (pay,) = current(move.session, PayRecord, move.now, move.now, person_id=move.employee)
    (post,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    (name,) = current(move.session, PersonName, move.now, move.now, person_id=move.employee)
    why = Provenance(None, "page:letter", "After the illness")
    for fact, said in ((pay, {}), (post, {"required_clearance": ClearanceLevel.DV.value}), (name, {})):
        replace(move.session, fact, move.now, why, **said)
    move.session.commit()
    hr, record_page = sign_in(app, move.hmrc_officer), f"/people/{move.employee}/record"
    needs = re.compile(r">\s*DV\s*<|; DV")
    assert [needs.search(one.open(record_page).text) is not None for one in (payroll, hr)] == [False, True]
    for kind, fact, shown in (("pay", pay, True), ("posting", post, False), ("name", name, False)):
        path = f"{record_page}/{kind}/{fact.fact_id}"
        page = payroll.open(path).text
        check_page(page)
        assert not needs.search(page)
        assert ("After the illness" in page) is shown, kind
        assert "After the illness" in hr.open(path).text


def test_payroll_sees_nobody_of_another_organisation(app: Flask, payroll: Visitor, move: Move) -> None:
    assert payroll.open(f"/people/{move.preparer}").status_code == 404
    assert payroll.open(f"/people/{move.preparer}/record").status_code == 404
    elsewhere = make_employee(move.session, move.now, move.home_office, "pia.roll").person_id
    give_role(move.session, move.now, elsewhere, Role.PAYROLL_OFFICER, move.home_office.id)
    move.session.commit()
    assert sign_in(app, elsewhere).open(f"/people/{move.employee}").status_code == 404


def test_payroll_follows_imports_of_pay_alone(app: Flask, payroll: Visitor, move: Move) -> None:
    office = Office(app, move)
    whole = person_records("1")
    mixed = office.send(json_lines(*whole))
    assert office.officer.submit(f"{mixed}/publish", page=mixed).status_code == 303
    office.work()
    pay = office.send(json_lines(whole[-1] | {"salary_pence": 3_100_000}))
    assert office.state() is ImportState.READY
    listed = payroll.open("/imports").text
    check_page(listed)
    assert pay in listed
    assert mixed not in listed
    check_page(payroll.open(pay).text)
    assert payroll.open(f"{pay}/report").status_code == 200
    assert payroll.open(mixed).status_code == 404
    assert payroll.open(f"{mixed}/report").status_code == 404
    assert payroll.submit(f"{pay}/publish", page=pay).status_code == 403
    refused = office.send(json_lines(whole[-1] | {"salary_pence": -1}), source="other")
    assert payroll.open(refused).status_code == 404
