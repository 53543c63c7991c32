"""A bulk move that gets one start date after another, and is cancelled in the end: all is as before."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from app.database import open_session, transaction
from profiles.bulk_moves import redating
from profiles.bulk_moves.batches import Known
from profiles.bulk_moves.facts import CARRIED
from profiles.bulk_moves.models import BulkMoveState, MemberState
from profiles.bulk_moves.steps import get
from profiles.organisations.models import LocalGrade
from profiles.pay.models import PayReason, PayRecord
from profiles.temporal import current, known, record, replace, start_of_day
from tests.factories.bulk_moves import EXPORTING, IMPORTING, START, Moving, make_moving
from tests.factories.organisations import PROVENANCE
from tests.profiles.bulk_moves.test_at_once import Deed, at_once

S = BulkMoveState
LATER = START + timedelta(days=30)


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    """DECC with three people who move beside its officers, and BEIS with an officer."""
    return make_moving(engine, now)


def award(moving: Moving, person_id: UUID, day: date) -> None:
    with transaction(moving.engine) as session:
        [pay] = current(session, PayRecord, moving.now, moving.now, person_id=person_id)
        values = pay.model_dump(include={"person_id", "employment_id", "organisation_id"})
        at = start_of_day(day)
        replace(session, pay, moving.now, PROVENANCE, valid_to=at)
        stamp = PROVENANCE.stamp(moving.now, at)
        record(session, PayRecord(**values, salary_pence=1, pay_reason=PayReason.AWARD, **stamp))


def believed(moving: Moving) -> set[tuple[Any, ...]]:
    """Every version that is believed now, by what it says."""
    meta = {"id", "recorded_at", "recorded_by", "superseded_at", "superseded_by"}
    meta |= {"source", "reason", "load_id"}
    with open_session(moving.engine, writes=False) as session:
        return {
            (model.__name__, *map(str, sorted(one.model_dump(exclude=meta).items())))
            for model in (*CARRIED, LocalGrade)
            for one in session.exec(select(model).where(known(model, moving.now)))
        }


def redate(moving: Moving, move_id: UUID, day: date) -> None:
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.preparer)
        redating.move_start(session, moving.now, move_id=move_id, **officer, start_date=day)


def schedule(moving: Moving, move_id: UUID) -> None:
    moving.agree(move_id, EXPORTING)
    moving.agree(move_id, IMPORTING)
    moving.work()
    moving.confirm(move_id)
    moving.work()
    assert moving.state(move_id) is S.SCHEDULED


def test_after_any_number_of_dates_all_is_as_it_was_when_it_is_cancelled(moving: Moving) -> None:
    award(moving, moving.people[0], START + timedelta(days=10))
    award(moving, moving.people[1], START)
    award(moving, moving.people[2], LATER)
    before = believed(moving)
    move_id = moving.scheduled()
    for day in (LATER, START, LATER + timedelta(days=5), START):
        moving.now += timedelta(hours=1)
        redate(moving, move_id, day)
        moving.work()
        assert believed(moving) == before
        moving.now += timedelta(hours=1)
        schedule(moving, move_id)
        assert set(moving.states(move_id).values()) == {MemberState.SCHEDULED}
    moving.now += timedelta(hours=1)
    moving.cancel(move_id)
    moving.work()
    assert believed(moving) == before


def test_a_worker_that_is_killed_in_the_middle_leaves_no_fact_of_two_dates(
    engine: Engine, now: datetime
) -> None:
    moving = make_moving(engine, now, people=9)
    award(moving, moving.people[0], LATER)
    before = believed(moving)
    move_id = moving.scheduled()
    moving.now += timedelta(hours=1)
    redate(moving, move_id, LATER)
    with transaction(moving.engine) as session:
        move = get(session, move_id)
        known_now = Known.of(session, move, moving.now)
        for write in redating.take_back(session, move, known_now, moving.now, 2):
            write(session, move)
    states = list(moving.states(move_id).values())
    assert (states.count(MemberState.LISTED), states.count(MemberState.SCHEDULED)) == (2, 9)
    assert moving.state(move_id) is S.REDATING
    moving.now += timedelta(hours=1)
    moving.work()
    assert moving.state(move_id) is S.LIST_DRAFTED
    assert believed(moving) == before
    schedule(moving, move_id)


@pytest.mark.parametrize("recorded", [True, False])
def test_of_two_officers_who_give_it_a_date_at_once_one_does(moving: Moving, recorded: bool) -> None:
    move_id = moving.scheduled() if recorded else moving.draft()
    days = {moving.preparer: LATER, moving.beis_officer: LATER + timedelta(days=9)}

    def give(officer_id: UUID) -> Deed:
        return lambda session: redating.move_start(
            session,
            moving.now,
            move_id=move_id,
            start_date=days[officer_id],
            **moving.as_officer(session, officer_id),
        )

    done = dict(zip(days, at_once(moving.engine, *map(give, days)), strict=True))
    moving.work()
    with open_session(moving.engine, writes=False) as session:
        move = get(session, move_id)
        assert move.state is S.LIST_DRAFTED
        assert move.redated_by is not None
        assert done[move.redated_by]
        assert move.start_date == days[move.redated_by]
    assert not recorded or list(done.values()).count(True) == 1
