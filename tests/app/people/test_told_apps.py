"""HR shows an auditor whether the apps know that somebody left, is away, changed post or is suspended."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlmodel import select

from app import access_changes
from app.database import transaction
from profiles.employments.models import CareerBreak, Employment, Posting, PostingKind
from profiles.outbox.delivery import acknowledge
from profiles.outbox.models import OutboxMessage
from profiles.people.models import PersonName
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.leavers import record_leaving
from profiles.portable_profile.models import Action, LeavingCause
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import Role
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import current, end, end_of_day, record, replace
from tests.app.page_checks import check_page
from tests.app.transfers.test_told_apps import lines, use_tax_desk
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role
from tests.factories.transfers import Move
from tests.support.phone import Phone
from tests.support.signed_in import sign_in

ENDS = end_of_day(date(2026, 3, 31))
AFTER = ENDS + timedelta(hours=9)


@pytest.fixture
def left(app: Flask, move: Move) -> UUID:
    """The employment of somebody who used an app of the employer, and has left."""
    use_tax_desk(move)
    (held,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    values = {"cause": LeavingCause.RESIGNED.value, "valid_to": ENDS}
    wanted = Wanted(
        move.employee,
        move.hmrc.id,
        Kind.EMPLOYMENT,
        Action.LEAVE,
        values,
        "They move abroad",
        "page",
        held.id,
    )
    record_leaving(move.session, wanted, move.now, move.hmrc_officer)
    fact_id = held.fact_id
    move.session.commit()
    return fact_id


def at(app: Flask, now: datetime) -> None:
    app.config["CLOCK"] = lambda: now


@pytest.mark.looks_at("people/told_apps.html")
def test_the_employer_shows_the_receipt_of_its_app(app: Flask, move: Move, left: UUID, page: Page) -> None:
    engine, record = app.extensions["engine"], f"/people/{move.employee}/record"
    path = f"/people/{move.employee}/left/{left}/receipts"
    hr = sign_in(app, move.hmrc_officer)
    assert path not in hr.open(record).text
    assert hr.open(path).status_code == 404
    at(app, AFTER)
    hr = sign_in(app, move.hmrc_officer)
    assert path in hr.open(record).text
    assert "A session is open there" in hr.open(path).text
    access_changes.turn(engine, AFTER)
    with transaction(engine) as session:
        told = session.exec(select(OutboxMessage.id).where(OutboxMessage.app_id != None)).one()  # noqa: E711
        acknowledge(session, told, AFTER)
    answer = hr.open(path).text
    check_page(answer)
    Phone(app, page).look(answer, path)
    assert "Acknowledged" in answer
    assert "Access ended on 1 April 2026" in answer or "Access ended on 31 March 2026" in answer
    (line,) = lines(hr.open(f"{path}.csv").text)
    assert (line["app"], line["access"], line["outcome"]) == ("Tax Desk", "ends", "acknowledged")
    assert line["employment"] == str(left)
    for other in (move.stranger, move.preparer):
        assert sign_in(app, other).open(path).status_code == 404
        assert sign_in(app, other).open(f"{path}.csv").status_code == 404


def test_who_has_moved_is_told_of_on_the_page_of_the_move(app: Flask, move: Move) -> None:
    move.schedule()
    (held,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    path = f"/people/{move.employee}/left/{held.fact_id}/receipts"
    move.session.commit()
    at(app, datetime(2026, 3, 20, 9, tzinfo=move.now.tzinfo))
    assert sign_in(app, move.hmrc_officer).open(path).status_code == 404


def test_the_employer_left_reads_no_name_that_was_corrected_later(app: Flask, move: Move, left: UUID) -> None:
    (held,) = current(move.session, PersonName, move.now, move.now, person_id=move.employee)
    replace(move.session, held, AFTER + timedelta(days=30), PROVENANCE, family_name="Kapoor")
    move.session.commit()
    at(app, AFTER + timedelta(days=60))
    page = sign_in(app, move.hmrc_officer).open(f"/people/{move.employee}/left/{left}/receipts").text
    assert "Patel" in page
    assert "Kapoor" not in page


def begin_break(move: Move, post: Posting) -> UUID:
    values = {"return_on": date(2027, 4, 1), "employment_id": post.employment_id}
    return _record(move, CareerBreak, values).fact_id


def begin_post(move: Move, post: Posting) -> UUID:
    """A post of a grade that opens nothing at Tax Desk."""
    values = {"employment_id": post.employment_id, "kind": PostingKind.HOME, "job_title": "Trainee"}
    return _record(move, Posting, values | {"local_grade": "Trainee"}).fact_id


def _record(move: Move, model: type[Any], values: dict[str, Any]) -> Any:
    stamp = PROVENANCE.stamp(move.now, ENDS) | {"person_id": move.employee, "organisation_id": move.hmrc.id}
    return record(move.session, model(**values, **stamp))


@pytest.mark.parametrize(
    ("cause", "begin"), [("break", begin_break), ("post", begin_post)], ids=["break", "post"]
)
def test_a_break_and_another_post_have_receipts_too(
    app: Flask, move: Move, cause: str, begin: Callable[[Move, Posting], UUID]
) -> None:
    use_tax_desk(move)
    (held,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    end(move.session, held, ENDS, move.now, PROVENANCE)
    path = f"/people/{move.employee}/{cause}/{begin(move, held)}/receipts"
    move.session.commit()
    assert sign_in(app, move.hmrc_officer).open(path).status_code == 404
    at(app, AFTER)
    access_changes.turn(app.extensions["engine"], AFTER)
    hr = sign_in(app, move.hmrc_officer)
    assert path in hr.open(f"/people/{move.employee}/record").text
    page = hr.open(path).text
    check_page(page)
    assert "Tax Desk" in page
    (line,) = lines(hr.open(f"{path}.csv").text)
    assert (line["app"], line["access"]) == ("Tax Desk", "ends")
    assert line["written_at"]
    for other in (move.stranger, move.preparer):
        assert sign_in(app, other).open(path).status_code == 404


def test_the_first_post_of_an_employment_turned_nothing_there(app: Flask, move: Move) -> None:
    (held,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    path = f"/people/{move.employee}/post/{held.fact_id}/receipts"
    move.session.commit()
    hr = sign_in(app, move.hmrc_officer)
    assert hr.open(path).status_code == 404
    assert path not in hr.open(f"/people/{move.employee}/record").text


def test_a_suspension_has_receipts_for_the_security_officers_who_see_it(app: Flask, move: Move) -> None:
    use_tax_desk(move)
    sam = move.security_officer()
    move.session.commit()
    suspension, now = f"/people/{move.employee}/suspension", move.now + timedelta(hours=1)
    at(app, now)
    officer = sign_in(app, sam)
    assert officer.submit(suspension, reason="Lost laptop").status_code == 303
    (found,) = current(move.session, AccountSuspension, now, now, person_id=move.employee)
    path = f"{suspension}/{found.fact_id}/receipts"
    move.session.rollback()
    assert path in officer.open(suspension).text
    page = officer.open(path).text
    check_page(page)
    assert "Lost laptop" not in page
    (line,) = lines(officer.open(f"{path}.csv").text)
    assert (line["app"], line["access"]) == ("Tax Desk", "ends")
    assert line["written_at"]
    assert sign_in(app, move.hmrc_officer).open(path).status_code == 403
    give_role(move.session, move.now, move.stranger, Role.SECURITY_OFFICER, move.home_office.id)
    move.session.commit()
    assert sign_in(app, move.stranger).open(path).status_code == 404


def test_who_suspended_somebody_that_left_reads_no_name_that_was_corrected_later(
    app: Flask, move: Move, left: UUID
) -> None:
    sam, now = move.security_officer(), move.now + timedelta(hours=1)
    move.session.commit()
    at(app, now)
    suspension = f"/people/{move.employee}/suspension"
    assert sign_in(app, sam).submit(suspension, reason="Lost laptop").status_code == 303
    (found,) = current(move.session, AccountSuspension, now, now, person_id=move.employee)
    (held,) = current(move.session, PersonName, now, now, person_id=move.employee)
    replace(move.session, held, AFTER + timedelta(days=30), PROVENANCE, family_name="Kapoor")
    path = f"{suspension}/{found.fact_id}/receipts"
    move.session.commit()
    at(app, AFTER + timedelta(days=60))
    for kept in (path, suspension, "/people/suspended"):
        page = sign_in(app, sam).open(kept).text
        assert "Patel" in page, kept
        assert "Kapoor" not in page, kept
