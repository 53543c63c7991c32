"""Somebody came back from a loan on Monday, or never went, and HR says so on Wednesday."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, Invalid
from profiles.loans import ending, reminding
from profiles.loans.acting import Act, waiting_of
from profiles.loans.advancing import advance
from profiles.loans.models import Loan, LoanSide, LoanState
from profiles.loans.preview import preview_end
from profiles.outbox.models import OutboxMessage
from profiles.temporal import current, end_of_day, history
from profiles.transfers.timetable import Timetable
from tests.factories.loans import HOME, HOST, Lending
from tests.profiles.loans.test_grants import give
from tests.profiles.loans.test_instants import BEGINS, ENDS, MOMENT, opens

WEDNESDAY = datetime(2026, 5, 13, 9, tzinfo=UTC)
SUNDAY = date(2026, 5, 10)
NEVER_CAME = date(2026, 3, 15)


def on_loan(lending: Lending, now: datetime = WEDNESDAY) -> Loan:
    loan = lending.until(LoanState.ON_LOAN)
    lending.come_to(loan, now)
    return loan


def tell(lending: Lending, loan: Loan, side: LoanSide, officer_id: UUID, last_day: date, **how: Any) -> Loan:
    said = {"reason": "Back since Monday.", "alone_up_to": 0, "backdate_days": 14} | how
    by = lending.as_officer(officer_id)
    return ending.end_early(**by, loan_id=loan.id, side=side, last_day=last_day, **said)


def by_home(lending: Lending, loan: Loan, last_day: date = SUNDAY, **how: Any) -> Loan:
    return tell(lending, loan, HOME, lending.drafter, last_day, **how)


def by_host(lending: Lending, loan: Loan, last_day: date = SUNDAY, **how: Any) -> Loan:
    return tell(lending, loan, HOST, lending.move.home_office_officer, last_day, **how)


def agree(lending: Lending, loan: Loan, **how: Any) -> Loan:
    said = {"loan_id": loan.id, "version": loan.version, "backdate_days": 14} | how
    return ending.agree_to_end(**lending.as_officer(lending.move.hmrc_officer), **said)


def host_posts(lending: Lending, at: datetime, known_at: datetime) -> list[Posting]:
    held = current(lending.move.session, Posting, at, known_at, person_id=lending.move.employee)
    return [one for one in held if one.kind is PostingKind.HOST]


def test_the_host_says_so_and_access_turns_at_once(lending: Lending) -> None:
    loan = on_loan(lending)
    assert opens(lending, WEDNESDAY) == ["Visa Desk"]
    by_host(lending, loan)
    assert opens(lending, WEDNESDAY) == ["Tax Desk"]
    advance(lending.move.session, loan, WEDNESDAY)
    assert (loan.state, loan.last_day) == (LoanState.OVERDUE, SUNDAY)
    assert host_posts(lending, end_of_day(SUNDAY), WEDNESDAY) == []
    assert len(host_posts(lending, end_of_day(SUNDAY) - MOMENT, WEDNESDAY)) == 1
    assert len(host_posts(lending, end_of_day(SUNDAY), WEDNESDAY - timedelta(days=1))) == 1


def test_home_says_so_by_two_and_confirms_the_return_with_it(lending: Lending) -> None:
    loan = on_loan(lending)
    by_home(lending, loan)
    assert opens(lending, WEDNESDAY) == ["Visa Desk"]
    assert loan.state is LoanState.ON_LOAN
    agree(lending, loan)
    assert opens(lending, WEDNESDAY) == ["Tax Desk"]
    told = lending.told(lambda: advance(lending.move.session, loan, WEDNESDAY))
    assert (loan.state, loan.return_confirmed_by) == (LoanState.RETURNED, lending.move.hmrc_officer)
    assert lending.move.employee in told


def test_who_came_back_is_told_so_and_not_that_it_ends(lending: Lending) -> None:
    loan = on_loan(lending)
    by_home(lending, loan, alone_up_to=1)
    advance(lending.move.session, loan, WEDNESDAY)
    subjects = {
        one.payload["subject"]
        for one in lending.move.session.exec(select(OutboxMessage))
        if one.person_id == lending.move.employee
    }
    assert "Back from a loan" in subjects
    assert "A loan ends earlier" not in subjects


def test_whoever_never_came_was_not_at_the_host_for_a_day(lending: Lending) -> None:
    loan = on_loan(lending, BEGINS + timedelta(days=2))
    by_host(lending, loan, NEVER_CAME)
    assert (loan.ends_at, loan.last_day) == (loan.begins_at, NEVER_CAME)
    assert host_posts(lending, BEGINS, lending.move.now) == []
    assert opens(lending, lending.move.now) == ["Tax Desk"]
    advance(lending.move.session, loan, lending.move.now)
    assert loan.state is LoanState.OVERDUE


@pytest.mark.parametrize(
    ("at", "last_day", "backdate_days", "says"),
    [
        (WEDNESDAY, date(2026, 4, 27), 14, "28 April 2026 or later"),
        (WEDNESDAY, date(2026, 5, 11), 0, "12 May 2026 or later"),
        (BEGINS + timedelta(days=2), date(2026, 3, 14), 14, "15 March 2026"),
    ],
)
def test_not_longer_ago_than_moves_are_dated_back_nor_before_the_loan(
    lending: Lending, at: datetime, last_day: date, backdate_days: int, says: str
) -> None:
    loan = on_loan(lending, at)
    with pytest.raises(Invalid, match=says) as refused:
        by_host(lending, loan, last_day, backdate_days=backdate_days)
    assert refused.value.field == "last_day"


def test_a_day_that_became_too_long_ago_is_asked_for_anew(lending: Lending) -> None:
    loan = on_loan(lending)
    by_home(lending, loan)
    lending.come_to(loan, WEDNESDAY + timedelta(days=30))
    with pytest.raises(Conflict, match="too long ago"):
        agree(lending, loan)
    assert opens(lending, lending.move.now) == ["Visa Desk"]


def test_the_preview_is_of_now(lending: Lending) -> None:
    loan = on_loan(lending)
    changes = preview_end(lending.move.session, loan, end_of_day(SUNDAY), WEDNESDAY)
    assert {one.app_name: one.change.value for one in changes} == {"Tax Desk": "begins", "Visa Desk": "ends"}
    assert ending.wakes(lending.move.session, loan, end_of_day(SUNDAY), WEDNESDAY) == 1


def test_a_role_given_at_the_host_since_never_was(lending: Lending) -> None:
    loan = on_loan(lending)
    give(lending, "Visa Desk", ENDS)
    by_host(lending, loan)
    move = lending.move
    assert history(move.session, Entitlement, move.now, person_id=move.employee) == []


def mails(lending: Lending, loan: Loan, days: int) -> set[UUID | None]:
    at = WEDNESDAY + timedelta(days=days)
    return lending.told(lambda: reminding.look(lending.move.session, loan, at, Timetable()))


def test_the_second_officer_is_reminded_and_their_colleagues_hear_when_late(lending: Lending) -> None:
    loan = on_loan(lending)
    assert loan.id not in reminding.concerned(lending.move.session, WEDNESDAY, Timetable())
    told = lending.told(lambda: by_home(lending, loan))
    assert told == {lending.move.hmrc_officer}
    assert loan.id in reminding.concerned(lending.move.session, WEDNESDAY, Timetable())
    (one,) = waiting_of(lending.move.session, loan, WEDNESDAY)
    assert (one.act, one.due_on) == (Act.AGREE_TO_END, date(2026, 5, 14))
    assert mails(lending, loan, 0) == set()
    assert mails(lending, loan, 1) == {lending.move.hmrc_officer}
    assert mails(lending, loan, 2) == set()
    late = mails(lending, loan, 4)
    assert late
    assert late.isdisjoint({lending.move.home_office_officer, lending.move.preparer})
    assert mails(lending, loan, 5) == set()


def test_a_wish_for_a_day_to_come_is_due_within_a_week(lending: Lending) -> None:
    loan = on_loan(lending)
    by_home(lending, loan, date(2026, 9, 30))
    (one,) = waiting_of(lending.move.session, loan, WEDNESDAY)
    assert one.due_on == date(2026, 5, 20)
