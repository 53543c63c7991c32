"""Payroll reads what was corrected after a start, takes it up, and only then confirms the first pay."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from profiles.pay.models import PayRecord
from profiles.temporal import Provenance, current, replace
from profiles.transfers import pay_corrections
from profiles.transfers.service import advance_due
from tests.app.page_checks import check_page
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


@pytest.mark.looks_at("transfers/pay_correction.html")
def test_what_was_corrected_is_taken_up_before_the_first_pay(app: Flask, move: Move) -> None:
    payroll = move.payroll_officer()
    path = f"/transfers/{move.schedule(start_date=date(2026, 3, 3), last_day=None).id}"
    move.session.commit()
    sign_in(app, payroll).submit(f"{path}/payroll", tax="y", student_loan="y", bank="y", advances="y")
    app.config["CLOCK"] = lambda: NOW
    advance_due(move.session, NOW)
    held = current(move.session, PayRecord, NOW, NOW, person_id=move.employee)[0]
    replace(move.session, held, NOW, Provenance(None, "page", "it was wrong"), salary_pence=4_321_000)
    pay_corrections.look_at_people(move.session, [move.employee], NOW)
    move.session.commit()
    officer = sign_in(app, payroll)
    assert "was corrected" in officer.open(f"{path}/first-pay").text
    at = f"{path}/pay-correction?side=importing"
    assert f'href="{at}"' in officer.open("/transfer-tasks").text
    page = officer.open(at).text
    check_page(page)
    assert "43,210" in page
    assert officer.open(f"{path}/pay-correction?side=exporting").status_code == 404
    assert officer.open(f"{path}/pay-correction").status_code == 404
    assert officer.submit(at).location == "/transfer-tasks"
    assert "was corrected" not in officer.open(f"{path}/first-pay").text
