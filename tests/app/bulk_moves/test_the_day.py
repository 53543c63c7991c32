"""On the day everybody is looked at once more: who cannot move after all stays, and the record says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.database import open_session, transaction
from identity.sign_in.models import PasswordCredential
from profiles.bulk_moves.models import BulkMoveState, MemberState, Reason
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship
from profiles.employments.models import Employment, Posting
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import PayRecord
from profiles.roles.models import Role
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import INSTANT, current, record, start_of_day
from tests.factories.bulk_moves import START, Moving
from tests.factories.clearances import make_clearance
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role, make_employee

T = start_of_day(START)
EVE = T - timedelta(minutes=2)
Happening = Callable[[Moving, Session, UUID], None]


def ask_for_clearance(moving: Moving, session: Session, person_id: UUID) -> None:
    """The post asks for SC, and its holder has it."""
    make_clearance(session, moving.now, person_id, moving.decc)
    [post] = current(session, Posting, moving.now, moving.now, person_id=person_id)
    post.required_clearance = ClearanceLevel.SC.value
    session.add(post)


def suspend(moving: Moving, session: Session, person_id: UUID) -> None:
    stamp = PROVENANCE.stamp(moving.now, moving.now)
    record(session, AccountSuspension(person_id=person_id, organisation_id=moving.decc.id, **stamp))


def lose_ways_in(_moving: Moving, session: Session, person_id: UUID) -> None:
    session.execute(delete(PasswordCredential).where(col(PasswordCredential.person_id) == person_id))


def withdraw_clearance(moving: Moving, session: Session, person_id: UUID) -> None:
    [held] = current(session, Clearance, moving.now, moving.now, person_id=person_id)
    held.status = ClearanceStatus.WITHDRAWN
    session.add(held)


def suspend_clearance(moving: Moving, session: Session, person_id: UUID) -> None:
    [held] = current(session, Clearance, moving.now, moving.now, person_id=person_id)
    held.status = ClearanceStatus.SUSPENDED
    session.add(held)


def place_of(moving: Moving, person_id: UUID) -> set[UUID]:
    """Where the record says that somebody works and is paid, and who sponsors their clearance, after T."""
    with open_session(moving.engine, writes=False) as session:
        return {
            one.organisation_id
            for model in (Employment, Posting, PayRecord, Sponsorship)
            for one in current(session, model, T, moving.now, person_id=person_id)
        }


def mails(moving: Moving, subject: str) -> list[UUID | None]:
    with open_session(moving.engine, writes=False) as session:
        found = select(OutboxMessage.person_id).where(col(OutboxMessage.reason).startswith(subject))
        return list(session.exec(found))


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (suspend, Reason.SUSPENDED),
        (lose_ways_in, Reason.SIGN_IN),
        (withdraw_clearance, Reason.CLEARANCE),
        (suspend_clearance, Reason.CLEARANCE),
    ],
)
def test_who_cannot_move_on_the_day_stays_and_the_others_go(
    moving: Moving, happens: Happening, reason: Reason
) -> None:
    one, other = moving.people[:2]
    with transaction(moving.engine) as session:
        security = make_employee(session, moving.now, moving.decc, "sam.secures").person_id
        give_role(session, moving.now, security, Role.SECURITY_OFFICER, moving.decc.id)
        ask_for_clearance(moving, session, one)
    # A list, so that officers of the old organisation stay.
    move_id = moving.scheduled(numbers=[f"DECC-mover.number{n}" for n in range(3)])
    moving.now = EVE
    with transaction(moving.engine) as session:
        happens(moving, session, one)
    moving.now = T + timedelta(minutes=1)
    moving.work()
    member = moving.member(move_id, one)
    assert (member.state, member.reason, member.in_flight) == (MemberState.SET_APART, reason, False)
    assert place_of(moving, one) == {moving.decc.id}
    assert moving.states(move_id)[other] is MemberState.JOINED
    assert place_of(moving, other) == {moving.beis.id}
    assert moving.state(move_id) is BulkMoveState.RECONCILING
    assert mails(moving, "Your move to another department does not") == [one]
    assert {moving.decc_officer, moving.beis_officer} <= {*mails(moving, "Some people have not moved")}
    is_theirs = reason in (Reason.SUSPENDED, Reason.CLEARANCE)
    assert (security in mails(moving, "Some people have not moved, and security")) is is_theirs


def test_nobody_is_told_to_mend_anything_where_all_have_moved(moving: Moving) -> None:
    moving.scheduled()
    moving.now = T + timedelta(minutes=1)
    moving.work()
    assert mails(moving, "Some people have not moved") == []


def test_who_has_another_clearance_that_is_enough_moves(moving: Moving) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        ask_for_clearance(moving, session, one)
    move_id = moving.scheduled()
    moving.now = EVE
    with transaction(moving.engine) as session:
        withdraw_clearance(moving, session, one)
        make_clearance(session, moving.now, one, moving.decc, ClearanceLevel.DV, expires_on=date(2027, 5, 31))
    moving.now = T + timedelta(minutes=1)
    moving.work()
    assert moving.states(move_id)[one] is MemberState.JOINED


def test_a_post_that_asks_for_a_clearance_of_which_nothing_is_recorded_moves(moving: Moving) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        [post] = current(session, Posting, moving.now, moving.now, person_id=one)
        post.required_clearance = ClearanceLevel.SC.value
        session.add(post)
    move_id = moving.scheduled()
    moving.now = T + timedelta(minutes=1)
    moving.work()
    assert moving.states(move_id)[one] is MemberState.JOINED


@pytest.mark.parametrize(
    ("start", "instant"),
    [
        (date(2026, 3, 29), datetime(2026, 3, 29, 0, tzinfo=UTC)),
        (date(2026, 3, 30), datetime(2026, 3, 29, 23, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 24, 23, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 26, 0, tzinfo=UTC)),
        (date(2028, 2, 29), datetime(2028, 2, 29, 0, tzinfo=UTC)),
    ],
)
def test_it_turns_at_midnight_in_london_whatever_the_clocks_do(
    moving: Moving, start: date, instant: datetime
) -> None:
    """On and after the days of 23 and of 25 hours, and on 29 February, with the worker stopped."""
    move_id = moving.scheduled(start_date=start)

    def where(at: datetime) -> list[list[UUID]]:
        with open_session(moving.engine, writes=False) as session:
            return [
                [one.organisation_id for one in current(session, model, at, moving.now, person_id=person_id)]
                for model in (Employment, Posting)
                for person_id in moving.people
            ]

    assert where(instant - INSTANT) == [[moving.decc.id]] * 6
    assert where(instant) == [[moving.beis.id]] * 6
    moving.now = instant
    moving.work()
    assert {moving.states(move_id)[one] for one in moving.people} == {MemberState.JOINED}
