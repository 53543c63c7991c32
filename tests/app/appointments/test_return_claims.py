"""Coming back without a passkey, as the person, the two officers and the last employer see it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlmodel import select

from identity.sessions.models import LoginSession
from identity.sign_in.mail_links import STOP_RETURN
from identity.sign_in.models import Passkey
from profiles.appointments.claim_models import ClaimState, ReturnClaim
from profiles.roles.models import Role
from profiles.transfers.models import InvitationState, MoveInvitation
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.return_claims import WAIT, check_by_two, state, statement_of
from tests.factories.returners import LATER, invite_back
from tests.factories.transfers import Move
from tests.support.authenticator import Authenticator, note_of, options_of
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

AFTER = LATER + WAIT + timedelta(minutes=1)


@pytest.fixture
def token(left: Move) -> str:
    made = invite_back(left)
    left.session.commit()
    return made


def typed(move: Move, **changes: Any) -> dict[str, Any]:
    said = statement_of(move)
    move.session.commit()
    day = {"born_on": [str(part) for part in (said.born_on.day, said.born_on.month, said.born_on.year)]}
    fits = {
        "given_names": said.given_names,
        "family_name": said.family_name,
        "employment_number": said.employment_number,
    }
    return fits | day | changes


def kept(move: Move) -> ReturnClaim:
    move.session.rollback()
    found = select(ReturnClaim).execution_options(populate_existing=True)
    claim = move.session.exec(found).one()
    move.session.expunge(claim)
    move.session.rollback()
    return claim


def codes_of(app: Flask, move: Move, path: str) -> list[str]:
    """What both officers are shown when the time is over."""
    app.config["CLOCK"] = lambda: AFTER
    found = []
    for officer in (move.preparer, move.home_office_officer):
        page = sign_in(app, officer).submit(f"{path}/code", page=path).text
        check_page(page)
        found += re.findall(r'id="code">([^<]+)<', page)
    return found


@pytest.mark.looks_at("my_profile/returning_stated.html")
@pytest.mark.looks_at("my_profile/returning_codes.html")
@pytest.mark.looks_at("my_profile/returning_passkey.html")
@pytest.mark.looks_at("appointments/claim.html")
@pytest.mark.looks_at("appointments/claim_code.html")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_from_the_invitation_to_the_new_passkey(
    app: Flask, left: Move, token: str, device: Authenticator
) -> None:
    person, path = Visitor(app), f"/invited/{token}/returning"
    assert f"{path}/no-passkey" in person.open(path).text
    check_page(person.open(f"{path}/no-passkey").text)
    assert person.submit(f"{path}/no-passkey").status_code == 422
    assert person.submit(f"{path}/no-passkey", **typed(left)).status_code == 303
    check_page(person.open(f"{path}/no-passkey").text)

    page = f"/appointments/returns/{kept(left).invitation_id}"
    for officer in (left.preparer, left.home_office_officer):
        visitor = sign_in(app, officer)
        assert page in visitor.open("/tasks").text
        assert page in visitor.open("/recoveries").text
        shown = visitor.open(page).text
        check_page(shown)
        assert "27 March 1980" in shown
        assert visitor.submit(f"{page}/check", page=page).status_code == 303
        check_page(visitor.open(page).text)
    first, second = codes_of(app, left, page)
    assert "Enter both codes" in person.open(f"{path}/no-passkey").text
    check_page(person.open(f"{path}/codes").text)
    assert person.submit(f"{path}/codes", first=first, second=first).status_code == 422
    assert person.submit(f"{path}/codes", first=second, second=first).status_code == 303

    shown = person.open(f"{path}/passkey").text
    check_page(shown)
    made, before = Authenticator(), len(left.session.exec(select(LoginSession)).all())
    left.session.rollback()
    answer = made.create(options_of(shown))
    sent = person.submit(f"{path}/passkey", page=f"{path}/passkey", note=note_of(shown), answer=answer)
    assert sent.status_code == 200
    assert "Priya Patel" in sent.text
    assert kept(left).state is ClaimState.USED
    assert left.session.exec(select(MoveInvitation)).one().state is InvitationState.ACCEPTED
    live = [one for one in left.session.exec(select(Passkey)) if one.removed_at is None]
    assert [one.person_id for one in live] == [left.employee]
    assert live[0].name != "Phone"
    assert len(left.session.exec(select(LoginSession)).all()) == before
    assert person.open("/profile").status_code == 302


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_account_is_said_at_the_end_alone(app: Flask, left: Move, token: str) -> None:
    claim = state(left, token, employment_number="none of ours")
    check_by_two(left, claim)
    left.session.commit()
    first, second = codes_of(app, left, f"/appointments/returns/{claim.invitation_id}")
    person, path = Visitor(app), f"/invited/{token}/returning"
    assert person.submit(f"{path}/codes", first=first, second=second).status_code == 303
    assert "no account is open to you" in person.open(f"{path}/no-passkey").text
    assert person.open(f"{path}/passkey").status_code == 302
    assert kept(left).state is ClaimState.NOT_FOUND


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_passkey_page_opens_to_nobody_without_codes(app: Flask, left: Move, token: str) -> None:
    check_by_two(left, state(left, token))
    left.session.commit()
    app.config["CLOCK"] = lambda: AFTER
    path = f"/invited/{token}/returning"
    assert Visitor(app).open(f"{path}/passkey").location.endswith("/codes")
    sent = Visitor(app).submit(f"{path}/passkey", page=f"{path}/codes", answer="{}", note="")
    assert sent.location.endswith("/codes")
    assert kept(left).state is ClaimState.WAITING


@pytest.mark.looks_at("my_profile/returning_stop.html")
@pytest.mark.looks_at("recovery/recoveries.html")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_last_employer_and_the_link_of_a_mail_stop_it(app: Flask, left: Move, token: str) -> None:
    safe = make_employee(left.session, left.now, left.hmrc, "sam.safe").person_id
    give_role(left.session, left.now, safe, Role.SECURITY_OFFICER, left.hmrc.id)
    claim = state(left, token)
    claim_id = claim.id
    check_by_two(left, claim)
    left.session.commit()
    page = sign_in(app, safe).open("/recoveries").text
    check_page(page)
    assert "Patel" in page
    assert "Home Office" not in page
    assert "Accounts of people who left you" not in sign_in(app, left.hmrc_officer).open("/recoveries").text
    stop = f"/appointments/returns/leavers/{claim_id}/stop"
    assert sign_in(app, left.hmrc_officer).submit(stop, page="/recoveries").status_code == 403
    with app.test_request_context():
        link = f"/invited/stop/{STOP_RETURN.token_of(claim_id, LATER)}"
    check_page(Visitor(app).open(link).text)
    assert kept(left).state is ClaimState.WAITING
    assert sign_in(app, safe).submit(stop, page="/recoveries").status_code == 303
    assert kept(left).state is ClaimState.STOPPED
    check_page(Visitor(app).open(link).text)
