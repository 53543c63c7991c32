"""HR records a promotion with its pay as one change, a second officer approves, and it is taken back."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.employments.models import Posting
from profiles.organisations.grades import CommonGrade
from profiles.portable_profile.models import RecordChange
from profiles.roles.models import Role
from profiles.temporal import current, start_of_day
from tests.app.page_checks import check_page
from tests.factories.apps import make_app, make_rule
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

FIRST = start_of_day(date(2026, 4, 1))
TYPED: dict[str, Any] = {
    "change": "temporary_promotion",
    "first_day": ["1", "4", "2026"],
    "last_day": ["30", "9", "2026"],
    "local_grade": "Senior Officer",
    "job_title": "Team Leader",
    "required_clearance": "DV",
    "salary_pence": "42000",
    "allowance_pence": "2500",
    "source": "Letter of 1 March",
    "reason": "Covers for a colleague",
}


@pytest.fixture
def second(move: Move) -> UUID:
    """A second officer, and an app that opens from the new grade on."""
    person_id = make_employee(move.session, move.now, move.hmrc, "sam.second").person_id
    give_role(move.session, move.now, person_id, Role.HR_OFFICER, move.hmrc.id)
    app = make_app(move.session, move.now, move.hmrc, "Team Board")
    make_rule(move.session, move.now, app, organisation_id=move.hmrc.id, grade_from=CommonGrade.SEO)
    move.session.commit()
    return person_id


def post_of(move: Move, at: Any = None) -> Posting:
    (found,) = current(move.session, Posting, at or move.now, move.now, person_id=move.employee)
    move.session.expunge(found)
    move.session.rollback()
    return found


def decide(move: Move, colleague: Visitor, decision: str) -> str:
    """The page on which the colleague decides."""
    (found,) = [one for one in move.session.exec(select(RecordChange)) if one.decided_at is None]
    path = f"/people/changes/{found.id}"
    move.session.rollback()
    page = colleague.open(path).text
    check_page(page)
    assert colleague.submit(f"{path}/{decision}", page=path).status_code == 303
    return page


def test_it_is_checked_approved_shown_and_taken_back(app: Flask, move: Move, second: UUID) -> None:
    officer, colleague = sign_in(app, move.hmrc_officer), sign_in(app, second)
    person, held = f"/people/{move.employee}", post_of(move)
    path = f"{person}/post/{held.employment_id}"
    assert path in officer.open(person).text
    check_page(officer.open(path).text)
    checked = officer.submit(path, **TYPED, version=held.id).text
    check_page(checked)
    for said in ("Senior Officer", "£42,000", "£2,500", "On 1 October 2026", "They hold none", "Team Board"):
        assert said in checked
    assert officer.submit(path, **TYPED, version=held.id, checked="yes").status_code == 303
    for reader in (officer, colleague):
        waits = reader.open(person).text
        check_page(waits)
        assert "Waits for a second officer: Temporary promotion" in waits
    page = decide(move, colleague, "approve")
    for said in ("Temporary promotion", "Caseworker", "Team Leader", "£42,000", "Team Board"):
        assert said in page
    page = officer.open(person).text
    check_page(page)
    assert "Temporary promotion from 1 April 2026: Team Leader" in page
    assert "Waits for a second officer" not in page
    begun = post_of(move, FIRST)
    back = f"{person}/post/{begun.fact_id}/take-back"
    assert back in page
    correct = officer.open(f"{person}/post/{begun.fact_id}/correct").text
    check_page(correct)
    assert 'value="42000.00"' in correct
    typed = {"source": "Mail", "reason": "It does not happen", "version": begun.id}
    check_page(officer.submit(back, **typed).text)
    assert officer.submit(back, **typed, checked="yes").status_code == 303
    assert "A change of post is taken back" in decide(move, colleague, "approve")
    assert "Team Leader" not in officer.open(person).text
    assert post_of(move, FIRST).job_title == "Caseworker"


def test_the_fields_that_are_wrong_are_named_and_nothing_typed_is_lost(
    app: Flask, move: Move, second: UUID
) -> None:
    officer, held = sign_in(app, move.hmrc_officer), post_of(move)
    path = f"/people/{move.employee}/post/{held.employment_id}"
    for wrong, words in (
        ({"change": ""}, "Choose one"),
        ({"last_day": ["", "", ""]}, "Enter the last day of the temporary promotion"),
        ({"local_grade": "Officer"}, "higher grade"),
        ({"change": "promotion", "last_day": ["", "", ""]}, "Only a temporary promotion"),
        ({"salary_pence": "much"}, "Enter an amount"),
    ):
        refused = officer.submit(path, **TYPED | wrong, version=held.id)
        assert refused.status_code == 422
        assert words in refused.text
        assert "Covers for a colleague" in refused.text
        check_page(refused.text)


def test_nobody_changes_their_own_nor_that_of_another_organisation(
    app: Flask, move: Move, second: UUID
) -> None:
    path = f"/people/{move.employee}/post/{post_of(move).employment_id}"
    assert sign_in(app, move.stranger).open(path).status_code == 404
    assert sign_in(app, move.preparer).open(path).status_code == 404
    assert sign_in(app, second).open(f"{path}/take-back").status_code == 404
    (own,) = current(move.session, Posting, move.now, move.now, person_id=move.hmrc_officer)
    path = f"/people/{move.hmrc_officer}/post/{own.employment_id}"
    move.session.rollback()
    assert sign_in(app, move.hmrc_officer).open(path).status_code == 403
