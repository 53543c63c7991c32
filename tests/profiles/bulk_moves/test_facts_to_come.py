"""What is recorded for later goes along to the new employment, and back when nobody moves."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.database import open_session, transaction
from profiles.bulk_moves.models import BulkMoveState, MemberState, Reason
from profiles.employments.models import Employment, Posting
from profiles.pay.models import PayReason, PayRecord
from profiles.temporal import INSTANT, current, history, record, replace, start_of_day, supersede
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.organisations import PROVENANCE

T = start_of_day(START)
AWARD = 3_400_000
OLD = 3_200_000


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    """DECC with three people who move beside its officers, and BEIS with an officer."""
    return make_moving(engine, now)


def award(moving: Moving, person_id: UUID, at: datetime) -> None:
    """A pay award from then on."""
    with transaction(moving.engine) as session:
        [pay] = current(session, PayRecord, moving.now, moving.now, person_id=person_id)
        values = pay.model_dump(include={"person_id", "employment_id", "organisation_id"})
        replace(session, pay, moving.now, PROVENANCE, valid_to=at)
        record(
            session,
            PayRecord(
                **values,
                salary_pence=AWARD,
                pay_reason=PayReason.AWARD,
                **PROVENANCE.stamp(moving.now, at),
            ),
        )


def salaries(moving: Moving, person_id: UUID, *moments: datetime) -> list[list[tuple[UUID, int]]]:
    """Who pays what at each moment."""
    with open_session(moving.engine, writes=False) as session:
        return [
            [(one.organisation_id, one.salary_pence) for one in _pay(session, moving, person_id, at)]
            for at in moments
        ]


def _pay(session: Session, moving: Moving, person_id: UUID, at: datetime) -> list[PayRecord]:
    return list(current(session, PayRecord, at, moving.now, person_id=person_id))


@pytest.mark.parametrize("after", [timedelta(0), timedelta(days=60)])
def test_a_pay_award_from_the_start_date_or_later_goes_along(moving: Moving, after: timedelta) -> None:
    person_id, at = moving.people[0], T + after
    award(moving, person_id, at)
    move_id = moving.scheduled()
    assert moving.states(move_id)[person_id] is MemberState.SCHEDULED
    last = moving.beis if after else moving.decc
    assert salaries(moving, person_id, T - INSTANT, at - INSTANT, at) == [
        [(moving.decc.id, OLD)],
        [(last.id, OLD)],
        [(moving.beis.id, AWARD)],
    ]
    moving.now = T + timedelta(minutes=1)
    moving.work()
    assert moving.state(move_id) is BulkMoveState.RECONCILING


@pytest.mark.parametrize("after", [timedelta(0), timedelta(days=60)])
def test_it_is_as_it_was_when_the_move_is_cancelled(moving: Moving, after: timedelta) -> None:
    person_id, at = moving.people[0], T + after
    award(moving, person_id, at)
    with open_session(moving.engine, writes=False) as session:
        before = [(one.valid_from, one.valid_to) for one in _history(session, moving, person_id)]
    move_id = moving.scheduled()
    moving.cancel(move_id)
    moving.work()
    assert salaries(moving, person_id, T - INSTANT, at - INSTANT, at) == [
        [(moving.decc.id, OLD)],
        [(moving.decc.id, OLD)],
        [(moving.decc.id, AWARD)],
    ]
    with open_session(moving.engine, writes=False) as session:
        assert [(one.valid_from, one.valid_to) for one in _history(session, moving, person_id)] == before


def _history(session: Session, moving: Moving, person_id: UUID) -> list[PayRecord]:
    return list(history(session, PayRecord, moving.now, person_id=person_id))


def test_what_is_recorded_after_the_plan_goes_along_on_the_day_beside_what_was_before(moving: Moving) -> None:
    person_id, at = moving.people[0], T + timedelta(days=60)
    award(moving, person_id, at)
    move_id = moving.scheduled()
    with transaction(moving.engine) as session:
        [pay] = current(session, PayRecord, moving.now, moving.now, person_id=person_id)
        values = pay.model_dump(include={"person_id", "employment_id", "organisation_id"})
        stamp = PROVENANCE.stamp(moving.now, at + timedelta(days=60))
        record(session, PayRecord(**values, salary_pence=AWARD + 1, pay_reason=PayReason.AWARD, **stamp))
    moving.now = T + timedelta(minutes=1)
    moving.work()
    assert moving.state(move_id) is BulkMoveState.RECONCILING
    assert salaries(moving, person_id, at, at + timedelta(days=60)) == [
        [(moving.beis.id, AWARD)],
        [(moving.beis.id, AWARD + 1)],
    ]


def test_whoever_is_to_have_another_post_is_set_apart_and_no_other_change_is_said(moving: Moving) -> None:
    person_id = moving.people[0]
    with transaction(moving.engine) as session:
        [post] = current(session, Posting, moving.now, moving.now, person_id=person_id)
        kept = {"id", "fact_id", "recorded_at", "recorded_by", "superseded_at", "superseded_by"}
        values = post.model_dump(exclude=kept | {"valid_from", "valid_to", "source", "reason", "load_id"})
        replace(session, post, moving.now, PROVENANCE, valid_to=T + timedelta(days=60))
        record(session, Posting(**values, **PROVENANCE.stamp(moving.now, T + timedelta(days=60))))
    member = moving.member(moving.validated(), person_id)
    assert (member.state, member.reason) == (MemberState.SET_APART, Reason.PLANNED)


@pytest.mark.parametrize("after", [timedelta(0), timedelta(days=60)])
def test_an_award_that_was_corrected_meanwhile_stands_when_the_move_is_cancelled(
    moving: Moving, after: timedelta
) -> None:
    person_id, at = moving.people[0], T + after
    award(moving, person_id, at)
    move_id = moving.scheduled()
    moving.now += timedelta(hours=1)
    with transaction(moving.engine) as session:
        [to_come] = current(session, PayRecord, at, moving.now, person_id=person_id)
        replace(session, to_come, moving.now, PROVENANCE, salary_pence=AWARD + 5)
    moving.cancel(move_id)
    moving.work()
    assert salaries(moving, person_id, T - INSTANT, at - INSTANT, at) == [
        [(moving.decc.id, OLD)],
        [(moving.decc.id, OLD)],
        [(moving.decc.id, AWARD + 5)],
    ]


def test_an_award_that_was_withdrawn_meanwhile_stays_so_when_the_move_is_cancelled(moving: Moving) -> None:
    person_id, at = moving.people[0], T + timedelta(days=60)
    award(moving, person_id, at)
    move_id = moving.scheduled()
    moving.now += timedelta(hours=1)
    with transaction(moving.engine) as session:
        [to_come] = current(session, PayRecord, at, moving.now, person_id=person_id)
        supersede(session, to_come, moving.now, None)
    moving.cancel(move_id)
    moving.work()
    assert salaries(moving, person_id, at) == [[]]


def test_nothing_begins_there_that_was_corrected_before_the_move_was_cancelled(moving: Moving) -> None:
    person_id = moving.people[0]
    move_id = moving.scheduled()
    moving.now += timedelta(hours=1)
    with transaction(moving.engine) as session:
        for model, values in (
            (Employment, {"number": "B-1"}),
            (Posting, {"job_title": "Chief clerk"}),
            (PayRecord, {"salary_pence": AWARD}),
        ):
            [begins] = current(session, model, T, moving.now, person_id=person_id)
            replace(session, begins, moving.now, PROVENANCE, **values)
    moving.cancel(move_id)
    moving.work()
    with open_session(moving.engine, writes=False) as session:
        for model in (Employment, Posting, PayRecord):
            [stays] = current(session, model, T, moving.now, person_id=person_id)
            assert stays.organisation_id == moving.decc.id
    assert salaries(moving, person_id, T) == [[(moving.decc.id, OLD)]]
