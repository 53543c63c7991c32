"""HR corrects a record on pages: form, check, record; and the second officer."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlmodel import select

from profiles.apps import service as apps
from profiles.employments.models import Employment, Posting
from profiles.organisations.grades import CommonGrade
from profiles.portable_profile.models import RecordChange
from profiles.roles.models import Role
from profiles.temporal import current
from tests.app.page_checks import check_page
from tests.factories.apps import make_app
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

TYPED: dict[str, Any] = {
    "local_grade": "Officer",
    "job_title": "Caseworker",
    "profession": "Operational Delivery",
    "first_day": ["1", "4", "2020"],
    "last_day": ["", "", ""],
    "source": "Letter of 1 March",
    "reason": "Entered wrongly",
}


def path_of(move: Move) -> tuple[str, str]:
    """The page that corrects the employee's posting, and the version that it shows."""
    held = current(move.session, Posting, move.now, move.now, person_id=move.employee)[0]
    return f"/people/{move.employee}/change/posting/{held.fact_id}/correct", str(held.id)


def an_app_for_heo(move: Move) -> None:
    app = make_app(move.session, move.now, move.hmrc)
    apps.add_rule(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        app_id=app.id,
        role_name="caseworker",
        valid_from=LONG_AGO,
        organisation_id=move.hmrc.id,
        grade_from=CommonGrade.HEO,
    )


def grade(move: Move) -> str:
    found = current(move.session, Posting, move.now, move.now, person_id=move.employee)[0].local_grade
    move.session.rollback()
    return found


def test_a_correction_is_checked_and_then_recorded(app: Flask, move: Move) -> None:
    path, version = path_of(move)
    move.session.commit()
    officer = sign_in(app, move.hmrc_officer)
    form = officer.open(path)
    check_page(form.text)
    assert 'value="Higher Officer"' in form.text
    checked = officer.submit(path, **TYPED, version=version)
    check_page(checked.text)
    assert "changes nobody" in checked.text
    assert grade(move) == "Higher Officer"
    assert officer.submit(path, **TYPED, version=version, checked="yes").status_code == 303
    assert grade(move) == "Officer"
    for shown in (version, "abc"):
        again = officer.submit(path, **TYPED, version=shown, checked="yes")
        assert (again.status_code, "changed meanwhile" in again.text) == (422, True)


def test_what_changes_access_waits_for_a_second_officer(app: Flask, move: Move) -> None:
    an_app_for_heo(move)
    path, version = path_of(move)
    second = make_employee(move.session, move.now, move.hmrc, "sam.second").person_id
    give_role(move.session, move.now, second, Role.HR_OFFICER, move.hmrc.id)
    move.session.commit()
    officer, colleague = sign_in(app, move.hmrc_officer), sign_in(app, second)
    checked = officer.submit(path, **TYPED, version=version)
    check_page(checked.text)
    assert "Casework" in checked.text
    assert "second officer" in checked.text
    officer.submit(path, **TYPED, version=version, checked="yes")
    assert grade(move) == "Higher Officer"
    change_id = move.session.exec(select(RecordChange.id)).one()
    move.session.rollback()
    for visitor in (officer, colleague):
        check_page(visitor.open("/people/changes").text)
        check_page(visitor.open(f"/people/changes/{change_id}").text)
    assert (
        officer.submit(
            f"/people/changes/{change_id}/approve", page=f"/people/changes/{change_id}"
        ).status_code
        == 403
    )
    assert sign_in(app, move.preparer).open(f"/people/changes/{change_id}").status_code == 404
    assert (
        colleague.submit(
            f"/people/changes/{change_id}/approve", page=f"/people/changes/{change_id}"
        ).status_code
        == 303
    )
    assert grade(move) == "Officer"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": ""}, "Say why"),
        ({"first_day": ["31", "2", "2020"]}, "real date"),
        ({"local_grade": "Emperor"}, "no such grade"),
        ({"last_day": ["1", "4", "2019"]}, "last day must not be before"),
    ],
)
def test_bad_input_names_its_field_and_loses_nothing(
    app: Flask, move: Move, changes: dict[str, Any], words: str
) -> None:
    path, version = path_of(move)
    move.session.commit()
    answer = sign_in(app, move.hmrc_officer).submit(path, **(TYPED | {"version": version} | changes))
    check_page(answer.text)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert "Letter of 1 March" in answer.text


@pytest.mark.parametrize(
    "kind", ["name", "address", "posting", "pay", "allowance", "pension", "leave", "absence"]
)
def test_every_kind_that_can_be_added_has_its_form(app: Flask, move: Move, kind: str) -> None:
    move.session.commit()
    check_page(sign_in(app, move.hmrc_officer).open(f"/people/{move.employee}/change/{kind}/add").text)


def test_others_cannot_change_a_record(app: Flask, move: Move) -> None:
    path, _version = path_of(move)
    move.schedule()
    move.session.commit()

    def status(visitor: Visitor) -> int:
        return visitor.open(path).status_code

    assert status(sign_in(app, move.stranger)) == 404
    assert status(sign_in(app, move.employee)) == 403
    assert sign_in(app, move.hmrc_officer).open(f"/people/{move.employee}/change/role/add").status_code == 404
    app.config["CLOCK"] = lambda: datetime(2026, 4, 1, 9, tzinfo=UTC)
    assert status(sign_in(app, move.home_office_officer)) == 404
    assert status(sign_in(app, move.hmrc_officer)) == 200
    assert sign_in(app, move.hmrc_officer).open(f"/people/{move.employee}/change/name/add").status_code == 404


def test_a_check_of_identity_is_asked_for_and_waits(app: Flask, move: Move) -> None:
    move.session.commit()
    path = f"/people/{move.employee}/change/identity-proofing/add"
    officer = sign_in(app, move.hmrc_officer)
    check_page(officer.open(path).text)
    typed = {
        "confidence": "medium",
        "gpg45_profile": "L1A",
        "evidence": "passport",
        "checked_by": "HR shared services",
        "first_day": ["2", "2", "2026"],
        "last_day": ["", "", ""],
        "source": "Onboarding form",
        "reason": "Checked at onboarding",
    }
    refused = officer.submit(path, **typed, checked="yes")
    assert refused.status_code == 422
    check_page(refused.text)
    assert "like M1A for medium" in refused.text
    checked = officer.submit(path, **typed | {"gpg45_profile": "M1A"})
    check_page(checked.text)
    assert "Access may rest on it" in checked.text
    assert officer.submit(path, **typed | {"gpg45_profile": "M1A"}, checked="yes").status_code == 303
    listed = officer.open("/people/changes").text
    assert "Checks of identity" in listed


def test_the_last_day_of_an_employment_is_checked_with_all_that_ends(app: Flask, move: Move) -> None:
    found = select(Employment.fact_id).where(Employment.person_id == move.employee)
    fact_id = move.session.exec(found).one()
    move.session.commit()
    path = f"/people/{move.employee}/change/employment/{fact_id}/correct"
    officer = sign_in(app, move.hmrc_officer)
    typed = {
        "number": "HMRC-priya.patel",
        "continuous_service_from": ["1", "4", "2020"],
        "contract_type": "permanent",
        "first_day": ["1", "4", "2020"],
        "last_day": ["6", "3", "2026"],
        "source": "Letter",
        "reason": "Resigned",
        "version": re.search(r'name="version"[^>]*value="([^"]+)"', officer.open(path).text)[1],  # type: ignore[index]
    }
    checked = officer.submit(path, **typed)
    check_page(checked.text)
    assert "Ends with it" in checked.text
    assert "Sponsors of clearances (1)" in checked.text
    assert "second officer" in checked.text
