"""A loan from HMRC to the Home Office, with everybody who takes part."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlmodel import select

from profiles.loans import approving, clearance, drafting, extending, signing
from profiles.loans.advancing import advance
from profiles.loans.approving import HostPost
from profiles.loans.drafting import Wish
from profiles.loans.models import Loan, LoanAgreement, LoanSide, LoanState, Payer
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.roles.service import permissions_of
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.replays import replayed

HOME, HOST = LoanSide.HOME, LoanSide.HOST
POST = HostPost("Senior Officer", "Visa Adviser", "Operational Delivery", "Visas", "Croydon")


@dataclass
class Lending:
    """The people of a move, and of HMRC another HR officer, who drafts, and a security officer."""

    move: Move
    drafter: UUID
    security_officer: UUID

    def wish(self, **changes: Any) -> Wish:
        """From Monday 16 March 2026 for a year."""
        wish = Wish(
            host_organisation_id=self.move.home_office.id,
            start_date=date(2026, 3, 16),
            last_day=date(2027, 3, 15),
            payer=Payer.HOST,
            purpose="To help with a peak of visas.",
        )
        return replace(wish, **changes)

    @property
    def at(self) -> dict[str, Any]:
        return {"session": self.move.session, "now": self.move.now}

    def as_officer(self, officer_id: UUID) -> dict[str, Any]:
        permissions = permissions_of(self.move.session, officer_id, self.move.now)
        return self.at | {"officer_id": officer_id, "permissions": permissions}

    def draft(self, **changes: Any) -> Loan:
        wish = self.wish(**changes)
        return drafting.draft(**self.as_officer(self.drafter), person_id=self.move.employee, wish=wish)

    def submit(self, loan: Loan) -> Loan:
        return drafting.submit(**self.at, loan_id=loan.id, person_id=self.move.employee)

    def describe(self, loan: Loan, officer_id: UUID | None = None) -> LoanAgreement:
        officer = self.as_officer(officer_id or self.move.preparer)
        return approving.describe_post(**officer, loan_id=loan.id, post=POST)

    def approve(self, loan: Loan, side: LoanSide, officer_id: UUID | None = None) -> Loan:
        usual = self.move.hmrc_officer if side is HOME else self.move.home_office_officer
        return approving.approve(**self.as_officer(officer_id or usual), loan_id=loan.id, side=side)

    def sign(self, loan: Loan) -> Loan:
        return signing.sign(**self.at, loan_id=loan.id, person_id=self.move.employee)

    def agree_clearance(self, loan: Loan) -> Loan:
        officer = self.as_officer(self.security_officer)
        return signing.agree_clearance(**officer, loan_id=loan.id, shown=self.shown(loan))

    def shown(self, loan: Loan) -> str:
        return clearance.shown(**self.at, loan=loan)

    def until(self, state: LoanState, **changes: Any) -> Loan:
        """A loan that has come so far, each step by who takes it."""
        given = self.move.now, self.drafter, self.security_officer, *self.move.everybody()
        session, wish = self.move.session, self.wish(**changes)
        loan_id = replayed(session, ("draft", wish, *given), lambda: self.draft(**changes).id)
        loan = session.get(Loan, loan_id)
        assert loan is not None
        steps: dict[LoanState, Callable[[], object]] = {
            LoanState.EMPLOYEE_SUBMITTED: lambda: self.submit(loan),
            LoanState.HOME_APPROVED: lambda: self.approve(loan, HOME),
            LoanState.HOST_APPROVED: lambda: (self.describe(loan), self.approve(loan, HOST)),
            LoanState.AGREEMENT_SIGNED: lambda: self.sign(loan),
            LoanState.SCHEDULED: lambda: self.agree_clearance(loan),
            LoanState.ON_LOAN: lambda: advance(session, loan, loan.begins_at),
        }
        for following, step in steps.items():
            if loan.state is state:
                break
            replayed(session, (following, loan_id, *given), partial(_take, step))
            assert loan.state is following
        if state is LoanState.ON_LOAN:
            self.move.now = loan.begins_at
        return loan

    def come_to(self, loan: Loan, now: datetime) -> None:
        """The clock goes on, and the worker runs."""
        self.move.now = now
        advance(self.move.session, loan, now)

    def told(self, deed: Callable[[], object]) -> set[UUID | None]:
        """Who gets a mail by this."""
        session = self.move.session
        before = {one.id for one in session.exec(select(OutboxMessage))}
        deed()
        return {one.person_id for one in session.exec(select(OutboxMessage)) if one.id not in before}

    def propose(self, loan: Loan, last_day: date, officer_id: UUID | None = None) -> LoanAgreement:
        return extending.propose(
            **self.as_officer(officer_id or self.move.preparer),
            loan_id=loan.id,
            side=HOST,
            last_day=last_day,
            payer=Payer.HOST,
        )

    def extend(self, loan: Loan, last_day: date) -> Loan:
        self.propose(loan, last_day)
        self.agree_clearance(loan)
        self.approve(loan, HOME)
        self.approve(loan, HOST)
        return self.sign(loan)


def _take(step: Callable[[], object]) -> None:
    step()


def make_lending(move: Move) -> Lending:
    """Two more people of HMRC."""
    drafter = make_employee(move.session, move.now, move.hmrc, "iris.cole").person_id
    give_role(move.session, move.now, drafter, Role.HR_OFFICER, move.hmrc.id)
    return Lending(move, drafter, move.security_officer())


def make_loan(move: Move) -> Loan:
    """A loan that waits for the host, of a colleague of the one who moves."""
    colleague = make_employee(move.session, move.now, move.hmrc, "jo.blake").person_id
    return make_lending(replace(move, employee=colleague)).until(LoanState.HOME_APPROVED)
