"""HR changes on pages what a grade stands for, and a security officer decides."""

from typing import Any

import pytest
from flask import Flask
from sqlmodel import select

from profiles.access_policy.models import PolicyChange
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade
from profiles.roles.models import Role
from profiles.temporal import current
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


def held(move: Move) -> tuple[str, str, CommonGrade | None]:
    """The grade's permanent id, that of its version, and what it stands for."""
    where = {"organisation_id": move.hmrc.id, "label": "Higher Officer"}
    found = current(move.session, LocalGrade, move.now, move.now, **where)[0]
    said = str(found.fact_id), str(found.id), found.common_grade
    move.session.rollback()
    return said


@pytest.mark.looks_at("organisations/grade.html")
def test_a_changed_grade_waits_for_a_security_officer(app: Flask, move: Move) -> None:
    security = make_employee(move.session, move.now, move.hmrc, "sid.security").person_id
    give_role(move.session, move.now, security, Role.SECURITY_OFFICER, move.hmrc.id)
    move.session.commit()
    hr, officer = sign_in(app, move.hmrc_officer), sign_in(app, security)
    grade_id, version, _grade = held(move)
    path = f"/organisations/grades/{grade_id}/change"
    typed: dict[str, Any] = {
        "common_grade": "G7",
        "first_day": ["2", "3", "2026"],
        "reason": "The new pay structure",
        "version": version,
    }
    check_page(hr.open("/organisations/grades").text)
    check_page(hr.open(path).text)
    bad = hr.submit(path, **(typed | {"common_grade": "HEO"}))
    check_page(bad.text)
    assert (bad.status_code, "stands for that already" in bad.text) == (422, True)
    checked = hr.submit(path, **typed)
    check_page(checked.text)
    assert "Patel, Priya" in checked.text
    assert hr.submit(path, **typed, checked="yes").status_code == 303
    assert "A change waits" in hr.open("/organisations/grades").text
    one = f"/apps/changes/{move.session.exec(select(PolicyChange.id)).one()}"
    move.session.rollback()
    assert hr.open(one).status_code == 403
    for listed in ("/apps/changes", one):
        check_page(officer.open(listed).text)
    assert held(move)[2] is CommonGrade.HEO
    assert officer.submit(f"{one}/approve", page=one).status_code == 303
    assert held(move)[2] is CommonGrade.G7


def test_nobody_changes_the_grades_of_another_organisation(app: Flask, move: Move) -> None:
    grade_id = held(move)[0]
    move.session.commit()
    assert sign_in(app, move.preparer).open(f"/organisations/grades/{grade_id}/change").status_code == 404
    assert sign_in(app, move.employee).open("/organisations/grades").status_code == 403
