"""Payroll's own cut-off day: of the organisation, or the one above it, or of the platform."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.errors import Invalid, NotFound
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.transfers import cut_offs, dates, payroll, tasks
from profiles.transfers.models import PayItem, TaskKind, Transfer
from profiles.transfers.payroll_models import PayCheck
from profiles.transfers.service import advance_due
from profiles.transfers.timetable import STANDARD
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.profiles.transfers.test_payroll import RIGHT, check, joined


def say(move: Move, day: int | None, officer: str = "payroll") -> None:
    officer_id = move.payroll_officer() if officer == "payroll" else getattr(move, officer)
    cut_offs.set_day(
        move.session,
        move.now,
        organisation_id=move.home_office.id,
        officer_id=officer_id,
        permissions=move.permissions(officer_id),
        day=day,
    )


def due(move: Move, transfer: Transfer, kind: TaskKind = TaskKind.PAYROLL_DETAILS) -> date:
    return tasks.get(move.session, transfer, kind).due_on


def test_a_move_that_begins_is_due_by_the_day_of_its_payroll(move: Move) -> None:
    say(move, 20)
    transfer = move.begin()
    assert due(move, transfer) == date(2026, 3, 20)
    assert due(move, transfer, TaskKind.FIRST_PAY) == date(2026, 3, 31)


def test_without_one_it_is_due_by_the_platforms(move: Move) -> None:
    assert due(move, move.begin()) == STANDARD.cut_off(date(2026, 3, 16)) == date(2026, 4, 15)


def test_what_is_under_way_is_due_by_the_new_day_and_back_again(move: Move) -> None:
    transfer = move.begin()
    say(move, 17)
    assert due(move, transfer) == date(2026, 3, 17)
    say(move, None)
    assert due(move, transfer) == date(2026, 4, 15)
    assert cut_offs.find(move.session, move.home_office.id) is None


def test_other_dates_are_due_by_it_too(move: Move) -> None:
    say(move, 20)
    transfer = move.begin()
    dates.move_start(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=move.preparer,
        permissions=move.permissions(move.preparer),
        start_date=date(2026, 4, 21),
        last_day=date(2026, 4, 17),
    )
    assert due(move, transfer) == date(2026, 5, 20)


def test_a_pay_that_is_chased_stays_due_when_it_was(move: Move) -> None:
    transfer, officer = joined(move)
    check(move, transfer, officer, RIGHT | {PayItem.FIRST_PAY: False})
    chased_on = due(move, transfer, TaskKind.FIRST_PAY)
    say(move, 2)
    assert due(move, transfer, TaskKind.FIRST_PAY) == chased_on
    assert payroll.checks_of(move.session, transfer.id) != {}
    assert move.session.exec(select(PayCheck)).first() is not None


def test_an_organisation_below_has_it_until_it_has_its_own(move: Move) -> None:
    below = make_organisation(move.session, move.now, "HMPO", parent=move.home_office)
    say(move, 20)
    for place, day in ((below.id, 20), (move.home_office.id, 20), (move.hmrc.id, 15)):
        assert cut_offs.timetable_at(move.session, STANDARD, place, move.now).cut_off_day == day
    move.session.add(
        cut_offs.PayrollCutOff(organisation_id=below.id, day=3, set_by=move.preparer, set_at=move.now)
    )
    move.session.flush()
    assert cut_offs.timetable_at(move.session, STANDARD, below.id, move.now).cut_off_day == 3


@pytest.mark.parametrize("officer", ["preparer", "hmrc_officer", "employee", "stranger"])
def test_only_payroll_of_the_organisation_says_it(move: Move, officer: str) -> None:
    with pytest.raises(NotFound):
        say(move, 20, officer)


@pytest.mark.parametrize("day", [0, 29, -1])
def test_a_day_that_a_month_may_not_have_is_refused(move: Move, day: int) -> None:
    with pytest.raises(Invalid) as refused:
        say(move, day)
    assert refused.value.field == "day"


def test_the_trail_says_from_what_to_what(move: Move) -> None:
    for day in (20, 20, 21):
        say(move, day)
    query = select(AuditEntry).where(AuditEntry.event == Event.PAYROLL_CUT_OFF_SET)
    entries = sorted(move.session.exec(query), key=lambda one: one.id)
    assert [one.details for one in entries] == [{"day": "20", "before": ""}, {"day": "21", "before": "20"}]


def begun(move: Move, *, taken_up: bool) -> Transfer:
    """Of 16 March, on 17 March: by the platform's day due by 15 April, and paid at the end of that month."""
    if taken_up:
        return joined(move)[0]
    move.payroll_officer()
    transfer = move.schedule()
    move.now = datetime(2026, 3, 17, 9, tzinfo=UTC)
    advance_due(move.session, move.now)
    return transfer


DETAILS, PAY = TaskKind.PAYROLL_DETAILS, TaskKind.FIRST_PAY


@pytest.mark.parametrize(
    ("day", "details", "pay"),
    [
        (20, date(2026, 3, 20), date(2026, 3, 31)),
        (17, date(2026, 3, 17), date(2026, 3, 31)),
        (16, date(2026, 4, 16), date(2026, 4, 30)),
        (2, date(2026, 4, 2), date(2026, 4, 30)),
    ],
)
def test_who_has_begun_is_due_by_the_first_one_that_is_to_come(
    move: Move, day: int, details: date, pay: date
) -> None:
    transfer = begun(move, taken_up=False)
    say(move, day)
    assert (due(move, transfer, DETAILS), due(move, transfer, PAY)) == (details, pay)


@pytest.mark.parametrize(("said_on", "pay"), [(18, date(2026, 3, 31)), (27, date(2026, 4, 30))])
def test_who_was_taken_up_is_paid_with_the_next_run_and_never_later(
    move: Move, said_on: int, pay: date
) -> None:
    """Said on the 27th, the 20th of March is over: the pay of March was closed by the day that was before."""
    transfer = begun(move, taken_up=True)
    move.now = datetime(2026, 3, said_on, 9, tzinfo=UTC)
    say(move, 20)
    assert due(move, transfer, PAY) == pay
    move.now = datetime(2026, 4, 21, 9, tzinfo=UTC)
    say(move, 1)
    assert due(move, transfer, PAY) == pay


def test_a_first_pay_that_has_come_stays_due_when_it_was(move: Move) -> None:
    transfer = begun(move, taken_up=False)
    move.now = datetime(2026, 5, 4, 9, tzinfo=UTC)
    say(move, 20)
    assert (due(move, transfer, DETAILS), due(move, transfer, PAY)) == (date(2026, 4, 15), date(2026, 4, 30))


def test_the_rest_of_payroll_is_told_once_where_something_moves(move: Move) -> None:
    colleague = make_employee(move.session, move.now, move.home_office, "cal.colleague").person_id
    give_role(move.session, move.now, colleague, Role.PAYROLL_OFFICER, move.home_office.id)
    say(move, 16)
    assert told(move) == []
    begun(move, taken_up=False)
    say(move, 20)
    assert told(move) == [colleague]
    say(move, 20)
    assert told(move) == [colleague]


def told(move: Move) -> list[UUID | None]:
    mails = move.session.exec(select(OutboxMessage)).all()
    return [one.person_id for one in mails if "another cut-off day" in str(one.payload["subject"])]
