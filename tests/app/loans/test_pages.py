"""The pages of a loan, each as those who may open it."""

import re
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlmodel import select

from profiles.loans.models import Loan, LoanState
from profiles.suspensions.service import suspend_account
from profiles.transfers.models import Transfer
from tests.app.page_checks import check_page
from tests.factories.loans import Lending
from tests.profiles.loans.test_clearance import grant_another
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

WISH = {
    "start_date": ["16", "3", "2026"],
    "last_day": ["15", "3", "2027"],
    "payer": "host",
    "purpose": "To help with a peak of visas.",
}
POST = {"local_grade": "Senior Officer", "job_title": "Visa Adviser"}
TERMS = {
    "local_grade": "Senior Officer",
    "job_title": "Visa Adviser",
    "employment_number": "HO-7",
    "work_address": "priya.patel@ho.gov.uk",
    "contract_type": "permanent",
    "fte_thousandths": "100",
    "salary": "41000",
    "start_date": ["14", "9", "2026"],
    "bpss_checked_on": ["10", "3", "2026"],
}
PAGES = ("", "/post", "/approve", "/decline", "/hold", "/change", "/clearance")
WHO = ("employee", "hmrc_officer", "home_office_officer", "security_officer", "stranger")


def prepared(lending: Lending, state: LoanState) -> str:
    loan = lending.until(state)
    lending.move.session.commit()
    return f"/loans/{loan.id}"


def state_of(lending: Lending) -> LoanState:
    lending.move.session.expire_all()
    state = lending.move.session.exec(select(Loan)).one().state
    lending.move.session.rollback()
    return state


def agree(visitor: Visitor, page: str, **said: object) -> int:
    """Approve, sign or agree to what the page shows."""
    return visitor.submit(page, shown=shown_on(visitor, page), **said).status_code


def shown_on(visitor: Visitor, page: str) -> str:
    shown = re.search(r'name="shown" value="([^"]+)"', open_page(visitor, page))
    assert shown is not None
    return shown[1]


def own(path: str) -> str:
    return f"/profile{path}"


def open_page(visitor: Visitor, path: str) -> str:
    answer = visitor.open(path)
    assert answer.status_code == 200, (path, answer.status_code)
    check_page(answer.text)
    return answer.text


def fields(lending: Lending, **more: object) -> dict[str, object]:
    return WISH | {"host_organisation_id": str(lending.move.home_office.id)} | more


def test_home_hr_draft_it_with_a_look_at_what_changes(app: Flask, lending: Lending) -> None:
    path = f"/people/{lending.move.employee}/loan"
    officer = sign_in(app, lending.drafter)
    check = officer.submit(path, **fields(lending))
    assert check.status_code == 200
    check_page(check.text)
    assert "Tax Desk" in check.text
    assert "Visa Desk" not in check.text
    drafted = officer.submit(path, **fields(lending, draft="1"))
    assert drafted.status_code == 303
    assert "Draft" in open_page(officer, drafted.location)
    assert state_of(lending) is LoanState.DRAFT


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"last_day": ["15", "3", "2026"]}, "last_day-day"),
        ({"last_day": ["1", "6", "2026"]}, "payer"),
        ({"purpose": ""}, "purpose"),
        ({"start_date": ["31", "2", "2026"]}, "start_date-day"),
        ({"host_organisation_id": ""}, "host_organisation_id"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    app: Flask, lending: Lending, wrong: dict[str, object], field: str
) -> None:
    path = f"/people/{lending.move.employee}/loan"
    answer = sign_in(app, lending.drafter).submit(path, **fields(lending, **wrong))
    assert answer.status_code == 422
    check_page(answer.text)
    assert f'href="#{field}"' in answer.text
    assert lending.move.session.exec(select(Loan)).all() == []


@pytest.mark.parametrize("who", ["preparer", "stranger", "hmrc_officer"])
def test_only_home_hr_can_begin_it(app: Flask, lending: Lending, who: str) -> None:
    answer = sign_in(app, getattr(lending.move, who)).open(f"/people/{lending.move.employee}/loan")
    assert answer.status_code == (200 if who == "hmrc_officer" else 404)


EXPECTED = {
    ("", LoanState.EMPLOYEE_SUBMITTED): (403, 200, 404, 403, 404),
    ("", LoanState.HOME_APPROVED): (403, 200, 200, 403, 404),
    ("/post", LoanState.HOME_APPROVED): (403, 404, 200, 403, 404),
    ("/approve", LoanState.EMPLOYEE_SUBMITTED): (403, 200, 404, 403, 404),
    ("/decline", LoanState.HOME_APPROVED): (403, 200, 200, 403, 404),
    ("/hold", LoanState.HOME_APPROVED): (403, 200, 200, 403, 404),
    ("/change", LoanState.HOME_APPROVED): (403, 200, 404, 403, 404),
    ("/clearance", LoanState.HOME_APPROVED): (403, 403, 403, 200, 403),
}


@pytest.mark.parametrize(("page", "state"), list(EXPECTED))
def test_who_may_open_which_page(app: Flask, lending: Lending, page: str, state: LoanState) -> None:
    path = prepared(lending, state) + page
    answers = []
    for who in WHO:
        answer = sign_in(app, getattr(lending, who, None) or getattr(lending.move, who)).open(path)
        check_page(answer.text)
        answers.append(answer.status_code)
    assert tuple(answers) == EXPECTED[page, state]


def test_approving_needs_a_fresh_sign_in(app: Flask, lending: Lending) -> None:
    path = f"{prepared(lending, LoanState.EMPLOYEE_SUBMITTED)}/approve"
    answer = sign_in(app, lending.move.hmrc_officer, minutes_ago=20).open(path)
    assert (answer.status_code, "fresh=1" in answer.location) == (302, True)


def test_each_side_sees_its_own_apps_before_it_approves(app: Flask, lending: Lending) -> None:
    path = prepared(lending, LoanState.EMPLOYEE_SUBMITTED)
    home = sign_in(app, lending.move.hmrc_officer)
    page = open_page(home, f"{path}/approve")
    assert ("Tax Desk" in page, "Visa Desk" in page) == (True, False)
    assert agree(home, f"{path}/approve") == 303
    host = sign_in(app, lending.move.preparer)
    assert host.submit(f"{path}/post", **POST).status_code == 303
    page = open_page(sign_in(app, lending.move.home_office_officer), f"{path}/approve")
    assert ("Tax Desk" in page, "Visa Desk" in page) == (False, True)
    assert agree(sign_in(app, lending.move.home_office_officer), f"{path}/approve") == 303
    assert state_of(lending) is LoanState.HOST_APPROVED


@pytest.mark.parametrize("state", [LoanState.EMPLOYEE_SUBMITTED, LoanState.HOST_APPROVED])
@pytest.mark.parametrize("said", ["", "1.1"])
def test_what_was_not_on_the_page_is_neither_approved_nor_signed(
    app: Flask, lending: Lending, state: LoanState, said: str
) -> None:
    path = prepared(lending, state)
    signs = state is LoanState.HOST_APPROVED
    visitor = sign_in(app, lending.move.employee if signs else lending.move.hmrc_officer)
    page = f"{own(path)}/sign" if signs else f"{path}/approve"
    assert visitor.submit(page, shown=said).status_code == 409
    assert state_of(lending) is state
    assert agree(visitor, page) == 303


def test_the_preparer_cannot_approve_by_sending_the_form(app: Flask, lending: Lending) -> None:
    path = prepared(lending, LoanState.EMPLOYEE_SUBMITTED)
    assert sign_in(app, lending.drafter).submit(f"{path}/approve", page=path + "/hold").status_code == 403
    assert state_of(lending) is LoanState.EMPLOYEE_SUBMITTED


def test_the_employee_sees_who_is_to_act_and_does_their_part(app: Flask, lending: Lending) -> None:
    path = prepared(lending, LoanState.DRAFT)
    employee = sign_in(app, lending.move.employee)
    page = open_page(employee, own(path))
    assert "Read the draft and send it on" in page
    assert "Tax Desk" in page
    assert employee.submit(f"{own(path)}/submit").status_code == 303
    page = open_page(employee, own(path))
    assert "HR of Department HMRC" in page
    assert "9 March 2026" in page
    assert "Your loan from" in open_page(employee, "/profile")


def test_the_employee_signs_and_the_security_officer_agrees(app: Flask, lending: Lending) -> None:
    path = prepared(lending, LoanState.HOST_APPROVED)
    employee = sign_in(app, lending.move.employee)
    open_page(employee, f"{own(path)}/sign")
    assert agree(employee, f"{own(path)}/sign") == 303
    assert "has not agreed to share the clearance yet" in open_page(employee, own(path))
    security = sign_in(app, lending.security_officer)
    assert "Loans that wait for you: 1" in open_page(security, "/profile")
    assert "Priya Patel" in open_page(security, "/loan-tasks")
    assert agree(security, f"{path}/clearance", agreed="yes") == 303
    assert state_of(lending) is LoanState.SCHEDULED


def test_what_the_security_officer_agrees_to_is_what_the_page_showed(app: Flask, lending: Lending) -> None:
    path = prepared(lending, LoanState.AGREEMENT_SIGNED)
    security = sign_in(app, lending.security_officer)
    shown = shown_on(security, f"{path}/clearance")
    grant_another(lending)
    lending.move.session.commit()
    answer = security.submit(f"{path}/clearance", agreed="yes", shown=shown)
    assert answer.status_code == 409
    check_page(answer.text)
    assert state_of(lending) is LoanState.AGREEMENT_SIGNED


def test_not_sharing_needs_a_reason(app: Flask, lending: Lending) -> None:
    path = prepared(lending, LoanState.HOST_APPROVED)
    security = sign_in(app, lending.security_officer)
    answer = security.submit(f"{path}/clearance", agreed="no")
    assert answer.status_code == 422
    check_page(answer.text)
    assert security.submit(f"{path}/clearance", agreed="no", reason="A case is open").status_code == 303
    assert "A case is open" in open_page(sign_in(app, lending.drafter), path)
    assert "A case is open" not in open_page(sign_in(app, lending.move.employee), own(path))
    host = open_page(sign_in(app, lending.move.preparer), path)
    assert "A case is open" not in host
    assert "security officer" not in host


def test_the_host_reads_nothing_of_what_keeps_the_employee_at_home(app: Flask, lending: Lending) -> None:
    loan, move = lending.until(LoanState.AGREEMENT_SIGNED), lending.move
    suspend_account(
        move.session,
        move.now,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=lending.security_officer,
        reason="A case is open",
    )
    move.session.commit()
    path = f"/loans/{loan.id}"
    home, host = (open_page(sign_in(app, one), path) for one in (lending.drafter, move.preparer))
    assert "The account is suspended" in home
    assert "A security officer of Department HMRC" in home
    assert "suspended" not in host
    assert "security officer" not in host
    assert "Something must be settled by Department HMRC first." in host


def test_the_host_reads_no_history_of_before_it_knew(app: Flask, lending: Lending) -> None:
    path = prepared(lending, LoanState.HOME_APPROVED)
    assert "Waits for home" not in open_page(sign_in(app, lending.move.preparer), path)
    assert "Waits for home" in open_page(sign_in(app, lending.drafter), path)


def test_a_hold_says_its_reason_to_its_own_side_alone(app: Flask, lending: Lending) -> None:
    path = prepared(lending, LoanState.SCHEDULED)
    officer = sign_in(app, lending.move.home_office_officer)
    sent = {"reason": "A secret", "review_on": ["11", "3", "2026"]}
    assert officer.submit(f"{path}/hold?side=host", **sent).status_code == 303  # type: ignore[arg-type]
    assert "A secret" in open_page(officer, path)
    for page in (
        open_page(sign_in(app, lending.drafter), path),
        open_page(sign_in(app, lending.move.employee), own(path)),
    ):
        assert "on hold" in page
        assert "A secret" not in page
        assert "11 March 2026" not in page
    open_page(officer, f"{path}/resume")
    assert officer.submit(f"{path}/resume").status_code == 303
    assert state_of(lending) is LoanState.SCHEDULED


def test_the_lists_of_what_waits(app: Flask, lending: Lending) -> None:
    prepared(lending, LoanState.EMPLOYEE_SUBMITTED)
    page = open_page(sign_in(app, lending.move.hmrc_officer), "/loans/waiting")
    assert "Approve or decline" in page
    page = open_page(sign_in(app, lending.drafter), "/loans/waiting")
    assert "Nothing waits for you" in page
    assert "1 loan waits for you" in open_page(sign_in(app, lending.move.hmrc_officer), "/loans")
    assert "There are no loans yet" in open_page(sign_in(app, lending.move.preparer), "/loans")


@pytest.fixture
def on_loan(app: Flask, lending: Lending) -> str:
    """The page of a loan that has begun; the application's clock has come to that morning."""
    loan = lending.until(LoanState.SCHEDULED)
    now = datetime(2026, 3, 16, 9, tzinfo=UTC)
    lending.come_to(loan, now)
    lending.move.session.commit()
    app.config["CLOCK"] = lambda: now
    return f"/loans/{loan.id}"


def test_an_extension_on_the_pages(app: Flask, lending: Lending, on_loan: str) -> None:
    proposed = {"last_day": ["30", "9", "2027"], "payer": "host"}
    host = sign_in(app, lending.move.preparer)
    open_page(host, f"{on_loan}/extend")
    assert host.submit(f"{on_loan}/extend", **proposed).status_code == 303  # type: ignore[arg-type]
    security = sign_in(app, lending.security_officer)
    assert "30 September 2027" in open_page(security, f"{on_loan}/clearance")
    assert agree(security, f"{on_loan}/clearance", agreed="yes") == 303
    for officer in (lending.move.hmrc_officer, lending.move.home_office_officer):
        visitor = sign_in(app, officer)
        assert "30 September 2027" in open_page(visitor, f"{on_loan}/approve")
        assert agree(visitor, f"{on_loan}/approve") == 303
    employee = sign_in(app, lending.move.employee)
    assert "30 September 2027" in open_page(employee, f"{own(on_loan)}/sign")
    open_page(employee, f"{own(on_loan)}/refuse-extension")
    assert agree(employee, f"{own(on_loan)}/sign") == 303
    assert state_of(lending) is LoanState.ON_LOAN
    assert lending.move.session.exec(select(Loan)).one().last_day == date(2027, 9, 30)


def test_an_early_end_and_the_return_on_the_pages(app: Flask, lending: Lending, on_loan: str) -> None:
    host = sign_in(app, lending.move.home_office_officer)
    assert "Visa Desk" in open_page(host, f"{on_loan}/end")
    sent = {"last_day": ["30", "6", "2026"], "reason": "The peak is over"}
    assert host.submit(f"{on_loan}/end", **sent).status_code == 303  # type: ignore[arg-type]
    home = sign_in(app, lending.drafter)
    assert "The peak is over" in open_page(home, on_loan)
    open_page(home, f"{on_loan}/return")
    assert home.submit(f"{on_loan}/return").status_code == 303
    assert state_of(lending) is LoanState.ENDED_EARLY


@pytest.mark.looks_at("loans/agree_to_end.html")
def test_home_ends_it_early_by_two_on_the_pages(app: Flask, lending: Lending, on_loan: str) -> None:
    first, second = sign_in(app, lending.drafter), sign_in(app, lending.move.hmrc_officer)
    assert "another of its officers must agree" in open_page(first, f"{on_loan}/end")
    sent = {"last_day": ["30", "6", "2026"], "reason": "We need her back"}
    assert first.submit(f"{on_loan}/end", **sent).status_code == 303  # type: ignore[arg-type]
    assert state_of(lending) is LoanState.ON_LOAN
    wish = f"{on_loan}/early-end"
    assert wish in open_page(second, "/loans/waiting")
    assert wish in open_page(second, on_loan)
    assert "Agree: end it early" not in open_page(first, wish)
    assert "We need her back" in open_page(second, wish)
    assert first.submit(f"{wish}/agree", page=wish).status_code == 403
    assert second.submit(f"{wish}/agree", page=wish).status_code == 303
    assert state_of(lending) is LoanState.ENDED_EARLY


def test_a_conversion_on_the_pages(app: Flask, lending: Lending, on_loan: str) -> None:
    host = sign_in(app, lending.move.preparer)
    open_page(host, f"{on_loan}/stay")
    check = host.submit(f"{on_loan}/stay", **TERMS)  # type: ignore[arg-type]
    assert check.status_code == 200
    check_page(check.text)
    answer = host.submit(f"{on_loan}/stay", **TERMS, prepare="1")  # type: ignore[arg-type]
    transfer = lending.move.session.exec(select(Transfer.id)).one()
    lending.move.session.rollback()
    assert answer.location == f"/transfers/{transfer}"
    assert "the move is on its way" in open_page(host, on_loan)
    open_page(sign_in(app, lending.move.employee), own(on_loan))
    assert state_of(lending) is LoanState.CONVERTING


def test_an_employee_asks_and_withdraws(app: Flask, lending: Lending) -> None:
    employee = sign_in(app, lending.move.employee)
    asked = {name: value for name, value in fields(lending).items() if name != "payer"}
    answer = employee.submit("/profile/loan", **asked)  # type: ignore[arg-type]
    assert answer.status_code == 303
    assert "You have a loan on its way" in open_page(employee, "/profile/loan")
    assert employee.submit(f"{answer.location}/withdraw").status_code == 303
    assert state_of(lending) is LoanState.WITHDRAWN


def test_changing_it_on_the_page(app: Flask, lending: Lending) -> None:
    path = prepared(lending, LoanState.SCHEDULED)
    home = sign_in(app, lending.drafter)
    assert "To help with a peak of visas." in open_page(home, f"{path}/change")
    sent = fields(lending, start_date=["20", "4", "2026"])
    assert home.submit(f"{path}/change", **sent).status_code == 303  # type: ignore[arg-type]
    assert state_of(lending) is LoanState.DRAFT


def test_declining_on_the_page(app: Flask, lending: Lending) -> None:
    path = prepared(lending, LoanState.HOME_APPROVED)
    host = sign_in(app, lending.move.preparer)
    assert host.submit(f"{path}/decline").status_code == 422
    assert host.submit(f"{path}/decline", reason="No place").status_code == 303
    assert "No place" in open_page(sign_in(app, lending.move.employee), own(path))
