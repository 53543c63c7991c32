"""Payroll hears that people do not come after all, and nothing that it said of them stands any more."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete
from sqlmodel import col, select

from app import bulk_move_worker
from app.database import open_session, transaction
from identity.sign_in.models import OneTimeCodeSecret, PasswordCredential
from profiles.bulk_moves import leaving_out, payroll_details, redating
from profiles.bulk_moves.models import BulkMoveState, MemberState, PayrollDetail, Reason
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.temporal import start_of_day
from tests.factories.bulk_moves import EXPORTING, IMPORTING, START, Moving, make_moving
from tests.factories.people import give_role, make_employee

COME = "People come by a bulk move"
ALL = dict.fromkeys(PayrollDetail, True)


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    """DECC with three people who move beside its officers, and BEIS with an officer."""
    return make_moving(engine, now)


@pytest.fixture
def payroll(moving: Moving) -> UUID:
    with transaction(moving.engine) as session:
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
    return payroll


def told(moving: Moving, payroll: UUID) -> list[str]:
    with open_session(moving.engine, writes=False) as session:
        mails = select(OutboxMessage.reason).where(col(OutboxMessage.person_id) == payroll)
        return list(session.exec(mails.order_by(col(OutboxMessage.id))).all())


def say(moving: Moving, payroll: UUID, move_id: UUID, people: list[UUID]) -> None:
    for person in people:
        member_id = moving.member(move_id, person).id
        with transaction(moving.engine) as session:
            said = moving.as_officer(session, payroll) | {"move_id": move_id, "member_id": member_id}
            payroll_details.record_details(session, moving.now, **said, has=ALL)


def lose_ways_in(moving: Moving, people: list[UUID]) -> None:
    with transaction(moving.engine) as session:
        for model in (PasswordCredential, OneTimeCodeSecret):
            session.execute(delete(model).where(col(model.person_id).in_(people)))


def is_void(moving: Moving, move_id: UUID, person: UUID) -> bool:
    member = moving.member(move_id, person)
    return member.details_at is None and not member.missing_details


def test_payroll_hears_that_a_recorded_move_is_cancelled(moving: Moving, payroll: UUID) -> None:
    move_id = moving.scheduled()
    say(moving, payroll, move_id, moving.people)
    moving.now += timedelta(hours=1)
    moving.cancel(move_id)
    moving.work()
    assert moving.state(move_id) is BulkMoveState.CANCELLED
    assert told(moving, payroll) == [COME, "A bulk move does not happen"]


def test_payroll_hears_nothing_of_a_list_that_was_never_recorded(moving: Moving, payroll: UUID) -> None:
    moving.cancel(moving.validated())
    moving.work()
    assert told(moving, payroll) == []


def test_another_start_date_leaves_nothing_done(moving: Moving, payroll: UUID) -> None:
    move_id = moving.scheduled()
    say(moving, payroll, move_id, moving.people)
    moving.now += timedelta(hours=1)
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.preparer)
        redating.move_start(session, moving.now, move_id=move_id, **officer, start_date=date(2026, 6, 1))
    moving.work()
    assert told(moving, payroll) == [COME, "The day of a bulk move changes"]
    moving.agree(move_id, EXPORTING)
    moving.agree(move_id, IMPORTING)
    moving.work()
    moving.confirm(move_id)
    moving.work()
    assert set(moving.states(move_id).values()) == {MemberState.SCHEDULED}
    assert all(is_void(moving, move_id, one) for one in moving.people)
    assert told(moving, payroll)[-1] == COME


@pytest.mark.parametrize("on_the_day", [False, True])
def test_payroll_hears_once_of_those_set_apart_of_whom_it_had_said_something(
    moving: Moving, payroll: UUID, monkeypatch: pytest.MonkeyPatch, on_the_day: bool
) -> None:
    monkeypatch.setattr(bulk_move_worker, "TAKEN_BACK_AT_ONCE", 1)
    move_id = moving.scheduled()
    say(moving, payroll, move_id, moving.people[:2])
    lose_ways_in(moving, moving.people)
    moving.now = start_of_day(START) if on_the_day else moving.now + timedelta(minutes=11)
    moving.work()
    assert {one: moving.member(move_id, one).reason for one in moving.people} == dict.fromkeys(
        moving.people, Reason.SIGN_IN
    )
    stay = [one for one in told(moving, payroll) if one == "Somebody does not come by a bulk move"]
    assert len(stay) == 1
    assert all(is_void(moving, move_id, one) for one in moving.people)


def test_payroll_hears_nothing_of_whom_it_said_nothing(moving: Moving, payroll: UUID) -> None:
    move_id = moving.scheduled()
    say(moving, payroll, move_id, moving.people[:1])
    lose_ways_in(moving, moving.people[1:])
    moving.now += timedelta(minutes=11)
    moving.work()
    assert moving.states(move_id)[moving.people[1]] is MemberState.SET_APART
    assert told(moving, payroll) == [COME]


def test_payroll_hears_of_somebody_left_out(moving: Moving, payroll: UUID) -> None:
    move_id, one = moving.scheduled(), moving.people[0]
    say(moving, payroll, move_id, [one])
    with transaction(moving.engine) as session:
        asked = {"move_id": move_id, "member_id": moving.member(move_id, one).id, "words": "They stay."}
        officer = moving.as_officer(session, moving.decc_officer)
        leaving_out.leave_out(session, moving.now, **asked, **officer, alone_up_to=1)
    assert told(moving, payroll) == [COME, "Somebody does not come by a bulk move"]
    assert is_void(moving, move_id, one)
