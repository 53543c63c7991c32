"""The terms of the post at the host, as its HR type them and as everybody reads them."""

from dataclasses import replace

from flask import Flask

from profiles.clearances.levels import ClearanceLevel
from profiles.loans import approving
from profiles.loans.models import LoanSide, LoanState
from profiles.people.models import WorkAddress
from profiles.roles.models import Role
from profiles.temporal import current, end
from tests.app.loans.test_pages import POST, agree, open_page, own, prepared
from tests.app.page_checks import check_page
from tests.factories.loans import POST as HOST_POST
from tests.factories.loans import Lending
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.support.signed_in import sign_in

TERMS = POST | {"line_manager": "bo.boss@ho.gov.uk", "required_level": "SC"}


def test_the_line_manager_and_the_clearance_stand_on_the_pages(app: Flask, lending: Lending) -> None:
    move = lending.move
    make_employee(move.session, move.now, move.home_office, "bo.boss")
    path = prepared(lending, LoanState.HOME_APPROVED)
    host = sign_in(app, move.preparer)
    assert host.submit(f"{path}/post", **TERMS).status_code == 303
    form = open_page(host, f"{path}/post")
    assert 'value="bo.boss@ho.gov.uk"' in form
    assert '<option value="SC" selected>' in form
    officer = sign_in(app, move.home_office_officer)
    for page in (open_page(officer, f"{path}/approve"), open_page(sign_in(app, lending.drafter), path)):
        assert "Bo Boss" in page
        assert "Clearance that the post needs" in page
    assert agree(officer, f"{path}/approve") == 303
    assert "Bo Boss" in open_page(sign_in(app, move.employee), f"{own(path)}/sign")


def test_a_line_manager_whom_nobody_knows_there_is_said_at_its_field(app: Flask, lending: Lending) -> None:
    path = prepared(lending, LoanState.HOME_APPROVED)
    answer = sign_in(app, lending.move.preparer).submit(
        f"{path}/post", **TERMS | {"line_manager": "iris.cole@hmrc.gov.uk"}
    )
    assert answer.status_code == 422
    check_page(answer.text)
    assert 'href="#line_manager"' in answer.text
    assert "Visa Adviser" in answer.text


def test_a_line_manager_who_has_no_address_there_any_more_is_not_dropped_in_silence(
    app: Flask, lending: Lending
) -> None:
    move = lending.move
    boss = make_employee(move.session, move.now, move.home_office, "bo.boss").person_id
    path = prepared(lending, LoanState.HOME_APPROVED)
    host, gone = sign_in(app, move.preparer), "Bo Boss was named as their line manager"
    assert host.submit(f"{path}/post", **TERMS).status_code == 303
    assert gone not in open_page(host, f"{path}/post")
    (address,) = current(move.session, WorkAddress, move.now, move.now, person_id=boss)
    end(move.session, address, move.now, move.now, PROVENANCE)
    move.session.commit()
    assert gone in open_page(host, f"{path}/post")
    refused = host.submit(f"{path}/post", **POST | {"line_manager": "", "job_title": ""})
    assert refused.status_code == 422
    assert gone in refused.text


def test_hr_and_the_security_officer_of_home_find_a_loan_that_waits_for_a_clearance(
    app: Flask, lending: Lending
) -> None:
    loan = lending.until(LoanState.HOME_APPROVED)
    post = replace(HOST_POST, required_level=ClearanceLevel.DV)
    approving.describe_post(**lending.as_officer(lending.move.preparer), loan_id=loan.id, post=post)
    lending.approve(loan, LoanSide.HOST)
    lending.sign(loan)
    lending.agree_clearance(loan)
    lending.move.session.commit()
    security, hr = sign_in(app, lending.security_officer), sign_in(app, lending.drafter)
    record = f"/people/{lending.move.employee}/record"
    for path in ("/loan-tasks", "/tasks"):
        page = open_page(security, path)
        assert "See to the clearance that the post needs: DV" in page
        assert f'href="{record}"' in page
    assert "clearances/add" in open_page(security, record)
    for path in ("/loans/waiting", "/tasks"):
        page = open_page(hr, path)
        assert "See to the clearance that the post needs, or change the loan" in page
        assert f'href="/loans/{loan.id}?side=home"' in page
    assert "HR or a security officer of" in open_page(hr, f"/loans/{loan.id}")
    give_role(
        lending.move.session, lending.move.now, lending.drafter, Role.SECURITY_OFFICER, lending.move.hmrc.id
    )
    lending.move.session.commit()
    assert open_page(hr, "/tasks").count("See to the clearance") == 1, "who is both reads of it once"
