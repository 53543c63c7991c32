"""Around a move, no officer alone gives anybody a new way in."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from app.config import Settings
from app.database import transaction
from identity.recovery.codes import issue
from identity.recovery.models import IdentityCheck, Recovery
from identity.recovery.service import confirm, request
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.transfers.dates import move_start
from profiles.transfers.freeze import frozen_until
from profiles.transfers.models import Side, TransferState
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.recoveries import STOP
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

AFTER = timedelta(days=14)


@pytest.fixture
def security(move: Move) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, "sita.stone").person_id
    give_role(move.session, move.now, person_id, Role.SECURITY_OFFICER, move.hmrc.id)
    return person_id


@pytest.fixture
def second(move: Move) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, "hugo.lane").person_id
    give_role(move.session, move.now, person_id, Role.HR_OFFICER, move.hmrc.id)
    return person_id


def begin(move: Move) -> Recovery:
    return request(
        move.session,
        move.now,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=move.hmrc_officer,
        permissions=move.permissions(move.hmrc_officer),
        check=IdentityCheck.CALLED_BACK,
    )


def test_it_lasts_from_the_agreement_until_some_days_after_the_start(move: Move) -> None:
    session, who = move.session, move.employee
    transfer = move.prepare()
    assert frozen_until(session, who, move.now, AFTER) is None
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    move.approve(transfer, Side.EXPORTING, move.hmrc_officer)
    until = transfer.join_at + AFTER
    assert frozen_until(session, who, move.now, AFTER) == until
    assert frozen_until(session, who, until - timedelta(seconds=1), AFTER) == until
    assert frozen_until(session, who, until, AFTER) is None
    assert frozen_until(session, move.hmrc_officer, move.now, AFTER) is None


def test_it_goes_on_while_the_dates_of_what_was_agreed_are_changed(move: Move) -> None:
    transfer = move.schedule()
    start_date = transfer.start_date + timedelta(days=7)
    by = {"officer_id": move.preparer, "permissions": move.permissions(move.preparer)}
    move_start(move.session, move.now, transfer_id=transfer.id, **by, start_date=start_date, last_day=None)
    assert transfer.state is TransferState.IN_PROGRESS
    assert frozen_until(move.session, move.employee, move.now, AFTER) == transfer.join_at + AFTER


def test_an_invitation_and_a_recovery_wait_for_a_security_officer(
    app: Flask, move: Move, security: UUID
) -> None:
    move.schedule()
    move.session.commit()
    hr, path = sign_in(app, move.hmrc_officer), f"/people/{move.employee}"
    for step in ("/sign-in/invitation", "/recovery"):
        refused = hr.open(path + step)
        assert refused.status_code == 409
        assert "a security officer of your organisation must allow this first" in refused.text
    page = hr.open(f"{path}/sign-in").text
    check_page(page)
    assert "Invite them" not in page
    assert "Allow HR to help" not in page
    officer = sign_in(app, security)
    check_page(officer.open(f"{path}/sign-in").text)
    assert officer.submit(f"{path}/sign-in/allow-help", page=f"{path}/sign-in").status_code == 303
    page = hr.open(f"{path}/sign-in").text
    check_page(page)
    assert "Invite them" in page
    assert hr.open(f"{path}/sign-in/invitation").status_code == 200
    assert hr.open(f"{path}/recovery").status_code == 200


def test_every_address_hears_that_help_was_allowed_old_and_new(
    app: Flask, move: Move, security: UUID
) -> None:
    move.schedule()
    move.session.commit()
    path = f"/people/{move.employee}/sign-in"
    sign_in(app, security).submit(f"{path}/allow-help", page=path)
    with transaction(app.extensions["engine"], writes=False) as session:
        mails = [one.payload for one in session.exec(select(OutboxMessage)).all()]
    told = {one["to"] for one in mails if one["subject"] == "You may be helped to sign in"}
    assert told == {"priya.patel@hmrc.gov.uk", "priya.patel@ho.gov.uk"}


def test_who_holds_both_roles_does_not_allow_it_to_themselves(app: Flask, move: Move) -> None:
    give_role(move.session, move.now, move.hmrc_officer, Role.SECURITY_OFFICER, move.hmrc.id)
    move.schedule()
    move.session.commit()
    officer, path = sign_in(app, move.hmrc_officer), f"/people/{move.employee}"
    officer.submit(f"{path}/sign-in/allow-help", page=f"{path}/sign-in")
    assert officer.open(f"{path}/recovery").status_code == 409


def test_hr_alone_allows_nothing(app: Flask, move: Move) -> None:
    move.schedule()
    move.session.commit()
    path = f"/people/{move.employee}/sign-in"
    hr = sign_in(app, move.hmrc_officer)
    assert hr.submit(f"{path}/allow-help", page="/profile/notices").status_code == 403


def test_a_recovery_from_before_the_agreement_does_not_get_round_it(
    app: Flask, move: Move, second: UUID, security: UUID, settings: Settings
) -> None:
    """Neither are codes shown, nor do codes work that were shown before."""
    recovery = begin(move)
    confirm(
        move.session,
        move.now,
        recovery,
        officer_id=second,
        permissions=move.permissions(second),
        check=IdentityCheck.CALLED_BACK,
        wait=timedelta(hours=1),
        issuer=settings.issuer,
        stop_path=STOP,
    )
    later = move.now + timedelta(hours=1)
    first_code, second_code = (
        issue(
            move.session,
            later,
            recovery,
            officer_id=officer,
            permissions=move.permissions(officer),
            issuer=settings.issuer,
            stop_path=STOP,
        )
        for officer in (move.hmrc_officer, second)
    )
    move.schedule()
    move.session.commit()
    app.config["CLOCK"] = lambda: later
    assert sign_in(app, second).open(f"/recoveries/{recovery.id}/code").status_code == 409
    refused = Visitor(app).submit("/recovery", first=first_code, second=second_code)
    assert refused.status_code == 409
    assert "a security officer must allow this first" in refused.text
    path = f"/people/{move.employee}/sign-in"
    sign_in(app, security).submit(f"{path}/allow-help", page=path)
    assert Visitor(app).submit("/recovery", first=first_code, second=second_code).status_code == 303
