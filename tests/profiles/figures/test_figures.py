"""What one move comes to in the figures of a period, and who is told how exactly."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import select

from profiles.audit.models import AuditEntry
from profiles.errors import Invalid, NotFound, NotPermitted
from profiles.figures import outcomes
from profiles.figures.assumptions import STANDARD, assume, assumed, on_day
from profiles.figures.counts import Count, Share
from profiles.figures.durations import Stage
from profiles.figures.scope import Period, Scope
from profiles.figures.service import Figures, Reader, figures_of, reader_of
from profiles.figures.timing import Duration
from profiles.roles.models import Role
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.transfers import ending, payroll, service
from profiles.transfers.models import (
    PayItem,
    TaskKind,
    Transfer,
    TransferInterruption,
    TransferState,
    TransferTask,
)
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move

MONDAY = datetime(2026, 3, 16, 0, 5, tzinfo=UTC)
PAID = datetime(2026, 4, 1, 9, tzinfo=UTC)
SPRING = Period(date(2026, 2, 10), date(2026, 4, 20))
ALL = Reader(None, exact=True)
RIGHT = dict.fromkeys(PayItem, True)


def complete(move: Move, *, wrong_first: bool = False) -> Transfer:
    """A move from its offer on 2 March to its confirmed first pay in April."""
    officer, transfer = move.payroll_officer(), move.schedule()
    service.advance_due(move.session, MONDAY)
    acting = {"transfer_id": transfer.id, "officer_id": officer, "permissions": move.permissions(officer)}
    payroll.confirm_details(move.session, MONDAY + timedelta(days=1), **acting)
    if wrong_first:
        said = RIGHT | {PayItem.FIRST_PAY: False}
        payroll.record_checks(move.session, PAID - timedelta(days=1), **acting, right=said)
    return payroll.record_checks(move.session, PAID, **acting, right=RIGHT)


def figures(move: Move, reader: Reader = ALL, period: Period = SPRING) -> Figures:
    return figures_of(move.session, reader, period, PAID)


def test_a_move_is_counted_where_somebody_joined_and_where_they_left(move: Move) -> None:
    complete(move)
    came, went = (figures(move, Reader([place.id], exact=True)) for place in (move.home_office, move.hmrc))
    assert (came.joined, came.left) == (Count(1), Count(0))
    assert (went.joined, went.left) == (Count(0), Count(1))
    assert [one.joined.value for one in came.months] == [0, 1, 0]
    elsewhere = figures(move, Reader([UUID(int=1)], exact=True))
    assert (elsewhere.joined, elsewhere.left, elsewhere.durations) == (Count(0), Count(0), {})


def test_a_period_holds_its_first_and_last_day_and_no_other(move: Move) -> None:
    complete(move)
    assert figures(move, period=Period(date(2026, 3, 16), date(2026, 3, 16))).joined == Count(1)
    assert figures(move, period=Period(date(2026, 3, 17), date(2026, 4, 1))).joined == Count(0)
    assert figures(move, period=Period(date(2026, 3, 1), date(2026, 3, 15))).joined == Count(0)


def test_a_first_day_that_nobody_arranged_makes_a_move_incomplete(move: Move) -> None:
    transfer = complete(move)
    assert figures(move).late_or_incomplete == Share(Count(1), Count(1), 100.0)
    task = next(
        one
        for one in move.session.exec(select(TransferTask).where(TransferTask.transfer_id == transfer.id))
        if one.kind is TaskKind.FIRST_DAY
    )
    task.done_at = transfer.join_at - timedelta(hours=1)
    assert figures(move).late_or_incomplete == Share(Count(0), Count(1), 0.0)


def test_a_payroll_that_is_ready_after_its_day_makes_a_move_incomplete(move: Move) -> None:
    transfer = complete(move)
    for task in move.session.exec(select(TransferTask).where(TransferTask.transfer_id == transfer.id)):
        if task.kind is TaskKind.FIRST_DAY:
            task.done_at = transfer.join_at - timedelta(hours=1)
        if task.kind is TaskKind.PAYROLL_DETAILS:
            task.done_at = datetime(2026, 4, 16, 12, tzinfo=UTC)  # the cut-off is 15 April
    assert figures(move).late_or_incomplete == Share(Count(1), Count(1), 100.0)


def test_who_joined_a_day_later_than_agreed_joined_late(move: Move) -> None:
    transfer = move.schedule()
    service.advance_due(move.session, transfer.join_at + timedelta(hours=25))
    for task in move.session.exec(select(TransferTask).where(TransferTask.transfer_id == transfer.id)):
        task.done_at = task.done_at or move.now
    assert figures(move).late_or_incomplete == Share(Count(1), Count(1), 100.0)


def test_a_first_pay_counts_by_what_payroll_said_first(move: Move) -> None:
    complete(move, wrong_first=True)
    assert figures(move).wrong_pay == Share(Count(1), Count(1), 100.0)
    assert [one.wrong_pay for one in figures(move).months] == [None, Share(Count(1), Count(1), 100.0), None]
    april = Period(date(2026, 4, 1), date(2026, 4, 20))
    assert figures(move, period=april).wrong_pay is None
    assert figures(move, Reader([move.hmrc.id], exact=True)).wrong_pay is None


def test_how_long_steps_took(move: Move) -> None:
    complete(move)
    found = figures(move).durations
    assert found[Stage.AGREEING] == Duration(Count(1), 0.0, 0.0)
    assert found[Stage.AHEAD].median_days == 13.6
    assert found[Stage.PAYING].median_days == 16.4
    assert found[TaskKind.FIRST_PAY].median_days == 16.4
    assert found[TaskKind.PAYROLL_DETAILS].median_days == 14.6
    assert Stage.STANDING_STILL not in found


def test_the_median_is_in_the_middle_and_nine_in_ten_near_the_end(move: Move) -> None:
    transfer = complete(move)
    for days in range(1, 21):
        step = TransferInterruption(
            transfer_id=transfer.id,
            resumes_to=TransferState.SCHEDULED,
            began_at=PAID - timedelta(days=days),
            ended_at=PAID,
        )
        move.session.add(step)
    stopped_nothing = {"gates": "account", "began_at": PAID, "ended_at": PAID}
    for _ in range(20):
        move.session.add(
            TransferInterruption(transfer_id=transfer.id, resumes_to=TransferState.LEFT, **stopped_nothing)
        )
    still = figures(move).durations[Stage.STANDING_STILL]
    assert still == Duration(Count(20), 10.0, 18.0)
    coarse = figures(move, Reader(None, exact=False)).durations
    assert coarse[Stage.STANDING_STILL] == still
    assert coarse[Stage.PAYING] == Duration(Count(10, fewer=True), None, None)


def test_what_is_saved_is_what_beginning_anew_costs_less_the_tasks_here(move: Move) -> None:
    complete(move)
    done = [one for one in move.session.exec(select(TransferTask)) if one.done_by and one.done_at]
    in_march = sum(one.done_at < PAID for one in done if one.done_at)
    least, most = ((one - in_march * 15) / 60 for one in (444, 14 * 444))
    assert in_march == len(done) - 1
    assert figures(move).months[1].hours == (round(least), round(most))
    assert figures(move).pence is None


def say(move: Move, **changes: object) -> None:
    wanted = replace(STANDARD, begins_on=date(2026, 3, 1), source="A survey.", hour_pence=2_000)
    centre = Permissions({}, frozenset({Permission.SET_ASSUMPTIONS}))
    assume(
        move.session,
        move.now,
        officer_id=move.stranger,
        permissions=centre,
        wanted=replace(wanted, **changes),  # type: ignore[arg-type]
    )


def test_the_hours_saved_tell_no_small_number_of_tasks(move: Move) -> None:
    said = complete(move).model_dump(exclude={"id"})
    move.session.add_all(Transfer(**said) for _ in range(9))
    say(move, task_minutes=60)
    least, most = 10 * 444 // 60, 10 * 14 * 444 // 60
    tasks = sum(one.took_hours is not None for one in move.session.exec(select(TransferTask))) - 1
    assert 0 < tasks < 10
    exactly, roughly = (figures(move, Reader(None, exact=one)).months[1].hours for one in (True, False))
    assert exactly == (least - tasks, most - tasks)
    assert roughly == (least - 10, most - 10)


def test_an_assumption_holds_from_its_day_and_the_last_said_of_a_day_counts(move: Move) -> None:
    say(move, least_minutes=60)
    say(move, least_minutes=120)
    say(move, begins_on=date(2026, 4, 1), least_minutes=180)
    known = assumed(move.session)
    held = {day: on_day(known, date(2026, *day)).least_minutes for day in ((2, 28), (3, 1), (3, 31), (4, 1))}
    assert held == {(2, 28): STANDARD.least_minutes, (3, 1): 120, (3, 31): 120, (4, 1): 180}
    said = [one for one in move.session.exec(select(AuditEntry)) if one.event == "figures.saving_assumed"]
    assert [one.details["least_minutes"] for one in said] == [60, 120, 180]
    assert {one.initiator for one in said} == {str(move.stranger)}


def test_what_an_hour_costs_makes_the_saving_money(move: Move) -> None:
    complete(move)
    say(move)
    found = figures(move, period=Period(date(2026, 3, 1), date(2026, 3, 31)))
    assert found.hours is not None
    assert found.pence == (found.hours[0] * 2_000, found.hours[1] * 2_000)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("least_minutes", -1),
        ("task_minutes", 60_001),
        ("most_minutes", 100),
        ("hour_pence", 0),
        ("source", " "),
        ("source", "x" * 501),
        ("begins_on", None),
    ],
)
def test_an_assumption_that_cannot_be_names_its_field(move: Move, field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        say(move, **{field: value})
    assert refused.value.field == field


def test_only_the_centre_says_what_is_assumed(move: Move) -> None:
    with pytest.raises(NotPermitted):
        assume(
            move.session,
            move.now,
            officer_id=move.hmrc_officer,
            permissions=move.permissions(move.hmrc_officer),
            wanted=replace(STANDARD, begins_on=date(2026, 3, 1)),
        )


def test_hr_counts_its_own_moves_exactly_and_nobody_elses(move: Move) -> None:
    held = move.permissions(move.hmrc_officer)
    assert reader_of(held) == Reader(frozenset({move.hmrc.id}), exact=True)
    assert reader_of(held, move.hmrc.id) == reader_of(held)
    with pytest.raises(NotFound):
        reader_of(held, move.home_office.id)


def test_the_centre_and_auditors_read_no_small_numbers(move: Move) -> None:
    auditor = make_employee(move.session, move.now, move.hmrc, "arthur.lloyd").person_id
    give_role(move.session, move.now, auditor, Role.AUDITOR, move.hmrc.id)
    assert reader_of(move.permissions(auditor)) == Reader(frozenset({move.hmrc.id}), exact=False)
    give_role(move.session, move.now, auditor, Role.AUDITOR, None)
    centre = move.permissions(auditor)
    assert reader_of(centre) == Reader(None, exact=False)
    assert reader_of(centre, move.home_office.id) == Reader(frozenset({move.home_office.id}), exact=False)
    complete(move)
    assert figures(move, reader_of(centre)).joined == Count(10, fewer=True)
    assert figures(move, reader_of(centre)).hours is None


def test_who_is_hr_in_one_place_and_auditor_in_another_reads_both_as_an_auditor(move: Move) -> None:
    give_role(move.session, move.now, move.hmrc_officer, Role.AUDITOR, move.home_office.id)
    held = move.permissions(move.hmrc_officer)
    assert not reader_of(held).exact
    assert reader_of(held, move.hmrc.id).exact


@pytest.mark.parametrize("last", [date(2026, 2, 9), date(2029, 3, 1)])
def test_a_period_is_neither_negative_nor_longer_than_three_years(last: date) -> None:
    with pytest.raises(Invalid):
        Period(date(2026, 2, 10), last)


def test_moves_that_came_to_nothing_are_counted_by_how(move: Move) -> None:
    transfer = move.prepare()
    ending.withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    assert outcomes.endings(move.session, Scope(None), SPRING) == {TransferState.WITHDRAWN: 1}


def test_all_of_it_takes_a_few_statements_however_many_moves_there_are(move: Move) -> None:
    complete(move)
    statements: list[str] = []
    event.listen(move.session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    figures(move)
    assert len(statements) <= 45
