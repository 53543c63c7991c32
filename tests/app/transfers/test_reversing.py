"""Either department begins a move back, from the page of the move that happened."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlmodel import col, select

from profiles.employments.models import Posting
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import WorkAddress
from profiles.temporal import current
from profiles.transfers.models import Transfer
from profiles.transfers.service import advance_due
from tests.app.page_checks import check_page
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

TYPED = {"start_date": ["16", "3", "2026"], "last_day": ["", "", ""]}


@pytest.fixture
def moved(move: Move) -> str:
    """The page of a move that happened today."""
    (posting,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    stamp = PROVENANCE.stamp(move.now, LONG_AGO) | {
        "person_id": move.employee,
        "organisation_id": move.hmrc.id,
    }
    pay = PayRecord(
        employment_id=posting.employment_id,
        salary_pence=3_200_000,
        pay_reason=PayReason.AWARD,
        **stamp,
    )
    move.session.add_all([pay, WorkAddress(address="p.patel@hmrc.gov.uk", **stamp)])
    move.session.flush()
    transfer = move.schedule(start_date=date(2026, 3, 2), last_day=date(2026, 3, 1))
    advance_due(move.session, move.now)
    path = f"/transfers/{transfer.id}"
    move.session.commit()
    return path


def test_it_begins_and_the_two_moves_lead_to_each_other(app: Flask, move: Move, moved: str) -> None:
    officer = sign_in(app, move.hmrc_officer)
    page = officer.open(moved).text
    check_page(page)
    assert f"{moved}/reverse" in page
    check_page(officer.open(f"{moved}/reverse").text)
    wrong = officer.submit(f"{moved}/reverse", **TYPED | {"start_date": ["1", "1", "2026"]})
    assert wrong.status_code == 422
    check_page(wrong.text)
    made = officer.submit(f"{moved}/reverse", **TYPED)
    assert made.status_code == 303
    back = made.headers["Location"]
    shown = officer.open(back).text
    check_page(shown)
    assert moved in shown
    first = officer.open(moved).text
    assert back in first
    assert f"{moved}/reverse" not in first
    again = officer.submit(f"{moved}/reverse", **TYPED)
    assert (again.status_code, "already" in again.text) == (422, True)
    made_by = select(Transfer.prepared_by).where(col(Transfer.reverses_id).is_not(None))
    assert move.session.exec(made_by).all() == [move.hmrc_officer]


def test_the_other_department_may_and_a_third_and_the_employee_may_not(
    app: Flask, move: Move, moved: str
) -> None:
    for who, status in (("preparer", 200), ("stranger", 404)):
        assert sign_in(app, getattr(move, who)).open(f"{moved}/reverse").status_code == status
    assert sign_in(app, move.employee).open(f"{moved}/reverse").status_code in (403, 404)


def test_that_they_never_came_is_said_without_dates(app: Flask, move: Move, moved: str) -> None:
    officer = sign_in(app, move.hmrc_officer)
    none = {"start_date": ["", "", ""], "last_day": ["", "", ""]}
    empty = officer.submit(f"{moved}/reverse", **none)
    assert (empty.status_code, 'href="#start_date-day"' in empty.text) == (422, True)
    check_page(empty.text)
    too_soon = officer.submit(f"{moved}/reverse", **none, never_came="y")
    assert (too_soon.status_code, "Say tomorrow" in too_soon.text) == (422, True)
    check_page(too_soon.text)
    app.config["CLOCK"] = lambda: move.now + timedelta(days=1)
    made = sign_in(app, move.hmrc_officer).submit(f"{moved}/reverse", **none, never_came="y")
    assert made.status_code == 303
    shown = sign_in(app, move.hmrc_officer).open(made.headers["Location"]).text
    check_page(shown)
    assert "The earlier move, by which they never came" in shown
