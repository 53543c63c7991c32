"""HR shows an auditor what each of their apps was told about the people of a bulk move."""

import csv
import io
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask

from app.database import transaction
from profiles.outbox.models import MessageKind
from profiles.outbox.service import enqueue
from profiles.roles.models import Role
from profiles.temporal import start_of_day
from tests.app.page_checks import check_page
from tests.factories.apps import make_app
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.people import give_role, make_employee
from tests.support.signed_in import sign_in

TURNED = start_of_day(START)


@pytest.fixture
def moving(app: Flask, now: datetime) -> Moving:
    return make_moving(app.extensions["engine"], now)


@pytest.fixture
def path(app: Flask, moving: Moving) -> str:
    """All of DECC has moved; DECC's app knows it of one of them, and not yet of another."""
    move_id = moving.scheduled()
    moving.now = TURNED + timedelta(hours=9)
    moving.work()
    app.config["CLOCK"] = lambda: moving.now
    told, untold, *_others = moving.people
    with transaction(moving.engine) as session:
        app_id = make_app(session, moving.now, moving.decc, "Energy Desk").id

        def tell(person_id: UUID, at: datetime) -> None:
            enqueue(
                session,
                MessageKind.LOGOUT,
                {},
                reason="Access to this app ended or changed.",
                now=at,
                app_id=app_id,
                person_id=person_id,
                overdue_after=timedelta(minutes=1),
            ).acknowledged_at = at if person_id == told else None

        tell(told, TURNED)
        tell(untold, TURNED)
        tell(untold, TURNED - timedelta(days=1))  # a sign-out of the day before
        tell(moving.beis_officer, TURNED)  # somebody who was there already
    return f"/bulk-moves/{move_id}/receipts"


def test_each_message_about_those_who_moved_is_counted(app: Flask, moving: Moving, path: str) -> None:
    with transaction(moving.engine) as session:  # DECC's officers have moved with the others
        officer = make_employee(session, moving.now, moving.decc, "rita.remains").person_id
        give_role(session, moving.now, officer, Role.HR_OFFICER, moving.decc.id)
    hr = sign_in(app, officer)
    page = hr.open(path).text
    check_page(page)
    assert "Energy Desk" in page
    assert "Whether your apps know" in hr.open(path.removesuffix("/receipts")).text
    lines = list(csv.DictReader(io.StringIO(hr.open(f"{path}.csv").text)))
    assert sorted((line["app"], line["outcome"]) for line in lines) == [
        ("Energy Desk", "acknowledged"),
        ("Energy Desk", "overdue"),
    ]


def test_the_new_department_sees_nothing_of_the_old_ones_apps(app: Flask, moving: Moving, path: str) -> None:
    hr = sign_in(app, moving.beis_officer)
    page = hr.open(path).text
    check_page(page)
    assert "Energy Desk" not in page
    assert "Energy Desk" not in hr.open(f"{path}.csv").text


def test_before_the_day_nothing_is_said(app: Flask, moving: Moving) -> None:
    page = sign_in(app, moving.decc_officer).open(f"/bulk-moves/{moving.scheduled()}/receipts").text
    check_page(page)
    assert "No access has ended yet" in page
