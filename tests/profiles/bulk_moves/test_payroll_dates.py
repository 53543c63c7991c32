"""Another cut-off day of payroll: by when who comes by a bulk move is paid, and who is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from app.database import open_session, transaction
from profiles.bulk_moves import payroll_details, reading, reminding
from profiles.bulk_moves.expiring import CONFIRM_WITHIN
from profiles.bulk_moves.payroll_dates import expecting, payroll_dates
from profiles.roles.models import Role
from profiles.temporal import start_of_day
from profiles.transfers import cut_offs
from profiles.transfers.timetable import STANDARD
from tests.factories.bulk_moves import Moving, make_moving
from tests.factories.people import give_role, make_employee
from tests.profiles.bulk_moves.test_reminding import told

MORNING = timedelta(hours=9)


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    return make_moving(engine, now)


@pytest.fixture
def payroll(moving: Moving) -> UUID:
    with transaction(moving.engine) as session:
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
    return payroll


def say(moving: Moving, payroll: UUID, day: int | None, on: date) -> None:
    moving.now = start_of_day(on) + MORNING
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, payroll)
        to = {"organisation_id": moving.beis.id, "many_come_to": expecting(session)}
        cut_offs.set_day(session, moving.now, **to, **officer, day=day)


def begun(moving: Moving) -> UUID:
    """Of 1 April: by the platform's day due by the 15th, and paid at the end of the month."""
    move_id = moving.scheduled()
    moving.now = start_of_day(date(2026, 4, 1)) + MORNING
    moving.work()
    return move_id


def dates(moving: Moving, move_id: UUID) -> tuple[date, date, date]:
    with open_session(moving.engine, writes=False) as session:
        found = payroll_dates(session, reading.get(session, move_id), STANDARD, moving.now)
        return found.cut_off, found.first_pay, found.taken_up_pay


def due(moving: Moving, move_id: UUID) -> list[tuple[str, date]]:
    with open_session(moving.engine, writes=False) as session:
        move = reading.get(session, move_id)
        waiting = reminding.waiting_of(session, move, moving.now, STANDARD, CONFIRM_WITHIN)
        return [(one.act.value, one.due_on) for one in waiting]


APRIL, MAY = date(2026, 4, 30), date(2026, 5, 31)


@pytest.mark.parametrize(
    ("day", "on", "expected"),
    [
        (20, date(2026, 4, 10), (date(2026, 4, 20), APRIL, APRIL)),
        (10, date(2026, 4, 10), (date(2026, 4, 10), APRIL, APRIL)),
        (5, date(2026, 4, 10), (date(2026, 5, 5), MAY, APRIL)),
        (10, date(2026, 5, 1), (date(2026, 4, 10), APRIL, APRIL)),
        (5, date(2026, 3, 25), (date(2026, 4, 5), APRIL, APRIL)),
    ],
    ids=["to_come", "today", "over", "pay_had_come", "before_the_start"],
)
def test_what_waits_is_due_by_the_first_cut_off_that_was_to_come_when_it_was_said(
    moving: Moving, payroll: UUID, day: int, on: date, expected: tuple[date, date, date]
) -> None:
    move_id = begun(moving)
    say(moving, payroll, day, on)
    assert dates(moving, move_id) == expected


def test_nothing_is_late_at_once_and_who_was_taken_up_is_paid_no_later(moving: Moving, payroll: UUID) -> None:
    move_id = begun(moving)
    say(moving, payroll, 5, date(2026, 4, 10))
    assert due(moving, move_id) == [("confirm_pay", MAY), ("take_up", date(2026, 5, 5))]
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, payroll)
        payroll_details.record_rest_taken_up(session, moving.now, move_id=move_id, **officer, shown=5)
    assert due(moving, move_id) == [("confirm_pay", APRIL)]


def test_the_rest_of_payroll_is_told_once_where_a_bulk_move_waits(moving: Moving, payroll: UUID) -> None:
    subject = "Your payroll has another cut-off day"
    with transaction(moving.engine) as session:
        colleague = make_employee(session, moving.now, moving.beis, "cal.colleague").person_id
        give_role(session, moving.now, colleague, Role.PAYROLL_OFFICER, moving.beis.id)
    say(moving, payroll, 16, moving.now.date())
    assert told(moving, subject) == []
    begun(moving)
    for _turn in range(2):
        say(moving, payroll, 20, date(2026, 4, 10))
        assert told(moving, subject) == [colleague]
    say(moving, payroll, None, date(2026, 4, 11))
    assert told(moving, subject) == [colleague, colleague]
