"""A bulk move gets another start date: nothing of the old one stands, and both sides agree anew."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from app.database import open_session, transaction
from profiles.bulk_moves import leaving_out, redating
from profiles.bulk_moves.agreeing import agreements_of
from profiles.bulk_moves.models import BulkMove, BulkMoveState, MemberState, Reason
from profiles.employments.models import Posting
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import PayRecord
from profiles.roles.models import Role
from profiles.temporal import INSTANT, current, end, start_of_day
from tests.factories.bulk_moves import EXPORTING, IMPORTING, START, Moving, make_moving
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role, make_employee

LATER = START + timedelta(days=30)
T = start_of_day(START)
S = BulkMoveState


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    """DECC with three people who move beside its officers, and BEIS with an officer."""
    return make_moving(engine, now)


def redate(moving: Moving, move_id: UUID, day: date = LATER, officer_id: UUID | None = None) -> None:
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, officer_id or moving.preparer)
        redating.move_start(session, moving.now, move_id=move_id, **officer, start_date=day)
    moving.work()


def held(moving: Moving, model: type[Any], at: datetime) -> list[Any]:
    with open_session(moving.engine, writes=False) as session:
        found = list(current(session, model, at, moving.now, person_id=moving.people[0]))
        session.expunge_all()
        return found


def subjects(moving: Moving, person_id: UUID) -> list[str]:
    with open_session(moving.engine, writes=False) as session:
        query = select(OutboxMessage).where(col(OutboxMessage.person_id) == person_id)
        return [one.payload["subject"] for one in session.exec(query.order_by(col(OutboxMessage.id))).all()]


@pytest.mark.parametrize("day", [LATER, START - timedelta(days=10)])
def test_the_facts_move_along_once_both_have_agreed_anew(moving: Moving, day: date) -> None:
    move_id = moving.scheduled()
    redate(moving, move_id, day)
    assert moving.state(move_id) is S.LIST_DRAFTED
    assert set(moving.states(move_id).values()) == {MemberState.LISTED}
    assert [one.organisation_id for one in held(moving, Posting, start_of_day(LATER))] == [moving.decc.id]
    moving.agree(move_id, EXPORTING)
    moving.agree(move_id, IMPORTING)
    moving.work()
    moving.confirm(move_id)
    moving.work()
    at = start_of_day(day)
    assert [one.organisation_id for one in held(moving, Posting, at - INSTANT)] == [moving.decc.id]
    assert [one.organisation_id for one in held(moving, Posting, at)] == [moving.beis.id]
    moving.now = at + timedelta(minutes=1)
    moving.work()
    assert moving.state(move_id) is S.RECONCILING


def test_everybody_who_was_told_is_told_of_the_new_day(moving: Moving) -> None:
    move_id = moving.scheduled()
    redate(moving, move_id)
    moves, changes = (
        "You move to another department with your colleagues",
        "The day of your move to another department changes",
    )
    assert subjects(moving, moving.people[0]) == [moves, changes]
    with open_session(moving.engine, writes=False) as session:
        query = select(OutboxMessage).where(col(OutboxMessage.reason) == changes)
        bodies = {one.payload["body"] for one in session.exec(query).all()}
    assert all("1 April 2026" in body and "1 May 2026" in body for body in bodies)
    assert subjects(moving, moving.beis_officer)[-1] == "A bulk move waits for your department"


def test_whoever_sets_the_date_does_not_agree_to_it(moving: Moving) -> None:
    move_id = moving.validated()
    redate(moving, move_id, officer_id=moving.beis_officer)
    with open_session(moving.engine, writes=False) as session:
        assert agreements_of(session, move_id) == []
    with pytest.raises(NotPermitted, match="You set this start date"):
        moving.agree(move_id, IMPORTING)
    moving.agree(move_id, EXPORTING)


def test_a_fact_that_ends_between_the_two_days_is_as_it_was_when_the_second_is_cancelled(
    moving: Moving,
) -> None:
    ends_at = T + timedelta(days=10)
    with transaction(moving.engine) as session:
        [pay] = current(session, PayRecord, moving.now, moving.now, person_id=moving.people[0])
        end(session, pay, ends_at, moving.now, PROVENANCE)
    move_id = moving.scheduled()
    redate(moving, move_id)
    moving.agree(move_id, EXPORTING)
    moving.agree(move_id, IMPORTING)
    moving.work()
    moving.confirm(move_id)
    moving.work()
    assert moving.state(move_id) is S.SCHEDULED
    moving.cancel(move_id)
    moving.work()
    assert moving.state(move_id) is S.CANCELLED
    assert len(held(moving, PayRecord, ends_at - INSTANT)) == 1
    assert held(moving, PayRecord, ends_at) == []


def test_who_was_left_out_stays_so(moving: Moving) -> None:
    move_id = moving.validated()
    member_id = moving.member(move_id, moving.people[0]).id
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.decc_officer)
        out = {"move_id": move_id, "member_id": member_id, "words": "Stays.", "alone_up_to": 1}
        leaving_out.leave_out(session, moving.now, **out, **officer)
    redate(moving, move_id)
    assert moving.states(move_id)[moving.people[0]] is MemberState.SET_APART
    assert moving.states(move_id)[moving.people[1]] is MemberState.LISTED


def test_who_was_asked_to_be_left_out_is_left_out_when_their_move_is_taken_back(moving: Moving) -> None:
    move_id, one = moving.scheduled(), moving.people[0]
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.decc_officer)
        out = {"member_id": moving.member(move_id, one).id, "words": "Stays.", "alone_up_to": 0}
        leaving_out.leave_out(session, moving.now, move_id=move_id, **out, **officer)
    redate(moving, move_id)
    member = moving.member(move_id, one)
    assert (member.state, member.reason, member.words) == (MemberState.SET_APART, Reason.EXCLUDED, "Stays.")
    assert (member.leaving_out_by, member.in_flight) == (None, False)
    assert moving.states(move_id)[moving.people[1]] is MemberState.LISTED
    assert [one.organisation_id for one in held(moving, Posting, T)] == [moving.decc.id]
    assert subjects(moving, one)[-1] == "Your move to another department does not happen as planned"


def test_a_list_that_nobody_agreed_to_takes_the_date_at_once(moving: Moving) -> None:
    move_id = moving.draft()
    moving.agree(move_id, EXPORTING)
    redate(moving, move_id)
    assert moving.state(move_id) is S.LIST_DRAFTED
    with open_session(moving.engine, writes=False) as session:
        assert agreements_of(session, move_id) == []
        assert session.get_one(BulkMove, move_id).starts_at == start_of_day(LATER)


def test_a_list_that_was_looked_at_long_ago_does_not_expire_when_it_is_looked_at_anew(moving: Moving) -> None:
    move_id = moving.validated()
    moving.now += timedelta(days=25)
    redate(moving, move_id, START + timedelta(days=100))
    moving.now += timedelta(days=10)
    moving.agree(move_id, EXPORTING)
    moving.agree(move_id, IMPORTING)
    moving.work()
    moving.work()
    assert moving.state(move_id) is S.VALIDATED


@pytest.mark.parametrize("day", [date(2020, 1, 1), date(2040, 1, 1), START])
def test_a_day_that_cannot_be_is_refused_at_its_field(moving: Moving, day: date) -> None:
    move_id = moving.draft()
    with pytest.raises(Invalid) as refused:
        redate(moving, move_id, day)
    assert refused.value.field == "start_date"


def test_from_the_day_on_it_stands(moving: Moving) -> None:
    move_id = moving.scheduled()
    moving.now = T
    with pytest.raises(Conflict):
        redate(moving, move_id, officer_id=moving.beis_officer)


def test_only_hr_of_the_two_sides_set_it(moving: Moving) -> None:
    move_id = moving.draft()
    with transaction(moving.engine) as session:
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
    with pytest.raises(NotPermitted):
        redate(moving, move_id, officer_id=payroll)
