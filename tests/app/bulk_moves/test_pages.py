"""The pages of a bulk move, each as those who may open it, from the list to the first pay."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from io import BytesIO
from urllib.parse import urlencode
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update
from sqlmodel import col, select
from werkzeug.test import TestResponse

from app.database import transaction
from profiles.audit.models import AuditEntry
from profiles.bulk_moves import restarting
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState
from profiles.employments.models import Posting
from profiles.entitlements.explanation import with_article
from profiles.people.models import PersonName, SensitiveMark
from profiles.roles.models import Role
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import current, end, record, replace, start_of_day
from tests.app.page_checks import check_page
from tests.factories.apps import make_app, make_rule
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.organisations import LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

DAY = ["1", "4", "2026"]
FOR_THE_LIST = ("numbers", "file")


@pytest.fixture
def moving(app: Flask, now: datetime) -> Moving:
    app.config["WTF_CSRF_ENABLED"] = False
    return make_moving(app.extensions["engine"], now)


def page_of(visitor: Visitor, path: str) -> str:
    answer = visitor.open(path)
    assert answer.status_code == 200, (path, answer.status_code)
    check_page(answer.text)
    return answer.text


def answers(moving: Moving, **fields: object) -> dict[str, object]:
    return {
        "exporting_organisation_id": str(moving.decc.id),
        "importing_organisation_id": str(moving.beis.id),
        "start_date": DAY,
        "who": "all",
        "include_subtree": "no",
        "addresses_go_along": "yes",
        "ends_exporter": "no",
    } | fields


def send_draft(app: Flask, moving: Moving, **fields: object) -> TestResponse:
    """Everything answered, and the button pressed; what is of the list is in the form."""
    said = answers(moving, **fields)
    last = {name: said.pop(name) for name in FOR_THE_LIST if name in said}
    path = f"/bulk-moves/new/check?{urlencode(said, doseq=True)}"
    return sign_in(app, moving.preparer).post(path, **last)  # type: ignore[arg-type]


def draft(app: Flask, moving: Moving, **fields: object) -> str:
    answer = send_draft(app, moving, **fields)
    assert answer.status_code == 303, answer.text
    return answer.location


def agreed(app: Flask, moving: Moving, path: str) -> str:
    for officer, side in ((moving.decc_officer, "exporting"), (moving.beis_officer, "importing")):
        page = f"{path}/agree?side={side}"
        visitor = sign_in(app, officer)
        page_of(visitor, page)
        assert visitor.post(page).status_code == 303
    return path


def test_from_the_list_to_the_first_pay(app: Flask, moving: Moving) -> None:
    path = draft(app, moving)
    officer = sign_in(app, moving.beis_officer)
    assert "Waits for both departments" in page_of(officer, path)
    leaving = sign_in(app, moving.decc_officer)
    page_of(leaving, f"{path}/agree?side=exporting")
    assert leaving.post(f"{path}/agree?side=exporting").status_code == 303
    for page in (path, "/bulk-moves"):
        assert "Waits for both departments" not in page_of(officer, page)
        assert f"Waits for {with_article(moving.beis.name)}" in page_of(officer, page)
    page_of(officer, f"{path}/agree?side=importing")
    assert officer.post(f"{path}/agree?side=importing").status_code == 303
    under_way = officer.open(path)
    assert under_way.headers["Refresh"].startswith("5; url=/bulk-moves/")
    assert 'max="5" value="0"' in under_way.text
    moving.work()
    assert "Ready to be confirmed" in page_of(officer, path)
    page_of(officer, f"{path}/confirm")
    assert officer.post(f"{path}/confirm").status_code == 303
    moving.work()
    for below in ("", "/people", "/people?state=scheduled", "/access", "/grades"):
        page_of(officer, f"{path}{below}")
    assert "Your work moves from" in page_of(sign_in(app, moving.people[0]), "/profile")
    moving.now = start_of_day(START) + timedelta(hours=9)
    moving.work()
    app.config["CLOCK"] = lambda: moving.now
    with transaction(moving.engine) as session:
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
    pays = sign_in(app, payroll)
    assert path in page_of(pays, "/bulk-moves/first-pays").replace("/first-pays", "")
    page_of(pays, f"{path}/first-pays")
    move_id = UUID(path.rpartition("/")[2])
    member_id = moving.member(move_id, moving.people[0]).id
    said = {"first_pay": "yes", "leave": "no", "pension": "yes"}
    page_of(pays, f"{path}/first-pays/{member_id}")
    assert pays.post(f"{path}/first-pays/{member_id}", **said).status_code == 303
    assert "Wrong: leave" in page_of(pays, f"{path}/first-pays")
    assert pays.post(f"{path}/first-pays/rest").status_code == 303
    assert pays.post(f"{path}/first-pays/{member_id}", **said | {"leave": "yes"}).status_code == 303
    assert moving.state(move_id) is BulkMoveState.COMPLETED


def test_what_is_wrong_with_an_answer_is_said_before_a_list_is_typed(app: Flask, moving: Moving) -> None:
    said = answers(moving, who="list", importing_organisation_id=str(moving.decc.id))
    said = {name: one for name, one in said.items() if name not in ("include_subtree", "ends_exporter")}
    answer = sign_in(app, moving.preparer).open(f"/bulk-moves/new/check?{urlencode(said, doseq=True)}")
    assert answer.status_code == 422
    check_page(answer.text)
    assert "Choose an organisation outside your own." in answer.text
    assert 'name="numbers"' not in answer.text


def test_a_draft_asks_one_question_a_page_and_shows_the_answers(app: Flask, moving: Moving) -> None:
    visitor, path, asked = sign_in(app, moving.preparer), "/bulk-moves/new", 0
    said = answers(moving, ends_exporter="yes", providers_go_along="yes")
    while "/check" not in path:
        text = page_of(visitor, path)
        names = {name for name in said if f'name="{name}"' in text}
        assert len(names) == (2 if asked == 0 else 1)
        empty = visitor.post(path)
        assert empty.status_code == 422
        check_page(empty.text)
        sent = {name: said[name] for name in names}
        answered = visitor.post(path, **sent)  # type: ignore[arg-type]
        assert answered.status_code == 303, answered.text
        path, asked = answered.location, asked + 1
    assert asked == 7
    text = page_of(visitor, path)
    assert "1 April 2026" in text
    changed = visitor.post(f"{path.replace('/check', '')}&step=who", who="list")
    assert "/check" in changed.location
    assert "Does the old organisation end?" not in page_of(visitor, changed.location)
    assert visitor.post(path).status_code == 303


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(app: Flask, moving: Moving) -> None:
    answer = send_draft(app, moving, who="list", numbers="DECC-mover.number0\nnobody-1")
    assert answer.status_code == 422
    check_page(answer.text)
    assert "nobody-1" in answer.text
    assert "Nobody works there under these numbers" in answer.text
    assert "DECC-mover.number0" in answer.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"start_date": ["1", "4", "2020"]}, "The start date must be after today."),
        ({"who": "some", "profession": "Juggling"}, "Nobody works there who is meant by this."),
    ],
)
def test_what_the_record_refuses_is_said_at_its_question(
    app: Flask, moving: Moving, wrong: dict[str, object], said: str
) -> None:
    answer = send_draft(app, moving, **wrong)
    assert answer.status_code == 422
    check_page(answer.text)
    assert said in answer.text
    assert answer.text.count('name="include_subtree"') == 0


def test_an_address_with_half_of_the_answers_goes_back_to_the_first_that_is_missing(
    app: Flask, moving: Moving
) -> None:
    answer = send_draft(app, moving, start_date=["31", "2", "2026"])
    assert answer.status_code == 303
    assert 'name="start_date"' in page_of(sign_in(app, moving.preparer), answer.location)


def test_who_is_marked_sensitive_is_in_no_list_and_moves_all_the_same(app: Flask, moving: Moving) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        record(session, SensitiveMark(person_id=one, organisation_id=moving.decc.id, **stamp))
    path = agreed(app, moving, draft(app, moving))
    moving.work()
    for visitor in (sign_in(app, moving.decc_officer), sign_in(app, moving.beis_officer)):
        for below in ("/people", "/results.csv"):
            text = visitor.open(f"{path}{below}").text
            assert "Number0" not in text
            assert "mover.number0" not in text
            assert "Not named in lists" in text
            assert "mover.number1" in text
    assert moving.states(UUID(path.rpartition("/")[2]))[one] is MemberState.READY


def test_the_results_are_a_file_with_a_line_for_each_person(app: Flask, moving: Moving) -> None:
    path = draft(app, moving)
    answer = sign_in(app, moving.decc_officer).open(f"{path}/results.csv")
    lines = answer.text.splitlines()
    assert lines[0] == "name,number,new_number,result,reason"
    assert len(lines) == 6
    assert answer.mimetype == "text/csv"


def test_the_new_department_does_not_read_why_the_old_one_must_settle_something(
    app: Flask, moving: Moving
) -> None:
    with transaction(moving.engine) as session:
        stamp = PROVENANCE.stamp(moving.now, moving.now)
        suspension = AccountSuspension(person_id=moving.people[0], organisation_id=moving.decc.id, **stamp)
        record(session, suspension)
    path = agreed(app, moving, draft(app, moving))
    moving.work()
    theirs = page_of(sign_in(app, moving.beis_officer), f"{path}/people?state=set_apart")
    assert "suspended" not in theirs
    assert "Department DECC settles something first" in theirs
    assert "suspended" in page_of(sign_in(app, moving.decc_officer), f"{path}/people?state=set_apart")


def test_somebody_is_left_out_with_a_reason(app: Flask, moving: Moving) -> None:
    path = draft(app, moving)
    move_id = UUID(path.rpartition("/")[2])
    member_id = moving.member(move_id, moving.people[0]).id
    visitor = sign_in(app, moving.decc_officer)
    page = f"{path}/people/{member_id}/leave-out"
    page_of(visitor, page)
    assert visitor.post(page, reason="").status_code == 422
    assert visitor.post(page, reason="Stays for the archive.").status_code == 303
    assert moving.states(move_id)[moving.people[0]] is MemberState.SET_APART


def test_a_second_officer_decides_on_leaving_out_whose_move_is_recorded(app: Flask, moving: Moving) -> None:
    move_id = moving.scheduled()
    path = f"/bulk-moves/{move_id}"
    member_id = moving.member(move_id, moving.people[0]).id
    page = f"{path}/people/{member_id}"
    asks, decides = sign_in(app, moving.decc_officer), sign_in(app, moving.beis_officer)
    assert "second officer" in page_of(asks, f"{page}/leave-out")
    assert asks.post(f"{page}/leave-out", reason="Stays for the archive.").status_code == 303
    assert moving.states(move_id)[moving.people[0]] is MemberState.SCHEDULED
    assert "second officer" in page_of(decides, path)
    assert f"{page}/left-out" in page_of(decides, f"{path}/people?state=leaving_out")
    assert "Somebody else must decide" not in page_of(decides, f"{page}/left-out")
    assert "somebody else must decide" in page_of(asks, f"{page}/left-out")
    assert "Stays for the archive." in page_of(decides, f"{page}/left-out")
    assert asks.post(f"{page}/left-out", decision="leave_out").status_code == 403
    for wrong in ({}, {"decision": "perhaps"}):
        refused = decides.post(f"{page}/left-out", **wrong)
        assert refused.status_code == 400
        assert "Choose whether they are left out" in refused.text
    assert moving.member(move_id, moving.people[0]).leaving_out_by is not None
    assert decides.post(f"{page}/left-out", decision="leave_out").status_code == 303
    assert moving.states(move_id)[moving.people[0]] is MemberState.SET_APART
    assert decides.open(f"{page}/left-out").status_code == 409


def test_that_somebody_began_on_another_day_is_said_by_one_side_and_answered_by_the_other(
    app: Flask, moving: Moving
) -> None:
    move_id = moving.scheduled(numbers=["DECC-mover.number0"])
    member_id = moving.member(move_id, moving.people[0]).id
    people, page = f"/bulk-moves/{move_id}/people", f"/bulk-moves/{move_id}/people/{member_id}/start"
    assert sign_in(app, moving.beis_officer).open(page).status_code == 404
    moving.now = start_of_day(START) + timedelta(days=3)
    moving.work()
    app.config["CLOCK"] = lambda: moving.now
    says, answers_it = sign_in(app, moving.beis_officer), sign_in(app, moving.decc_officer)
    assert page in page_of(says, people)
    assert f'{page}"' not in page_of(answers_it, people)
    assert "1 April 2026" in page_of(says, page)
    for wrong in (["", "", ""], ["1", "4", "2026"]):
        refused = says.post(page, start_date=wrong)
        check_page(refused.text)
        assert refused.status_code == 422
    assert says.post(page, start_date=["2", "4", "2026"]).status_code == 303
    assert says.open(page).status_code == 404
    assert f"{page}/answer" in page_of(answers_it, f"{people}?state=another_start")
    assert counted(answers_it, "Starts of bulk moves that were another day") == "1"
    assert counted(says, "Starts of bulk moves that were another day") is None
    assert "Take it back" in page_of(says, f"{page}/answer")
    assert "2 April 2026" in page_of(answers_it, f"{page}/answer")
    seen = restarting.shown(moving.member(move_id, moving.people[0]))
    assert says.post(f"{page}/answer", agreed="yes", shown=seen).status_code == 403
    assert answers_it.post(f"{page}/answer", agreed="yes", shown="of another page").status_code == 409
    assert answers_it.post(f"{page}/answer", agreed="yes", shown=seen).status_code == 303
    assert answers_it.open(f"{page}/answer").status_code == 409
    with transaction(moving.engine, writes=False) as session:
        posts = current(session, Posting, moving.now, moving.now, person_id=moving.people[0])
        assert [one.valid_from for one in posts] == [start_of_day(START + timedelta(days=1))]


def test_the_old_organisation_is_told_no_name_that_was_changed_after_the_move(
    app: Flask, moving: Moving
) -> None:
    move_id = moving.scheduled(numbers=["DECC-mover.number0"])
    page = f"/bulk-moves/{move_id}/people/{moving.member(move_id, moving.people[0]).id}/start"
    moving.now = start_of_day(START) + timedelta(days=3)
    moving.work()
    with transaction(moving.engine) as session:
        [held] = current(session, PersonName, moving.now, moving.now, person_id=moving.people[0])
        replace(session, held, start_of_day(START) + timedelta(days=1), PROVENANCE, family_name="Kapoor")
    app.config["CLOCK"] = lambda: moving.now
    says, answers_it = sign_in(app, moving.beis_officer), sign_in(app, moving.decc_officer)
    assert "Kapoor" in page_of(says, page)
    assert says.post(page, start_date=["2", "4", "2026"]).status_code == 303
    assert "Kapoor" in page_of(says, f"{page}/answer")
    told = page_of(answers_it, f"{page}/answer")
    assert "Number0" in told
    assert "Kapoor" not in told


@pytest.mark.parametrize("state", [MemberState.LEFT, MemberState.JOINED, MemberState.PAID])
@pytest.mark.parametrize("below", ["/people", "/results.csv"])
def test_the_list_calls_who_has_moved_as_each_organisation_knows_them(
    app: Flask, moving: Moving, below: str, state: MemberState
) -> None:
    numbers = ["DECC-mover.number0", "DECC-mover.number1"]
    path = f"/bulk-moves/{moving.scheduled(numbers=numbers)}{below}"
    moving.now = start_of_day(START) + timedelta(days=3)
    moving.work()
    with transaction(moving.engine) as session:
        [held] = current(session, PersonName, moving.now, moving.now, person_id=moving.people[0])
        replace(session, held, start_of_day(START) + timedelta(days=1), PROVENANCE, family_name="Kapoor")
        session.execute(update(BulkMoveMember).values(state=state))
    app.config["CLOCK"] = lambda: moving.now
    of_old, of_new = (sign_in(app, one).open(path).text for one in (moving.decc_officer, moving.beis_officer))
    assert "Kapoor" in of_new
    assert "Kapoor" not in of_old
    assert "Number0" in of_old
    assert "Number1" in of_old


def test_who_has_moved_is_not_left_out_any_more(app: Flask, moving: Moving) -> None:
    move_id = moving.scheduled(numbers=["DECC-mover.number0"])
    page = f"/bulk-moves/{move_id}/people/{moving.member(move_id, moving.people[0]).id}/leave-out"
    moving.now = start_of_day(START) + timedelta(days=3)
    moving.work()
    app.config["CLOCK"] = lambda: moving.now
    officer = sign_in(app, moving.decc_officer)
    answer = officer.open(page)
    assert answer.status_code == 409
    assert "Number0" not in answer.text
    assert officer.post(page, reason="").status_code == 409


def mark_sensitive(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        record(session, SensitiveMark(person_id=moving.people[0], organisation_id=moving.decc.id, **stamp))


def openings(moving: Moving) -> set[UUID]:
    with transaction(moving.engine, writes=False) as session:
        query = select(AuditEntry).where(col(AuditEntry.event) == "person.sensitive_record_opened")
        return {UUID(one.initiator) for one in session.exec(query)}


def test_pages_about_one_person_who_is_marked_sensitive_say_whom_and_are_noted(
    app: Flask, moving: Moving
) -> None:
    mark_sensitive(moving)
    move_id = moving.scheduled(numbers=["DECC-mover.number0"])
    member_id = moving.member(move_id, moving.people[0]).id
    page = f"/bulk-moves/{move_id}/people/{member_id}"
    asks, decides = sign_in(app, moving.decc_officer), sign_in(app, moving.beis_officer)
    assert "Number0" in page_of(asks, f"{page}/leave-out")
    assert asks.post(f"{page}/leave-out", reason="Stays for the archive.").status_code == 303
    assert "Number0" in page_of(decides, f"{page}/left-out")
    assert openings(moving) == {moving.decc_officer, moving.beis_officer}
    assert decides.post(f"{page}/left-out", decision="move").status_code == 303
    moving.now = start_of_day(START) + timedelta(days=3)
    moving.work()
    app.config["CLOCK"] = lambda: moving.now
    says, answers_it = sign_in(app, moving.beis_officer), sign_in(app, moving.decc_officer)
    assert re.search(r"On which day did .*Number0 begin\?", page_of(says, f"{page}/start"))
    assert says.post(f"{page}/start", start_date=["2", "4", "2026"]).status_code == 303
    assert "Number0" in page_of(answers_it, f"{page}/start/answer")


def counted(visitor: Visitor, what: str) -> str | None:
    """How much of a kind waits on the page of everything that waits."""
    found = re.search(rf">{what}</a>.*?>([\d,]+)<", page_of(visitor, "/tasks"), re.DOTALL)
    return found[1] if found else None


def test_what_waits_after_the_agreement_is_counted_for_who_may_decide_on_it(
    app: Flask, moving: Moving
) -> None:
    move_id = moving.validated()
    asks, decides = sign_in(app, moving.decc_officer), sign_in(app, moving.beis_officer)
    with transaction(moving.engine) as session:
        place = make_organisation(session, moving.now, "HMRC")
        stranger_id = make_employee(session, moving.now, place, "sam.stranger").person_id
        give_role(session, moving.now, stranger_id, Role.HR_OFFICER, place.id)
        payer_id = make_employee(session, moving.now, moving.beis, "paula.pays").person_id
        give_role(session, moving.now, payer_id, Role.PAYROLL_OFFICER, moving.beis.id)
    stranger, payer = sign_in(app, stranger_id), sign_in(app, payer_id)
    to_confirm, to_leave_out = "Bulk moves to confirm", "People to leave out of bulk moves"
    assert [counted(one, to_confirm) for one in (asks, decides, stranger)] == ["1", "1", None]
    moving.confirm(move_id)
    moving.work()
    assert [counted(one, what) for one in (asks, decides) for what in (to_confirm, to_leave_out)] == [
        None
    ] * 4
    page = f"/bulk-moves/{move_id}/people/{moving.member(move_id, moving.people[0]).id}/leave-out"
    assert asks.post(page, reason="Stays for the archive.").status_code == 303
    assert [counted(one, to_leave_out) for one in (asks, decides, stranger)] == [None, "1", None]
    with transaction(moving.engine) as session:
        session.execute(update(BulkMove).values(state=BulkMoveState.RECONCILING))
        session.execute(
            update(BulkMoveMember)
            .where(col(BulkMoveMember.person_id).in_(moving.people[:2]))
            .values(state=MemberState.JOINED)
        )
    to_pay = "First pays after bulk moves"
    assert [counted(one, to_pay) for one in (payer, asks, decides)] == ["2", None, None]


def test_small_numbers_are_exact_for_who_may_look_each_person_up_alone(app: Flask, moving: Moving) -> None:
    with transaction(moving.engine) as session:
        for place in (moving.decc, moving.beis):
            for_all = make_app(session, moving.now, place, f"Desk of {place.code}")
            make_rule(session, moving.now, for_all, organisation_id=place.id)
    path = draft(app, moving)
    theirs = page_of(sign_in(app, moving.beis_officer), f"{path}/access")
    assert "Fewer than 10" in theirs
    ours = page_of(sign_in(app, moving.decc_officer), f"{path}/access")
    assert "Fewer than 10" not in ours
    assert ">5<" in ours.replace(" ", "").replace("\n", "")


def test_roles_of_people_who_move_are_named_to_the_successor(app: Flask, moving: Moving) -> None:
    visitor = sign_in(app, moving.beis_officer)
    path = f"/bulk-moves/{moving.scheduled()}"
    assert f"{path}/roles" in page_of(visitor, path)
    text = page_of(visitor, f"{path}/roles")
    assert "HR officer" in text
    assert "Not given" in text


def test_who_is_an_officer_is_not_told_before_the_move_is_recorded(app: Flask, moving: Moving) -> None:
    visitor = sign_in(app, moving.beis_officer)
    path = draft(app, moving)
    assert f"{path}/roles" not in page_of(visitor, path)
    assert "HR officer" not in page_of(visitor, f"{path}/roles")


def test_refused_and_cancelled_by_their_pages(app: Flask, moving: Moving) -> None:
    path = draft(app, moving)
    visitor = sign_in(app, moving.beis_officer)
    page_of(visitor, f"{path}/refuse")
    assert visitor.post(f"{path}/refuse", reason="Not ours.").status_code == 303
    assert "Not ours." in page_of(visitor, path)
    for below in ("/people", "/results.csv"):
        assert "DECC-mover.number0" not in visitor.open(f"{path}{below}").text
        assert "DECC-mover.number0" in sign_in(app, moving.decc_officer).open(f"{path}{below}").text
    other = agreed(app, moving, draft(app, moving))
    page_of(visitor, f"{other}/cancel")
    assert visitor.post(f"{other}/cancel", reason="Put off.").status_code == 303
    moving.work()
    assert "Cancelled" in page_of(visitor, other)


def test_pages_about_who_worked_there_open_when_the_old_organisation_has_ended(
    app: Flask, moving: Moving
) -> None:
    move_id = moving.scheduled(ends_exporter=True)
    moving.now = start_of_day(START) + timedelta(hours=9)
    moving.work()
    moving.now += timedelta(days=2)
    app.config["CLOCK"] = lambda: moving.now
    person = moving.people[0]
    officer = sign_in(app, moving.beis_officer)
    for path in (
        f"/bulk-moves/{move_id}",
        f"/bulk-moves/{move_id}/people",
        f"/bulk-moves/{move_id}/access",
        f"/bulk-moves/{move_id}/grades",
        "/bulk-moves",
        "/people",
        f"/people/{person}",
        f"/people/{person}/record",
        "/transfers",
        "/loans",
        "/imports",
    ):
        page_of(officer, path)
    own = sign_in(app, person)
    for path in ("/profile", "/profile/record", "/profile/apps", "/profile/held", "/profile/accounts"):
        page_of(own, path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1234567\n", "under these numbers, or more than one person: 1234567"),
        ("\x00\n", "CSV (UTF-8)"),
        ("9" * 500_000, "CSV (UTF-8)"),
    ],
)
def test_a_list_in_another_encoding_is_said_at_its_field(
    app: Flask, moving: Moving, text: str, said: str
) -> None:
    file = (BytesIO(text.encode("utf-16")), "numbers.txt")
    answer = send_draft(app, moving, who="list", file=file)
    assert answer.status_code == 422
    assert said in answer.text
    assert len(answer.text) < 60_000


def test_nobody_is_asked_to_confirm_where_nobody_is_ready(app: Flask, moving: Moving) -> None:
    stamp = PROVENANCE.stamp(moving.now, moving.now)
    with transaction(moving.engine) as session:
        for one in moving.people:
            record(session, AccountSuspension(person_id=one, organisation_id=moving.decc.id, **stamp))
    numbers = ["DECC-mover.number0", "DECC-mover.number1"]
    path = f"/bulk-moves/{moving.validated(numbers=numbers)}"
    page = page_of(sign_in(app, moving.beis_officer), path)
    assert "Nobody on the list is ready to move" in page
    assert f"{path}/confirm" not in page


def test_payroll_says_it_of_many_by_the_file_that_it_downloads(app: Flask, moving: Moving) -> None:
    move_id, hidden = moving.scheduled(), moving.people[0]
    moving.now = start_of_day(START) + timedelta(days=30)
    moving.work()
    app.config["CLOCK"] = lambda: moving.now
    with transaction(moving.engine) as session:
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        record(session, SensitiveMark(person_id=hidden, organisation_id=moving.beis.id, **stamp))
    path, pays = f"/bulk-moves/{move_id}/first-pays", sign_in(app, payroll)
    assert "DECC-mover.number0" not in page_of(pays, path)
    lines = pays.open(f"{path}.csv").text.splitlines()
    assert lines[0] == "name,number,first_pay,leave,pension"
    assert len(lines) == 5
    page_of(pays, f"{path}/file")
    answered = [lines[0], *(line.replace(",,,", ",yes,yes,no") for line in lines[1:])]
    wrong = pays.post(f"{path}/file", numbers="\n".join([*answered, "x,nobody-1,yes,yes,yes"]))
    assert wrong.status_code == 422
    check_page(wrong.text)
    assert "Nobody waits for payroll under these numbers: nobody-1." in wrong.text
    assert lines[1].split(",")[1] in wrong.text
    sent = (BytesIO("\n".join(answered).encode()), "first-pays.csv")
    assert pays.post(f"{path}/file", file=sent).status_code == 303
    assert list(moving.states(move_id).values()).count(MemberState.PAY_WRONG) == 4
    assert "Wrong: pension" in page_of(pays, path)
    assert ",yes,yes,no" in pays.open(f"{path}.csv").text
    other = sign_in(app, moving.people[1])
    assert "puts something right" in page_of(other, "/profile")
    assert "puts right: pension." in page_of(other, f"/profile/bulk-moves/{move_id}")


def test_an_officer_gives_it_another_start_date_by_its_page(app: Flask, moving: Moving) -> None:
    path = f"/bulk-moves/{moving.scheduled()}"
    officer, page = sign_in(app, moving.decc_officer), f"{path}/start-date"
    assert page in page_of(officer, path)
    page_of(officer, page)
    for wrong in (["", "", ""], ["1", "4", "2020"], DAY):
        refused = officer.post(page, start_date=wrong)
        assert refused.status_code == 422
        check_page(refused.text)
    assert officer.post(page, start_date=["4", "5", "2026"]).status_code == 303
    assert "Gets another start date" in page_of(officer, path)
    moving.work()
    text = page_of(officer, path)
    assert "Waits for both departments" in text
    assert "Start date moved from 1 April 2026 to 4 May 2026." in text
    assert "You set this start date" in text


def test_people_are_moved_back_from_the_page_of_the_move_that_brought_them(
    app: Flask, moving: Moving
) -> None:
    move_id = moving.scheduled()
    path = f"/bulk-moves/{move_id}"
    assert "Move these people back" not in page_of(sign_in(app, moving.beis_officer), path)
    moving.now = start_of_day(START) + timedelta(hours=9)
    app.config["CLOCK"] = lambda: moving.now
    moving.work()
    visitor = sign_in(app, moving.beis_officer)
    assert f"{path}/back" in page_of(visitor, path)
    assert moving.decc.name in page_of(visitor, f"{path}/back")
    assert visitor.post(f"{path}/back").status_code == 422
    said = {"origin_id": str(moving.decc.id), "start_date": ["1", "6", "2026"]}
    answer = visitor.post(f"{path}/back", **said)  # type: ignore[arg-type]
    assert answer.status_code == 303, answer.text
    assert "The bulk move that this one takes back" in page_of(visitor, answer.location)
    again = page_of(visitor, path)
    assert "A bulk move back" in again
    assert "Move these people back" not in again
    assert visitor.post(f"{path}/back", **said).status_code == 409  # type: ignore[arg-type]


def test_who_would_have_them_back_is_told_nothing_of_them_until_the_present_department_agrees(
    app: Flask, moving: Moving
) -> None:
    move_id, mover = moving.scheduled(), moving.people[0]
    moving.now = start_of_day(START) + timedelta(hours=9)
    app.config["CLOCK"] = lambda: moving.now
    moving.work()
    with transaction(moving.engine) as session:
        asks, agrees = (
            make_employee(session, moving.now, place, name).person_id
            for place, name in ((moving.decc, "otto.asks"), (moving.beis, "ben.agrees"))
        )
        for one, place in ((asks, moving.decc), (agrees, moving.beis)):
            give_role(session, moving.now, one, Role.HR_OFFICER, place.id)
        [post] = current(session, Posting, moving.now, moving.now, person_id=mover)
        end(session, post, moving.now, moving.now, PROVENANCE)
        desk = make_app(session, moving.now, moving.decc, "Desk of DECC").id
    old, present = sign_in(app, asks), sign_in(app, agrees)
    said = {"origin_id": str(moving.decc.id), "start_date": ["1", "6", "2026"]}
    path = old.post(f"/bulk-moves/{move_id}/back", **said).location  # type: ignore[arg-type]
    pages = ("", "/people", "/access", "/grades")
    for page in pages:
        text = page_of(old, path + page)
        assert "has agreed" in text, page
        assert "Mover" not in text, page
        assert "Set apart</a>" not in text, page
        assert "can say why" not in text, page
        assert "has agreed" not in page_of(present, path + page), page
    assert old.open(f"{path}/access/{desk}").status_code == 403
    assert "Mover" not in old.open(f"{path}/results.csv").text
    member_id = moving.member(UUID(path.rsplit("/", 1)[1]), moving.people[1]).id
    one = f"{path}/people/{member_id}"
    for kept_back in (old.open(f"{one}/leave-out"), old.open(f"{one}/left-out")):
        assert kept_back.status_code == 404
        assert "Mover" not in kept_back.text
    assert old.post(f"{one}/leave-out", reason="Stays for the archive.").status_code == 404
    assert old.post(f"{one}/leave-out", reason="").status_code == 404
    assert old.post(f"{one}/left-out", decision="move").status_code == 404
    assert "Mover" in page_of(present, f"{one}/leave-out")
    assert "Set apart</a>" in page_of(present, path)
    assert "Mover" in page_of(present, f"{path}/people?state=set_apart")
    assert present.post(f"{path}/agree?side=exporting").status_code == 303
    assert "can say why" in page_of(old, path)
    assert "Mover" in page_of(old, f"{path}/people?state=set_apart")


def test_people_of_the_list_are_found_by_what_is_wrong_with_them_and_by_name(
    app: Flask, moving: Moving
) -> None:
    with transaction(moving.engine) as session:
        for person in moving.people[:2]:
            stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
            record(session, AccountSuspension(person_id=person, organisation_id=moving.decc.id, **stamp))
        posting = current(session, Posting, moving.now, moving.now, person_id=moving.people[2])[0]
        end(session, posting, moving.now, moving.now, PROVENANCE)
    path = f"/bulk-moves/{moving.validated()}"
    old, new = sign_in(app, moving.decc_officer), sign_in(app, moving.beis_officer)
    assert f"{path}/people?reason=suspended" in page_of(old, path)
    suspended = page_of(old, f"{path}/people?reason=suspended&q=number1")
    assert "Mover Number1" in suspended
    assert "Mover Number0" not in suspended
    assert "Mover Number2" in page_of(old, f"{path}/people?reason=no_post")
    assert "is found by this" in page_of(old, f"{path}/people?q=nobody")
    theirs = page_of(new, path)
    assert f"{path}/people?reason=elsewhere" in theirs
    assert "reason=suspended" not in theirs
    settled = page_of(new, f"{path}/people?reason=elsewhere")
    assert "Mover Number0" in settled
    assert "Mover Number2" not in settled
    # A reason that this organisation may not read is none that it can ask for.
    assert "Mover Number2" in page_of(new, f"{path}/people?reason=suspended")
