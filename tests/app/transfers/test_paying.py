"""Payroll of the new department reads what came along of pension and leave, where it is asked about them."""

from datetime import date
from typing import Any

import pytest
from flask import Flask

from profiles.employments.models import Posting
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.pay.models import PensionMembership, PensionScheme
from profiles.roles.models import Role
from profiles.temporal import current, record, start_of_day
from profiles.transfers.models import Side, Transfer
from profiles.transfers.service import advance_due
from tests.app.page_checks import check_page
from tests.app.transfers.test_handing_on import of
from tests.factories.people import give_role
from tests.factories.transfers import Move
from tests.profiles.transfers.test_payroll import confirm
from tests.support.signed_in import sign_in

PENSION, LEAVE = ("alpha", "A-77"), "13.5 days left of the year from 1 April 2025"
ABSENCE = "2 May 2025"


@pytest.fixture
def figures(move: Move) -> dict[str, Any]:
    """A pension, leave of this year and of the next, and an absence, in HMRC."""
    (posting,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    here, ends = of(move, posting), start_of_day(date(2026, 4, 1))
    year, next_year = {"leave_year_from": date(2025, 4, 1)}, {"leave_year_from": date(2026, 4, 1)}
    for one in (
        PensionMembership(scheme=PensionScheme.ALPHA, member_number="A-77", **here),
        LeaveBalance(entitlement_hundredths=2550, taken_hundredths=1200, **year, **here | {"valid_to": ends}),
        LeaveBalance(entitlement_hundredths=2600, **next_year, **here | {"valid_from": ends}),
        AbsenceSummary(
            absent_hundredths=375,
            occasions=2,
            period_from=date(2025, 5, 2),
            period_to=date(2026, 2, 28),
            **here,
        ),
    ):
        record(move.session, one)
    return here


def begun(app: Flask, move: Move, transfer: Transfer) -> None:
    move.now = start_of_day(date(2026, 3, 17))
    app.config["CLOCK"] = lambda: move.now
    advance_due(move.session, move.now)
    confirm(move, transfer, move.payroll_officer())
    move.session.commit()


@pytest.mark.usefixtures("figures")
def test_pension_and_leave_stand_where_payroll_is_asked_about_them(app: Flask, move: Move) -> None:
    payroll, transfer = move.payroll_officer(), move.schedule()
    move.session.commit()
    before = sign_in(app, payroll).open(f"/transfers/{transfer.id}/payroll").text
    begun(app, move, transfer)
    after = sign_in(app, payroll).open(f"/transfers/{transfer.id}/first-pay").text
    for page in (before, after):
        check_page(page)
        for said in (*PENSION, LEAVE):
            assert said in page, said
        for hidden in (ABSENCE, "3.75", "26 days"):
            assert hidden not in page, hidden


def test_what_nothing_is_recorded_of_says_so(app: Flask, move: Move) -> None:
    payroll, transfer = move.payroll_officer(), move.schedule()
    move.session.commit()
    page = sign_in(app, payroll).open(f"/transfers/{transfer.id}/payroll").text
    assert page.count("Nothing is recorded") == 3


@pytest.mark.usefixtures("figures")
def test_payroll_reads_none_of_it_before_both_have_agreed(app: Flask, move: Move) -> None:
    payroll, transfer = move.payroll_officer(), move.prepare()
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    move.session.commit()
    page = sign_in(app, payroll).open(f"/transfers/{transfer.id}/payroll")
    assert page.status_code == 200
    for hidden in ("A-77", LEAVE, "Pension member number"):
        assert hidden not in page.text, hidden


@pytest.mark.usefixtures("figures")
def test_nobody_else_reads_it_there(app: Flask, move: Move) -> None:
    old_payroll, transfer = move.stranger, move.schedule()
    give_role(move.session, move.now, old_payroll, Role.PAYROLL_OFFICER, move.hmrc.id)
    begun(app, move, transfer)
    for who, status in (
        (old_payroll, 404),
        (move.home_office_officer, 403),
        (move.hmrc_officer, 403),
        (move.employee, 403),
    ):
        for page in ("payroll", "first-pay"):
            answer = sign_in(app, who).open(f"/transfers/{transfer.id}/{page}")
            assert answer.status_code == status, (who, page)
            assert "A-77" not in answer.text
