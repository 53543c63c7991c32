"""Payroll reads what was corrected after a bulk move on a page and in a file, and takes it up."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlmodel import select

from app.access_changes import settle_people
from app.database import transaction
from profiles.audit.models import AuditEntry
from profiles.employments.models import Employment
from profiles.pay.models import PayRecord
from profiles.people import sensitive
from profiles.roles.models import Role
from profiles.temporal import Provenance, current, replace, start_of_day
from tests.app.bulk_moves.test_pages import page_of
from tests.app.test_moves_accessible import Reader
from tests.factories.bulk_moves import START, Moving
from tests.factories.people import give_role, make_employee
from tests.support.signed_in import sign_in

BY_HR = Provenance(None, "page", "it was wrong")


def corrected(app: Flask, moving: Moving) -> tuple[UUID, UUID, str]:
    """Payroll of both, and the path of a move of whose first two people something was corrected."""
    with transaction(moving.engine) as session:
        new = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, new, Role.PAYROLL_OFFICER, moving.beis.id)
        old = make_employee(session, moving.now, moving.beis, "pat.pays").person_id
        give_role(session, moving.now, old, Role.PAYROLL_OFFICER, moving.decc.id)
    path = f"/bulk-moves/{moving.scheduled()}"
    moving.now = start_of_day(START) + timedelta(hours=9)
    moving.work()
    app.config["CLOCK"] = lambda: moving.now
    moving.now += timedelta(days=2)
    people = moving.people[:2]
    with transaction(moving.engine) as session:
        for person_id in people:
            held = current(session, PayRecord, moving.now, moving.now, person_id=person_id)[0]
            replace(session, held, moving.now, BY_HR, salary_pence=3_312_300)
        begun = current(session, Employment, moving.now, moving.now, person_id=people[0])[0]
        replace(session, begun, moving.now, BY_HR, valid_from=begun.valid_from + timedelta(days=1))
        settle_people(session, people, moving.now, "A record was changed.")
    return new, old, path


def test_the_list_is_taken_up_person_by_person_and_at_once(app: Flask, moving: Moving) -> None:
    new, old, path = corrected(app, moving)
    officer = sign_in(app, new)
    at = f"{path}/pay-corrections"
    assert f'href="{at}?side=importing"' in page_of(officer, "/transfer-tasks")
    assert "2 people" in page_of(officer, "/tasks")
    assert "Corrected: take it up first" in page_of(officer, f"{path}/first-pays")
    member = moving.member(UUID(path.rpartition("/")[2]), moving.people[0])
    assert "was corrected" in page_of(officer, f"{path}/first-pays/{member.id}")
    listed = page_of(officer, f"{at}?side=importing")
    assert "Start date, Yearly salary" in listed
    of_one = re.findall(rf'href="({at}/[^"]*)"', listed)
    assert len(of_one) == 2
    page = page_of(officer, of_one[0])
    assert "33,123" in page
    assert officer.submit(of_one[0]).location == f"{at}?side=importing"
    assert len(re.findall(rf'href="({at}/[^"]*)"', page_of(officer, f"{at}?side=importing"))) == 1
    assert officer.submit(f"{at}?side=importing").location == "/transfer-tasks"
    assert "nothing left to take up" in page_of(officer, f"{at}?side=importing")
    assert "take it up first" not in page_of(officer, f"{path}/first-pays")
    for who, side in ((new, "exporting"), (old, "importing"), (new, "")):
        assert sign_in(app, who).open(f"{at}?side={side}").status_code == 404


def test_the_file_says_what_was_told_and_what_is_right_and_to_the_old_payroll_the_date_alone(
    app: Flask, moving: Moving
) -> None:
    new, old, path = corrected(app, moving)
    both = sign_in(app, new).open(f"{path}/pay-corrections.csv?side=importing").text.splitlines()
    assert both[0].endswith("salary_told,salary_right,hours_told,hours_right,first_pay_confirmed")
    assert len(both) == 3
    assert all("32000.00,33123.00,100,100,no" in line for line in both[1:])
    dates = sign_in(app, old).open(f"{path}/pay-corrections.csv?side=exporting").text.splitlines()
    assert dates[0] == "name,number,start_date_told,start_date_right"
    assert [line.split(",", 2)[2] for line in dates[1:]] == ["2026-04-01,2026-04-02"]


def test_the_correction_of_somebody_marked_sensitive_is_written_down_as_opened(
    app: Flask, moving: Moving
) -> None:
    new, _, path = corrected(app, moving)
    at, marked = f"{path}/pay-corrections", moving.people[1]
    with transaction(moving.engine) as session:
        about = {"organisation_id": moving.beis.id, "officer_id": new, "reason": "Witness protection"}
        sensitive.mark(session, moving.now, person_id=marked, **about)
    officer = sign_in(app, new)
    for one in re.findall(rf'href="({at}/[^"]*)"', page_of(officer, f"{at}?side=importing")):
        page_of(officer, one)
    with transaction(moving.engine, writes=False) as session:
        opened = select(AuditEntry).where(AuditEntry.event == "person.sensitive_record_opened")
        assert {one.person_id for one in session.exec(opened)} == {marked}


@pytest.mark.looks_at("bulk_moves/pay_corrections.html", "transfers/pay_correction.html")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_are_accessible(app: Flask, moving: Moving, page: Page) -> None:
    new, old, path = corrected(app, moving)
    reader = Reader(app, page)
    for who, side in ((new, "importing"), (old, "exporting")):
        at = f"{path}/pay-corrections?side={side}"
        reader.reads(who, at)
        [of_one, *_] = re.findall(rf'href="({path}/pay-corrections/[^"]*)"', sign_in(app, who).open(at).text)
        reader.reads(who, of_one)
