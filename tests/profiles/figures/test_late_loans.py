"""What is late of loans is what waits for somebody beyond its day, asked of all of them at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event

from profiles.clearances.levels import ClearanceLevel
from profiles.figures.counts import Count, Discretion
from profiles.figures.late import told_late
from profiles.figures.late_loans import LoanReason, late_loans
from profiles.figures.scope import Scope
from profiles.loans import approving, clearance, interruptions
from profiles.loans.acting import Act, Waiting, as_told, waiting_of
from profiles.loans.models import Loan, LoanSide, LoanState
from profiles.organisations.models import OrganisationKind
from profiles.temporal import civil_date
from tests.factories.loans import HOME, HOST, POST, Lending, make_lending, make_loan
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee
from tests.factories.transfers import Move

ALL = Scope(None)
NEAR = (0, 1, 3, 7, 8)
FEBRUARY_2027 = datetime(2027, 2, 20, 9, tzinfo=UTC)
_WHY = {
    Act.SUBMIT: LoanReason.SUBMIT,
    Act.DESCRIBE_POST: LoanReason.HOST,
    Act.RECORD_OUTSIDE: LoanReason.OUTSIDE,
    Act.AGREE_CLEARANCE: LoanReason.CLEARANCE,
    Act.SETTLE_CLEARANCE: LoanReason.REQUIRED,
    Act.SIGN: LoanReason.SIGN,
    Act.CHANGE_DATES: LoanReason.DATES,
    Act.REVIEW_HOLD: LoanReason.HOLD,
    Act.CONFIRM_RETURN: LoanReason.RETURN,
    Act.AGREE_TO_END: LoanReason.EARLY_END,
    Act.AGREE_START: LoanReason.FIRST_DAY,
}


@pytest.fixture
def lending(move: Move) -> Lending:
    return make_lending(move)


def signed(lending: Lending, level: ClearanceLevel | None = None) -> Loan:
    """Signed by all; a security officer has agreed to share what is held where the post needs a clearance."""
    loan = lending.until(LoanState.HOME_APPROVED)
    officer = lending.as_officer(lending.move.preparer)
    approving.describe_post(**officer, loan_id=loan.id, post=replace(POST, required_level=level))
    lending.approve(loan, HOST)
    if level is not None and clearance.is_open(**lending.at, loan=loan):
        lending.agree_clearance(loan)
    return lending.sign(loan)


def submitted_late(lending: Lending) -> Loan:
    loan = lending.draft()
    lending.move.now += timedelta(days=11)
    return lending.submit(loan)


def outside(lending: Lending) -> Loan:
    move = lending.move
    body = make_organisation(move.session, move.now, "UNI", kind=OrganisationKind.OUTSIDE)
    loan = lending.draft(host_organisation_id=body.id)
    lending.submit(loan)
    return lending.approve(loan, HOME)


def held(lending: Lending) -> Loan:
    loan = lending.until(LoanState.HOME_APPROVED)
    officer = lending.as_officer(lending.move.home_office_officer)
    told = {"side": HOST, "reason": "Why", "review_on": date(2026, 3, 6)}
    return interruptions.hold(**officer, loan_id=loan.id, **told)


def extended(lending: Lending) -> Loan:
    loan = lending.until(LoanState.ON_LOAN)
    lending.propose(loan, date(2027, 6, 30))
    lending.approve(loan, HOME)
    return loan


def asked_back(lending: Lending) -> Loan:
    loan = lending.until(LoanState.ON_LOAN)
    loan.end_asked_by, loan.end_asked_at = lending.drafter, lending.move.now + timedelta(days=1)
    loan.end_asked_day = date(2026, 3, 20)
    return loan


def began_another_day(lending: Lending) -> Loan:
    loan = lending.until(LoanState.ON_LOAN)
    loan.restart_on, loan.restart_by = date(2026, 3, 18), lending.move.home_office_officer
    loan.restart_due_on = date(2026, 3, 22)
    return loan


def over(lending: Lending) -> Loan:
    loan = lending.until(LoanState.ON_LOAN)
    lending.come_to(loan, FEBRUARY_2027)
    return loan


STATES: list[Callable[[Lending], Loan]] = [
    lambda lending: lending.until(LoanState.DRAFT),
    lambda lending: lending.until(LoanState.EMPLOYEE_SUBMITTED),
    lambda lending: lending.until(LoanState.HOME_APPROVED),
    lambda lending: lending.until(LoanState.HOST_APPROVED),
    signed,
    lambda lending: signed(lending, ClearanceLevel.DV),
    submitted_late,
    outside,
    held,
    extended,
    asked_back,
    began_another_day,
    over,
]


def reason_of(one: Waiting) -> LoanReason:
    """The reason that stands for what is waited for."""
    if one.act is Act.APPROVE:
        return LoanReason.HOME if one.side is HOME else LoanReason.HOST
    return _WHY[one.act]


@pytest.mark.parametrize("make", STATES)
def test_it_finds_late_what_waits_beyond_its_day(lending: Lending, make: Callable[[Lending], Loan]) -> None:
    loan = make(lending)
    session, began = lending.move.session, civil_date(lending.move.now)
    days = {
        near + timedelta(days=number) for near in (began, loan.start_date, loan.last_day) for number in NEAR
    }
    ever: set[LoanReason] = set()
    for day in sorted(one for one in days if one >= began):
        now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        for scope, sides in (
            (ALL, tuple(LoanSide)),
            (Scope([loan.home_organisation_id]), (HOME,)),
            (Scope([loan.host_organisation_id]), (HOST,)),
        ):
            waits = as_told(waiting_of(session, loan, now), sides) if _knows(loan, sides) else []
            late = {reason_of(one) for one in waits if one.due_on < day}
            found = {one.reason for one in late_loans(session, scope, now)} - {LoanReason.SETTLE}
            assert found == late, (day, sides)
            ever |= found
    assert ever


def _knows(loan: Loan, sides: tuple[LoanSide, ...]) -> bool:
    return HOME in sides or loan.host_informed


def test_of_a_clearance_the_host_learns_that_something_is_to_be_settled(lending: Lending) -> None:
    loan = signed(lending)
    now = datetime(2026, 3, 12, 9, tzinfo=UTC)
    home, host = (
        [one.reason for one in late_loans(lending.move.session, Scope([place]), now)]
        for place in (loan.home_organisation_id, loan.host_organisation_id)
    )
    assert (home, host) == ([LoanReason.CLEARANCE], [LoanReason.SETTLE])
    assert late_loans(lending.move.session, Scope([UUID(int=1)]), now) == []


def test_a_loan_whose_first_day_has_come_and_that_has_not_begun_is_late(lending: Lending) -> None:
    loan = lending.until(LoanState.SCHEDULED)
    late = loan.begins_at + timedelta(hours=25)
    assert late_loans(lending.move.session, ALL, loan.begins_at + timedelta(hours=23)) == []
    assert [one.reason for one in late_loans(lending.move.session, ALL, late)] == [LoanReason.BEGIN]


def test_one_that_waits_for_several_is_counted_once(move: Move) -> None:
    session, loan = move.session, make_loan(move)
    found = late_loans(session, ALL, datetime(2026, 3, 12, 9, tzinfo=UTC))
    assert {one.reason for one in found} == {LoanReason.HOST}
    several = [*found, *(replace(one, reason=LoanReason.CLEARANCE) for one in found)]
    told = told_late(several, LoanReason, Discretion(exact=True))
    assert (told.number, told.by_state) == (Count(1), {loan.state: Count(1)})
    assert told.by_reason == {LoanReason.HOST: Count(1), LoanReason.CLEARANCE: Count(1)}
    coarse = told_late(several, LoanReason, Discretion(exact=False))
    assert coarse.number == Count(10, fewer=True)


def test_it_asks_of_many_in_as_many_statements_as_of_one(lending: Lending) -> None:
    session, now = lending.move.session, datetime(2026, 3, 12, 9, tzinfo=UTC)
    statements: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))

    def asked() -> tuple[int, int]:
        session.expire_all()
        statements.clear()
        return len(late_loans(session, ALL, now)), len(statements)

    signed(lending, ClearanceLevel.DV)
    one = asked()
    move = lending.move
    colleague = make_employee(session, move.now, move.hmrc, "jo.blake").person_id
    signed(replace(lending, move=replace(move, employee=colleague)), ClearanceLevel.DV)
    assert one[0] == 1
    assert asked() == (2, one[1])
