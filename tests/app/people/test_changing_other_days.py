"""HR corrects what was and what is to come: from the record of that day, and in nobody else's time."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlmodel import select

from profiles.organisations.grades import CommonGrade
from profiles.pay.models import PayRecord
from profiles.people.models import PersonName
from profiles.portable_profile.edges import MEETING
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import RecordChange
from profiles.portable_profile.rules import EDITABLE
from profiles.roles.models import Role
from profiles.temporal import Fact, current, history, start_of_day
from tests.app.page_checks import check_page
from tests.factories.apps import make_app, make_rule
from tests.factories.facts_in_turn import COMING, PAST, PRESENT, in_turn, spans
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

THEN = "valid_on=1&valid_on=6&valid_on=2024"
TO_COME = "valid_on=1&valid_on=6&valid_on=2027"
PAID: dict[str, Any] = {
    "salary_pence": "30,000",
    "pay_reason": "award",
    "fte_thousandths": "100",
    "first_day": ["1", "1", "2024"],
    "last_day": ["30", "11", "2024"],
    "source": "Letter of 1 March",
    "reason": "Entered wrongly",
}
WITHDRAWN = {"source": "Letter of 1 March", "reason": "The award is not given"}


def facts(move: Move, kind: Kind = Kind.PAY) -> list[Fact]:
    found = in_turn(move, kind)
    copies = [type(one)(**one.model_dump()) for one in found]
    move.session.commit()
    return copies


def path_of(move: Move, fact: Fact, action: str, day: str, kind: str = "pay") -> str:
    return f"/people/{move.employee}/change/{kind}/{fact.fact_id}/{action}?{day}"


def read(move: Move, kind: Kind = Kind.PAY) -> list[Any]:
    found = spans(move, kind)
    move.session.rollback()
    return found


def test_a_past_salary_is_corrected_from_the_record_of_its_day_and_the_next_moves_with_it(
    app: Flask, move: Move
) -> None:
    past, *_others = facts(move)
    officer, path = sign_in(app, move.hmrc_officer), path_of(move, past, "correct", THEN)
    shown = officer.open(f"/people/{move.employee}/record?{THEN}").text
    check_page(shown)
    assert path.replace("&", "&amp;") in shown
    assert "/change/pay/add" not in shown
    form = officer.open(path)
    check_page(form.text)
    assert "Move the days of the entries" in form.text
    typed = PAID | {"version": str(past.id), "moves_neighbours": "y"}
    checked = officer.submit(path, **typed)
    check_page(checked.text)
    assert "What moves with it" in checked.text
    assert "1 December 2024 to 31 December 2026" in checked.text
    assert "changes nobody" in checked.text
    done = officer.submit(path, **typed, checked="yes")
    assert (done.status_code, done.headers["Location"]) == (303, f"/people/{move.employee}/record?{THEN}")
    ends = start_of_day(date(2024, 12, 1))
    assert read(move) == [(PAST, ends), (ends, COMING), (COMING, None)]


def test_what_overlaps_is_refused_and_nothing_typed_is_lost(app: Flask, move: Move) -> None:
    past, *_others = facts(move)
    officer, path = sign_in(app, move.hmrc_officer), path_of(move, past, "correct", THEN)
    longer = PAID | {"last_day": ["31", "1", "2025"], "version": str(past.id), "checked": "yes"}
    refused = officer.submit(path, **longer)
    check_page(refused.text)
    assert refused.status_code == 422
    assert "The entry from 1 January 2025 to 31 December 2026 covers part of this time." in refused.text
    for typed in ("Letter of 1 March", "Entered wrongly", "30,000", 'value="2025"'):
        assert typed in refused.text
    assert read(move) == [(PAST, PRESENT), (PRESENT, COMING), (COMING, None)]


def test_an_award_to_come_is_withdrawn_and_the_salary_before_goes_on(app: Flask, move: Move) -> None:
    *_others, award = facts(move)
    officer, path = sign_in(app, move.hmrc_officer), path_of(move, award, "end", TO_COME)
    shown = officer.open(f"/people/{move.employee}/record?{TO_COME}").text
    assert ">Withdraw<" in shown.replace("\n", "").replace("  ", "")
    form = officer.open(path)
    check_page(form.text)
    assert "Withdraw: " in form.text
    assert "Let the entry before go on" in form.text
    assert 'name="last_day' not in form.text
    typed = WITHDRAWN | {"version": str(award.id), "moves_neighbours": "y"}
    checked = officer.submit(path, **typed)
    check_page(checked.text)
    assert "From 1 January 2025" in checked.text
    assert officer.submit(path, **typed, checked="yes").status_code == 303
    assert read(move) == [(PAST, PRESENT), (PRESENT, None)]


def test_a_correction_of_a_post_to_come_that_opens_an_app_waits(app: Flask, move: Move) -> None:
    board = make_app(move.session, move.now, move.hmrc, "Team Board")
    make_rule(move.session, move.now, board, organisation_id=move.hmrc.id, grade_from=CommonGrade.SEO)
    second = make_employee(move.session, move.now, move.hmrc, "sam.second").person_id
    give_role(move.session, move.now, second, Role.HR_OFFICER, move.hmrc.id)
    *_others, post = facts(move, Kind.POSTING)
    officer, path = sign_in(app, move.hmrc_officer), path_of(move, post, "correct", TO_COME, "posting")
    typed = {
        "local_grade": "Senior Officer",
        "job_title": "Caseworker",
        "first_day": ["1", "2", "2027"],
        "last_day": ["", "", ""],
        "moves_neighbours": "y",
        "version": str(post.id),
        **WITHDRAWN,
    }
    checked = officer.submit(path, **typed)
    check_page(checked.text)
    assert "Team Board" in checked.text
    assert officer.submit(path, **typed, checked="yes").status_code == 303
    assert read(move, Kind.POSTING)[-1] == (COMING, None)
    change_id = move.session.exec(select(RecordChange.id)).one()
    move.session.rollback()
    waiting, colleague = f"/people/changes/{change_id}", sign_in(app, second)
    page = colleague.open(waiting).text
    check_page(page)
    assert "What moves with it" in page
    assert colleague.submit(f"{waiting}/approve", page=waiting).status_code == 303
    begins = start_of_day(date(2027, 2, 1))
    assert read(move, Kind.POSTING)[1:] == [(PRESENT, begins), (begins, None)]


def test_what_begins_with_a_move_has_no_links_and_no_form(app: Flask, move: Move) -> None:
    transfer = move.schedule()
    (paid,) = current(move.session, PayRecord, transfer.join_at, move.now, person_id=move.employee)
    fact = type(paid)(**paid.model_dump())
    move.session.commit()
    officer, day = sign_in(app, move.home_office_officer), "valid_on=20&valid_on=3&valid_on=2026"
    shown = officer.open(f"/people/{move.employee}/record?{day}")
    assert shown.status_code == 200
    assert "£41,000" in shown.text
    assert "/change/" not in shown.text
    for action in ("correct", "end"):
        assert officer.open(path_of(move, fact, action, day)).status_code == 404


def status(visitor: Visitor, path: str) -> int:
    return visitor.open(path).status_code


def test_neither_organisation_reaches_the_others_time(app: Flask, move: Move) -> None:
    """After a move: HMRC keeps its own period, the Home Office cannot touch it, and the other way round."""
    past, present, _coming = facts(move)
    transfer = move.schedule()
    (paid,) = current(move.session, PayRecord, transfer.join_at, move.now, person_id=move.employee)
    (name,) = history(move.session, PersonName, move.now, person_id=move.employee)
    new, called = (type(one)(**one.model_dump()) for one in (paid, name))
    move.session.commit()
    app.config["CLOCK"] = lambda: datetime(2026, 6, 1, 9, tzinfo=UTC)
    old, importing = sign_in(app, move.hmrc_officer), sign_in(app, move.home_office_officer)
    since, lately = "valid_on=1&valid_on=5&valid_on=2026", "valid_on=1&valid_on=3&valid_on=2026"
    assert status(old, path_of(move, past, "correct", THEN)) == 200
    assert status(importing, path_of(move, new, "correct", since)) == 200
    for visitor, fact, day in (
        (importing, past, THEN),  # another's time
        (importing, past, since),  # another's entry, in one's own time
        (importing, present, lately),
        (old, new, since),
        (old, new, lately),
    ):
        for action in ("correct", "end"):
            assert status(visitor, path_of(move, fact, action, day)) == 404
    assert status(old, path_of(move, called, "correct", lately, "name")) == 404
    assert "/change/name/" not in old.open(f"/people/{move.employee}/record?{lately}").text
    assert status(sign_in(app, move.stranger), path_of(move, past, "correct", THEN)) == 404
    assert status(sign_in(app, move.employee), path_of(move, past, "correct", THEN)) == 403


@pytest.mark.parametrize("day", [THEN, TO_COME])
def test_something_is_added_from_the_record_of_today_alone(app: Flask, move: Move, day: str) -> None:
    facts(move)
    assert status(sign_in(app, move.hmrc_officer), f"/people/{move.employee}/change/pay/add?{day}") == 404


def test_every_kind_has_its_forms_on_a_past_day_and_on_one_to_come(app: Flask, move: Move) -> None:
    kinds = [kind for kind in EDITABLE if kind not in (Kind.BIRTH_DATE, Kind.EMPLOYMENT)]
    made = {kind: [one.fact_id for one in in_turn(move, kind)] for kind in kinds}
    move.session.commit()
    officer = sign_in(app, move.hmrc_officer)
    shown = {day: officer.open(f"/people/{move.employee}/record?{day}").text for day in (THEN, TO_COME)}
    for kind, (past, _present, coming) in made.items():
        for fact_id, day, action in ((past, THEN, "correct"), (coming, TO_COME, "end")):
            path = f"/people/{move.employee}/change/{kind.value}/{fact_id}/{action}?{day}"
            assert path.replace("&", "&amp;") in shown[day], (kind, action)
            form = officer.open(path)
            check_page(form.text)
            moves = "moves_neighbours" in form.text
            assert (form.status_code, moves) == (200, kind in MEETING), (kind, action)


@pytest.mark.parametrize("here", [Role.PAYROLL_OFFICER, Role.SECURITY_OFFICER, Role.HR_OFFICER])
def test_what_an_officer_may_change_elsewhere_opens_nothing_here(app: Flask, move: Move, here: Role) -> None:
    elsewhere = Role.SECURITY_OFFICER if here is Role.HR_OFFICER else Role.HR_OFFICER
    officer = make_employee(move.session, move.now, move.home_office, "olu.both").person_id
    give_role(move.session, move.now, officer, elsewhere, move.home_office.id)
    give_role(move.session, move.now, officer, here, move.hmrc.id)
    facts(move)
    page = sign_in(app, officer).open(f"/people/{move.employee}/record").text
    check_page(page)
    assert "Caseworker" in page
    assert ("/change/" in page) is (here is Role.HR_OFFICER)
    assert ("/clearances/" in page) is (here is Role.SECURITY_OFFICER)
