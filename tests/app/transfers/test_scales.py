"""Whoever offers a post sees what the grade is paid, and a salary outside of it before the offer is made."""

from __future__ import annotations

from flask import Flask
from sqlmodel import select

from profiles.pay.models import PayRecord
from profiles.transfers.facts import plan
from profiles.transfers.models import Transfer
from tests.app.page_checks import check_page
from tests.app.transfers.answers import PATH, answers
from tests.factories.pay_scales import make_scale
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


def test_the_scales_of_the_grade_offered_stand_beside_the_salary(app: Flask, move: Move) -> None:
    for location, pounds in (("London", (44_000, 48_000)), ("", (42_000, 46_000))):
        make_scale(move.session, move.now, move.home_office.id, "Senior Officer", location, pounds=pounds)
    make_scale(move.session, move.now, move.hmrc.id, "Senior Officer", "London", pounds=(1_000, 2_000))
    code = move.code()
    move.session.commit()
    visitor, typed = sign_in(app, move.preparer), answers(code, move.home_office.id)
    terms = visitor.submit(PATH, code=code)
    check_page(terms.text)
    assert "£44,000 – £48,000" in terms.text
    assert "£2,000" not in terms.text
    check = visitor.submit(f"{PATH}/terms", page=PATH, **typed)
    check_page(check.text)
    assert "London: £44,000 – £48,000; Everywhere else: £42,000 – £46,000" in check.text
    assert "The salary is below the pay scale of the grade." in check.text
    fits = visitor.submit(f"{PATH}/terms", page=PATH, **(typed | {"salary": "47000"}))
    assert "govuk-warning-text" not in fits.text
    done = visitor.submit(f"{PATH}/prepare", page=PATH, **typed)
    page = visitor.open(done.location)
    check_page(page.text)
    assert "London: £44,000 – £48,000" in page.text
    transfer_id = move.session.exec(select(Transfer.id)).one()
    move.session.rollback()
    exporter = sign_in(app, move.hmrc_officer).open(f"/transfers/{transfer_id}")
    assert "£48,000" not in exporter.text


def test_who_approves_for_the_new_department_is_told_of_a_salary_outside_the_scale(
    app: Flask, move: Move
) -> None:
    make_scale(move.session, move.now, move.home_office.id, "Senior Officer", pounds=(42_000, 46_000))
    transfer = move.begin(salary_pence=9_000_000)
    move.do_tasks(transfer)
    move.session.commit()
    path = f"/transfers/{transfer.id}/approve"
    page = sign_in(app, move.home_office_officer).open(f"{path}?side=importing").text
    check_page(page)
    assert "£42,000 – £46,000" in page
    assert "The salary is above the pay scale of the grade." in page
    page = sign_in(app, move.hmrc_officer).open(f"{path}?side=exporting").text
    check_page(page)
    assert "£42,000" not in page
    assert "govuk-warning-text" not in page


def test_the_pay_of_the_new_post_keeps_the_scale_of_its_first_day(move: Move) -> None:
    make_scale(move.session, move.now, move.home_office.id, "Senior Officer", pounds=(40_000, 46_000))
    transfer = move.prepare()
    move_plan = plan(move.session, transfer, move.now, None)
    (pay,) = [one for one in move_plan.beginning if isinstance(one, PayRecord)]
    assert (pay.scale_minimum_pence, pay.scale_maximum_pence) == (4_000_000, 4_600_000)
