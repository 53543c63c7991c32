"""Payroll's checklist of a bulk move: what is handed on, what is missing of whom, and all the others."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from flask import Flask

from app.database import transaction
from profiles.people.models import SensitiveMark
from profiles.roles.models import Role
from profiles.temporal import record, start_of_day
from tests.app.bulk_moves.test_pages import page_of
from tests.app.page_checks import check_page
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.support.signed_in import sign_in

HAS = dict.fromkeys(("tax", "student_loan", "bank", "advances"), "yes")


@pytest.fixture
def moving(app: Flask, now: datetime) -> Moving:
    app.config["WTF_CSRF_ENABLED"] = False
    return make_moving(app.extensions["engine"], now)


@pytest.fixture
def payroll(moving: Moving) -> UUID:
    with transaction(moving.engine) as session:
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
    return payroll


def test_payroll_takes_up_whom_it_will_pay_before_the_day(app: Flask, moving: Moving, payroll: UUID) -> None:
    move_id, lacking = moving.scheduled(), moving.people[0]
    at, pays = f"/bulk-moves/{move_id}", sign_in(app, payroll)
    checklist = page_of(pays, f"{at}/first-pays")
    assert f"{at}/payroll" in checklist
    assert "15 April 2026" in checklist
    assert "30 April 2026" in checklist
    assert "5 left, 0 with something missing" in checklist
    assert "People of bulk moves whom payroll takes up" in page_of(pays, "/tasks")
    assert "DECC-mover.number0" in page_of(pays, f"{at}/payroll")
    one = f"{at}/payroll/{moving.member(move_id, lacking).id}"
    assert "£32,000" in page_of(pays, one)
    unanswered = pays.post(one, **{**HAS, "bank": ""})
    assert unanswered.status_code == 422
    check_page(unanswered.text)
    assert pays.post(one, **{**HAS, "bank": "no"}).status_code == 303
    assert "Missing: bank details" in page_of(pays, f"{at}/payroll?show=missing")
    assert "mover.number0" not in page_of(pays, f"{at}/payroll?show=unsaid")
    assert "bank details" in page_of(sign_in(app, lacking), f"/profile/bulk-moves/{move_id}")
    assert "mover.number1" in page_of(pays, f"{at}/payroll?q=number1")
    assert "mover.number1" not in page_of(pays, f"{at}/payroll?q=number2")
    assert "is found by this" in page_of(pays, f"{at}/payroll?q=nobody")
    assert "all the others: 4" in page_of(pays, f"{at}/payroll")
    assert pays.post(f"{at}/payroll/rest", shown="5").status_code == 409
    assert pays.post(f"{at}/payroll/rest", shown="4").status_code == 303
    assert "0 left, 1 with something missing" in page_of(pays, f"{at}/first-pays")
    assert pays.post(one, **HAS).status_code == 303
    assert "There is nothing left to take up" in page_of(pays, f"{at}/payroll")
    assert "bank details" not in page_of(sign_in(app, lacking), f"/profile/bulk-moves/{move_id}")


def test_the_own_line_is_left_to_a_colleague(app: Flask, moving: Moving) -> None:
    move_id, own = moving.scheduled(), moving.people[0]
    with transaction(moving.engine) as session:
        give_role(session, moving.now, own, Role.PAYROLL_OFFICER, moving.beis.id)
    at, pays = f"/bulk-moves/{move_id}/payroll", sign_in(app, own)
    assert "a colleague says it" not in page_of(pays, at)
    assert pays.post(f"{at}/rest", shown="4").status_code == 303
    page = page_of(pays, at)
    assert "Only your own line is left: a colleague says it" in page
    assert "all the others:" not in page


def test_nobody_is_taken_up_any_more_once_the_first_pay_is_due(
    app: Flask, moving: Moving, payroll: UUID
) -> None:
    moving.scheduled()
    moving.now = start_of_day(START) + timedelta(hours=9)
    moving.work()
    for days, asked in ((29, True), (30, False)):
        app.config["CLOCK"] = lambda days=days: start_of_day(START) + timedelta(days=days, hours=9)
        page = page_of(sign_in(app, payroll), "/tasks")
        assert ("whom payroll takes up" in page) is asked
        assert "First pays after bulk moves" in page


def test_hr_of_the_new_organisation_reads_how_far_payroll_is(
    app: Flask, moving: Moving, payroll: UUID
) -> None:
    at = f"/bulk-moves/{moving.scheduled()}"
    said = "By 15 April 2026. It has what it needs of 0, lacks something of 0, and has said nothing yet of 5."
    assert said in page_of(sign_in(app, moving.beis_officer), at)
    assert sign_in(app, payroll).post(f"{at}/payroll/rest", shown="5").status_code == 303
    assert "It has what it needs of 5," in page_of(sign_in(app, moving.beis_officer), at)
    assert "What payroll needs" not in page_of(sign_in(app, moving.decc_officer), at)


def test_payroll_finds_whose_first_pay_is_wrong_by_name(app: Flask, moving: Moving, payroll: UUID) -> None:
    move_id = moving.scheduled()
    moving.now = start_of_day(START) + timedelta(days=30)
    moving.work()
    app.config["CLOCK"] = lambda: moving.now
    path, pays = f"/bulk-moves/{move_id}/first-pays", sign_in(app, payroll)
    assert "Mover Number1" in page_of(pays, f"{path}?q=number1")
    assert "Mover Number1" not in page_of(pays, f"{path}?q=number2")
    assert "is found by this" in page_of(pays, f"{path}?q=nobody")


def test_what_is_handed_on_is_a_file_without_who_is_marked_sensitive(
    app: Flask, moving: Moving, payroll: UUID
) -> None:
    move_id, hidden = moving.scheduled(), moving.people[0]
    with transaction(moving.engine) as session:
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        record(session, SensitiveMark(person_id=hidden, organisation_id=moving.decc.id, **stamp))
    pays = sign_in(app, payroll)
    assert "DECC-mover.number0" not in page_of(pays, f"/bulk-moves/{move_id}/payroll")
    lines = list(csv.DictReader(StringIO(pays.open(f"/bulk-moves/{move_id}/payroll.csv").text)))
    assert len(lines) == 4
    [one] = [line for line in lines if line["number"] == "DECC-mover.number1"]
    assert (one["salary"], one["start_date"], one["hours_percent"]) == ("32000.00", "2026-04-01", "100")
    assert "DECC-mover.number0" not in {line["number"] for line in lines}


def test_payroll_reads_nothing_of_anybody_before_the_move_is_recorded(
    app: Flask, moving: Moving, payroll: UUID
) -> None:
    at, pays = f"/bulk-moves/{(move_id := moving.validated())}", sign_in(app, payroll)
    page = page_of(pays, f"{at}/payroll")
    assert "This does not wait for you now" in page
    assert "mover.number0" not in page
    assert len(pays.open(f"{at}/payroll.csv").text.splitlines()) == 1
    one = page_of(pays, f"{at}/payroll/{moving.member(move_id, moving.people[0]).id}")
    assert "£32,000" not in one


@pytest.mark.parametrize("who", ["beis_officer", "decc_officer"])
def test_payroll_alone_opens_these_pages(app: Flask, moving: Moving, who: str) -> None:
    move_id = moving.scheduled()
    other = sign_in(app, getattr(moving, who))
    member_id = moving.member(move_id, moving.people[0]).id
    for below in ("payroll", "payroll.csv", f"payroll/{member_id}"):
        assert other.open(f"/bulk-moves/{move_id}/{below}").status_code in (403, 404)
