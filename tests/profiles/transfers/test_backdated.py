"""A start date that has passed: both agree that somebody began on it; access turns when they have."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid
from profiles.pay.models import PayRecord
from profiles.roles.models import Role
from profiles.temporal import current, replace, start_of_day
from profiles.transfers import pay_corrections, waiting
from profiles.transfers.dates import move_start
from profiles.transfers.ending import expire_due
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.service import advance, approvals_of
from profiles.transfers.tasks import get
from profiles.transfers.timetable import Timetable
from tests.factories.organisations import PROVENANCE
from tests.factories.transfers import Move

MONDAY, FRIDAY_BEFORE = date(2026, 3, 16), date(2026, 3, 13)
TUESDAY = datetime(2026, 3, 17, 12, tzinfo=UTC)
WEDNESDAY = datetime(2026, 3, 18, 9, tzinfo=UTC)
TIMETABLE = Timetable(backdate_days=5)


def date_back(
    move: Move, transfer: Transfer, start: date = MONDAY, last_day: date | None = FRIDAY_BEFORE
) -> None:
    move_start(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=move.preparer,
        permissions=move.permissions(move.preparer),
        start_date=start,
        last_day=last_day,
        timetable=TIMETABLE,
    )


def employers(move: Move, at: datetime, known_at: datetime, model: type[Any] = Employment) -> list[object]:
    found = current(move.session, model, at, known_at, person_id=move.employee)
    return [one.organisation_id for one in found]


@pytest.fixture
def late(move: Move) -> Transfer:
    """Agreed by nobody on its Monday; it is Wednesday now, and they have begun."""
    transfer = move.prepare()
    move.now = WEDNESDAY
    return transfer


def agree(move: Move, transfer: Transfer) -> None:
    move.do_tasks(transfer)
    move.approve_both(transfer)
    advance(move.session, transfer, move.now)


def test_until_somebody_says_that_they_began_new_dates_are_waited_for(move: Move, late: Transfer) -> None:
    (one,) = waiting.waiting_of(move.session, late, tuple(Side), move.now)
    assert one.act is waiting.Act.CHANGE_DATES
    with pytest.raises(Conflict, match="has passed"):
        move.approve(late, Side.IMPORTING, move.home_office_officer)


def test_both_agree_on_the_monday_and_the_record_says_what_was_known_when(move: Move, late: Transfer) -> None:
    date_back(move, late)
    assert not get(move.session, late, TaskKind.TERMS).done_at
    agree(move, late)
    assert late.state is TransferState.RECONCILING
    assert employers(move, move.now, move.now) == [move.home_office.id]
    assert employers(move, TUESDAY, move.now) == [move.home_office.id]
    assert employers(move, TUESDAY, TUESDAY) == [move.hmrc.id]
    assert employers(move, TUESDAY, move.now, Posting) == [move.home_office.id]
    (paid,) = current(move.session, PayRecord, TUESDAY, move.now, person_id=move.employee)
    assert paid.organisation_id == move.home_office.id


def test_it_may_have_passed_by_so_many_days_and_no_more(move: Move, late: Transfer) -> None:
    with pytest.raises(Invalid, match="more than 5 days ago") as refused:
        date_back(move, late, date(2026, 3, 12), date(2026, 3, 11))
    assert refused.value.field == "start_date"
    with pytest.raises(Invalid, match="more than 6 days ago") as refused:
        date_back(move, late, MONDAY, date(2026, 3, 11))
    assert refused.value.field == "last_day"
    date_back(move, late, date(2026, 3, 13), date(2026, 3, 12))


def test_it_is_agreed_to_within_as_many_days_and_then_offered_again(move: Move, late: Transfer) -> None:
    date_back(move, late)
    move.do_tasks(late)
    move.now = datetime(2026, 3, 23, 12, tzinfo=UTC)
    move.approve(late, Side.IMPORTING, move.home_office_officer)
    move.now += timedelta(days=1)
    with pytest.raises(Conflict, match="offers dates again"):
        move.approve(late, Side.EXPORTING, move.hmrc_officer)
    (one,) = waiting.waiting_of(move.session, late, tuple(Side), move.now)
    assert (one.side, one.act, one.due_on) == (
        Side.IMPORTING,
        waiting.Act.CHANGE_DATES,
        date(2026, 3, 23),
    )
    with pytest.raises(Invalid, match="more than 5 days ago"):
        date_back(move, late)
    date_back(move, late, date(2026, 3, 19), None)
    assert approvals_of(move.session, late.id) == []
    agree(move, late)
    assert late.state is TransferState.RECONCILING


def test_dates_to_come_are_agreed_to_until_they_have(move: Move, late: Transfer) -> None:
    date_back(move, late)
    date_back(move, late, WEDNESDAY.date(), None)
    assert late.agree_by is None
    agree(move, late)


def test_it_expires_so_long_after_it_was_dated_back(move: Move, late: Transfer) -> None:
    date_back(move, late)
    last = datetime(2026, 3, 20, 9, tzinfo=UTC)
    assert expire_due(move.session, last, timedelta(days=2)) == []
    assert expire_due(move.session, last + timedelta(days=1), timedelta(days=2)) == [late]


def begin(move: Move, day: date) -> None:
    (held,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    replace(move.session, held, move.now, PROVENANCE, valid_from=start_of_day(day))
    move.now += timedelta(hours=1)


def test_nobody_had_left_the_old_department_before_they_came_there(move: Move, late: Transfer) -> None:
    begin(move, MONDAY)
    with pytest.raises(Invalid, match="had not begun") as refused:
        date_back(move, late)
    assert refused.value.field == "last_day"
    with pytest.raises(Invalid, match="had not begun") as refused:
        date_back(move, late, MONDAY, None)
    assert refused.value.field == "start_date"
    date_back(move, late, date(2026, 3, 17), None)
    begin(move, date(2026, 3, 17))
    with pytest.raises(Conflict, match="after the last day"):
        agree(move, late)


def test_nobody_is_offered_a_post_with_a_last_day_before_they_came(move: Move) -> None:
    begin(move, move.now.date())
    with pytest.raises(Invalid, match="had not begun") as refused:
        move.begin(start_date=move.now.date(), last_day=None)
    assert refused.value.field == "start_date"


def test_an_offer_is_made_for_today_at_the_earliest(move: Move) -> None:
    with pytest.raises(Invalid, match="before the offer"):
        move.begin(start_date=date(2026, 3, 1), last_day=None)


def test_one_that_was_agreed_for_later_is_moved_back_too(move: Move) -> None:
    transfer = move.schedule(start_date=date(2026, 3, 23), last_day=date(2026, 3, 20))
    move.now = WEDNESDAY
    date_back(move, transfer)
    assert transfer.state is TransferState.IN_PROGRESS
    assert employers(move, WEDNESDAY + timedelta(days=9), move.now) == [move.hmrc.id]
    agree(move, transfer)
    assert employers(move, move.now, move.now) == [move.home_office.id]


def test_the_gates_are_those_of_the_day_on_which_access_turns(move: Move, late: Transfer) -> None:
    date_back(move, late)
    move.do_tasks(late)
    (held,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    changes: dict[str, Any] = {"expires_on": date(2026, 3, 17), "status": ClearanceStatus.ACTIVE}
    replace(move.session, held, move.now, PROVENANCE, **changes)
    with pytest.raises(Conflict, match="clearance that the new post needs"):
        move.approve_both(late)


def test_the_old_payroll_that_has_paid_on_is_told_the_day_alone(move: Move, late: Transfer) -> None:
    new, old = move.payroll_officer(), move._hire("pat.lowe", Role.PAYROLL_OFFICER)
    date_back(move, late)
    agree(move, late)
    (one,) = pay_corrections.waiting_for(move.session, old, move.permissions(old))
    assert (one.before.start_date, one.after.start_date) == (None, MONDAY)
    assert one.after.salary_pence is None
    assert pay_corrections.waiting_for(move.session, new, move.permissions(new)) == []


def test_payroll_of_the_new_department_has_its_next_cut_off(move: Move) -> None:
    transfer = move.prepare(start_date=date(2026, 3, 13), last_day=date(2026, 3, 12))
    move.now = WEDNESDAY
    date_back(move, transfer, date(2026, 3, 13), date(2026, 3, 12))
    assert get(move.session, transfer, TaskKind.PAYROLL_DETAILS).due_on == date(2026, 4, 15)
