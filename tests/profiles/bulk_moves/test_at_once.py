"""Officers who act on a bulk move at the same instant: one wins, the other is told, nothing is half-done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.database import open_session, transaction
from profiles.bulk_moves import agreeing, leaving_out
from profiles.bulk_moves.models import BulkMoveAgreement, BulkMoveState, BulkMoveStep, MemberState
from profiles.employments.models import Employment
from profiles.errors import ProfileError
from profiles.roles.models import Role
from profiles.temporal import current, start_of_day
from tests.factories.bulk_moves import EXPORTING, IMPORTING, START, Moving, make_moving
from tests.factories.people import give_role, make_employee

Deed = Callable[[Session], object]


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    return make_moving(engine, now, people=2)


def at_once(engine: Engine, *deeds: Deed) -> list[bool]:
    """Whether each deed succeeded."""

    def do(deed: Deed) -> bool:
        try:
            with transaction(engine) as session:
                deed(session)
        except ProfileError:
            return False
        return True

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


def hr(moving: Moving, name: str) -> UUID:
    with transaction(moving.engine) as session:
        person_id = make_employee(session, moving.now, moving.decc, name).person_id
        give_role(session, moving.now, person_id, Role.HR_OFFICER, moving.decc.id)
    return person_id


def employers(moving: Moving, person_id: UUID) -> list[UUID]:
    """Where somebody is employed from the day on."""
    with open_session(moving.engine, writes=False) as session:
        at = start_of_day(START)
        return [
            one.organisation_id for one in current(session, Employment, at, moving.now, person_id=person_id)
        ]


def test_of_two_who_agree_for_one_organisation_one_does(moving: Moving) -> None:
    colleague = hr(moving, "iris.cole")
    move_id = moving.draft()

    def agree(officer_id: UUID) -> Deed:
        return lambda session: agreeing.agree(
            session, moving.now, move_id=move_id, side=EXPORTING, **moving.as_officer(session, officer_id)
        )

    assert sorted(at_once(moving.engine, agree(moving.decc_officer), agree(colleague))) == [False, True]
    with open_session(moving.engine, writes=False) as session:
        assert len(session.exec(select(BulkMoveAgreement)).all()) == 1


def test_of_two_organisations_that_agree_at_once_none_is_lost(moving: Moving) -> None:
    """Who comes second is told, and agrees again."""
    move_id = moving.draft()
    sides = ((EXPORTING, moving.decc_officer), (IMPORTING, moving.beis_officer))
    deeds: list[Deed] = [
        lambda session, side=side, officer=officer: agreeing.agree(  # type: ignore[misc]
            session, moving.now, move_id=move_id, side=side, **moving.as_officer(session, officer)
        )
        for side, officer in sides
    ]
    done = at_once(moving.engine, *deeds)
    if not all(done):
        assert moving.state(move_id) is BulkMoveState.LIST_DRAFTED
        assert at_once(moving.engine, deeds[done.index(False)]) == [True]
    assert moving.state(move_id) is BulkMoveState.BOTH_AGREED


def test_of_a_confirmation_and_a_cancellation_one_happens_wholly(moving: Moving) -> None:
    move_id = moving.validated()

    def cancel(session: Session) -> object:
        officer = moving.as_officer(session, moving.decc_officer)
        return agreeing.cancel(session, moving.now, move_id=move_id, **officer, reason="It was put off.")

    def confirm(session: Session) -> object:
        officer = moving.as_officer(session, moving.beis_officer)
        return agreeing.confirm(session, moving.now, move_id=move_id, **officer)

    confirmed, cancelled = at_once(moving.engine, confirm, cancel)
    assert confirmed or cancelled
    moving.work()
    there = moving.decc.id if cancelled else moving.beis.id
    assert {one: employers(moving, one) for one in moving.people} == {one: [there] for one in moving.people}
    ends = BulkMoveState.CANCELLED if cancelled else BulkMoveState.SCHEDULED
    assert moving.state(move_id) is ends
    with open_session(moving.engine, writes=False) as session:
        steps = session.exec(select(BulkMoveStep.to_state).order_by(col(BulkMoveStep.id))).all()
    assert steps.count(ends) == 1


def test_of_two_who_decide_on_leaving_somebody_out_one_does(moving: Moving) -> None:
    colleague, one = hr(moving, "iris.cole"), moving.people[0]
    move_id = moving.scheduled()
    member_id = moving.member(move_id, one).id
    asked = {"move_id": move_id, "member_id": member_id}
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.decc_officer)
        leaving_out.leave_out(session, moving.now, **asked, **officer, words="They stay.", alone_up_to=0)

    def decide(officer_id: UUID, leaves_out: bool) -> Deed:
        return lambda session: leaving_out.decide(
            session, moving.now, **asked, **moving.as_officer(session, officer_id), leaves_out=leaves_out
        )

    left, let = at_once(moving.engine, decide(colleague, True), decide(moving.beis_officer, False))
    assert (left, let) in ((True, False), (False, True))
    assert moving.member(move_id, one).state is (MemberState.SET_APART if left else MemberState.SCHEDULED)
    assert employers(moving, one) == [moving.decc.id if left else moving.beis.id]
    assert employers(moving, moving.people[1]) == [moving.beis.id]
