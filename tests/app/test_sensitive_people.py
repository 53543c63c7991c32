"""Whoever is marked sensitive is named by no list, search or file, and found by whoever knows of them."""

from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from app.database import transaction
from identity.recovery import service as recoveries
from identity.recovery.models import IdentityCheck
from profiles.audit.models import AuditEntry
from profiles.clearances.levels import ClearanceLevel
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.people import sensitive
from profiles.portable_profile.models import Action, ChangeState, RecordChange
from profiles.roles.models import Role
from profiles.roles.permissions import GIVEN
from profiles.roles.service import permissions_of
from profiles.suspensions.service import suspend_account
from tests.app.page_checks import check_page
from tests.app.test_every_page import pages
from tests.factories.clearances import make_clearance
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

NAME = "Patel"
DEVELOPMENT = "/inbox"
"""Shows everybody's mail, and is nowhere else."""
LISTS = {"/people", "/people/changes", "/people/clearances", "/people/suspended", "/recoveries", "/transfers"}


@pytest.fixture
def officer(move: Move) -> UUID:
    """Somebody of HMRC with every role there."""
    person_id = make_employee(move.session, move.now, move.hmrc, "rita.roles").person_id
    for role in GIVEN:
        if role is not Role.PLATFORM_ADMINISTRATOR:
            give_role(move.session, move.now, person_id, role, move.hmrc.id)
    move.session.commit()
    return person_id


def make_busy(move: Move) -> None:
    """Let the employee stand in every list that there is."""
    session, now, who = move.session, move.now, move.employee
    move.prepare()
    make_clearance(session, now, who, move.hmrc, ClearanceLevel.CTC, expires_on=date(2026, 4, 1))
    recoveries.request(
        session,
        now,
        person_id=who,
        organisation_id=move.hmrc.id,
        officer_id=move.hmrc_officer,
        permissions=permissions_of(session, move.hmrc_officer, now),
        check=IdentityCheck.CALLED_BACK,
    )
    for kind in ("posting", "clearance"):
        session.add(
            RecordChange(
                person_id=who,
                organisation_id=move.hmrc.id,
                kind=kind,
                action=Action.END,
                content={},
                source="letter",
                reason="left",
                state=ChangeState.WAITING,
                proposed_by=move.hmrc_officer,
                proposed_at=now,
            )
        )
    suspend = {"organisation_id": move.hmrc.id, "officer_id": move.hmrc_officer, "reason": "a theft"}
    suspend_account(session, now, person_id=who, **suspend)


def mark(move: Move) -> None:
    session, now = move.session, move.now
    about = {"organisation_id": move.hmrc.id, "officer_id": move.hmrc_officer, "reason": "Witness protection"}
    sensitive.mark(session, now, person_id=move.employee, **about)


def naming(app: Flask, reader: UUID) -> set[str]:
    """The pages without a person in their address that name the employee, all of them walked."""
    visitor = sign_in(app, reader)
    paths = {rule.rule for rule in pages(app) if not rule.arguments} - {DEVELOPMENT}
    found = {path for path in paths if NAME in visitor.open(path).text}
    return found | {f"{path}?q={NAME}" for path in ("/people",) if NAME in visitor.open(f"{path}?q=pri").text}


def test_lists_name_whoever_is_not_marked(app: Flask, move: Move, officer: UUID) -> None:
    """So that the next test can fail."""
    make_busy(move)
    move.session.commit()
    assert naming(app, officer) >= LISTS


def test_no_list_names_whoever_is_marked(app: Flask, move: Move, officer: UUID) -> None:
    make_busy(move)
    mark(move)
    move.session.commit()
    assert naming(app, officer) == set()
    assert "Not named in lists" in sign_in(app, officer).open("/transfers").text


def test_whoever_knows_the_whole_number_finds_the_record(app: Flask, move: Move) -> None:
    mark(move)
    move.session.commit()
    hr = sign_in(app, move.hmrc_officer)
    found = hr.open("/people?q=HMRC-priya.patel")
    assert found.location == f"/people/{move.employee}"
    assert NAME in hr.open(found.location).text
    assert hr.open("/people?q=HMRC-priya").status_code == 200
    assert sign_in(app, move.stranger).open("/people?q=HMRC-priya.patel").status_code == 200


def test_a_security_officer_marks_and_lifts_on_a_page(app: Flask, move: Move, officer: UUID) -> None:
    security, path = sign_in(app, officer), f"/people/{move.employee}/sensitivity"
    assert f'href="{path}"' in security.open(f"/people/{move.employee}").text
    check_page(security.open(path).text)
    assert security.submit(path, reason=" ").status_code == 422
    assert security.submit(path, reason="Witness protection").status_code == 303
    check_page(security.open(path).text)
    assert NAME not in security.open("/people").text
    assert security.submit(f"{path}/lift", page=path, reason="Over").status_code == 303
    assert NAME in security.open("/people").text
    with transaction(app.extensions["engine"], writes=False) as session:
        events = session.exec(select(AuditEntry.event).where(AuditEntry.person_id == move.employee)).all()
    assert events.count("person.marked_sensitive") == events.count("person.mark_lifted") == 1


def test_hr_neither_marks_nor_sees_the_mark(app: Flask, move: Move) -> None:
    hr = sign_in(app, move.hmrc_officer)
    assert hr.open(f"/people/{move.employee}/sensitivity").status_code == 403
    assert "sensitivity" not in hr.open(f"/people/{move.employee}").text


def test_nobody_marks_themselves_or_twice_or_without_a_reason(move: Move) -> None:
    about = {"person_id": move.employee, "organisation_id": move.hmrc.id}
    with pytest.raises(NotPermitted):
        sensitive.mark(move.session, move.now, **about, officer_id=move.employee, reason="I would rather")
    with pytest.raises(Invalid):
        sensitive.mark(move.session, move.now, **about, officer_id=move.hmrc_officer, reason=" ")
    mark(move)
    with pytest.raises(Conflict):
        mark(move)
