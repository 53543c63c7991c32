"""The page on which home records what a body outside has signed."""

import re
from typing import Any

import pytest
from flask import Flask

from profiles.errors import Conflict, NotPermitted
from profiles.loans.models import LoanState
from profiles.loans.outside import MOST_A_DAY, add_body
from profiles.organisations.models import OrganisationKind
from tests.app.loans.test_pages import fields, state_of
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


def test_a_body_that_is_not_in_the_list_is_added_while_drafting(app: Flask, lending: Lending) -> None:
    move = lending.move
    drafter, path = sign_in(app, lending.drafter), f"/people/{move.employee}/loan"
    move.session.commit()
    fits = fields(lending) | {"host_organisation_id": "new"}
    refused = drafter.submit(path, **fits)
    assert refused.status_code == 422
    check_page(refused.text)
    assert 'href="#outside_name"' in refused.text
    taken = drafter.submit(path, **fits, outside_name=f" {move.home_office.name.upper()}")
    assert taken.status_code == 422
    assert "choose it there" in taken.text

    name = {"outside_name": "The Turing  Institute"}
    late = drafter.submit(path, **fits | name | {"start_date": ["1", "1", "2020"]})
    assert late.status_code == 422
    chosen = re.search(r'<option value="([^"]+)" selected>The Turing Institute<', late.text)
    assert chosen is not None
    assert drafter.submit(path, **fits | {"outside_name": "the turing institute"}).status_code == 422
    fits["host_organisation_id"] = chosen.group(1)
    assert drafter.submit(path, **fits).status_code == 200
    assert drafter.submit(path, **fits, draft="1").status_code == 303
    assert state_of(lending) is LoanState.DRAFT


def test_what_was_typed_goes_on_with_the_body_that_was_added(app: Flask, lending: Lending) -> None:
    move = lending.move
    drafter, path = sign_in(app, lending.drafter), f"/people/{move.employee}/loan"
    move.session.commit()
    fits = fields(lending) | {"host_organisation_id": "new", "outside_name": "Arup"}
    checked = drafter.submit(path, **fits)
    assert checked.status_code == 200
    check_page(checked.text)
    assert "Arup" in checked.text
    assert 'name="host_organisation_id" value="new"' not in checked.text
    assert 'name="outside_name"' not in checked.text


def test_who_lends_nobody_adds_no_body_and_nobody_adds_many(lending: Lending) -> None:
    move = lending.move
    officer = move.permissions(lending.drafter)
    about: dict[str, Any] = {"home_id": move.hmrc.id, "officer_id": lending.drafter, "permissions": officer}
    with pytest.raises(NotPermitted):
        add_body(
            move.session,
            move.now,
            **about | {"permissions": move.permissions(move.stranger)},
            name="Arup",
        )
    for number in range(MOST_A_DAY):
        add_body(move.session, move.now, **about, name=f"Body {number}")
    with pytest.raises(Conflict):
        add_body(move.session, move.now, **about, name="One more")
