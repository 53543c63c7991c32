"""Whoever comes back is arranged for and paid right, as whoever moves: the first day, and payroll's list."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from profiles.appointments import first_day, payroll, service, task_reminding, tasks
from profiles.appointments.models import Appointment
from profiles.employments.models import Posting
from profiles.errors import Conflict, Invalid, NotFound
from profiles.figures.first_days import look_at_first_days
from profiles.figures.models import AppointmentFirstDay
from profiles.figures.outcomes import first_days, first_pays
from profiles.figures.scope import Period, Scope
from profiles.outbox.models import OutboxMessage
from profiles.roles import service as roles
from profiles.roles.models import Role
from profiles.temporal import INSTANT, current, end_of_day, start_of_day
from profiles.transfers import cut_offs
from profiles.transfers.models import PayItem, TaskKind
from profiles.transfers.timetable import Timetable
from tests.factories.move_invitations import ADDRESS
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.returners import STARTS, approve, by, make_appointment
from tests.factories.transfers import Move
from tests.profiles.figures.test_savings import count

BEGINS = start_of_day(STARTS)
BEGUN = BEGINS + timedelta(hours=9)
RIGHT = dict.fromkeys(PayItem, True)
WRONG = RIGHT | {PayItem.FIRST_PAY: False}
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


@pytest.fixture
def manager(move: Move) -> UUID:
    return make_employee(move.session, move.now, move.home_office, "nan.boss").person_id


@pytest.fixture
def agreed(move: Move, manager: UUID) -> Appointment:
    """One that begins on Monday 1 June, with a line manager and payroll."""
    move.payroll_officer()
    return approve(move, make_appointment(move, line_manager="nan.boss@ho.gov.uk"))


def due(move: Move, appointment: Appointment) -> dict[TaskKind, date]:
    return {one.kind: one.due_on for one in tasks.of(move.session, appointment.id)}


def waiting(move: Move, person_id: UUID) -> list[TaskKind]:
    found = tasks.waiting_for(move.session, person_id, move.permissions(person_id), move.now)
    return [task.kind for _appointment, task in found]


def mails(move: Move, to: str) -> list[str]:
    found = move.session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all()
    return [one.payload["subject"] for one in found if one.payload["to"] == to]


def check(move: Move, appointment: Appointment, right: dict[PayItem, bool]) -> Appointment:
    who = by(move, appointment, move.payroll_officer())
    return payroll.record_checks(move.session, move.now, right=right, **who)


def confirm_details(move: Move, appointment: Appointment) -> None:
    payroll.confirm_details(move.session, move.now, **by(move, appointment, move.payroll_officer()))


def name_manager(move: Move, appointment: Appointment, address: str) -> UUID:
    who = by(move, appointment, move.preparer)
    return first_day.name_manager(move.session, move.now, unverified_address=address, **who)


def test_what_is_due_is_so_by_the_days_of_a_transfer(move: Move, agreed: Appointment) -> None:
    assert due(move, agreed) == {
        TaskKind.FIRST_DAY: date(2026, 5, 31),
        TaskKind.PAYROLL_DETAILS: date(2026, 6, 15),
        TaskKind.FIRST_PAY: date(2026, 6, 30),
    }


def test_another_cut_off_day_moves_what_payroll_has_not_answered_about(
    move: Move, agreed: Appointment
) -> None:
    officer = move.payroll_officer()
    place = {"organisation_id": move.home_office.id}
    who = {"officer_id": officer, "permissions": move.permissions(officer)}
    cut_offs.set_day(move.session, move.now, **place, **who, day=20)
    tasks.follow_cut_offs(move.session, move.home_office.id, Timetable(), move.now)
    assert due(move, agreed)[TaskKind.PAYROLL_DETAILS] == date(2026, 6, 20)
    late = replace(move, now=BEGUN + timedelta(days=20))
    tasks.follow_cut_offs(move.session, move.home_office.id, Timetable(), late.now)
    assert due(move, agreed)[TaskKind.PAYROLL_DETAILS] == date(2026, 7, 20)
    assert due(move, agreed)[TaskKind.FIRST_DAY] == date(2026, 5, 31)


def test_a_chased_pay_keeps_its_day(move: Move, agreed: Appointment) -> None:
    confirm_details(move, agreed)
    begun = replace(move, now=BEGUN)
    check(begun, agreed, WRONG)
    tasks.follow_cut_offs(begun.session, move.home_office.id, Timetable(cut_off_day=5), begun.now)
    assert due(move, agreed)[TaskKind.FIRST_PAY] == date(2026, 6, 8)


def test_the_manager_arranges_the_first_day_before_it(move: Move, agreed: Appointment, manager: UUID) -> None:
    assert mails(move, "nan.boss@ho.gov.uk") == ["A first day waits for you"]
    assert waiting(move, manager) == [TaskKind.FIRST_DAY]
    assert waiting(move, move.preparer) == []
    assert waiting(replace(move, now=BEGUN), manager) == []
    first_day.arrange(move.session, move.now, appointment_id=agreed.id, person_id=manager)
    assert waiting(move, manager) == []
    with pytest.raises(Conflict, match="already"):
        first_day.arrange(move.session, move.now, appointment_id=agreed.id, person_id=manager)


def test_where_nobody_is_named_hr_name_somebody_who_is_recorded_with_the_post(
    move: Move, manager: UUID
) -> None:
    appointment = approve(move, make_appointment(move))
    assert waiting(move, move.preparer) == [TaskKind.FIRST_DAY]
    with pytest.raises(Invalid) as refused:
        name_manager(move, appointment, "nobody@ho.gov.uk")
    assert refused.value.field == "address"
    assert name_manager(move, appointment, "nan.boss@ho.gov.uk") == manager
    assert (waiting(move, move.preparer), waiting(move, manager)) == ([], [TaskKind.FIRST_DAY])
    (post,) = current(move.session, Posting, BEGINS, move.now, person_id=move.employee)
    assert post.line_manager_id == manager
    service.cancel(move.session, move.now, reason="Withdrew", **by(move, appointment))
    assert current(move.session, Posting, BEGINS, move.now, person_id=move.employee) == []
    assert mails(move, "nan.boss@ho.gov.uk")[-1] == "A first day is not yours any more"
    assert waiting(move, manager) == []


def test_another_manager_arranges_it_anew_and_the_one_before_is_told(
    move: Move, agreed: Appointment, manager: UUID
) -> None:
    first_day.arrange(move.session, move.now, appointment_id=agreed.id, person_id=manager)
    with pytest.raises(Invalid, match="already"):
        name_manager(move, agreed, "nan.boss@ho.gov.uk")
    name_manager(move, agreed, "olivia.ward@ho.gov.uk")
    assert waiting(move, move.home_office_officer) == [TaskKind.FIRST_DAY]
    assert mails(move, "nan.boss@ho.gov.uk")[-1] == "A first day is not yours any more"
    with pytest.raises(NotFound):
        first_day.arrange(move.session, move.now, appointment_id=agreed.id, person_id=manager)


def stand_in(move: Move, manager: UUID) -> UUID:
    """Dan Deputy, for Nan Boss."""
    deputy = make_employee(move.session, move.now, move.home_office, "dan.deputy").person_id
    roles.assign(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        person_id=deputy,
        role=Role.LINE_MANAGER,
        organisation_id=move.home_office.id,
        valid_from=LONG_AGO,
        valid_to=move.now + timedelta(days=60),
        deputy_of=manager,
    )
    return deputy


def test_payroll_and_who_stands_in_are_told_at_once_and_when_nobody_comes(move: Move, manager: UUID) -> None:
    move.payroll_officer()
    stand_in(move, manager)
    give_role(move.session, move.now, move.employee, Role.PAYROLL_OFFICER, move.home_office.id)
    before = mails(move, ADDRESS)
    agreed = approve(move, make_appointment(move, line_manager="nan.boss@ho.gov.uk"))
    everybody = ("nadia.brook@ho.gov.uk", "nan.boss@ho.gov.uk", "dan.deputy@ho.gov.uk")
    asked = ["A return waits for payroll", "A first day waits for you", "A first day waits for you"]
    assert [mails(move, one)[-1] for one in everybody] == asked
    service.cancel(move.session, move.now, reason="Withdrew", **by(move, agreed))
    over = ["Somebody does not come back", *["A first day is not yours any more"] * 2]
    assert [mails(move, one)[-1] for one in everybody] == over
    assert {*asked, *over}.isdisjoint(mails(move, ADDRESS)[len(before) :])


def test_who_stands_in_for_the_manager_arranges_it(move: Move, agreed: Appointment, manager: UUID) -> None:
    deputy = stand_in(move, manager)
    assert waiting(move, deputy) == [TaskKind.FIRST_DAY]
    first_day.arrange(move.session, move.now, appointment_id=agreed.id, person_id=deputy)
    assert waiting(move, manager) == []


def test_a_first_day_that_has_come_is_arranged_by_nobody(move: Move) -> None:
    late = replace(move, now=move.now)
    appointment = make_appointment(move)
    late.now = BEGUN
    said = service.shown(late.session, appointment, late.now)
    service.approve(late.session, late.now, said=said, backdate_days=14, **by(late, appointment))
    assert set(due(late, appointment)) == {TaskKind.PAYROLL_DETAILS, TaskKind.FIRST_PAY}


def test_payroll_confirms_what_it_needs_and_then_the_first_pay(move: Move, agreed: Appointment) -> None:
    officer = move.payroll_officer()
    assert waiting(move, officer) == [TaskKind.PAYROLL_DETAILS]
    begun = replace(move, now=BEGUN)
    assert waiting(begun, officer) == [TaskKind.PAYROLL_DETAILS, TaskKind.FIRST_PAY]
    with pytest.raises(Conflict, match="Confirm first"):
        check(begun, agreed, RIGHT)
    confirm_details(move, agreed)
    with pytest.raises(Conflict, match="does not wait"):
        check(move, agreed, RIGHT)
    check(begun, agreed, RIGHT)
    assert waiting(begun, officer) == []
    with pytest.raises(Conflict, match="already"):
        check(begun, agreed, RIGHT)


def test_what_is_done_after_it_is_among_the_tasks_that_hours_are_saved_less(
    move: Move, agreed: Appointment, manager: UUID
) -> None:
    may = Period(date(2026, 5, 1), date(2026, 5, 31))
    assert count(move, move.home_office.id, may).tasks == 3
    first_day.arrange(move.session, move.now, appointment_id=agreed.id, person_id=manager)
    confirm_details(move, agreed)
    assert count(move, move.home_office.id, may).tasks == 5


def test_what_nothing_is_said_about_is_named(move: Move, agreed: Appointment) -> None:
    confirm_details(move, agreed)
    with pytest.raises(Invalid) as refused:
        check(replace(move, now=BEGUN), agreed, {PayItem.FIRST_PAY: True})
    assert refused.value.field == "leave"


def test_what_is_wrong_is_chased_and_counts_as_it_was_said_first(move: Move, agreed: Appointment) -> None:
    confirm_details(move, agreed)
    begun = replace(move, now=BEGUN)
    check(begun, agreed, WRONG)
    assert payroll.wrong_of(agreed) == [PayItem.FIRST_PAY]
    assert due(begun, agreed)[TaskKind.FIRST_PAY] == date(2026, 6, 8)
    for one in ("priya.patel", "omar.hughes"):
        assert mails(begun, f"{one}@ho.gov.uk")[-1] == "Payroll puts something right"
    later = replace(move, now=BEGUN + timedelta(days=7))
    check(later, agreed, RIGHT)
    assert waiting(later, move.payroll_officer()) == []
    assert first_pays(move.session, Scope({move.home_office.id}), JUNE) == [(1, 1)]
    assert first_pays(move.session, Scope(None), JUNE) == [(1, 1)]
    assert first_pays(move.session, Scope({move.hmrc.id}), JUNE) == [(0, 0)]
    told = payroll.first_pays(move.session, {move.home_office.id}, BEGINS)
    assert (told.checked, told.wrong) == (1, 1)


def test_the_first_day_is_looked_at_and_counted_where_they_came_back(move: Move, agreed: Appointment) -> None:
    over = end_of_day(date(2026, 6, 8))
    assert not look_at_first_days(move.session, over - timedelta(days=2), 20)
    assert look_at_first_days(move.session, over, 20)
    assert not look_at_first_days(move.session, over, 20)
    assert move.session.exec(select(AppointmentFirstDay.appointment_id)).all() == [agreed.id]
    (told,) = first_days(move.session, Scope({move.home_office.id}), JUNE, over)
    assert (told.joined, told.known, told.tried) == (1, 1, 0)
    assert first_days(move.session, Scope({move.hmrc.id}), JUNE, over)[0].joined == 0


@pytest.mark.parametrize(("at", "number"), [(BEGINS - INSTANT, 0), (BEGINS, 1)])
def test_who_is_still_to_come_back_is_not_among_the_begun(
    move: Move, agreed: Appointment, at: datetime, number: int
) -> None:
    (told,) = first_days(move.session, Scope({agreed.organisation_id}), JUNE, at)
    assert (told.joined, told.known) == (number, 0)


def test_who_is_to_act_is_reminded_once_and_who_sees_to_it_is_told_when_late(
    move: Move, agreed: Appointment
) -> None:
    def remind(day: date) -> dict[str, int]:
        now = datetime.combine(day, BEGUN.timetz())
        for _turn in range(2):
            assert not task_reminding.remind(move.session, now, Timetable(), 10)
        people = ("nan.boss", "nadia.brook", "omar.hughes")
        return {one: len(told(f"{one}@ho.gov.uk")) for one in people}

    def told(to: str) -> list[str]:
        about: Any = ("A return waits for you", "Something of a return is late")
        return [one for one in mails(move, to) if one in about]

    assert remind(date(2026, 5, 27)) == {"nan.boss": 0, "nadia.brook": 0, "omar.hughes": 0}
    assert remind(date(2026, 5, 28)) == {"nan.boss": 1, "nadia.brook": 0, "omar.hughes": 0}
    assert remind(date(2026, 6, 12)) == {"nan.boss": 1, "nadia.brook": 1, "omar.hughes": 0}
    assert remind(date(2026, 6, 18)) == {"nan.boss": 1, "nadia.brook": 1, "omar.hughes": 1}
