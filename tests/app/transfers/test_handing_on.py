"""Who releases reads what they release: the values of their own record, each with where it is corrected."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import Employment, Posting
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.pay.models import PayReason, PayRecord, PensionMembership, PensionScheme
from profiles.temporal import current, record, replace, start_of_day
from profiles.transfers import codes
from tests.app.page_checks import check_page
from tests.app.transfers.test_changed import approvals, shown_on
from tests.app.transfers.test_deciding import prepared
from tests.factories.organisations import LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import employ_too
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

NEXT_YEAR = start_of_day(date(2026, 4, 1))


def of(move: Move, posting: Posting) -> dict[str, Any]:
    return PROVENANCE.stamp(move.now, LONG_AGO) | {
        "person_id": move.employee,
        "employment_id": posting.employment_id,
        "organisation_id": posting.organisation_id,
    }


@pytest.fixture
def path(move: Move) -> str:
    """Pension, leave of two years, absence and pay in HMRC; a pension, leave and pay in a college too."""
    (posting,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    college = make_organisation(move.session, move.now, "COLLEGE")
    here, there = of(move, posting), of(move, employ_too(move.session, move.now, move.employee, college))
    days = {"leave_year_from": date(2025, 4, 1)}
    absence = {"period_from": date(2025, 3, 1), "period_to": date(2026, 2, 28)}
    for one in (
        PensionMembership(scheme=PensionScheme.ALPHA, member_number="A-77", **here),
        LeaveBalance(
            entitlement_hundredths=2550, taken_hundredths=1200, **days, **here | {"valid_to": NEXT_YEAR}
        ),
        LeaveBalance(
            entitlement_hundredths=2600,
            leave_year_from=date(2026, 4, 1),
            **here | {"valid_from": NEXT_YEAR},
        ),
        AbsenceSummary(absent_hundredths=350, occasions=2, **absence, **here),
        PayRecord(salary_pence=3_525_000, pay_reason=PayReason.APPOINTMENT, **here),
        PensionMembership(scheme=PensionScheme.NUVOS, member_number="B-88", **there),
        LeaveBalance(entitlement_hundredths=990, **days, **there),
        PayRecord(salary_pence=1_234_500, pay_reason=PayReason.APPOINTMENT, **there),
    ):
        record(move.session, one)
    code = codes.make_code(move.session, move.employee, move.now, timedelta(hours=72), posting.employment_id)[
        0
    ]
    return f"{prepared(move, code=code)}/approve"


@pytest.mark.looks_at("transfers/approve.html")
def test_the_old_department_reads_what_it_hands_on(app: Flask, move: Move, path: str) -> None:
    page = sign_in(app, move.hmrc_officer).open(path).text
    check_page(page)
    for said in (
        "1 April 2020",
        "alpha",
        "A-77",
        "13.5 days",
        "26 days",
        "3.5 days",
        "£35,250",
        "31 December 2029",
    ):
        assert said in page, said
    assert "It goes along: your security officer has released it" in page
    assert page.index("26 days") > page.index("1 April 2026")


def test_nothing_of_another_employer_is_there(app: Flask, move: Move, path: str) -> None:
    page = sign_in(app, move.hmrc_officer).open(path).text
    for hidden in ("nuvos", "B-88", "9.9 days", "£12,345", "1 April 2021", "COLLEGE"):
        assert hidden not in page, hidden


def test_the_new_department_is_shown_none_of_it(app: Flask, move: Move, path: str) -> None:
    page = sign_in(app, move.home_office_officer).open(path).text
    for hidden in ("A-77", "13.5 days", "3.5 days", "£35,250"):
        assert hidden not in page, hidden


def test_each_leads_to_where_it_is_corrected(app: Flask, move: Move, path: str) -> None:
    officer = sign_in(app, move.hmrc_officer)
    page = officer.open(path).text
    begin = f'href="/people/{move.employee}/change/'
    hrefs = [one.split('"')[0].replace("&amp;", "&") for one in page.split(begin)[1:]]
    assert [one.split("/")[0] for one in hrefs] == [
        *("employment", "pension", "leave", "leave", "absence", "pay")
    ]
    for one in hrefs:
        assert officer.open(f"/people/{move.employee}/change/{one}").status_code == 200, one


def test_what_is_missing_is_said_with_where_it_is_added(app: Flask, move: Move) -> None:
    officer = sign_in(app, move.hmrc_officer)
    page = officer.open(f"{prepared(move)}/approve").text
    check_page(page)
    assert page.partition('name="shown"')[0].count("Nothing is recorded") == 4
    for kind in ("pension", "leave", "absence", "pay"):
        href = f"/people/{move.employee}/change/{kind}/add"
        assert href in page
        assert officer.open(href).status_code == 200


def test_what_was_corrected_meanwhile_is_not_released_unread(app: Flask, move: Move, path: str) -> None:
    officer = sign_in(app, move.hmrc_officer)
    said = shown_on(officer, path)
    (leave,) = [
        one
        for one in current(move.session, LeaveBalance, move.now, move.now, person_id=move.employee)
        if one.organisation_id == move.hmrc.id
    ]
    replace(move.session, leave, move.now, PROVENANCE, taken_hundredths=1400)
    move.session.commit()
    page = officer.submit(path, records_released="y", shown=said)
    assert page.status_code == 409
    check_page(page.text)
    assert "What you hand on, Leave, is not what you were shown." in page.text
    assert "11.5 days" in page.text
    assert approvals(move) == 0
    assert officer.submit(path, records_released="y").status_code == 303


def test_of_a_higher_clearance_it_says_that_it_stays(app: Flask, move: Move) -> None:
    path = prepared(move, required_level=ClearanceLevel.CTC)
    page = sign_in(app, move.hmrc_officer).open(f"{path}/approve").text
    assert "It stays behind, and the lower one that they need is granted from it" in page


def test_an_employment_that_has_ended_leaves_nothing_to_hand_on(app: Flask, move: Move) -> None:
    path = prepared(move)
    (held,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    replace(move.session, held, move.now, PROVENANCE, valid_to=start_of_day(date(2026, 3, 10)))
    move.session.commit()
    page = sign_in(app, move.hmrc_officer).open(f"{path}/approve").text
    check_page(page)
    assert "What you hand on" not in page
