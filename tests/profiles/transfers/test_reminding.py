"""Who is reminded, to whom what is late goes, and which dates need no answer."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.audit.models import AuditEntry
from profiles.employments.service import current_postings
from profiles.errors import Conflict
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.roles.service import assign
from profiles.suspensions.service import suspend_account
from profiles.temporal import end_of_day
from profiles.transfers import dates, interruptions, managers, policy_date, reminding, tasks, watching
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.timetable import STANDARD, Timetable
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move

TIMETABLE = Timetable(policy_days=5, policy_working_days=1)
SOON, LATE = datetime(2026, 3, 10, 9, tzinfo=UTC), datetime(2026, 3, 16, 9, tzinfo=UTC)
"""Three days before the last day, and three days after it; the move starts on 16 March."""


def look(move: Move, transfer: Transfer, now: datetime) -> set[tuple[UUID | None, str]]:
    """Who got which mail by it."""
    before = {one.id for one in move.session.exec(select(OutboxMessage))}
    reminding.look(move.session, transfer, now, TIMETABLE)
    found = [one for one in move.session.exec(select(OutboxMessage)) if one.id not in before]
    return {(one.person_id, one.payload["subject"]) for one in found}


@pytest.mark.parametrize(
    ("open_task", "who"),
    [
        (TaskKind.TERMS, "employee"),
        (TaskKind.LINE_MANAGER, "manager"),
        (TaskKind.CLEARANCE, "security_officer"),
    ],
)
def test_who_is_to_act_is_reminded_once(move: Move, open_task: TaskKind, who: str) -> None:
    transfer = move.begin()
    move.do_tasks(transfer, but=[open_task])
    person = getattr(move, who)
    person_id = person() if callable(person) else person
    if open_task is TaskKind.LINE_MANAGER:
        managers.name(move.session, transfer, Side.EXPORTING, person_id, move.now)
    assert look(move, transfer, SOON - timedelta(days=1)) == set()
    assert look(move, transfer, SOON) == {(person_id, "A move waits for you")}
    assert look(move, transfer, SOON + timedelta(hours=1)) == set()


def test_officers_are_reminded_of_the_approval_and_so_is_a_deputy(move: Move) -> None:
    transfer = move.prepare()
    deputy = make_employee(move.session, move.now, move.hmrc, "dora.deputy").person_id
    assign(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        person_id=deputy,
        role=Role.HR_OFFICER,
        organisation_id=move.hmrc.id,
        valid_from=move.now,
        valid_to=end_of_day(date(2026, 3, 31)),
        deputy_of=move.hmrc_officer,
    )
    told = {person_id for person_id, _subject in look(move, transfer, SOON)}
    assert {deputy, move.hmrc_officer, move.home_office_officer} <= told
    assert move.stranger not in told


def test_what_a_line_manager_is_late_with_goes_to_their_hr(move: Move) -> None:
    transfer = move.begin(start_date=date(2026, 3, 20), last_day=None)
    move.do_tasks(transfer, but=[TaskKind.LINE_MANAGER])
    managers.name(move.session, transfer, Side.EXPORTING, move.manager(), move.now)
    tasks.get(move.session, transfer, TaskKind.LINE_MANAGER).due_on = date(2026, 3, 10)
    assert look(move, transfer, datetime(2026, 3, 13, 9, tzinfo=UTC)) == {
        (move.hmrc_officer, "A move is late")
    }


def test_what_hr_are_late_with_goes_to_their_own_managers_and_to_the_other_department(move: Move) -> None:
    boss = make_employee(move.session, move.now, move.hmrc, "bo.boss").person_id
    (post,) = current_postings(move.session, move.hmrc_officer, move.now)
    post.line_manager_id = boss
    transfer = move.begin(start_date=date(2026, 3, 20), last_day=None)
    tasks.get(move.session, transfer, TaskKind.LINE_MANAGER).due_on = date(2026, 3, 10)
    move.do_tasks(transfer, but=[TaskKind.LINE_MANAGER])
    late = {
        one
        for one, subject in look(move, transfer, datetime(2026, 3, 13, 9, tzinfo=UTC))
        if "late" in subject
    }
    assert late == {boss, move.preparer, move.home_office_officer}


def test_what_stands_still_reminds_nobody(move: Move) -> None:
    transfer = move.prepare()
    interruptions.hold(
        move.session,
        move.now,
        transfer_id=transfer.id,
        side=Side.EXPORTING,
        officer_id=move.hmrc_officer,
        permissions=move.permissions(move.hmrc_officer),
        reason="Why",
        review_on=date(2026, 3, 6),
    )
    assert look(move, transfer, LATE) == set()
    assert transfer.id not in reminding.concerned(move.session, LATE, TIMETABLE)


def test_only_what_is_due_soon_is_looked_at(move: Move) -> None:
    transfer = move.prepare()
    assert reminding.concerned(move.session, SOON - timedelta(days=1), TIMETABLE) == []
    assert reminding.concerned(move.session, SOON, TIMETABLE) == [transfer.id]


def test_nothing_is_left_to_send_once_it_was_sent(move: Move) -> None:
    transfer = move.prepare()
    assert reminding.unsent(move.session, SOON, TIMETABLE) == [transfer.id]
    look(move, transfer, SOON)
    assert reminding.unsent(move.session, SOON, TIMETABLE) == []
    assert reminding.unsent(move.session, LATE, TIMETABLE) == [transfer.id]


def silent(move: Move) -> Transfer:
    transfer = move.begin()
    move.do_tasks(transfer, but=[TaskKind.LINE_MANAGER, TaskKind.CLEARANCE])
    managers.name(move.session, transfer, Side.EXPORTING, move.manager(), move.now)
    return transfer


SETTLING = datetime(2026, 3, 7, 9, tzinfo=UTC)


def test_silence_settles_the_date_and_neither_conduct_nor_clearance(move: Move) -> None:
    move.security_officer()
    transfer = silent(move)
    assert policy_date.find_day(move.session, transfer, TIMETABLE) == date(2026, 3, 7)
    assert policy_date.settle_due(move.session, SETTLING - timedelta(days=1), TIMETABLE) == []
    assert policy_date.settle_due(move.session, SETTLING, TIMETABLE) == [transfer]
    assert policy_date.settle_due(move.session, SETTLING, TIMETABLE) == []
    assert transfer.date_settled_at == SETTLING
    assert (
        len(move.session.exec(select(AuditEntry).where(AuditEntry.event == "transfer.date_settled")).all())
        == 1
    )
    for kind in (TaskKind.LINE_MANAGER, TaskKind.CLEARANCE):
        assert tasks.get(move.session, transfer, kind).done_at is None
    assert not transfer.clearance_released
    with pytest.raises(Conflict, match="line manager"):
        move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    managers.confirm(move.session, move.now, transfer_id=transfer.id, person_id=move.manager())
    assert "policy date" in tasks.get(move.session, transfer, TaskKind.LINE_MANAGER).outcome


def test_an_answer_leaves_nothing_to_settle(move: Move) -> None:
    transfer = move.prepare()
    assert policy_date.find_day(move.session, transfer, TIMETABLE) is None
    assert policy_date.settle_due(move.session, SETTLING, TIMETABLE) == []


def test_a_last_day_that_has_passed_is_not_settled(move: Move) -> None:
    silent(move)
    assert policy_date.settle_due(move.session, datetime(2026, 3, 14, 9, tzinfo=UTC), TIMETABLE) == []


def test_with_short_notice_half_of_it_is_enough(move: Move) -> None:
    """Eleven days from Monday 2 March: half is over on Saturday, five working days on Monday."""
    transfer, monday = silent(move), date(2026, 3, 9)
    assert policy_date.find_day(move.session, transfer, STANDARD) == monday
    assert policy_date.settle_due(move.session, SETTLING + timedelta(days=1), STANDARD) == []
    assert policy_date.settle_due(move.session, SETTLING + timedelta(days=2), STANDARD) == [transfer]


@pytest.mark.parametrize(
    ("last_day", "stands_from"),
    [
        (date(2026, 3, 8), None),
        (date(2026, 3, 9), date(2026, 3, 9)),
        (date(2026, 3, 16), date(2026, 3, 9)),
        (date(2026, 3, 30), date(2026, 3, 16)),
        (date(2026, 4, 27), date(2026, 3, 30)),
        (date(2026, 12, 31), date(2026, 3, 30)),
    ],
)
def test_the_longer_the_notice_the_longer_the_answer_may_take(
    last_day: date, stands_from: date | None
) -> None:
    assert STANDARD.policy_date(date(2026, 3, 2), last_day) == stands_from


def test_nobody_is_overruled_over_a_weekend() -> None:
    friday = date(2026, 3, 6)
    few_days = Timetable(policy_days=5)
    assert few_days.policy_date(date(2026, 3, 2), date(2026, 6, 1)) == date(2026, 3, 9)
    one_day = Timetable(policy_working_days=1)
    assert one_day.policy_date(friday, date(2026, 3, 7)) is None
    assert one_day.policy_date(friday, date(2026, 3, 9)) == date(2026, 3, 9)


def test_with_next_to_no_notice_no_day_comes_and_that_is_said(move: Move) -> None:
    transfer = move.begin(start_date=date(2026, 3, 9), last_day=None)
    managers.name(move.session, transfer, Side.EXPORTING, move.manager(), move.now)
    assert policy_date.find_day(move.session, transfer, STANDARD) is None
    assert policy_date.settle_due(move.session, datetime(2026, 3, 8, 9, tzinfo=UTC), STANDARD) == []
    assert policy_date.is_notice_too_short(move.session, transfer, STANDARD)
    assert not policy_date.is_notice_too_short(move.session, transfer, TIMETABLE)
    managers.confirm(move.session, move.now, transfer_id=transfer.id, person_id=move.manager())
    assert not policy_date.is_notice_too_short(move.session, transfer, STANDARD)


def test_other_dates_are_answered_anew(move: Move) -> None:
    transfer = silent(move)
    policy_date.settle_due(move.session, SETTLING, TIMETABLE)
    dates.move_start(
        move.session,
        SETTLING,
        transfer_id=transfer.id,
        officer_id=move.preparer,
        permissions=move.permissions(move.preparer),
        start_date=date(2026, 4, 1),
        last_day=None,
    )
    assert transfer.date_settled_at is None
    assert policy_date.find_day(move.session, transfer, TIMETABLE) == date(2026, 3, 12)


def test_payroll_is_reminded_before_its_cut_off(move: Move) -> None:
    officer, transfer = move.payroll_officer(), move.schedule()
    told = look(move, transfer, datetime(2026, 4, 12, 9, tzinfo=UTC))
    assert (officer, "A move waits for you") in told


def test_nobody_is_told_of_their_own_move_as_an_officer(move: Move) -> None:
    give_role(move.session, move.now, move.employee, Role.HR_OFFICER, move.hmrc.id)
    assert move.employee not in {one for one, _subject in look(move, move.prepare(), SOON)}


def test_a_blocked_move_is_said_again_each_week_once_it_is_late(move: Move) -> None:
    transfer, officer = move.schedule(), move.security_officer()
    suspend_account(
        move.session,
        move.now,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=move.hmrc_officer,
        reason="Lost laptop",
    )
    watching.look(move.session, transfer, move.now)
    assert transfer.state is TransferState.BLOCKED
    assert reminding.concerned(move.session, move.now, TIMETABLE) == []
    assert reminding.unsent(move.session, SOON, TIMETABLE) == [transfer.id]
    assert look(move, transfer, SOON) == {(officer, "A move waits for you")}
    late = {(move.hmrc_officer, "A move is late")}
    assert look(move, transfer, LATE) == late
    assert look(move, transfer, LATE + timedelta(days=5)) == set()
    for week in (1, 2):
        again = LATE + timedelta(days=7 * week - 1)
        assert look(move, transfer, again) == {(officer, "A move waits for you")} | late
        assert look(move, transfer, again + timedelta(days=3)) == set()
