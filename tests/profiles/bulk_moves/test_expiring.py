"""A list that was looked at and that nobody confirms ends by itself, and its people are free."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from app.bulk_move_worker import BulkMoving
from app.database import open_session, transaction
from profiles.bulk_moves import agreeing, redating
from profiles.bulk_moves.models import BulkMoveState, MemberState
from profiles.bulk_moves.steps import get
from profiles.employments.service import moves_with_many
from profiles.errors import Conflict
from profiles.outbox.models import OutboxMessage
from profiles.temporal import start_of_day
from tests.factories.bulk_moves import EXPORTING, PLATFORM, START, Moving, make_moving

T = start_of_day(START)
WITHIN = timedelta(days=10)


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    return make_moving(engine, now, people=1)


def work(moving: Moving) -> None:
    BulkMoving(moving.engine, lambda: moving.now, PLATFORM, WITHIN).everything()


def in_flight(moving: Moving) -> bool:
    with open_session(moving.engine, writes=False) as session:
        return moves_with_many(session, moving.people[0])


@pytest.mark.parametrize("by_its_day", [True, False])
def test_a_list_that_nobody_confirms_frees_its_people(moving: Moving, by_its_day: bool) -> None:
    move_id = moving.validated(**{} if not by_its_day else {"start_date": START - timedelta(days=25)})
    validated_at = moving.now
    starts_at = start_of_day(START - timedelta(days=25))
    moving.now = (starts_at if by_its_day else validated_at + WITHIN) - timedelta(seconds=1)
    work(moving)
    assert moving.state(move_id) is BulkMoveState.VALIDATED
    assert in_flight(moving)
    moving.now += timedelta(minutes=2)
    work(moving)
    assert moving.state(move_id) is BulkMoveState.CANCELLED
    assert set(moving.states(move_id).values()) == {MemberState.CANCELLED}
    assert not in_flight(moving)
    with open_session(moving.engine, writes=False) as session:
        told = session.exec(
            select(OutboxMessage.person_id).where(OutboxMessage.reason == "A bulk move has ended")
        ).all()
    assert set(told) == {moving.preparer, moving.decc_officer, moving.beis_officer}


def test_a_draft_that_its_day_has_passed_ends_unless_it_gets_another(moving: Moving) -> None:
    forgotten, put_off = moving.draft(), moving.draft()
    moving.now = T + timedelta(days=5)
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.preparer)
        day = START + timedelta(days=60)
        redating.move_start(session, moving.now, move_id=put_off, **officer, start_date=day)
    moving.now = T + WITHIN - timedelta(seconds=1)
    work(moving)
    assert moving.state(forgotten) is BulkMoveState.LIST_DRAFTED
    moving.now += timedelta(minutes=2)
    work(moving)
    assert moving.state(forgotten) is BulkMoveState.CANCELLED
    assert set(moving.states(forgotten).values()) == {MemberState.CANCELLED}
    assert moving.state(put_off) is BulkMoveState.LIST_DRAFTED
    with open_session(moving.engine, writes=False) as session:
        ended = OutboxMessage.reason == "A bulk move has ended"
        told = session.exec(select(OutboxMessage.person_id).where(ended)).all()
    assert set(told) == {moving.preparer, moving.decc_officer, moving.beis_officer}


def test_nobody_agrees_to_a_day_that_has_passed(moving: Moving) -> None:
    move_id = moving.draft()
    moving.now = T + timedelta(days=1)
    with open_session(moving.engine, writes=False) as session:
        move, officer = get(session, move_id), moving.as_officer(session, moving.decc_officer)
        with pytest.raises(Conflict, match="Change the start date first"):
            agreeing.check_may_agree(session, move, EXPORTING, now=moving.now, **officer)
    with pytest.raises(Conflict, match="Change the start date first"):
        moving.agree(move_id, EXPORTING)


def test_what_was_confirmed_in_time_does_not_end(moving: Moving) -> None:
    move_id = moving.scheduled()
    moving.now += WITHIN + timedelta(days=1)
    work(moving)
    assert moving.state(move_id) is BulkMoveState.SCHEDULED
