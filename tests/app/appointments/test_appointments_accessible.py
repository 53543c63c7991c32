"""Each page of an appointment, in the state that it is for, on a phone, as axe-core sees it."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page

from profiles.clearances.levels import ClearanceLevel
from profiles.temporal import start_of_day
from tests.app.appointments.test_appointments_pages import typed
from tests.app.appointments.test_task_pages import DETAILS
from tests.app.test_moves_accessible import Reader, not_read
from tests.factories.move_invitations import accept
from tests.factories.pay_scales import make_scale
from tests.factories.people import make_employee
from tests.factories.returners import (
    STARTS,
    approve,
    grant,
    invite_back,
    make_appointment,
    security_officer,
)
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_of_an_appointment(app: Flask, left: Move, page: Page) -> None:
    reader, preparer, second = Reader(app, page), left.preparer, left.home_office_officer
    make_scale(left.session, left.now, left.home_office.id, "Senior Officer", pounds=(45_000, 50_000))
    invitation = accept(left, invite_back(left)).id
    left.session.commit()
    at, terms = f"/transfers/invitations/{invitation}", f"/appointments/new/{invitation}"
    sign_in(app, preparer).submit(f"{at}/confirm", page=at)
    reader.reads(preparer, "/appointments")
    reader.reads(preparer, terms)
    reader.reads(preparer, terms, **typed(salary="much"))
    reader.reads(preparer, terms, **typed())

    security = security_officer(left)
    appointment = make_appointment(left, required_level=ClearanceLevel.SC)
    left.session.commit()
    clearing = f"/appointments/{appointment.id}/clearance"
    for who, page_path in ((second, f"/appointments/{appointment.id}"), (security, clearing)):
        reader.reads(who, page_path)
    reader.reads(security, clearing, said="")
    grant(left, appointment)
    left.session.commit()
    path = f"/appointments/{appointment.id}"
    for who, page_path in (
        (preparer, path),
        (second, "/appointments"),
        (second, path),
        (second, f"{path}/approve"),
        (second, f"{path}/refuse"),
        (preparer, f"{path}/cancel"),
    ):
        reader.reads(who, page_path)
    payroll, manager = (
        left.payroll_officer(),
        make_employee(left.session, left.now, left.home_office, "nan.boss"),
    )
    approve(left, appointment)
    left.session.commit()
    reader.reads(second, path)
    reader.reads(preparer, f"{path}/line-manager")
    reader.reads(preparer, f"{path}/line-manager", address="nobody@ho.gov.uk")
    sign_in(app, preparer).submit(f"{path}/line-manager", address="nan.boss@ho.gov.uk")
    reader.reads(manager.person_id, f"{path}/first-day")
    for page_path in (f"{path}/payroll", f"{path}/first-pay"):
        reader.reads(payroll, page_path)
    sign_in(app, payroll).submit(f"{path}/payroll", **DETAILS)
    app.config["CLOCK"] = lambda: start_of_day(STARTS) + timedelta(hours=9)
    for said in ({}, {"first_pay": "no"}):
        reader.reads(payroll, f"{path}/first-pay", **said)
    assert not_read(app, reader, "appointments") - {"appointments/parts.html"} == set()
