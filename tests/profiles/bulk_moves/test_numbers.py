"""The number that somebody has in the new organisation is nobody else's, whoever takes one meanwhile."""

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from app.database import open_session, transaction
from profiles.bulk_moves import steps
from profiles.bulk_moves.before import Before
from profiles.bulk_moves.models import BulkMoveMember, MemberState
from profiles.bulk_moves.numbers import Numbers
from profiles.bulk_moves.reading import members_of
from profiles.employments.models import Employment
from profiles.temporal import current
from tests.factories.bulk_moves import Moving, make_moving


def take(moving: Moving, number: str) -> None:
    """An officer of BEIS has it from now on."""
    with transaction(moving.engine) as session:
        [theirs] = current(session, Employment, moving.now, moving.now, person_id=moving.beis_officer)
        theirs.number = number
        session.add(theirs)


def test_a_number_that_is_taken_after_the_first_batch_is_told_apart(engine: Engine, now: datetime) -> None:
    moving = make_moving(engine, now)
    move_id = moving.validated()
    with open_session(engine, writes=False) as session:
        numbers = Numbers(session, steps.get(session, move_id), {})

    def given() -> list[str]:
        with open_session(engine, writes=False) as session:
            return list(numbers.give(session, ready(session)).values())

    def ready(session: Session) -> list[BulkMoveMember]:
        return list(members_of(session, move_id, states=[MemberState.READY], limit=10))

    before = given()
    assert given() == before
    take(moving, before[0])
    after = given()
    assert (after[0], after[1:]) == (f"DECC-{before[0]}", before[1:])
    assert len(set(after)) == len(after)


def test_the_number_that_somebody_had_before_goes_to_nobody_else(engine: Engine, now: datetime) -> None:
    moving = make_moving(engine, now)
    move_id = moving.validated()
    with open_session(engine, writes=False) as session:
        move = steps.get(session, move_id)
        [one, other] = list(members_of(session, move_id, states=[MemberState.READY], limit=2))
        had = {other.employment_id: Before(other.employment_id, one.number, "", "")}
        given = Numbers(session, move, had).give(session, [one, other])
    assert given == {one.id: f"DECC-{one.number}", other.id: one.number}
