"""HR reads somebody's posts and pay over time, and finds where something is missing between them."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from profiles.people import sensitive
from profiles.people.models import PersonName
from profiles.portable_profile.kinds import Kind
from profiles.roles.models import Role
from profiles.temporal import end, history
from tests.app.page_checks import check_page
from tests.factories.facts_in_turn import COMING, PRESENT, in_turn
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

GAP = "No pay is recorded from 2 December 2024 to 31 December 2024."


def with_a_gap(move: Move, kind: Kind = Kind.PAY) -> None:
    in_turn(move, Kind.POSTING)
    past, *_others = in_turn(move, kind)
    end(move.session, past, PRESENT - timedelta(days=30), move.now, PROVENANCE)
    move.session.commit()


@pytest.mark.looks_at("people/over_time.html")
def test_hr_sees_posts_and_pay_as_a_picture_and_tables_with_what_is_missing(app: Flask, move: Move) -> None:
    with_a_gap(move)
    officer, path = sign_in(app, move.hmrc_officer), f"/people/{move.employee}/over-time"
    assert path in officer.open(f"/people/{move.employee}").text
    assert path in officer.open(f"/people/{move.employee}/record").text
    page = officer.open(path).text
    check_page(page)
    assert "The salary over time, as a picture" in page
    assert "£30,000" in page
    assert GAP in page
    assert GAP in officer.open(f"/people/{move.employee}").text
    add = f"/people/{move.employee}/change/pay/add?first_day=2024-12-02&last_day=2024-12-31"
    assert add.replace("&", "&amp;") in page
    form = officer.open(add).text
    check_page(form)
    assert [f'value="{number}"' in form for number in ("2", "31", "12", "2024")] == [True] * 4
    typed = {"salary_pence": "30,000", "pay_reason": "award", "fte_thousandths": "100"}
    typed |= {"first_day": ["2", "12", "2024"], "last_day": ["31", "12", "2024"]}  # type: ignore[dict-item]
    filled = officer.submit(add, **typed, source="Payslips", reason="It was left out", checked="yes")
    assert filled.status_code == 303
    assert "Something is missing" not in officer.open(path).text
    assert officer.open(add.replace("2024-12-02", "nonsense")).status_code == 200
    for day in ("valid_on=1&valid_on=12&valid_on=2024", "valid_on=1&valid_on=1&valid_on=2027"):
        link = f"/people/{move.employee}/record?{day}"
        assert link.replace("&", "&amp;") in page
        assert officer.open(link).status_code == 200


def test_who_sees_no_pay_sees_none_of_it_there(app: Flask, move: Move) -> None:
    with_a_gap(move)
    security = make_employee(move.session, move.now, move.hmrc, "sam.security").person_id
    give_role(move.session, move.now, security, Role.SECURITY_OFFICER, move.hmrc.id)
    move.session.commit()
    page = sign_in(app, security).open(f"/people/{move.employee}/over-time").text
    check_page(page)
    assert "Caseworker" in page
    assert "£" not in page
    assert "No pay" not in page


def test_each_organisation_reads_its_own_also_of_who_has_left(app: Flask, move: Move) -> None:
    in_turn(move, Kind.PAY)
    move.schedule()
    move.session.commit()
    app.config["CLOCK"] = lambda: datetime(2026, 6, 1, 9, tzinfo=UTC)
    path = f"/people/{move.employee}/over-time"
    old = sign_in(app, move.hmrc_officer).open(path).text
    new = sign_in(app, move.home_office_officer).open(path).text
    for page in (old, new):
        check_page(page)
    assert ("Caseworker<" in old, "£41,000" in old, "Department HO" in old) == (True, False, False)
    assert ("Caseworker<" in new, "£41,000" in new, "Department HMRC" in new) == (True, True, False)
    assert ("1 January 2024" in old, "1 January 2024" in new) == (True, False)
    assert sign_in(app, move.stranger).open(path).status_code == 404


@pytest.mark.looks_at("people/gaps.html")
def test_gaps_of_the_last_year_and_to_come_are_listed_for_hr(app: Flask, move: Move) -> None:
    with_a_gap(move)
    *_others, coming = in_turn(move, Kind.POSTING)
    end(move.session, coming, COMING + timedelta(days=31), move.now, PROVENANCE)
    move.session.commit()
    officer = sign_in(app, move.hmrc_officer)
    assert "/people/gaps" in officer.open("/people").text
    page = officer.open("/people/gaps").text
    check_page(page)
    assert "Priya Patel" in page
    assert "No post is recorded from 1 February 2027 on." in page
    assert GAP not in page
    sensitive.mark(
        move.session,
        move.now,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=move.hmrc_officer,
        reason="Witness",
    )
    move.session.commit()
    assert "Patel" not in officer.open("/people/gaps").text
    other = sign_in(app, move.home_office_officer).open("/people/gaps").text
    check_page(other)
    assert "Nothing is missing." in other
    assert sign_in(app, move.employee).open("/people/gaps").status_code == 403


def test_the_gaps_of_who_has_no_name_are_listed_too(app: Flask, move: Move) -> None:
    *_others, coming = in_turn(move, Kind.POSTING)
    end(move.session, coming, COMING + timedelta(days=31), move.now, PROVENANCE)
    for name in history(move.session, PersonName, move.now, person_id=move.employee):
        move.session.delete(name)
    move.session.commit()
    page = sign_in(app, move.hmrc_officer).open("/people/gaps").text
    check_page(page)
    assert "A person without a name" in page
