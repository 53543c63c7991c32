"""HR helps its people to sign in, and undoes what was linked wrongly."""

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import col, select

from app.database import transaction
from identity.federation import linking_codes, links
from identity.federation.models import LinkingCode, UpstreamLink
from identity.sign_in import passwords
from identity.sign_in.invitations import find_invitation
from identity.sign_in.models import PasswordCredential
from profiles.audit.models import AuditEntry
from profiles.audit.service import Initiator
from profiles.roles import service as roles
from profiles.roles.models import Role
from profiles.transfers.models import TransferInterruption, TransferState
from tests.app.page_checks import check_page
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.staying import stays
from tests.factories.transfers import Move
from tests.factories.upstreams import ISSUER, make_provider
from tests.support.signed_in import sign_in


@pytest.fixture
def security_officer(move: Move) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, "sam.stone").person_id
    give_role(move.session, move.now, person_id, Role.SECURITY_OFFICER, move.hmrc.id)
    return person_id


@pytest.fixture
def link_id(move: Move) -> UUID:
    """An account at HMRC's provider that opens the employee's profile."""
    make_provider(move.session, move.now, move.hmrc.id)
    made = links.link(
        move.session,
        move.now,
        issuer=ISSUER,
        subject="account-1",
        realm="",
        person_id=move.employee,
        initiator=Initiator.system("test"),
    )
    move.session.commit()
    return made


def codes(app: Flask) -> list[tuple[UUID, UUID, UUID]]:
    """Whose, of which organisation's HR, and by whom issued."""
    with transaction(app.extensions["engine"]) as session:
        found = session.exec(select(LinkingCode)).all()
        return [(one.person_id, one.organisation_id, one.issued_by) for one in found]


@pytest.mark.looks_at("people/linking_code_made.html")
def test_hr_issues_a_code_that_is_shown_once(app: Flask, move: Move) -> None:
    make_provider(move.session, move.now, move.hmrc.id)
    move.session.commit()
    officer, path = sign_in(app, move.hmrc_officer), f"/people/{move.employee}/sign-in"
    made = officer.submit(f"{path}/code")
    assert made.status_code == 200
    check_page(made.text)
    assert codes(app) == [(move.employee, move.hmrc.id, move.hmrc_officer)]
    assert "They have a code that works until" in officer.open(path).text


def test_the_department_that_somebody_joins_issues_a_code_before_they_have_come(
    app: Flask, move: Move
) -> None:
    """With a security officer's leave, because whoever would steal an account waits for a move."""
    make_provider(move.session, move.now, move.home_office.id)
    transfer = move.schedule()
    security = make_employee(move.session, move.now, move.home_office, "sue.stone").person_id
    give_role(move.session, move.now, security, Role.SECURITY_OFFICER, move.home_office.id)
    move.session.commit()
    officer, path = sign_in(app, move.home_office_officer), f"/people/{move.employee}/sign-in"
    assert path in officer.open(f"/transfers/{transfer.id}").text
    assert officer.open(f"{path}/code").status_code == 409
    assert sign_in(app, security).submit(f"{path}/allow-help", page=path).status_code == 303
    assert officer.submit(f"{path}/code").status_code == 200
    assert codes(app) == [(move.employee, move.home_office.id, move.home_office_officer)]


def test_the_new_department_helps_who_is_blocked_between_the_two_instants(app: Flask, move: Move) -> None:
    make_provider(move.session, move.now, move.home_office.id)
    transfer = move.schedule()
    transfer.state = TransferState.BLOCKED
    stopped = TransferInterruption(
        transfer_id=transfer.id, resumes_to=TransferState.SCHEDULED, began_at=move.now
    )
    move.session.add(stopped)
    move.session.commit()
    officer, path = sign_in(app, move.home_office_officer), f"/people/{move.employee}/sign-in"
    assert officer.open(path).status_code == 404
    stopped.resumes_to = TransferState.LEFT
    move.session.add(stopped)
    move.session.commit()
    assert officer.open(path).status_code == 200


def test_to_who_has_signed_in_before_only_with_a_security_officers_leave(
    app: Flask, move: Move, link_id: UUID, security_officer: UUID
) -> None:
    move.session.commit()
    officer, path = sign_in(app, move.hmrc_officer), f"/people/{move.employee}/sign-in"
    page = officer.open(path).text
    check_page(page)
    assert "HMRC account" in page
    assert 'id="who-allows"' in page
    assert 'id="issue-code"' not in page
    refused = officer.open(f"{path}/code")
    assert refused.status_code == 409
    assert "a security officer must allow this first" in refused.text
    check_page(sign_in(app, security_officer).open(path).text)
    assert sign_in(app, security_officer).submit(f"{path}/allow-help", page=path).status_code == 303
    assert officer.submit(f"{path}/code").status_code == 200
    with transaction(app.extensions["engine"], writes=False) as session:
        assert session.exec(select(LinkingCode.allowed_by)).one() == security_officer


def test_what_was_allowed_is_over_once_it_has_helped(
    app: Flask, move: Move, link_id: UUID, security_officer: UUID
) -> None:
    """HR adds no second account beside, or in the place of, the one that the person has just linked."""
    move.session.commit()
    officer, path = sign_in(app, move.hmrc_officer), f"/people/{move.employee}/sign-in"
    sign_in(app, security_officer).submit(f"{path}/allow-help", page=path)
    made = officer.submit(f"{path}/code").text
    code = re.search(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", made)
    assert code is not None
    assert officer.open(f"{path}/code").status_code == 200  # it can be lost, and made again
    with transaction(app.extensions["engine"]) as session:
        assert linking_codes.spend(session, code[0], move.hmrc.id, move.now, is_moving=stays) == move.employee
    assert officer.open(f"{path}/code").status_code == 409


def test_where_there_is_no_security_officer_the_page_says_what_to_do(
    app: Flask, move: Move, link_id: UUID
) -> None:
    page = sign_in(app, move.hmrc_officer).open(f"/people/{move.employee}/sign-in").text
    check_page(page)
    assert "Nobody can allow it: your organisation has no security officer" in page


def test_the_security_officer_of_the_organisation_above_can_allow_it(
    app: Flask, move: Move, link_id: UUID
) -> None:
    session, now = move.session, move.now
    agency = make_organisation(session, now, "VOA", parent=move.hmrc)
    employee, hr, security = (
        make_employee(session, now, organisation, name).person_id
        for organisation, name in ((agency, "ann.lee"), (agency, "hal.roe"), (move.hmrc, "sue.stone"))
    )
    give_role(session, now, hr, Role.HR_OFFICER, agency.id)
    roles.assign(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=security,
        role=Role.SECURITY_OFFICER,
        organisation_id=move.hmrc.id,
        valid_from=LONG_AGO,
        include_subtree=True,
    )
    passwords.set_password(session, employee, "herons fish at dusk", now, passwords.PasswordCost(1, 8))
    session.commit()
    officer, path = sign_in(app, hr), f"/people/{employee}/sign-in"
    assert "Who can allow it" in officer.open(path).text
    assert sign_in(app, security).submit(f"{path}/allow-help", page=path).status_code == 303
    assert 'id="issue-code"' in officer.open(path).text


@pytest.mark.parametrize(
    ("who", "status"), [("stranger", 404), ("home_office_officer", 404), ("security_officer", 403)]
)
def test_nobody_else_issues_one(
    app: Flask, move: Move, link_id: UUID, security_officer: UUID, who: str, status: int
) -> None:
    move.session.commit()
    person_id = security_officer if who == "security_officer" else getattr(move, who)
    visitor = sign_in(app, person_id)
    assert visitor.open(f"/people/{move.employee}/sign-in/code").status_code == status


def test_an_officer_issues_none_for_themselves_and_none_without_a_new_sign_in(
    app: Flask, move: Move, link_id: UUID
) -> None:
    assert (
        sign_in(app, move.hmrc_officer).open(f"/people/{move.hmrc_officer}/sign-in/code").status_code == 403
    )
    earlier = sign_in(app, move.hmrc_officer, minutes_ago=11)
    assert earlier.open(f"/people/{move.employee}/sign-in/code").status_code == 302


@pytest.mark.looks_at("people/invitation_made.html")
def test_hr_invites_somebody_who_has_no_way_in(app: Flask, move: Move) -> None:
    move.session.commit()
    officer, path = sign_in(app, move.hmrc_officer), f"/people/{move.employee}/sign-in"
    assert "Invite them" in officer.open(path).text
    made = officer.submit(f"{path}/invitation")
    check_page(made.text)
    token = made.text.split("/invitation/")[1].split("<")[0].strip()
    with transaction(app.extensions["engine"]) as session:
        found = find_invitation(session, token, move.now)
    assert found is not None
    assert found.person_id == move.employee


@pytest.mark.parametrize("has", ["a password", "an account", "had an account"])
def test_who_has_signed_in_before_is_not_invited(app: Flask, move: Move, has: str) -> None:
    """They recover their account: one officer alone must not be enough to take it."""
    if has == "a password":
        move.session.add(PasswordCredential(person_id=move.employee, password_hash="x", set_at=move.now))
    else:
        make_provider(move.session, move.now, move.hmrc.id)
        by = Initiator.system("test")
        link_id = links.link(
            move.session,
            move.now,
            issuer=ISSUER,
            subject="account-1",
            realm="",
            person_id=move.employee,
            initiator=by,
        )
        if has == "had an account":
            links.end(move.session, link_id, move.now, "Undone", initiator=by)
    move.session.commit()
    officer, path = sign_in(app, move.hmrc_officer), f"/people/{move.employee}/sign-in"
    page = officer.open(path).text
    assert "Invite them" not in page
    assert "Recover their account" in page
    assert officer.open(f"{path}/invitation").status_code == 409


@pytest.mark.looks_at("people/undo_link.html")
@pytest.mark.parametrize("who", ["hmrc_officer", "security_officer"])
def test_a_wrong_link_is_undone_for_a_reason(
    app: Flask, move: Move, link_id: UUID, security_officer: UUID, who: str
) -> None:
    move.session.commit()
    officer = security_officer if who == "security_officer" else move.hmrc_officer
    visitor, path = sign_in(app, officer), f"/people/{move.employee}/sign-in/accounts/{link_id}/undo"
    assert path in visitor.open(f"/people/{move.employee}/sign-in").text
    check_page(visitor.open(path).text)
    assert visitor.submit(path, reason=" ").status_code == 422
    assert visitor.submit(path, reason="It was linked to the wrong Priya").status_code == 303
    with transaction(app.extensions["engine"]) as session:
        link = session.exec(select(UpstreamLink)).one()
        assert (link.ended_at, link.ended_reason) == (move.now, "It was linked to the wrong Priya")
        entry = session.exec(select(AuditEntry).where(col(AuditEntry.event) == "account.unlinked")).one()
    assert entry.initiator == str(officer)
    assert "wrong Priya" not in str(entry.details)
    assert visitor.open(path).status_code == 404


def test_nobody_elses_hr_undoes_it(app: Flask, move: Move, link_id: UUID) -> None:
    path = f"/people/{move.employee}/sign-in/accounts/{link_id}/undo"
    assert sign_in(app, move.stranger).open(path).status_code == 404
