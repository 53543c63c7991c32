"""Leave, absence and pension go along as they are known when the new employment begins."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from profiles.employments.models import Posting
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.pay.models import PayReason, PayRecord, PensionMembership, PensionScheme
from profiles.temporal import INSTANT, current, end, replace, start_of_day
from profiles.transfers.ending import withdraw
from profiles.transfers.models import Transfer
from profiles.transfers.service import advance_due
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.transfers import Move

LEFT = datetime(2026, 3, 14, 9, tzinfo=UTC)
JOINED = datetime(2026, 3, 16, 9, tzinfo=UTC)
NEXT_YEAR = start_of_day(date(2026, 4, 1))


@pytest.fixture
def transfer(move: Move) -> Transfer:
    """The employee, of whom HMRC keeps leave and a pension scheme, is about to move."""
    (posting,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    common = PROVENANCE.stamp(move.now, LONG_AGO) | {
        "person_id": move.employee,
        "employment_id": posting.employment_id,
        "organisation_id": move.hmrc.id,
    }
    leave = {"leave_year_from": date(2025, 4, 1), "entitlement_hundredths": 2550}
    to_come = leave | {"leave_year_from": date(2026, 4, 1)}
    move.session.add_all(
        [
            PensionMembership(scheme=PensionScheme.ALPHA, **common),
            LeaveBalance(**leave, **(common | {"valid_to": NEXT_YEAR})),
            LeaveBalance(**to_come, **(common | {"valid_from": NEXT_YEAR})),
        ]
    )
    move.session.flush()
    move.now += timedelta(minutes=1)
    return move.schedule()


def go_to(move: Move, at: datetime) -> None:
    move.now = at
    advance_due(move.session, move.now)


def at_hmrc(move: Move, transfer: Transfer, model: Any) -> Any:
    last = transfer.leave_at - INSTANT
    (found,) = current(move.session, model, last, move.now, employment_id=transfer.employment_id)
    return found


def carried(move: Move, model: Any, at: datetime = JOINED) -> Any:
    found = current(move.session, model, at, move.now, person_id=move.employee)
    assert {one.organisation_id for one in found} <= {move.home_office.id}
    return next(iter(found), None)


def taken(move: Move, transfer: Transfer, hundredths: int) -> None:
    """HMRC corrects how much leave was taken."""
    move.now += timedelta(minutes=1)
    replace(
        move.session,
        at_hmrc(move, transfer, LeaveBalance),
        move.now,
        PROVENANCE,
        taken_hundredths=hundredths,
    )
    move.session.flush()


def test_what_is_corrected_before_the_last_day_or_after_it_goes_along(move: Move, transfer: Transfer) -> None:
    taken(move, transfer, 300)
    go_to(move, LEFT)
    taken(move, transfer, 500)
    go_to(move, JOINED)
    assert carried(move, LeaveBalance).taken_hundredths == 500
    assert carried(move, PensionMembership).scheme is PensionScheme.ALPHA


def test_so_it_does_when_the_worker_stood_still_until_later(move: Move, transfer: Transfer) -> None:
    taken(move, transfer, 300)
    go_to(move, JOINED + timedelta(days=2))
    assert carried(move, LeaveBalance).taken_hundredths == 300


def test_what_was_added_or_taken_back_meanwhile_is_so_for_the_new_department_too(
    move: Move, transfer: Transfer
) -> None:
    move.now += timedelta(minutes=1)
    common = PROVENANCE.stamp(move.now, LONG_AGO, transfer.leave_at) | {
        "person_id": move.employee,
        "employment_id": transfer.employment_id,
        "organisation_id": move.hmrc.id,
    }
    period = {"period_from": date(2025, 3, 1), "period_to": date(2026, 2, 28)}
    move.session.add(AbsenceSummary(absent_hundredths=400, occasions=2, **period, **common))
    wrong = at_hmrc(move, transfer, PensionMembership)
    end(move.session, wrong, wrong.valid_from, move.now, PROVENANCE)
    go_to(move, JOINED)
    assert carried(move, AbsenceSummary).occasions == 2
    assert carried(move, PensionMembership) is None


def test_what_the_new_department_has_recorded_itself_stays(move: Move, transfer: Transfer) -> None:
    move.now += timedelta(minutes=1)
    replace(move.session, carried(move, LeaveBalance), move.now, PROVENANCE, taken_hundredths=100)
    taken(move, transfer, 300)
    go_to(move, JOINED)
    assert carried(move, LeaveBalance).taken_hundredths == 100


def test_a_balance_to_come_goes_along_and_stays_behind_with_them(move: Move, transfer: Transfer) -> None:
    years = [carried(move, LeaveBalance, at).leave_year_from for at in (JOINED, NEXT_YEAR)]
    assert years == [date(2025, 4, 1), date(2026, 4, 1)]
    move.now += timedelta(minutes=1)
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    for at, year in ((JOINED, 2025), (NEXT_YEAR, 2026)):
        (found,) = current(move.session, LeaveBalance, at, move.now, person_id=move.employee)
        assert (found.organisation_id, found.leave_year_from) == (move.hmrc.id, date(year, 4, 1))


def test_nothing_is_written_again_that_nobody_has_corrected(move: Move, transfer: Transfer) -> None:
    before = carried(move, LeaveBalance).id
    go_to(move, JOINED)
    assert carried(move, LeaveBalance).id == before


def test_who_works_part_time_does_so_after_the_move(move: Move) -> None:
    (posting,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    paid = PROVENANCE.stamp(move.now, LONG_AGO) | {
        "person_id": move.employee,
        "employment_id": posting.employment_id,
        "organisation_id": move.hmrc.id,
    }
    held = current(move.session, PayRecord, move.now, move.now, person_id=move.employee)
    if held:
        replace(move.session, held[0], move.now + timedelta(seconds=1), PROVENANCE, fte_thousandths=600)
    else:
        part = {"salary_pence": 3_000_000, "pay_reason": PayReason.APPOINTMENT, "fte_thousandths": 600}
        move.session.add(PayRecord(**part, **paid))
    move.session.flush()
    move.now += timedelta(minutes=1)
    transfer = move.schedule()
    go_to(move, JOINED)
    after = carried(move, PayRecord)
    assert (after.fte_thousandths, after.salary_pence) == (600, transfer.salary_pence)
