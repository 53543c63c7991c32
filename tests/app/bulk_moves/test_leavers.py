"""Somebody leaves before the bulk move that they are scheduled in: they are left out, and stay out."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from app.database import open_session, transaction
from profiles.bulk_moves.models import MemberState
from profiles.employments.models import Employment, Posting
from profiles.errors import Invalid
from profiles.portable_profile.changes import decide, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, LeavingCause
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import current, end_of_day, start_of_day
from tests.factories.bulk_moves import START, Moving, make_moving

LAST = end_of_day(date(2026, 3, 20))


def change(moving: Moving, person_id, action: Action, **values) -> None:
    """HR of DECC asks for it, and another officer approves."""
    with transaction(moving.engine) as session:
        (held,) = current(session, Employment, moving.now, moving.now, person_id=person_id)
        wanted = Wanted(
            person_id,
            moving.decc.id,
            Kind.EMPLOYMENT,
            action,
            values,
            "A letter",
            "page:letter",
            held.id,
        )
        found = submit(session, wanted, moving.now, moving.preparer, alone_up_to=0)
        moving.now += timedelta(minutes=5)
        decide(session, found, moving.now, moving.decc_officer, approved=True)


def places(moving: Moving, person_id, at: datetime) -> list:
    with open_session(moving.engine, writes=False) as session:
        found = current(session, Posting, at, moving.now, person_id=person_id)
        return [one.organisation_id for one in found]


def test_a_leaver_does_not_come_along_also_when_it_is_taken_back(engine: Engine, now: datetime) -> None:
    moving = make_moving(engine, now, people=2)
    leaver, mover = moving.people
    move_id, begins = moving.scheduled(), start_of_day(START)
    moving.now += timedelta(hours=1)
    change(moving, leaver, Action.LEAVE, cause=LeavingCause.RESIGNED, valid_to=LAST)
    moving.now += timedelta(hours=1)
    moving.work()
    assert moving.states(move_id)[leaver] is not MemberState.SCHEDULED
    assert places(moving, leaver, LAST) == []
    assert places(moving, leaver, begins) == []
    change(moving, leaver, Action.STAY)
    assert places(moving, leaver, LAST) == [moving.decc.id]
    assert places(moving, leaver, begins) == [moving.decc.id]
    assert places(moving, mover, begins) == [moving.beis.id]


def test_whoever_is_dismissed_on_the_eve_begins_nowhere_also_with_the_worker_stopped(
    engine: Engine, now: datetime
) -> None:
    moving, begins = make_moving(engine, now, people=2), start_of_day(START)
    leaver, mover = moving.people
    moving.scheduled()
    moving.now = begins - timedelta(minutes=10)
    change(moving, leaver, Action.LEAVE, cause=LeavingCause.DISMISSED)
    moving.now = begins + timedelta(minutes=1)
    assert places(moving, leaver, moving.now) == []
    assert places(moving, mover, moving.now) == [moving.beis.id]
    moving.work()
    assert places(moving, leaver, moving.now) == []


def test_the_last_day_of_a_leaver_is_not_the_eve_of_their_move(engine: Engine, now: datetime) -> None:
    moving = make_moving(engine, now, people=1)
    moving.scheduled()
    moving.now += timedelta(hours=1)
    with pytest.raises(Invalid, match="move to another post after that day"):
        change(
            moving,
            moving.people[0],
            Action.LEAVE,
            cause=LeavingCause.RESIGNED,
            valid_to=start_of_day(START),
        )
