"""HR shows an auditor whether the apps know of a loan: at home when it begins, at the host when it ends."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlmodel import col, select

from app import access_changes
from app.database import transaction
from profiles.loans import restarting
from profiles.loans.models import Loan, LoanState
from profiles.outbox.delivery import acknowledge
from profiles.outbox.models import MessageKind, OutboxMessage
from tests.app.page_checks import check_page
from tests.app.transfers.test_told_apps import lines, use_tax_desk
from tests.factories.loans import Lending
from tests.support.signed_in import sign_in


@pytest.fixture
def path(app: Flask, lending: Lending) -> str:
    """The receipts of a loan whose last day is over, of somebody who used an app of the host."""
    use_tax_desk(lending.move)
    loan = lending.until(LoanState.ON_LOAN)
    lending.move.session.commit()
    access_changes.turn(app.extensions["engine"], lending.move.now + timedelta(minutes=1))
    lending.move.now += timedelta(hours=3)
    use_tax_desk(lending.move, "Visa Desk")
    lending.move.now = loan.ends_at + timedelta(hours=9)
    lending.move.session.commit()
    app.config["CLOCK"] = lambda: lending.move.now
    return f"/loans/{loan.id}/receipts"


def test_the_host_shows_the_receipt_of_its_app_and_home_those_of_its_own(
    app: Flask, lending: Lending, path: str
) -> None:
    engine, host = app.extensions["engine"], sign_in(app, lending.move.home_office_officer)
    assert "A session is open there" in host.open(path).text
    access_changes.turn(engine, lending.move.now)
    with transaction(engine) as session:
        logouts = select(OutboxMessage.id).where(OutboxMessage.kind == MessageKind.LOGOUT)
        last = session.exec(logouts.order_by(col(OutboxMessage.id).desc())).first()
        assert last is not None
        acknowledge(session, last, lending.move.now)
    page = host.open(path).text
    check_page(page)
    assert "Acknowledged" in page
    assert "Tax Desk" not in page
    line = next(one for one in lines(host.open(f"{path}.csv").text) if one["app"] == "Visa Desk")
    assert (line["access"], line["outcome"]) == ("ends", "acknowledged")
    home = sign_in(app, lending.move.hmrc_officer)
    page = home.open(path).text
    check_page(page)
    assert "When the loan began" in page
    assert "Visa Desk" not in page
    assert "Priya" not in home.open(f"{path}.csv").text
    assert path in home.open(path.removesuffix("/receipts")).text
    assert sign_in(app, lending.move.stranger).open(path).status_code == 404
    assert sign_in(app, lending.move.stranger).open(f"{path}.csv").status_code == 404


def test_what_was_sent_on_the_agreed_day_is_shown_when_they_began_later(
    app: Flask, lending: Lending, path: str
) -> None:
    loan = lending.move.session.exec(select(Loan)).one()
    host, home = lending.move.home_office_officer, lending.move.hmrc_officer
    restarting.ask(**lending.as_officer(host), loan_id=loan.id, start_date=date(2026, 3, 19))
    seen = restarting.shown(loan)
    restarting.answer(**lending.as_officer(home), loan_id=loan.id, agreed=True, seen=seen)
    lending.move.session.commit()
    found = lines(sign_in(app, home).open(f"{path}.csv").text)
    [told] = [one for one in found if one["app"] == "Tax Desk" and one["turned_at"].startswith("2026")]
    assert (told["turned_at"][:10], told["written_at"][:10]) == ("2026-03-19", "2026-03-16")


def test_before_it_begins_there_is_nothing_to_show(app: Flask, lending: Lending) -> None:
    loan = lending.until(LoanState.SCHEDULED)
    path = f"/loans/{loan.id}"
    lending.move.session.commit()
    officer = sign_in(app, lending.move.home_office_officer)
    assert f"{path}/receipts" not in officer.open(path).text
    page = officer.open(f"{path}/receipts").text
    check_page(page)
    assert "No access has turned yet" in page
