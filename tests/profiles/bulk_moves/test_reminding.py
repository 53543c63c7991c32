"""Who is to act in a bulk move is reminded before it is due, and who sees to it is told when it is late."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from app.database import open_session, transaction
from app.transfer_reminders import remind_of_bulk_moves
from profiles.bulk_moves import leaving_out, paying, payroll_details, redating, restarting
from profiles.bulk_moves.expiring import CONFIRM_WITHIN
from profiles.bulk_moves.models import BulkMoveReminder, BulkMoveState, PayrollDetail
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.temporal import start_of_day
from profiles.transfers.models import PayItem, ReminderStage
from profiles.transfers.timetable import Timetable
from tests.factories.bulk_moves import EXPORTING, IMPORTING, START, Moving, make_moving
from tests.factories.people import give_role, make_deputy, make_employee

REMINDER, ESCALATION = ReminderStage.REMINDER, ReminderStage.ESCALATION
Sent = tuple[str, str, date, ReminderStage]


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    """DECC with three people who move beside its officers, and BEIS with an officer."""
    return make_moving(engine, now)


def remind(moving: Moving, at: datetime) -> list[Sent]:
    """What is sent at a moment, and not again at the same one."""
    before = sent(moving)
    for _turn in range(2):
        remind_of_bulk_moves(moving.engine, at, Timetable(), CONFIRM_WITHIN)
    return [one for one in sent(moving) if one not in before]


def sent(moving: Moving) -> list[Sent]:
    with open_session(moving.engine, writes=False) as session:
        found = session.exec(select(BulkMoveReminder).order_by(col(BulkMoveReminder.id))).all()
        return [(one.act, one.side, one.due_on, one.stage) for one in found]


def told(moving: Moving, subject: str) -> list[UUID | None]:
    with open_session(moving.engine, writes=False) as session:
        query = select(OutboxMessage.person_id).where(col(OutboxMessage.reason) == subject)
        return list(session.exec(query).all())


def test_a_side_that_has_not_agreed_is_reminded_and_then_the_other_hears_of_it(moving: Moving) -> None:
    moving.agree(moving.draft(), IMPORTING)
    due_on = moving.now.date() + timedelta(days=7)
    assert remind(moving, moving.now + timedelta(days=3)) == []
    assert remind(moving, moving.now + timedelta(days=4)) == [("agree", "exporting", due_on, REMINDER)]
    assert told(moving, "A bulk move waits for you") == [moving.decc_officer]
    assert remind(moving, moving.now + timedelta(days=9)) == []
    assert remind(moving, moving.now + timedelta(days=10)) == [("agree", "exporting", due_on, ESCALATION)]
    assert told(moving, "A bulk move is late") == [moving.beis_officer]


def test_deputies_of_who_may_agree_are_told_and_those_of_who_may_not_are_not(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        deputies = []
        for name, officer_id in (("d.agrees", moving.decc_officer), ("d.drafts", moving.preparer)):
            deputies.append(make_employee(session, moving.now, moving.decc, name).person_id)
            make_deputy(session, moving.now, deputies[-1], officer_id, Role.HR_OFFICER, moving.decc.id)
    move_id = moving.draft()
    told_first = told(moving, "A bulk move waits for your department")
    assert set(told_first) == {moving.decc_officer, moving.beis_officer, deputies[0]}
    moving.agree(move_id, IMPORTING)
    assert len(remind(moving, moving.now + timedelta(days=4))) == 1
    assert set(told(moving, "A bulk move waits for you")) == {moving.decc_officer, deputies[0]}


def test_what_waits_to_be_confirmed_is_said_to_both_before_it_ends_by_itself(moving: Moving) -> None:
    moving.validated(start_date=moving.now.date() + timedelta(days=6))
    due_on = moving.now.date() + timedelta(days=5)
    assert remind(moving, moving.now + timedelta(days=2)) == [("confirm", "", due_on, REMINDER)]
    assert set(told(moving, "A bulk move waits for you")) == {
        moving.preparer,
        moving.decc_officer,
        moving.beis_officer,
    }


def test_a_second_officer_is_reminded_of_whom_to_leave_out_and_who_asked_is_not(moving: Moving) -> None:
    move_id = moving.scheduled()
    before = START - timedelta(days=1)
    assert remind(moving, start_of_day(before)) == []
    with transaction(moving.engine) as session:
        member_id = moving.member(move_id, moving.people[0]).id
        asked = {"move_id": move_id, "member_id": member_id, "words": "Stays.", "alone_up_to": 0}
        officer = moving.as_officer(session, moving.decc_officer)
        leaving_out.leave_out(session, moving.now, **asked, **officer)
    assert remind(moving, start_of_day(before)) == [("leave_out", "", before, REMINDER)]
    assert set(told(moving, "A bulk move waits for you")) == {moving.preparer, moving.beis_officer}


def take_all_up(moving: Moving, payroll: UUID, move_id: UUID, shown: int = 5) -> None:
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, payroll)
        payroll_details.record_rest_taken_up(session, moving.now, move_id=move_id, **officer, shown=shown)


def test_payroll_is_reminded_of_its_cut_off_date_and_chased_about_what_is_missing(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
    move_id, cut_off = moving.scheduled(), date(2026, 4, 15)
    assert remind(moving, start_of_day(START) - timedelta(days=1)) == []
    moving.now = start_of_day(START) + timedelta(hours=9)
    moving.work()
    assert remind(moving, start_of_day(date(2026, 4, 12))) == [("take_up", "importing", cut_off, REMINDER)]
    assert told(moving, "A bulk move waits for you") == [payroll]
    moving.now = start_of_day(date(2026, 4, 14)) + timedelta(hours=9)
    with transaction(moving.engine) as session:
        member_id = moving.member(move_id, moving.people[0]).id
        has = dict.fromkeys(PayrollDetail, True) | {PayrollDetail.BANK: False}
        asked = {"move_id": move_id, **moving.as_officer(session, payroll)}
        payroll_details.record_details(session, moving.now, member_id=member_id, has=has, **asked)
    take_all_up(moving, payroll, move_id, shown=4)
    again = date(2026, 4, 21)
    assert remind(moving, start_of_day(date(2026, 4, 18))) == [("take_up", "importing", again, REMINDER)]
    assert remind(moving, start_of_day(date(2026, 4, 24))) == [("take_up", "importing", again, ESCALATION)]
    assert told(moving, "A bulk move is late") == [moving.beis_officer]
    late = [act for act, *_rest in remind(moving, start_of_day(date(2026, 5, 4)))]
    assert late == ["confirm_pay"]


def test_payroll_is_reminded_of_first_pays_and_chased_about_what_is_wrong_again_and_again(
    moving: Moving,
) -> None:
    with transaction(moving.engine) as session:
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
    move_id = moving.scheduled()
    take_all_up(moving, payroll, move_id)
    moving.now = start_of_day(START) + timedelta(hours=9)
    moving.work()
    assert remind(moving, moving.now) == []
    month_end = date(2026, 4, 30)
    assert remind(moving, start_of_day(date(2026, 4, 27))) == [
        ("confirm_pay", "importing", month_end, REMINDER)
    ]
    assert told(moving, "A bulk move waits for you") == [payroll]
    looked_at = start_of_day(date(2026, 4, 28)) + timedelta(hours=9)
    for day in (looked_at, looked_at + timedelta(days=9)):
        moving.now = day
        with transaction(moving.engine) as session:
            asked = {"move_id": move_id, **moving.as_officer(session, payroll)}
            member_id = moving.member(move_id, moving.people[0]).id
            said = paying.ALL_RIGHT | {PayItem.PENSION: False}
            paying.record_pay(session, day, member_id=member_id, right=said, **asked)
            if day == looked_at:
                paying.record_rest_right(session, day, **asked)
        due_on = day.date() + timedelta(days=7)
        assert remind(moving, day + timedelta(days=4)) == [("confirm_pay", "importing", due_on, REMINDER)]
    assert remind(moving, moving.now + timedelta(days=10)) == [
        ("confirm_pay", "importing", due_on, ESCALATION)
    ]
    assert told(moving, "A bulk move is late") == [moving.beis_officer]


def test_who_agreed_in_time_to_another_date_is_not_late_with_this_one(moving: Moving) -> None:
    move_id = moving.draft()
    moving.agree(move_id, EXPORTING)
    moving.now += timedelta(days=20)
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.preparer)
        day = START + timedelta(days=90)
        redating.move_start(session, moving.now, move_id=move_id, **officer, start_date=day)
    assert remind(moving, moving.now) == []
    due_on = moving.now.date() + timedelta(days=7)
    assert remind(moving, moving.now + timedelta(days=4)) == [
        ("agree", "exporting", due_on, REMINDER),
        ("agree", "importing", due_on, REMINDER),
    ]


def test_what_is_wrong_is_chased_while_nothing_is_said_of_others_yet(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
    move_id = moving.scheduled()
    take_all_up(moving, payroll, move_id)
    moving.now = start_of_day(START) + timedelta(hours=9)
    moving.work()
    moving.now += timedelta(days=34)
    with transaction(moving.engine) as session:
        asked = {"move_id": move_id, **moving.as_officer(session, payroll)}
        member_id = moving.member(move_id, moving.people[0]).id
        said = paying.ALL_RIGHT | {PayItem.PENSION: False}
        paying.record_pay(session, moving.now, member_id=member_id, right=said, **asked)
    chased = ("confirm_pay", "importing", moving.now.date() + timedelta(days=7), REMINDER)
    assert chased in remind(moving, moving.now + timedelta(days=4))


@pytest.mark.parametrize("is_complete", [False, True], ids=["reconciling", "completed"])
def test_who_answers_whether_somebody_began_on_another_day_is_reminded(
    moving: Moving, is_complete: bool
) -> None:
    with transaction(moving.engine) as session:
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
        both = make_employee(session, moving.now, moving.beis, "bob.both").person_id
        for place in (moving.beis, moving.decc):
            give_role(session, moving.now, both, Role.HR_OFFICER, place.id)
    move_id = moving.scheduled(numbers=["DECC-mover.number0"])
    take_all_up(moving, payroll, move_id, shown=1)
    moving.now = start_of_day(START) + timedelta(hours=9)
    moving.work()
    if is_complete:
        with transaction(moving.engine) as session:
            asked = {"move_id": move_id, **moving.as_officer(session, payroll)}
            paying.record_rest_right(session, moving.now, **asked)
        assert moving.state(move_id) is BulkMoveState.COMPLETED
    moving.now += timedelta(days=1)
    member_id = moving.member(move_id, moving.people[0]).id
    asked = {"move_id": move_id, "member_id": member_id}
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, both)
        restarting.ask(session, moving.now, **asked, **officer, start_date=START + timedelta(days=1))
    due_on = moving.now.date() + timedelta(days=14)
    assert moving.member(move_id, moving.people[0]).restart_due_on == due_on
    assert remind(moving, moving.now + timedelta(days=10)) == []
    assert remind(moving, moving.now + timedelta(days=11)) == [("agree_start", "exporting", due_on, REMINDER)]
    assert set(told(moving, "A bulk move waits for you")) == {moving.preparer, moving.decc_officer}
    late = ("agree_start", "exporting", due_on, ESCALATION)
    assert late in remind(moving, moving.now + timedelta(days=17))
    assert moving.beis_officer in told(moving, "A bulk move is late")
    with transaction(moving.engine) as session:
        seen = restarting.shown(moving.member(move_id, moving.people[0]))
        officer = moving.as_officer(session, moving.decc_officer)
        restarting.answer(session, moving.now, **asked, **officer, agreed=False, seen=seen)
    assert moving.member(move_id, moving.people[0]).restart_due_on is None
    starts = [one for one in remind(moving, moving.now + timedelta(days=60)) if one[0] == "agree_start"]
    assert starts == []


def test_nothing_is_sent_of_what_has_ended(moving: Moving) -> None:
    move_id = moving.draft()
    moving.agree(move_id, EXPORTING)
    moving.cancel(move_id)
    assert remind(moving, moving.now + timedelta(days=20)) == []
