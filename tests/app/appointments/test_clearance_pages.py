"""The clearance that the post of somebody who comes back needs, as HR and a security officer see it."""

import pytest
from flask import Flask
from sqlmodel import select

from app.config import Settings
from app.worker import Worker
from profiles.appointments.models import Appointment
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.temporal import current
from tests.app.page_checks import check_page
from tests.factories.returners import approve, grant, make_appointment, security_officer
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


@pytest.fixture
def path(left: Move) -> str:
    """That of an appointment which the person has accepted, to a post that needs SC."""
    security_officer(left)
    found = make_appointment(left, required_level=ClearanceLevel.SC).id
    left.session.commit()
    return f"/appointments/{found}"


@pytest.fixture
def security(app: Flask, left: Move, path: str) -> Visitor:
    officer = security_officer(left)
    left.session.commit()
    return sign_in(app, officer)


@pytest.fixture
def second(app: Flask, left: Move) -> Visitor:
    return sign_in(app, left.home_office_officer)


def test_hr_read_what_is_missing_until_a_security_officer_has_said(
    left: Move, path: str, security: Visitor, second: Visitor
) -> None:
    page = second.open(path).text
    check_page(page)
    assert "Waits for the clearance" in page
    assert "The post needs SC" in page
    assert f"{path}/approve" not in page
    assert "not there yet, nor a dispensation" in second.open(f"{path}/approve").text
    assert "Approve or refuse an appointment" not in second.open("/tasks").text

    tasks = security.open("/tasks").text
    assert "Say how the clearance stands that a post needs" in tasks
    assert f"{path}/clearance" in tasks
    check_page(security.open(f"{path}/clearance").text)
    assert security.submit(f"{path}/clearance", said="applied").status_code == 303
    assert "It is applied for." in second.open(path).text

    granted = {"said": "granted", "decided_on": ["20", "4", "2026"]}
    assert security.submit(f"{path}/clearance", **granted).status_code == 303
    assert "Say how the clearance stands" not in security.open("/tasks").text
    settled = security.open(f"{path}/clearance").text
    check_page(settled)
    assert "does not wait for you now" in settled
    assert "ask HR to cancel the appointment" in settled
    page = second.open(f"{path}/approve").text
    check_page(page)
    assert "It is granted." in page
    assert "Approve or refuse an appointment" in second.open("/tasks").text


def test_a_dispensation_is_shown_to_whoever_approves(path: str, security: Visitor, second: Visitor) -> None:
    wrong = security.submit(f"{path}/clearance", said="dispensed", mitigations="", until=["30", "9", "2026"])
    assert wrong.status_code == 422
    check_page(wrong.text)
    assert 'href="#mitigations"' in wrong.text
    assert 'value="2026"' in wrong.text
    said = {"said": "dispensed", "mitigations": "Never alone", "until": ["30", "9", "2026"]}
    assert security.submit(f"{path}/clearance", **said).status_code == 303
    page = second.open(f"{path}/approve").text
    check_page(page)
    assert "Never alone" in page
    assert "30 September 2026" in page


def test_it_is_a_security_officers_page_alone(app: Flask, left: Move, path: str, second: Visitor) -> None:
    assert second.open(f"{path}/clearance").status_code == 403
    elsewhere = left.security_officer()
    left.session.commit()
    assert sign_in(app, elsewhere).open(f"{path}/clearance").status_code == 404
    assert left.session.exec(select(Appointment.clearance_said)).one() is None
    left.session.rollback()


def test_hr_read_that_nobody_can_say_it(left: Move, second: Visitor) -> None:
    found = make_appointment(left, required_level=ClearanceLevel.SC).id
    left.session.commit()
    page = second.open(f"/appointments/{found}").text
    check_page(page)
    assert "Nobody is a security officer there" in page


def test_an_agreed_one_whose_clearance_is_lost_says_so_until_the_worker_has_looked(
    app: Flask, settings: Settings, left: Move, path: str, second: Visitor, security: Visitor
) -> None:
    found = left.session.exec(select(Appointment)).one()
    approve(left, grant(left, found))
    (held,) = current(left.session, Clearance, left.now, left.now, person_id=left.employee)
    held.status = ClearanceStatus.SUSPENDED
    left.session.add(held)
    left.session.commit()
    page = second.open(path).text
    check_page(page)
    assert "their clearance is not there any more" in page
    assert "It is granted." not in page
    assert Worker(settings, app.extensions["engine"], lambda: left.now).once()
    page = second.open(path).text
    check_page(page)
    assert "Waits for the clearance" in page
    for shown in (page, security.open(f"{path}/clearance").text):
        assert "It is granted." not in shown
        assert "It was granted, and is not there any more" in shown
