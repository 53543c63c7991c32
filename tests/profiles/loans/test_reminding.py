"""Who is reminded of a loan, to whom what is late goes, and each once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.employments.service import current_postings
from profiles.loans import reminding
from profiles.loans.models import Loan, LoanSide, LoanState
from profiles.outbox.models import OutboxMessage
from profiles.transfers.timetable import Timetable
from tests.factories.loans import Lending
from tests.factories.people import make_employee

TIMETABLE = Timetable()
SOON, LATE = datetime(2026, 3, 6, 9, tzinfo=UTC), datetime(2026, 3, 12, 9, tzinfo=UTC)
"""Three days before seven days are over, and three days after."""


def look(lending: Lending, loan: Loan, now: datetime) -> set[tuple[UUID | None, str]]:
    """Who got which mail by it."""
    session = lending.move.session
    before = {one.id for one in session.exec(select(OutboxMessage))}
    reminding.look(session, loan, now, TIMETABLE)
    found = [one for one in session.exec(select(OutboxMessage)) if one.id not in before]
    return {(one.person_id, one.payload["subject"]) for one in found}


def employee(lending: Lending) -> set[UUID]:
    return {lending.move.employee}


def home(lending: Lending) -> set[UUID]:
    return {lending.move.hmrc_officer, lending.drafter}


def host(lending: Lending) -> set[UUID]:
    return {lending.move.home_office_officer, lending.move.preparer}


@pytest.mark.parametrize(
    ("state", "who"),
    [
        (LoanState.DRAFT, employee),
        (LoanState.EMPLOYEE_SUBMITTED, home),
    ],
)
def test_who_is_to_act_is_reminded_once(
    lending: Lending, state: LoanState, who: Callable[[Lending], set[UUID]]
) -> None:
    loan = lending.until(state)
    assert look(lending, loan, SOON - timedelta(days=1)) == set()
    assert look(lending, loan, SOON) == {(one, "A loan waits for you") for one in who(lending)}
    assert look(lending, loan, SOON + timedelta(hours=1)) == set()


def test_the_host_and_the_security_officer_are_reminded_each_of_their_part(lending: Lending) -> None:
    loan = lending.until(LoanState.HOME_APPROVED)
    expected = host(lending) | {lending.security_officer}
    assert look(lending, loan, SOON) == {(one, "A loan waits for you") for one in expected}


def test_what_the_employee_is_late_with_goes_to_home_alone_before_the_host_knows(lending: Lending) -> None:
    loan = lending.until(LoanState.DRAFT)
    assert look(lending, loan, LATE) == {(one, "A loan is late") for one in home(lending)}
    assert look(lending, loan, LATE + timedelta(days=1)) == set()


def test_what_the_host_is_late_with_goes_to_its_managers_and_to_home(lending: Lending) -> None:
    move = lending.move
    boss = make_employee(move.session, move.now, move.home_office, "bo.boss").person_id
    (post,) = current_postings(move.session, move.home_office_officer, move.now)
    post.line_manager_id = boss
    loan = lending.until(LoanState.HOME_APPROVED)
    loan.agreed_clearances, loan.clearance_agreed_by = [], lending.security_officer
    assert {boss, *home(lending)} <= {one for one, subject in look(lending, loan, LATE) if "late" in subject}


def test_a_return_that_nobody_confirms_is_escalated(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN, last_day=date(2026, 10, 31))
    lending.come_to(loan, datetime(2026, 11, 1, 9, tzinfo=UTC))
    assert loan.state is LoanState.OVERDUE
    assert look(lending, loan, datetime(2026, 11, 2, 9, tzinfo=UTC)) == set()
    told = look(lending, loan, datetime(2026, 11, 3, 9, tzinfo=UTC))
    assert {(one, "A loan is late") for one in host(lending)} <= told


def test_what_is_on_hold_reminds_nobody(lending: Lending) -> None:
    loan = lending.until(LoanState.EMPLOYEE_SUBMITTED)
    loan.state, loan.hold_side, loan.resumes_to = LoanState.ON_HOLD, LoanSide.HOME, loan.state
    assert look(lending, loan, LATE) == set()


def test_only_what_is_due_soon_is_looked_at(lending: Lending) -> None:
    session = lending.move.session
    loan = lending.until(LoanState.EMPLOYEE_SUBMITTED)
    assert reminding.concerned(session, SOON - timedelta(days=1), TIMETABLE) == []
    assert reminding.concerned(session, SOON, TIMETABLE) == [loan.id]
