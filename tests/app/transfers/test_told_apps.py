"""HR shows an auditor whether the apps know of a move: a receipt for each app whose access it ended."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update
from sqlmodel import select

from app import access_changes
from app.database import transaction
from identity.clients.models import Client
from identity.clients.service import register
from identity.sessions import service as sessions
from identity.sessions.service import Limits
from profiles.apps.models import App
from profiles.outbox.delivery import acknowledge
from profiles.outbox.models import OutboxMessage
from profiles.transfers import restarting
from profiles.transfers.models import Transfer
from profiles.transfers.service import advance_due
from tests.app.page_checks import check_page
from tests.factories.organisations import INITIATOR
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

AFTER = datetime(2026, 3, 14, 9, tzinfo=UTC)
"""The day after the last one."""
LIMITS = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))


class Party:
    def __init__(self, client_id: str, app_id: UUID) -> None:
        self.client_id, self.app_id = client_id, app_id


@pytest.fixture
def path(app: Flask, move: Move) -> str:
    """The receipts of a move whose last day is over."""
    path = f"/transfers/{move.schedule().id}/receipts"
    move.session.commit()
    app.config["CLOCK"] = lambda: AFTER
    return path


def use_tax_desk(move: Move, name: str = "Tax Desk") -> None:
    """The employee is signed in there before they leave."""
    app_id = move.session.exec(select(App.id).where(App.name == name)).one()
    client = register(
        move.session,
        move.now,
        INITIATOR,
        client_name=name,
        app_id=app_id,
        redirect_uris=["https://tax.example/callback"],
        backchannel_logout_uri="https://tax.example/logout",
        development=False,
    )
    token = sessions.start(move.session, move.now, person_id=move.employee, limits=LIMITS)
    signed_in = sessions.find_signed_in(move.session, token, move.now)
    assert signed_in is not None
    party = Party(client.client_id, app_id)
    sessions.join_client(move.session, signed_in, party, "sub", ["caseworker"], move.now)
    move.session.commit()


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_old_departments_hr_shows_the_receipt_of_its_app(app: Flask, move: Move, path: str) -> None:
    use_tax_desk(move)
    engine = app.extensions["engine"]
    hr = sign_in(app, move.hmrc_officer)
    assert "A session is open there" in hr.open(path).text
    access_changes.turn(engine, AFTER)
    with transaction(engine) as session:
        told = session.exec(select(OutboxMessage.id).where(OutboxMessage.app_id != None)).one()  # noqa: E711
        acknowledge(session, told, AFTER)
    page = hr.open(path).text
    check_page(page)
    assert "Tax Desk" in page
    assert "Acknowledged" in page
    (line,) = lines(hr.open(f"{path}.csv").text)
    assert (line["app"], line["access"], line["outcome"]) == ("Tax Desk", "ends", "acknowledged")
    assert line["acknowledged_at"] == AFTER.isoformat()
    assert "Priya" not in hr.open(f"{path}.csv").text
    check_page(hr.open(path.removesuffix("/receipts")).text)


def test_what_was_sent_when_they_left_is_shown_when_the_last_day_was_a_later_one(
    app: Flask, move: Move, path: str
) -> None:
    use_tax_desk(move)
    access_changes.turn(app.extensions["engine"], AFTER)
    advance_due(move.session, AFTER)
    move.now = AFTER + timedelta(days=3)
    advance_due(move.session, move.now)
    transfer = move.session.exec(select(Transfer)).one()

    def by(officer_id: UUID) -> dict[str, Any]:
        known = {"transfer_id": transfer.id, "permissions": move.permissions(officer_id)}
        return known | {"session": move.session, "now": move.now, "officer_id": officer_id}

    restarting.ask(**by(move.preparer), start_date=transfer.start_date, last_day=date(2026, 3, 15))
    restarting.decide(**by(move.hmrc_officer), agreed=True, seen=restarting.shown(transfer))
    move.session.commit()
    app.config["CLOCK"] = lambda: move.now
    (line,) = lines(sign_in(app, move.hmrc_officer).open(f"{path}.csv").text)
    assert (line["turned_at"][:10], line["written_at"][:10]) == ("2026-03-16", "2026-03-14")


def test_an_app_without_a_session_had_nothing_to_end(app: Flask, move: Move, path: str) -> None:
    hr = sign_in(app, move.hmrc_officer)
    assert "No session was open there" in hr.open(path).text
    (line,) = lines(hr.open(f"{path}.csv").text)
    assert (line["outcome"], line["turned_at"]) == ("no_session", "2026-03-14T00:00:00+00:00")


def test_an_app_that_takes_no_messages_is_not_said_to_know(app: Flask, move: Move, path: str) -> None:
    use_tax_desk(move)
    move.session.execute(update(Client).values(backchannel_logout_uri=None))
    move.session.commit()
    access_changes.turn(app.extensions["engine"], AFTER)
    assert "The app takes no messages" in sign_in(app, move.hmrc_officer).open(path).text


def test_the_new_department_sees_nothing_of_the_old_ones_apps(app: Flask, move: Move, path: str) -> None:
    page = sign_in(app, move.home_office_officer).open(path).text
    check_page(page)
    assert "Tax Desk" not in page
    assert sign_in(app, move.stranger).open(path).status_code == 404
    assert sign_in(app, move.stranger).open(f"{path}.csv").status_code == 404


def test_before_the_last_day_is_over_there_is_nothing_to_show(app: Flask, move: Move, path: str) -> None:
    app.config["CLOCK"] = lambda: move.now
    page = sign_in(app, move.hmrc_officer).open(path).text
    check_page(page)
    assert "No access has ended yet" in page
