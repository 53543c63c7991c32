"""Who finds whom, and what of their record."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from profiles.employments.service import current_postings
from profiles.pay.models import PayReason, PayRecord
from profiles.roles.models import Role
from profiles.temporal import record
from tests.app.page_checks import check_page
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


@pytest.mark.parametrize(
    ("who", "status"), [("employee", 403), ("hmrc_officer", 200), ("preparer", 404), ("stranger", 404)]
)
def test_only_officers_of_the_same_organisation_see_a_person(
    app: Flask, move: Move, who: str, status: int
) -> None:
    answer = sign_in(app, getattr(move, who)).open(f"/people/{move.employee}")
    assert answer.status_code == status
    check_page(answer.text)


def test_the_list_has_ones_own_people_only(app: Flask, move: Move) -> None:
    page = sign_in(app, move.hmrc_officer).open("/people").text
    check_page(page)
    assert "Patel, Priya" in page
    assert "Khan, Harriet" in page
    assert "Ward, Olivia" not in page


def test_a_search_finds_parts_of_names_and_keeps_what_was_typed(app: Flask, move: Move) -> None:
    officer = sign_in(app, move.hmrc_officer)
    page = officer.open("/people?q=patel+pri").text
    assert "1 person" in page
    assert 'value="patel pri"' in page
    none = officer.open("/people?q=olivia").text
    check_page(none)
    assert "Nobody here has a name, an address or a number like" in none


def test_long_lists_have_pages_of_25(app: Flask, move: Move) -> None:
    for number in range(30):
        make_employee(move.session, move.now, move.hmrc, f"anna.a{number:02}")
    move.session.commit()
    officer = sign_in(app, move.hmrc_officer)
    first = officer.open("/people").text
    check_page(first)
    assert first.count('scope="row"') == 25
    assert officer.open("/people?page=2").text.count('scope="row"') == 7
    assert officer.open("/people?page=nonsense").status_code == 200


def give_pay(move: Move) -> None:
    posting = current_postings(move.session, move.employee, move.now)[0]
    pay = PayRecord(
        person_id=move.employee,
        employment_id=posting.employment_id,
        organisation_id=move.hmrc.id,
        salary_pence=3_300_050,
        pay_reason=PayReason.APPOINTMENT,
        **PROVENANCE.stamp(move.now, LONG_AGO),
    )
    record(move.session, pay)
    move.session.commit()


def test_hr_sees_post_pay_and_clearance(app: Flask, move: Move) -> None:
    give_pay(move)
    page = sign_in(app, move.hmrc_officer).open(f"/people/{move.employee}").text
    check_page(page)
    for words in ("Higher Officer (HEO)", "£33,000.50", "SC", "31 December 2029"):
        assert words in page, words


def test_a_security_officer_sees_the_clearance_and_not_the_pay(app: Flask, move: Move) -> None:
    give_pay(move)
    officer = make_employee(move.session, move.now, move.hmrc, "sam.stone").person_id
    give_role(move.session, move.now, officer, Role.SECURITY_OFFICER, move.hmrc.id)
    move.session.commit()
    page = sign_in(app, officer).open(f"/people/{move.employee}").text
    check_page(page)
    assert "31 December 2029" in page
    assert "£" not in page


def test_the_old_employer_loses_the_view_when_the_person_leaves(app: Flask, move: Move) -> None:
    give_pay(move)
    move.schedule()
    move.session.commit()
    path = f"/people/{move.employee}"
    app.config["CLOCK"] = lambda: datetime(2026, 3, 14, 9, tzinfo=UTC)
    assert sign_in(app, move.hmrc_officer).open(path).status_code == 404
    assert sign_in(app, move.home_office_officer).open(path).status_code == 404
    app.config["CLOCK"] = lambda: datetime(2026, 3, 16, 9, tzinfo=UTC)
    assert sign_in(app, move.hmrc_officer).open(path).status_code == 404
    page = sign_in(app, move.home_office_officer).open(path).text
    assert "£41,000" in page
    assert "£33,000.50" not in page
    assert "HMRC" not in page
