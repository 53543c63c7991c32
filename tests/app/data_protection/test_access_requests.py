"""A person asks for what is held about them, an officer reviews it entry by entry, and it is downloaded."""

import re
from uuid import UUID

import jsonschema_rs
import pytest
from flask import Flask
from sqlmodel import select

from app.data_protection.access_requests import ON_A_PAGE
from profiles.access_requests.models import AccessRequest, RequestState
from profiles.portable_profile.models import Action, ChangeState, RecordChange
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

HELD, DESK = "/profile/held", "/data-protection/requests"


@pytest.fixture
def officer(app: Flask, move: Move) -> Visitor:
    person_id = make_employee(move.session, move.now, move.hmrc, "dora.data").person_id
    give_role(move.session, move.now, person_id, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    move.session.commit()
    return sign_in(app, person_id)


def ask(app: Flask, move: Move) -> tuple[Visitor, UUID]:
    """The employee asks; their browser and the request's id."""
    priya = sign_in(app, move.employee)
    check_page(priya.open(HELD).text)
    assert priya.submit(f"{HELD}/ask", page=HELD).status_code == 303
    found = move.session.exec(select(AccessRequest.id)).one()
    move.session.rollback()
    return priya, found


def shown(page: str) -> tuple[str, str]:
    """What the page says it shows, and the name of the entry of the clearance."""
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    cleared = re.search(r'name="(ground:clearance/[^"]+)"', page)
    assert seen is not None
    assert cleared is not None
    return seen[1], cleared[1]


@pytest.mark.looks_at("data_protection/access_request.html", "my_profile/held_print.html")
def test_it_is_asked_reviewed_and_downloaded(app: Flask, move: Move, officer: Visitor) -> None:
    priya, request_id = ask(app, move)
    waiting = priya.open(HELD).text
    check_page(waiting)
    assert "2 April 2026" in waiting
    check_page(officer.open(DESK).text)
    page = officer.open(f"{DESK}/{request_id}").text
    check_page(page)
    seen, cleared = shown(page)
    withheld = {cleared: "national_security", "seen": seen}
    assert officer.submit(f"{DESK}/{request_id}", **withheld).status_code == 303
    check_page(officer.open(f"{DESK}/{request_id}").text)

    ready = priya.open(HELD).text
    check_page(ready)
    assert "1 entry: National security" in ready
    printed = priya.open(f"{HELD}/{request_id}/print").text
    check_page(printed)
    assert "HMRC-priya.patel" in printed
    answer = priya.open(f"{HELD}/{request_id}.json")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    schema = priya.open(f"{HELD}/schema.json").get_json()
    jsonschema_rs.validator_for(schema).validate(answer.get_json())
    assert "clearance" not in answer.get_json()["sections"]
    assert "session" in answer.get_json()["sections"]
    assert "password_hash" not in answer.text
    assert "token_hash" not in answer.text


def test_what_was_recorded_meanwhile_is_looked_at_before_it_leaves(
    app: Flask, move: Move, officer: Visitor
) -> None:
    _priya, request_id = ask(app, move)
    seen, cleared = shown(officer.open(f"{DESK}/{request_id}").text)
    give_role(move.session, move.now, move.employee, Role.AUDITOR, move.hmrc.id)
    move.session.commit()
    refused = officer.submit(f"{DESK}/{request_id}", **{cleared: "crime", "seen": seen})
    assert refused.status_code == 409
    check_page(refused.text)
    assert "recorded meanwhile" in refused.text
    assert 'value="crime" selected' in refused.text


@pytest.mark.looks_at("data_protection/why.html")
@pytest.mark.parametrize(("step", "state"), [("extend", "asked"), ("refuse", "refused")])
def test_it_takes_longer_or_is_refused_with_a_reason(
    app: Flask, move: Move, officer: Visitor, step: str, state: str
) -> None:
    priya, request_id = ask(app, move)
    path = f"{DESK}/{request_id}/{step}"
    check_page(officer.open(path).text)
    empty = officer.submit(path, reason="")
    assert empty.status_code == 422
    check_page(empty.text)
    assert officer.submit(path, reason="It is the fifth this year.").status_code == 303
    page = priya.open(HELD).text
    check_page(page)
    assert "It is the fifth this year." in page
    assert move.session.exec(select(AccessRequest.state)).one() == RequestState(state)


def test_others_find_neither_the_request_nor_the_content(app: Flask, move: Move, officer: Visitor) -> None:
    priya, request_id = ask(app, move)
    seen, _cleared = shown(officer.open(f"{DESK}/{request_id}").text)
    officer.submit(f"{DESK}/{request_id}", seen=seen)
    other = sign_in(app, move.hmrc_officer)
    assert other.open(f"{DESK}/{request_id}").status_code == 403
    for path in (f"{HELD}/{request_id}.json", f"{HELD}/{request_id}/print"):
        assert other.open(path).status_code == 404
        assert priya.open(path).status_code == 200
        assert sign_in(app, move.employee, minutes_ago=30).open(path).status_code == 302
    stranger = make_employee(move.session, move.now, move.home_office, "dirk.data").person_id
    give_role(move.session, move.now, stranger, Role.DATA_PROTECTION_OFFICER, move.home_office.id)
    move.session.commit()
    assert sign_in(app, stranger).open(f"{DESK}/{request_id}").status_code == 404


def test_a_request_is_withdrawn(app: Flask, move: Move) -> None:
    priya, request_id = ask(app, move)
    assert priya.submit(f"{HELD}/{request_id}/withdraw", page=HELD).status_code == 303
    check_page(priya.open(HELD).text)
    assert move.session.exec(select(AccessRequest.state)).one() is RequestState.WITHDRAWN


def many_changes(move: Move, number: int) -> None:
    """So many entries to review more."""
    move.session.add_all(
        RecordChange(
            person_id=move.employee,
            organisation_id=move.hmrc.id,
            kind="posting",
            action=Action.CORRECT,
            content={"job_title": f"Caseworker {one}"},
            source="letter",
            reason="Entered wrongly",
            state=ChangeState.REFUSED,
            proposed_by=move.hmrc_officer,
            proposed_at=move.now,
        )
        for one in range(number)
    )
    move.session.commit()


def test_a_long_review_goes_on_page_by_page_and_keeps_what_was_chosen(
    app: Flask, move: Move, officer: Visitor
) -> None:
    many_changes(move, ON_A_PAGE)
    priya, request_id = ask(app, move)
    path = f"{DESK}/{request_id}"
    first = officer.open(path).text
    check_page(first)
    assert f"Entries 1 to {ON_A_PAGE} of" in first
    assert 'id="release"' not in first
    seen, cleared = shown(first)
    behind = re.search(r'name="behind" value="([^"]+)"', first)
    assert behind is not None
    second = officer.submit(path, **{cleared: "crime", "seen": seen, "behind": behind[1]})
    check_page(second.text)
    assert f'name="{cleared}" value="crime"' in second.text
    assert 'id="release"' in second.text
    back = officer.submit(path, **{cleared: "crime", "seen": seen, "behind": ""})
    check_page(back.text)
    assert 'value="crime" selected' in back.text
    assert officer.submit(path, **{cleared: "crime", "seen": seen}).status_code == 303
    assert "1 entry" in priya.open(HELD).text
