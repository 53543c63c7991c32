"""Everything that waits for somebody, in one list."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

from flask import Flask

from app.paging import PAGE_SIZE
from profiles.access_requests import service as access_requests
from profiles.imports.records import service
from profiles.imports.records.models import ImportState
from profiles.loans.models import LoanState
from profiles.people.models import IdentityConfidence, IdentityEvidence
from profiles.portable_profile.changes import submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import Role
from profiles.temporal import start_of_day
from profiles.transfers.service import advance_due
from tests.app.page_checks import check_page
from tests.factories.loans import make_lending, make_loan
from tests.factories.organisations import INITIATOR
from tests.factories.people import give_role, make_employee
from tests.factories.records import json_lines, person_records
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


def test_an_officer_finds_moves_and_loans_in_one_list(app: Flask, move: Move) -> None:
    transfer, loan = move.prepare(), make_loan(move)
    move.session.commit()
    page = sign_in(app, move.home_office_officer).open("/tasks").text
    check_page(page)
    assert f"/transfers/{transfer.id}/approve" in page
    assert f"/loans/{loan.id}/" in page
    assert "Priya" not in sign_in(app, move.stranger).open("/tasks").text


def test_payroll_finds_the_first_pay_and_the_employee_nothing(app: Flask, move: Move) -> None:
    officer, transfer = move.payroll_officer(), move.schedule()
    advance_due(move.session, transfer.join_at)
    move.session.commit()
    page = sign_in(app, officer).open("/tasks").text
    assert "Confirm first pay, leave and pension" in page
    assert "Nothing waits for you." in sign_in(app, move.employee).open("/tasks").text


def test_the_profile_leads_to_it(app: Flask, move: Move) -> None:
    move.prepare()
    move.session.commit()
    page = sign_in(app, move.hmrc_officer).open("/profile").text
    assert re.search(r'href="/tasks">Everything that waits for you: 1</a></p>', page)
    assert 'href="/tasks"' not in sign_in(app, move.employee).open("/profile").text


def test_the_profile_says_how_much_of_it_is_late(app: Flask, move: Move) -> None:
    transfer = move.prepare()
    make_loan(move)
    move.session.commit()
    app.config["CLOCK"] = lambda: transfer.join_at
    page = sign_in(app, move.home_office_officer).open("/profile").text
    check_page(page)
    assert "Everything that waits for you: 2" in page
    assert "2 are late" in page


def counted(page: str, what: str) -> str | None:
    """How much of a kind waits, as its row says."""
    found = re.search(rf">{what}</a>.*?>([\d,]+)<", page, re.DOTALL)
    return found[1] if found else None


def test_other_work_is_counted_for_who_may_decide_on_it(app: Flask, move: Move) -> None:
    session, now = move.session, move.now
    colleague = make_employee(session, now, move.hmrc, "sam.second").person_id
    give_role(session, now, colleague, Role.HR_OFFICER, move.hmrc.id)
    proof = Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.IDENTITY_PROOFING,
        action=Action.ADD,
        values={
            "confidence": IdentityConfidence.MEDIUM,
            "gpg45_profile": "",
            "evidence": IdentityEvidence.PASSPORT,
            "checked_by": "HR",
            "valid_from": start_of_day(now.date()),
        },
        reason="Passport seen",
        source="officer",
    )
    submit(session, proof, now, move.hmrc_officer, alone_up_to=10)
    service.receive(
        session,
        now,
        INITIATOR,
        organisation_id=move.hmrc.id,
        source="hr",
        files=[("records.jsonl", [json_lines(*person_records("7"))])],
        started_by=move.hmrc_officer,
    ).state = ImportState.WAITING
    session.commit()
    for who, number in ((colleague, "1"), (move.hmrc_officer, None), (move.home_office_officer, None)):
        page = sign_in(app, who).open("/tasks").text
        check_page(page)
        assert (counted(page, "Changes of records"), counted(page, "Imports to publish or approve")) == (
            number,
            number,
        )


def test_data_protection_officers_find_what_is_late(app: Flask, move: Move) -> None:
    officer = make_employee(move.session, move.now, move.hmrc, "dora.data").person_id
    give_role(move.session, move.now, officer, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    [asked] = [
        one
        for one in access_requests.ask(move.session, move.now, move.employee)
        if one.organisation_id == move.hmrc.id
    ]
    asked.due_on = move.now.date() - timedelta(days=1)
    move.session.commit()
    page = sign_in(app, officer).open("/tasks").text
    assert counted(page, "Requests for what is held about somebody") == "1"
    assert "1 is late" in page
    own = sign_in(app, move.employee)
    give_role(move.session, move.now, move.employee, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    move.session.commit()
    assert counted(own.open("/tasks").text, "Requests for what is held about somebody") is None


def test_what_waits_comes_in_pages(app: Flask, move: Move) -> None:
    lending = make_lending(move)
    for number in range(PAGE_SIZE + 1):
        person_id = make_employee(move.session, move.now, move.hmrc, f"p.number{number}").person_id
        replace(lending, move=replace(move, employee=person_id)).until(LoanState.HOME_APPROVED)
    move.session.commit()
    browser = sign_in(app, move.home_office_officer)
    first = browser.open("/tasks").text
    check_page(first)
    href = unescape(re.search(r'href="(/tasks\?after=[^"]+)"', first)[1])  # type: ignore[index]
    second = browser.open(href).text
    check_page(second)
    rows = [
        re.findall(r'href="(/(?:loans|transfers)/[0-9a-f-]{36}/[^"]*)"', page) for page in (first, second)
    ]
    assert len(rows[0]) == PAGE_SIZE
    assert rows[1]
    assert not set(rows[0]) & set(rows[1])
