"""An owner proposes the next agreement of an app, and a data protection officer confirms it."""

from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.apps.models import AgreementProposal, App
from profiles.apps.service import find_agreement
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

TYPED = {
    "purpose": "to open your cases",
    "lawful_basis": "public_task",
    "claims": "name",
    "retention": "one year",
    "contact": "dpo@hmrc.gov.uk",
    "suppliers": "None",
    "acknowledge_within_minutes": "30",
    "when_overdue": "stop",
    "reason": "It is reviewed each spring.",
}


def dated(begins: str, ends: str) -> dict[str, object]:
    return {"begins_on": begins.split("-")[::-1], "ends_on": ends.split("-")[::-1]}


def officer(app: Flask, move: Move, name: str, role: Role, *, of_home_office: bool = False) -> Visitor:
    organisation = move.home_office if of_home_office else move.hmrc
    person_id = make_employee(move.session, move.now, organisation, name).person_id
    give_role(move.session, move.now, person_id, role, organisation.id)
    move.session.commit()
    return sign_in(app, person_id)


@pytest.fixture
def app_id(move: Move) -> UUID:
    found = move.session.exec(select(App.id).where(App.name == "Tax Desk")).one()
    move.session.rollback()
    return found


def propose(owner: Visitor, app_id: UUID, **changes: object) -> str:
    path = f"/apps/{app_id}/agreement/new"
    fields = TYPED | dated("2026-03-02", "2027-03-31") | changes
    sent = owner.submit(path, **fields)  # type: ignore[arg-type]
    assert sent.status_code == 303, sent.text
    return str(sent.location)


@pytest.mark.looks_at("apps/agreement_proposal.html")
def test_an_owner_proposes_and_a_data_protection_officer_confirms(
    app: Flask, move: Move, app_id: UUID
) -> None:
    owner = officer(app, move, "oscar.owner", Role.APP_OWNER)
    form = owner.open(f"/apps/{app_id}/agreement/new").text
    check_page(form)
    assert "dpo@example.gov.uk" in form
    proposal = propose(owner, app_id)
    page = owner.open(proposal).text
    check_page(page)
    assert "You proposed it" in page
    for path in ("/apps/agreements", f"/apps/{app_id}"):
        listed = owner.open(path).text
        check_page(listed)
        assert proposal in listed

    dora = officer(app, move, "dora.data", Role.DATA_PROTECTION_OFFICER)
    page = dora.open(proposal).text
    check_page(page)
    assert "one year" in page
    assert dora.submit(f"{proposal}/confirm", page=proposal).status_code == 303
    agreed = find_agreement(move.session, app_id, move.now)
    assert agreed is not None
    assert (agreed.claims, agreed.retention) == (["name"], "one year")
    assert (agreed.acknowledge_within_seconds, agreed.stop_tokens_when_overdue) == (1800, True)
    check_page(dora.open(f"/apps/{app_id}").text)
    assert dora.open(proposal).status_code == 404


def test_what_is_refused_is_said_at_its_field_and_nothing_is_lost(
    app: Flask, move: Move, app_id: UUID
) -> None:
    owner, path = officer(app, move, "oscar.owner", Role.APP_OWNER), f"/apps/{app_id}/agreement/new"
    wrong = TYPED | dated("2026-03-01", "2027-03-31")
    refused = owner.submit(path, **wrong)  # type: ignore[arg-type]
    assert refused.status_code == 422
    check_page(refused.text)
    assert "The first day must be today or later." in refused.text
    assert "It is reviewed each spring." in refused.text
    empty = owner.submit(path, purpose="", acknowledge_within_minutes="0")
    assert "Enter from 1 to 1440 minutes" in empty.text
    assert empty.status_code == 422
    check_page(empty.text)
    propose(owner, app_id)
    second = owner.submit(path, **TYPED | dated("2026-03-02", "2027-03-31"))  # type: ignore[arg-type]
    assert second.status_code == 409
    check_page(second.text)


def test_an_owner_confirms_nothing_and_whoever_proposed_may_withdraw(
    app: Flask, move: Move, app_id: UUID
) -> None:
    owner = officer(app, move, "oscar.owner", Role.APP_OWNER)
    proposal = propose(owner, app_id)
    assert owner.submit(f"{proposal}/confirm", page=proposal).status_code == 403
    assert owner.submit(f"{proposal}/withdraw", page=proposal).status_code == 303
    assert move.session.exec(select(AgreementProposal.closed_at)).one() is not None


def test_officers_of_elsewhere_find_nothing(app: Flask, move: Move, app_id: UUID) -> None:
    proposal = propose(officer(app, move, "oscar.owner", Role.APP_OWNER), app_id)
    stranger = officer(app, move, "dirk.data", Role.DATA_PROTECTION_OFFICER, of_home_office=True)
    assert stranger.open(proposal).status_code == 404
    assert stranger.open(f"/apps/{app_id}/agreement/new").status_code == 404
    assert stranger.submit(f"{proposal}/confirm", page="/profile/sessions").status_code == 404
