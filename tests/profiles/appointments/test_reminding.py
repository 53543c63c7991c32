"""Who decides on an appointment is reminded once, and who sees to it is told once when it is late."""

from datetime import timedelta

from sqlmodel import select

from profiles.appointments import reminding
from profiles.appointments.reminding import due_on
from profiles.outbox.models import OutboxMessage
from profiles.transfers.timetable import Timetable
from tests.factories.returners import approve, make_appointment
from tests.factories.transfers import Move


def subjects(move: Move) -> list[str]:
    found = move.session.exec(select(OutboxMessage)).all()
    return [one.payload["subject"] for one in found if "appointment" in one.payload["subject"].lower()]


def remind(move: Move, days: int) -> list[str]:
    before = len(subjects(move))
    for _turn in range(2):
        assert not reminding.remind(move.session, move.now + timedelta(days=days), Timetable(), 10)
    return subjects(move)[before:]


def test_those_who_decide_are_reminded_and_later_who_sees_to_it_is_told(move: Move) -> None:
    appointment = make_appointment(move)
    waits = (due_on(appointment) - move.now.date()).days
    assert remind(move, waits - 4) == []
    reminded = remind(move, waits - 3)
    assert set(reminded) == {"An appointment waits for you"}
    assert remind(move, waits + 2) == []
    assert set(remind(move, waits + 3)) == {"An appointment is late"}
    assert remind(move, waits + 9) == []


def test_what_is_decided_is_left_alone(move: Move) -> None:
    approve(move, make_appointment(move))
    assert remind(move, 20) == []
