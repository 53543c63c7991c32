"""The page on which home records what a body outside has signed."""

import pytest
from flask import Flask

from profiles.loans.models import LoanState
from profiles.organisations.models import OrganisationKind
from tests.app.loans.test_pages import state_of
from tests.app.page_checks import check_page
from tests.factories.loans import HOME, Lending
from tests.factories.organisations import make_organisation
from tests.support.signed_in import sign_in

SIGNED = {"reference": "HMRC-2026-0042", "contact": "HR Services, 020 7946 0000"}


@pytest.mark.looks_at("loans/outside.html")
def test_a_colleague_of_who_approved_records_what_the_body_has_signed(app: Flask, lending: Lending) -> None:
    move = lending.move
    body = make_organisation(move.session, move.now, "UNI", kind=OrganisationKind.OUTSIDE)
    loan = lending.draft(host_organisation_id=body.id)
    lending.submit(loan)
    lending.approve(loan, HOME)
    path = f"/loans/{loan.id}"
    move.session.commit()
    approver, drafter = sign_in(app, move.hmrc_officer), sign_in(app, lending.drafter)
    assert approver.open(f"{path}/outside").status_code == 403
    assert sign_in(app, move.stranger).open(f"{path}/outside").status_code == 404
    assert f'href="{path}/outside' in drafter.open(path).text
    assert "Record what the other body has signed" in drafter.open("/loans/waiting").text
    check_page(drafter.open(f"{path}/outside").text)
    refused = drafter.submit(f"{path}/outside", **SIGNED)
    assert refused.status_code == 422
    check_page(refused.text)
    assert 'href="#job_title"' in refused.text
    assert drafter.submit(f"{path}/outside", **SIGNED, job_title="Visiting fellow").status_code == 303
    assert state_of(lending) is LoanState.HOST_APPROVED
    page = drafter.open(path).text
    check_page(page)
    assert "HMRC-2026-0042" in page
