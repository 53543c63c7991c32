"""The pages on which payroll sets its cut-off day."""

import pytest
from flask import Flask

from app.transfers import cutting_off
from tests.app.page_checks import check_page
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

PATH = "/transfers/cut-off"


def test_payroll_sets_the_day_of_its_own_organisation(app: Flask, move: Move) -> None:
    officer = move.payroll_officer()
    move.session.commit()
    payroll = sign_in(app, officer)
    page = payroll.open(PATH).text
    check_page(page)
    assert "Not set" in page
    form = f"{PATH}/{move.home_office.id}"
    check_page(payroll.open(form).text)
    assert payroll.submit(form, day="12").location == PATH
    assert "Set by your payroll" in payroll.open(PATH).text
    assert 'value="12"' in payroll.open(form).text


def test_the_same_day_again_moves_nothing_that_is_due(
    app: Flask, move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = move.payroll_officer()
    move.session.commit()
    payroll, followed = sign_in(app, officer), list[object]()
    monkeypatch.setattr(cutting_off.appointment_tasks, "follow_cut_offs", lambda *_: followed.append(1) or [])
    for day, times in (("", 0), ("12", 1), ("12", 1), ("", 2)):
        payroll.submit(f"{PATH}/{move.home_office.id}", day=day)
        assert len(followed) == times


def test_a_wrong_day_is_said_at_its_field_and_kept(app: Flask, move: Move) -> None:
    officer = move.payroll_officer()
    move.session.commit()
    payroll = sign_in(app, officer)
    answer = payroll.submit(f"{PATH}/{move.home_office.id}", day="31")
    assert answer.status_code == 422
    check_page(answer.text)
    assert "Enter a day from 1 to 28" in answer.text
    assert 'value="31"' in answer.text


def test_another_organisation_is_none_that_there_is(app: Flask, move: Move) -> None:
    officer = move.payroll_officer()
    move.session.commit()
    payroll = sign_in(app, officer)
    assert payroll.open(f"{PATH}/{move.hmrc.id}").status_code == 404
    assert sign_in(app, move.preparer).open(PATH).status_code == 403
