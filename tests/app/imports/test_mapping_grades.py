"""An organisation whose grades nobody has mapped says on the page what they mean, and its files load."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from profiles.imports.records.models import ImportState
from profiles.organisations.grades import CommonGrade
from profiles.organisations.service import grades_of
from profiles.roles.models import Role
from tests.app.imports.test_pages import Office
from tests.app.page_checks import check_page
from tests.factories.records import json_lines, person_records
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

OWN = {"Ranger": CommonGrade.EO, "Warden <i>": CommonGrade.SEO, "Volunteer": None, "L" * 150: CommonGrade.G7}
CONTENT = json_lines(
    *(one for n, label in enumerate(OWN) for one in person_records(str(n), local_grade=label)),
    *person_records("9", local_grade="Ranger", valid_from="2019-02-03"),
)


@pytest.fixture
def office(app: Flask, move: Move) -> Office:
    move.session.commit()
    return Office(app, move)


def fields(page: str) -> dict[str, str]:
    """The field of each grade on the page."""
    found = re.findall(r'<label[^>]* for="(grade_\w+)"[^>]*>\s*(.*?)\s*</label>', page, re.S)
    return {html.unescape(label): name for name, label in found}


def mapped(office: Office) -> dict[str, CommonGrade | None]:
    office.move.session.rollback()
    found = grades_of(office.move.session, office.move.hmrc.id, office.move.now)
    office.move.session.rollback()
    return {label: found[label] for label in OWN if label in found}


@pytest.mark.looks_at("imports/grades.html", "imports/import.html")
def test_what_is_said_on_the_page_is_published_and_the_files_load(office: Office) -> None:
    path = office.send(CONTENT)
    page = office.officer.open(path).text
    check_page(page)
    assert f"{path}/grades" in page
    form = office.officer.open(f"{path}/grades").text
    check_page(form)
    assert "HMRC, 2 in the files" in form
    refused = office.officer.submit(
        f"{path}/grades", page=f"{path}/grades", **dict.fromkeys(fields(form).values(), "SCS9")
    )
    check_page(refused.text)
    assert refused.status_code == 422

    answers = {fields(form)[label]: OWN[label] or "none" for label in OWN}
    sent = office.officer.submit(f"{path}/grades", page=f"{path}/grades", **answers)
    assert sent.status_code == 303, sent.text
    assert mapped(office) == {}
    office.work()
    grades = str(sent.location)
    check_page(office.officer.open(grades).text)
    assert office.officer.submit(f"{grades}/publish", page=grades).status_code == 303
    office.work()

    assert mapped(office) == OWN
    assert office.officer.open(f"{path}/grades").status_code == 409
    office.send(CONTENT)
    assert office.state() is ImportState.READY


def test_what_was_said_stays_with_its_grade_when_another_is_mapped_meanwhile(office: Office) -> None:
    """Answers go by the grade, never by its place on the page, and nothing that was typed is lost."""
    path = office.send(CONTENT)
    named = fields(office.officer.open(f"{path}/grades").text)
    ranger = {"kind": "grade", "source_key": "G", "valid_from": "2010-01-01"}
    mapping = office.send(json_lines(ranger | {"label": "Ranger", "common_grade": "EO"}), source="other")
    assert office.officer.submit(f"{mapping}/publish", page=mapping).status_code == 303
    office.work()

    answers = {named[label]: OWN[label] or "none" for label in OWN}
    again = office.officer.submit(f"{path}/grades", page=f"{path}/grades", **answers)
    assert again.status_code == 422
    check_page(again.text)
    assert "have changed meanwhile" in again.text
    left = fields(again.text)
    assert left == {label: name for label, name in named.items() if label != "Ranger"}
    chosen = dict(re.findall(r'<select[^>]* name="(grade_\w+)".*?value="([^"]*)" selected', again.text, re.S))
    assert chosen == {left[label]: OWN[label] or "none" for label in left}
    sent = office.officer.submit(f"{path}/grades", page=f"{path}/grades", **chosen)
    assert sent.status_code == 303


def test_only_who_imports_there_is_asked(office: Office, app: Flask) -> None:
    path = office.send(CONTENT)
    assert sign_in(app, office.move.home_office_officer).open(f"{path}/grades").status_code == 404
    assert office.colleague(Role.SECURITY_OFFICER).open(f"{path}/grades").status_code == 403


def test_what_was_refused_for_something_else_asks_nothing(office: Office) -> None:
    path = office.send(json_lines(*person_records("1", salary_pence=-1)))
    assert f"{path}/grades" not in office.officer.open(path).text
    assert office.officer.open(f"{path}/grades").status_code == 404
