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
from profiles.people.models import BirthDate, WorkPhone, WorkPlace
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, RecordChange
from profiles.portable_profile.rules import actions_of
from profiles.portable_profile.vetting import VETTED
from profiles.roles.models import Role
from profiles.temporal import current, history, supersede
from tests.app.page_checks import check_page
from tests.factories.apps import make_app
from tests.factories.contact import make_office, place_at
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

ORDINARY = (Action.ADD, Action.CORRECT, Action.END)
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


def an_app_for_heo(move: Move, name: str = "Casework") -> None:
    app = make_app(move.session, move.now, move.hmrc, name)
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


def test_who_approves_approves_what_the_page_said(app: Flask, move: Move) -> None:
    an_app_for_heo(move)
    path, version = path_of(move)
    second = make_employee(move.session, move.now, move.hmrc, "sam.second").person_id
    give_role(move.session, move.now, second, Role.HR_OFFICER, move.hmrc.id)
    move.session.commit()
    sign_in(app, move.hmrc_officer).submit(path, **TYPED, version=version, checked="yes")
    change_id = move.session.exec(select(RecordChange.id)).one()
    move.session.rollback()
    colleague = sign_in(app, second)
    waiting = f"/people/changes/{change_id}"
    page = colleague.open(waiting).text
    [seen] = re.findall(r'name="shown" value="([^"]+)"', page)
    an_app_for_heo(move, "Records of cases")
    move.session.commit()
    again = colleague.submit(f"{waiting}/approve", page=waiting, shown=seen)
    check_page(again.text)
    assert (again.status_code, "Records of cases" in again.text) == (409, True)
    assert grade(move) == "Higher Officer"
    assert colleague.submit(f"{waiting}/approve", page=waiting).status_code == 303
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


ELSEWHERE: dict[tuple[Kind, Action], str] = {
    (Kind.BIRTH_DATE, Action.END): "a person was born on one day",
    (Kind.NAME, Action.END): "a person always has a name: another one is added",
    (Kind.EMPLOYMENT, Action.ADD): "joining is a transfer or an import",
    (Kind.EMPLOYMENT, Action.END): "corrected in its last day, with all that rests on it",
    **{(kind, action): "steps of a security officer" for kind in VETTED for action in ORDINARY},
    **{(Kind.CAREER_BREAK, action): "steps of a career break, on pages of their own" for action in ORDINARY},
    **{(Kind.ROLE, action): "lanyard roles, and deputies on a page" for action in ORDINARY},
    **{(Kind.GRANT, action): "the business of an app's owner, not of HR" for action in ORDINARY},
}
"""What HR does not do on these pages, and where it is done."""


def test_every_kind_is_recorded_corrected_and_ended_on_a_page_or_elsewhere() -> None:
    offered = {(kind, action) for kind in Kind for action in actions_of(kind)}
    assert {(kind, action) for kind in Kind for action in ORDINARY} == offered | ELSEWHERE.keys()
    assert not offered & ELSEWHERE.keys()


@pytest.mark.parametrize("kind", [kind.value for kind in Kind if Action.ADD in actions_of(kind)])
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


ADDED = {
    "first_day": ["2", "3", "2026"],
    "last_day": ["", "", ""],
    "source": "Telephone list",
    "reason": "Moved desk",
}


def recorded(move: Move, model: Any) -> Any:
    (found,) = current(move.session, model, move.now, move.now, person_id=move.employee)
    move.session.expunge(found)
    move.session.rollback()
    return found


def test_a_phone_number_is_added_corrected_and_ended(app: Flask, move: Move) -> None:
    move.session.commit()
    officer, path = sign_in(app, move.hmrc_officer), f"/people/{move.employee}/change/phone"
    refused = officer.submit(f"{path}/add", **ADDED, number="020 7946 0123", checked="yes")
    check_page(refused.text)
    assert (refused.status_code, "with its country code" in refused.text) == (422, True)
    typed = {"number": "+44 20 7946 0123", "is_verified": "y"}
    check_page(officer.submit(f"{path}/add", **ADDED, **typed).text)
    assert officer.submit(f"{path}/add", **ADDED, **typed, checked="yes").status_code == 303
    held = recorded(move, WorkPhone)
    assert (held.number, held.is_verified, held.organisation_id) == ("+442079460123", True, move.hmrc.id)
    correct = f"{path}/{held.fact_id}/correct"
    check_page(officer.open(correct).text)
    typed = {"number": "+442079460124", "version": str(held.id), "checked": "yes"}
    assert officer.submit(correct, **ADDED, **typed).status_code == 303
    held = recorded(move, WorkPhone)
    assert (held.number, held.is_verified) == ("+442079460124", False)
    ended = ADDED | {"last_day": ["1", "4", "2026"], "version": str(held.id), "checked": "yes"}
    del ended["first_day"]
    assert officer.submit(f"{path}/{held.fact_id}/end", **ended).status_code == 303
    assert recorded(move, WorkPhone).valid_to is not None


def test_an_office_is_one_of_the_organisations_own(app: Flask, move: Move) -> None:
    first = make_office(move.session, move.now, move.hmrc)
    second = make_office(move.session, move.now, move.hmrc, name="Pacific Quay")
    others = make_office(move.session, move.now, move.home_office, name="Marsham Street")
    place_at(move.session, move.now, move.employee, move.hmrc, first)
    move.session.commit()
    officer, path = sign_in(app, move.hmrc_officer), f"/people/{move.employee}/change/office/add"
    form = officer.open(path)
    check_page(form.text)
    assert "Pacific Quay, 1 Ruskin Square" in form.text
    assert "Marsham Street" not in form.text
    for unknown in (str(others.fact_id), "nonsense"):
        assert officer.submit(path, **ADDED, office_id=unknown, checked="yes").status_code == 422
    assert officer.submit(path, **ADDED, office_id=str(second.fact_id), checked="yes").status_code == 303
    assert recorded(move, WorkPlace).office_id == second.fact_id


def test_a_date_of_birth_is_recorded_once_and_then_corrected(app: Flask, move: Move) -> None:
    for one in history(move.session, BirthDate, move.now, person_id=move.employee):
        supersede(move.session, one, move.now, None)
    move.session.commit()
    officer, path = sign_in(app, move.hmrc_officer), f"/people/{move.employee}/change/birth-date/add"
    assert path in officer.open(f"/people/{move.employee}/record").text
    typed = {
        "born_on": ["3", "4", "1985"],
        "source": "Passport",
        "reason": "It was missing",
        "checked": "yes",
    }
    assert officer.submit(path, **typed | {"born_on": ["3", "4", "2085"]}).status_code == 422
    assert officer.submit(path, **typed).status_code == 303
    assert recorded(move, BirthDate).born_on.year == 1985
    assert path not in officer.open(f"/people/{move.employee}/record").text
    again = officer.submit(path, **typed)
    assert (again.status_code, "Correct it instead" in again.text) == (422, True)


def test_a_line_manager_is_somebody_of_the_organisation(app: Flask, move: Move) -> None:
    path, version = path_of(move)
    manager = make_employee(move.session, move.now, move.hmrc, "beth.boss").person_id
    make_employee(move.session, move.now, move.home_office, "hal.elsewhere")
    move.session.commit()
    officer = sign_in(app, move.hmrc_officer)
    same = TYPED | {"local_grade": "Higher Officer", "version": version, "checked": "yes"}
    for nobody in ("hal.elsewhere@ho.gov.uk", "nobody@hmrc.gov.uk"):
        refused = officer.submit(path, **same, line_manager_id=nobody)
        check_page(refused.text)
        assert (refused.status_code, "Nobody in your organisation" in refused.text) == (422, True)
    assert officer.submit(path, **same, line_manager_id="Beth.Boss@hmrc.gov.uk").status_code == 303
    assert recorded(move, Posting).line_manager_id == manager
    assert 'value="beth.boss@hmrc.gov.uk"' in officer.open(path).text
