"""A bulk move is taken back before its day: a few at once, many in time, and what is late for all to see."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from app.database import open_session, transaction
from profiles.bulk_moves import reading, redating, taking_back
from profiles.bulk_moves.models import BulkMoveState, MemberState
from profiles.bulk_moves.notice_words import PUT_OFF, TAKEN_BACK
from profiles.bulk_moves.steps import get
from profiles.employments.models import Posting
from profiles.errors import Conflict
from profiles.outbox.models import OutboxMessage
from profiles.temporal import current, start_of_day
from tests.factories.bulk_moves import START, Moving, make_moving

T = start_of_day(START)
LATE = "A bulk move was taken back late"


@pytest.fixture
def few(engine: Engine, now: datetime) -> Moving:
    """Three people and two officers on the list."""
    return make_moving(engine, now)


@pytest.fixture
def many(engine: Engine, now: datetime) -> Moving:
    """Eleven people on the list, with their officers: more than are taken back at once."""
    return make_moving(engine, now, people=9)


def redate(moving: Moving, move_id: UUID) -> None:
    with transaction(moving.engine) as session:
        officer, day = moving.as_officer(session, moving.preparer), START + timedelta(days=30)
        redating.move_start(session, moving.now, move_id=move_id, **officer, start_date=day)


def place(moving: Moving, at: datetime, known_at: datetime | None = None) -> UUID:
    with open_session(moving.engine, writes=False) as session:
        [post] = current(session, Posting, at, known_at or moving.now, person_id=moving.people[0])
        return post.organisation_id


@pytest.mark.parametrize("cancels", [True, False])
def test_a_few_are_taken_back_with_the_officers_deed(few: Moving, cancels: bool) -> None:
    move_id = few.scheduled()
    few.now = T - timedelta(minutes=1)
    if cancels:
        few.cancel(move_id)
    else:
        redate(few, move_id)
    few.now = T + timedelta(hours=1)  # and no worker has run
    assert place(few, few.now) == few.decc.id
    few.work()
    assert few.state(move_id) is (BulkMoveState.CANCELLED if cancels else BulkMoveState.LIST_DRAFTED)
    left = MemberState.CANCELLED if cancels else MemberState.LISTED
    assert set(few.states(move_id).values()) == {left}
    assert mails(few, LATE) == set()


@pytest.mark.parametrize("cancels", [True, False])
def test_of_many_nobody_begins_shortly_before_the_day(many: Moving, cancels: bool) -> None:
    move_id = many.scheduled()
    many.now = T - taking_back.NOT_WITHIN
    with pytest.raises(Conflict, match="too soon to take back"):
        many.cancel(move_id) if cancels else redate(many, move_id)
    assert many.state(move_id) is BulkMoveState.SCHEDULED
    many.now -= timedelta(seconds=1)
    many.cancel(move_id) if cancels else redate(many, move_id)
    many.work()
    assert place(many, T) == many.decc.id
    assert mails(many, LATE) == set()


@pytest.mark.parametrize("cancels", [True, False])
def test_what_is_taken_back_late_is_said_and_put_right(many: Moving, cancels: bool) -> None:
    move_id = many.scheduled()
    many.now = T - timedelta(hours=3)
    many.cancel(move_id) if cancels else redate(many, move_id)
    many.now = T + timedelta(hours=1)
    with open_session(many.engine, writes=False) as session:
        assert taking_back.is_late(session, get(session, move_id), many.now)
    assert place(many, T) == many.beis.id
    many.work()
    assert place(many, T) == many.decc.id
    assert place(many, T, known_at=T) == many.beis.id
    with open_session(many.engine, writes=False) as session:
        assert not taking_back.is_late(session, get(session, move_id), many.now)
        assert reading.history_of(session, move_id)[-1].reason.startswith("Of 11 people it was taken back")
    assert mails(many, LATE) == {many.preparer, many.decc_officer, many.beis_officer}
    said = bodies(many, TAKEN_BACK[0] if cancels else PUT_OFF[0])
    assert len(said) == 11
    assert all("had begun" in one and "othing changes for you" not in one for one in said)


@pytest.mark.parametrize("cancels", [True, False])
def test_who_is_taken_back_in_time_reads_that_nothing_changes(few: Moving, cancels: bool) -> None:
    move_id = few.scheduled()
    few.cancel(move_id) if cancels else redate(few, move_id)
    few.work()
    said = bodies(few, TAKEN_BACK[0] if cancels else PUT_OFF[0])
    assert said
    assert all("othing changes for you" in one for one in said)


def bodies(moving: Moving, subject: str) -> list[str]:
    with open_session(moving.engine, writes=False) as session:
        found = session.exec(select(OutboxMessage).where(col(OutboxMessage.reason) == subject))
        return [str(one.payload["body"]) for one in found]


def mails(moving: Moving, reason: str) -> set[UUID | None]:
    with open_session(moving.engine, writes=False) as session:
        return set(session.exec(select(OutboxMessage.person_id).where(col(OutboxMessage.reason) == reason)))
