"""From sending files to publishing them, with a second officer where access changes for many."""

from __future__ import annotations

import io
import re
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import col, select
from werkzeug.test import TestResponse

from app.import_worker import Importing
from profiles.employments.models import Employment, Posting
from profiles.imports.records.models import FieldConflict, Import, ImportState, PossibleDuplicate
from profiles.people import sensitive
from profiles.people.models import PersonName as Name
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.apps_of_move import make_apps
from tests.factories.pay_scales import make_scale
from tests.factories.people import give_role, make_employee
from tests.factories.records import clearance_records, family_name, json_lines, person_records
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


class Office:
    """HMRC's HR officers, and the worker behind the pages."""

    def __init__(self, app: Flask, move: Move, approval_above: int = 1000) -> None:
        self.app, self.move, self.approval_above = app, move, approval_above
        self.officer = sign_in(app, move.hmrc_officer)

    def colleague(self, role: Role = Role.HR_OFFICER) -> Visitor:
        person_id = make_employee(
            self.move.session, self.move.now, self.move.hmrc, "cora.colleague"
        ).person_id
        give_role(self.move.session, self.move.now, person_id, role, self.move.hmrc.id)
        self.move.session.commit()
        return sign_in(self.app, person_id)

    def send(self, content: bytes, source: str = "hr", name: str = "records.jsonl") -> str:
        answer = self.officer.submit(
            "/imports/new",
            page="/imports/new",
            organisation_id=str(self.move.hmrc.id),
            source=source,
            files=(io.BytesIO(content), name),
        )
        assert answer.status_code == 303, answer.text
        self.work()
        return str(answer.location)

    def work(self) -> None:
        clock = self.app.config["CLOCK"]
        Importing(self.app.extensions["engine"], clock, self.approval_above).everything()

    def state(self) -> ImportState:
        self.move.session.expire_all()
        found = self.move.session.exec(select(Import).order_by(Import.id.desc())).first()  # type: ignore[attr-defined]
        assert found is not None
        state = found.state
        self.move.session.rollback()
        return state


@pytest.fixture
def office(app: Flask, move: Move) -> Office:
    move.session.commit()
    return Office(app, move)


def test_hr_sends_a_file_looks_and_publishes(office: Office) -> None:
    path = office.send(json_lines(*person_records("1")))
    page = office.officer.open(path).text
    check_page(page)
    assert "Ready to publish" in page
    assert "The access of 1 person changes." in page
    assert f"Ada {family_name('1')}" in page
    assert office.officer.submit(f"{path}/publish", page=path).status_code == 303
    waiting = office.officer.open(path)
    check_page(waiting.text)
    assert waiting.headers["Refresh"].startswith("5; url=/imports/")
    office.work()
    assert office.state() is ImportState.PUBLISHED
    again = office.send(json_lines(*person_records("1", salary_pence=4_000_000)))
    page = office.officer.open(again).text
    assert "Nobody’s access changes." in page
    assert family_name("1") not in page
    done = office.officer.open(path)
    check_page(done.text)
    assert "Refresh" not in done.headers


def test_a_security_officer_lets_clearances_through(office: Office) -> None:
    path = office.send(json_lines(*person_records("1"), *clearance_records("1")))
    assert "A security officer must approve this import" in office.officer.open(path).text
    assert "Clearance: SC" not in office.officer.open(path).text
    assert office.officer.submit(f"{path}/publish", page=path).status_code == 403
    security = office.colleague(Role.SECURITY_OFFICER)
    listed = security.open("/imports").text
    check_page(listed)
    assert path in listed
    page = security.open(path).text
    check_page(page)
    assert "Clearance: SC" in page
    assert security.submit(f"{path}/publish", page=path).status_code == 303
    office.work()
    assert office.state() is ImportState.PUBLISHED


@pytest.mark.looks_at("imports/import.html")
def test_a_refused_file_shows_its_lines_and_has_a_report(office: Office) -> None:
    path = office.send(json_lines(*person_records("1", salary_pence=-1)))
    page = office.officer.open(path).text
    check_page(page)
    assert "must be 0 or more" in page
    report = office.officer.open(f"{path}/report")
    assert report.mimetype == "text/csv"
    assert "salary_pence,out_of_range" in report.text


def test_what_changes_access_for_more_waits_for_somebody_else(app: Flask, move: Move) -> None:
    move.session.commit()
    office = Office(app, move, approval_above=0)
    path = office.send(json_lines(*[one for key in range(101) for one in person_records(str(key))]))
    assert office.state() is ImportState.WAITING
    page = office.officer.open(path).text
    check_page(page)
    assert "A colleague must approve this import" in page
    assert office.officer.submit(f"{path}/publish", page=path).status_code == 403
    colleague = office.colleague()
    check_page(colleague.open(path).text)
    assert colleague.submit(f"{path}/publish", page=path).status_code == 303
    office.work()
    assert office.state() is ImportState.PUBLISHED


@pytest.mark.looks_at("imports/import.html")
def test_whose_access_a_large_import_may_change_is_listed_by_pages(app: Flask, move: Move) -> None:
    """Until it is decided, in the order of their names; nobody whom lists leave out."""
    move.session.commit()
    office = Office(app, move, approval_above=0)
    whole = json_lines(*[one for key in range(260) for one in person_records(f"{key:03}")])
    path = office.send(whole)

    def listed(page: int) -> list[str]:
        text = office.officer.open(f"{path}?page={page}").text
        check_page(text)
        return re.findall(r"Ada (Byron\w+)", text)

    assert listed(1)[:2] == [family_name("000"), family_name("001")]
    assert [one for page in range(1, 12) for one in listed(page)] == [
        family_name(f"{key:03}") for key in range(260)
    ]
    assert listed(99) == listed(11)
    first = office.officer.open(path).text
    assert "The access of 260 people changes at most" in first
    assert "Caseworker, Officer, from 1 April 2024" in first
    colleague = office.colleague()
    assert colleague.submit(f"{path}/publish", page=path).status_code == 303
    office.work()
    assert office.state() is ImportState.PUBLISHED
    assert listed(1) == []
    found = select(Name.person_id).where(Name.family_name == family_name("007"))
    about = {"person_id": move.session.exec(found).one(), "organisation_id": move.hmrc.id}
    sensitive.mark(move.session, move.now, **about, officer_id=move.hmrc_officer, reason="A threat")
    move.session.commit()
    path = office.send(whole.replace(b"Caseworker", b"Adviser"))
    assert family_name("007") not in listed(1)
    assert family_name("008") in listed(1)
    assert "Not named in lists" in office.officer.open(path).text
    assert office.officer.submit(f"{path}/withdraw", page=path).status_code == 303
    assert listed(1) == []


@pytest.mark.looks_at("imports/import.html")
def test_a_colleague_turns_it_down_with_a_reason(app: Flask, move: Move) -> None:
    move.session.commit()
    office = Office(app, move, approval_above=0)
    path = office.send(json_lines(*[one for key in range(101) for one in person_records(str(key))]))
    colleague = office.colleague()
    assert colleague.submit(f"{path}/reject", page=path).status_code == 422
    assert colleague.submit(f"{path}/reject", page=path, reason="Wrong month").status_code == 303
    assert office.state() is ImportState.REJECTED
    assert "Wrong month" in office.officer.open(path).text


def test_another_organisations_officer_finds_nothing(office: Office, app: Flask) -> None:
    path = office.send(json_lines(*person_records("1")))
    other = sign_in(app, office.move.home_office_officer)
    for what in ("", "/report"):
        assert other.open(path + what).status_code == 404
    assert path not in other.open("/imports").text


def published(office: Office, content: bytes, source: str = "hr") -> str:
    path = office.send(content, source)
    office.officer.submit(f"{path}/publish", page=path)
    office.work()
    assert office.state() is ImportState.PUBLISHED
    return path


@pytest.mark.looks_at("imports/conflict.html", "imports/conflicts.html")
def test_a_conflict_is_settled_once(office: Office) -> None:
    published(office, json_lines(*person_records("1")))
    pay = person_records("1")[-1] | {"source_key": "X", "employment": "NO-1", "salary_pence": 2_900_000}
    published(office, json_lines(pay), "payroll")
    check_page(office.officer.open("/imports").text)
    check_page(office.officer.open("/imports/conflicts").text)
    path = f"/imports/conflicts/{only(office, FieldConflict)}"
    check_page(office.officer.open(path).text)
    assert office.officer.submit(path, page=path).status_code == 422
    assert office.officer.submit(path, page=path, settlement="taken").status_code == 303
    assert "There is nothing to settle" in office.officer.open("/imports/conflicts").text
    check_page(office.officer.open(path).text)


def test_nobody_takes_alone_what_changes_access(office: Office) -> None:
    make_apps(office.move)
    office.move.session.commit()
    published(office, json_lines(*person_records("1")))
    posting = person_records("1")[-2] | {"source_key": "X", "employment": "NO-1", "local_grade": "Contractor"}
    published(office, json_lines(posting), "payroll")
    path = f"/imports/conflicts/{only(office, FieldConflict)}"
    refused = office.officer.submit(path, page=path, settlement="taken")
    assert refused.status_code == 403
    assert "a second officer must see it" in refused.text
    held = select(Posting.local_grade).join(Employment, Employment.fact_id == Posting.employment_id)
    held = held.where(Employment.number == "NO-1", col(Posting.superseded_at).is_(None))
    assert office.move.session.exec(held).all() == ["Officer"]
    office.move.session.rollback()
    assert office.officer.submit(path, page=path, settlement="kept").status_code == 303


@pytest.mark.looks_at("imports/duplicate.html")
@pytest.mark.parametrize(("answer", "people"), [("yes", 0), ("no", 1)])
def test_who_waited_goes_on_after_the_answer(office: Office, answer: str, people: int) -> None:
    published(office, json_lines(*person_records("1")))
    twin = [
        one
        | {
            name: one[name].replace("1", "7")
            for name in ("source_key", "person", "employment")
            if name in one
        }
        for one in person_records("1", number="NO-7")
        if answer == "no" or one["kind"] == "name"
    ]
    born = person_records("1")[1] | {"source_key": "B7", "person": "P7"}
    published(office, json_lines(*twin, *([] if answer == "no" else [born])))
    check_page(office.officer.open("/imports/duplicates").text)
    path = f"/imports/duplicates/{only(office, PossibleDuplicate)}"
    check_page(office.officer.open(path).text)
    answered = office.officer.submit(path, page=path, answer=answer)
    assert answered.status_code == 303
    office.work()
    assert office.state() is ImportState.READY
    found = office.move.session.exec(select(Import).order_by(Import.id.desc())).first()  # type: ignore[attr-defined]
    assert found is not None
    assert found.counts["people"] == people
    assert "Nobody waits" in office.officer.open("/imports/duplicates").text


def only(office: Office, model: type[FieldConflict] | type[PossibleDuplicate]) -> UUID:
    office.move.session.expire_all()
    found = office.move.session.exec(select(model)).one().id
    office.move.session.rollback()
    return found


def large(office: Office) -> TestResponse:
    """Sends more than any other form may hold."""
    content = io.BytesIO(json_lines(*person_records("1", job_title="C" * 200)) * 3000)
    return office.officer.submit(
        "/imports/new",
        page="/imports/new",
        organisation_id=str(office.move.hmrc.id),
        source="hr",
        files=(content, "records.jsonl"),
    )


def test_files_may_be_larger_than_any_other_form(office: Office) -> None:
    answer = large(office)
    assert answer.status_code == 303, answer.text


def test_a_large_body_is_not_read_of_whoever_may_not_send_one(office: Office, app: Flask) -> None:
    office.move.session.commit()
    for visitor, status in ((Visitor(app), 302), (sign_in(app, office.move.employee), 403)):
        body = UnreadBody(b"x" * (2 * 1024 * 1024))
        answer = visitor.client.post(
            "/imports/new",
            input_stream=body,
            content_type="multipart/form-data; boundary=x",
            headers={"Referer": "http://localhost/"},
        )
        assert (answer.status_code, body.was_read) == (status, False)


def test_nor_of_a_form_on_another_site(office: Office) -> None:
    body = UnreadBody(b"x" * (2 * 1024 * 1024))
    answer = office.officer.client.post(
        "/imports/new",
        input_stream=body,
        content_type="multipart/form-data; boundary=x",
        headers={"Referer": "https://elsewhere.example/"},
    )
    assert (answer.status_code, body.was_read) == (413, False)


class UnreadBody(io.BytesIO):
    """A body that notes when anything of it is read."""

    was_read = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.was_read = True
        return super().read(size)


@pytest.mark.looks_at("imports/import.html")
def test_salaries_outside_their_scale_are_listed_by_line_for_hr_alone(office: Office) -> None:
    make_scale(office.move.session, office.move.now, office.move.hmrc.id)
    office.move.session.commit()
    people = [*person_records("1"), *person_records("2", salary_pence=9_000_000), *clearance_records("2")]
    path = office.send(json_lines(*people))
    assert office.state() is ImportState.WAITING
    guard = office.colleague(Role.SECURITY_OFFICER)
    for reader, sees in ((office.officer, True), (guard, False)):
        page, report = (reader.open(path + what).text for what in ("", "/report"))
        check_page(page)
        for text in (page, report):
            assert ("The pay S2 is above the scale of Officer" in text) is sees
            assert "The pay S1" not in text
