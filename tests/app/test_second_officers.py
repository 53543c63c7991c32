"""Whoever can decide what waits for a second officer is told by mail, once for each thing, without a name."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.database import transaction
from profiles.employments.models import Employment
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.people.models import WorkAddress
from profiles.portable_profile.changes import submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, ChangeState
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import Role
from profiles.sign_in import policies
from profiles.temporal import civil_date, current, record
from tests.factories.importing import Importing
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.policies import terms
from tests.factories.records import clearance_records, person_records
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

Waits = Callable[[Move, UUID], None]


def officer(move: Move, name: str, *roles: Role) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, name).person_id
    for role in roles:
        give_role(move.session, move.now, person_id, role, move.hmrc.id)
    return person_id


def told(session: Session) -> list[tuple[UUID | None, str]]:
    found = session.exec(select(OutboxMessage).where(OutboxMessage.kind == MessageKind.MAIL)).all()
    return [(one.person_id, one.payload["body"]) for one in found]


def a_change_of_a_record(move: Move, proposer: UUID) -> None:
    held = current(move.session, Employment, move.now, move.now, person_id=move.employee)[0]
    wanted = Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.EMPLOYMENT,
        action=Action.CORRECT,
        values={"continuous_service_from": civil_date(LONG_AGO)},
        reason="Entered wrongly",
        source="page:letter",
        version_id=held.id,
    )
    change = submit(move.session, wanted, move.now, proposer, alone_up_to=0)
    assert change.state is ChangeState.WAITING


def a_sign_in_policy(move: Move, proposer: UUID) -> None:
    policies.propose(
        move.session,
        move.now,
        organisation_id=move.hmrc.id,
        terms=terms(),
        begins_on=civil_date(move.now),
        reason="Board decision",
        person_id=proposer,
    )


@pytest.mark.parametrize(
    ("role", "wait"),
    [(Role.HR_OFFICER, a_change_of_a_record), (Role.ORGANISATION_ADMINISTRATOR, a_sign_in_policy)],
)
def test_colleagues_who_can_decide_are_told_and_nobody_else(move: Move, role: Role, wait: Waits) -> None:
    proposer, colleague = officer(move, "pia.proposer", role), officer(move, "cora.colleague", role)
    officer(move, "otto.other", Role.APP_OWNER)
    give_role(move.session, move.now, move.employee, role, move.hmrc.id)
    wait(move, proposer)
    who = [person_id for person_id, _body in told(move.session)]
    expected = {colleague} | ({move.hmrc_officer} if role is Role.HR_OFFICER else {move.employee})
    assert set(who) == expected
    assert len(who) == len(expected)
    for _person_id, body in told(move.session):
        assert "HM Revenue" in body or "HMRC" in body
        assert "Patel" not in body
        assert "Proposer" not in body


@pytest.mark.parametrize(
    ("records", "above", "role"),
    [
        (person_records("9"), 0, Role.HR_OFFICER),
        ([*person_records("9"), *clearance_records("9")], 1000, Role.SECURITY_OFFICER),
    ],
    ids=["access", "clearances"],
)
def test_who_may_approve_an_import_that_waits_is_told_and_not_who_is_in_it(
    importing: Importing, engine: Engine, records: list[dict[str, object]], above: int, role: Role
) -> None:
    importing.whole(*person_records("1"), *person_records("2"), *person_records("3"))
    sender, colleague, touched = (importing.person(f"NO-{key}") for key in "123")
    for one in (sender, colleague, touched):
        importing.officer(one, role)
        with transaction(engine) as session:
            give_address(session, importing.now, one)
    running = importing.begin(*records, *person_records("3", salary_pence=9_900_000), by=sender)
    running.check(above)
    with transaction(engine, writes=False) as session:
        assert [person_id for person_id, _body in told(session)] == [colleague]


def give_address(session: Session, now: datetime, person_id: UUID) -> None:
    address = f"{person_id.hex}@hmrc.gov.uk"
    record(session, WorkAddress(person_id=person_id, address=address, **PROVENANCE.stamp(now, LONG_AGO)))


def test_what_is_ready_tells_nobody(importing: Importing, engine: Engine) -> None:
    importing.whole(*person_records("1"))
    with transaction(engine, writes=False) as session:
        assert told(session) == []


def test_a_recovery_is_told_to_who_can_confirm_it(app: Flask, move: Move) -> None:
    colleague = officer(move, "cora.colleague", Role.HR_OFFICER)
    move.session.commit()
    path = f"/people/{move.employee}/recovery"
    assert sign_in(app, move.hmrc_officer).submit(path, check="called_back").status_code == 303
    with transaction(app.extensions["engine"], writes=False) as session:
        assert [one for one, body in told(session) if "recovery of an account" in body] == [colleague]
