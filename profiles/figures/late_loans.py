"""What of loans is late now and why, as ``loans.acting`` finds it, asked of all loans at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlmodel import Session, and_, col

from profiles.figures.late_clearances import late_clearances
from profiles.figures.scope import Scope
from profiles.loans import states
from profiles.loans.acting import ACT_WITHIN
from profiles.loans.models import (
    AgreementOutcome,
    Loan,
    LoanAgreement,
    LoanApproval,
    LoanSide,
    LoanState,
    LoanStep,
)
from profiles.organisations.models import Organisation, OrganisationKind
from profiles.temporal import civil_date, start_of_day

A_DAY = timedelta(days=1)
"""Within which the worker has done its part."""


class LoanReason(StrEnum):
    """Why a loan is late: who is to act, and what they are to do."""

    DATES = "loan_dates"
    SUBMIT = "loan_submit"
    HOME = "loan_home"
    HOST = "loan_host"
    OUTSIDE = "loan_outside"
    SIGN = "loan_sign"
    CLEARANCE = "loan_clearance"
    REQUIRED = "loan_required"
    SETTLE = "loan_settle"
    """All have signed, and something in the record keeps it from beginning."""
    HOLD = "loan_hold"
    BEGIN = "loan_begin"
    RETURN = "loan_return"
    EARLY_END = "loan_early_end"
    FIRST_DAY = "loan_first_day"
    """Nobody has answered that somebody began on another day."""


@dataclass(frozen=True)
class LateLoan:
    """One reason for which one loan is late."""

    id: UUID
    state: LoanState
    reason: LoanReason


def late_loans(session: Session, scope: Scope, now: datetime) -> list[LateLoan]:
    """Every loan that waits for somebody beyond its day, once for each reason.

    What waits at home alone (a clearance, an early end) the host is not told: of one that all have signed it
    learns that something is to be settled.
    """
    late = Late(scope, now)
    rows = session.execute(union_all(*late.queries())).all()
    found = [LateLoan(loan_id, LoanState(state), LoanReason(reason)) for loan_id, state, reason in rows]
    open_, required = late_clearances(session, late.asks_security(), scope.homes(), now)
    told = open_.keys() | required.keys()
    return [
        *(one for one in found if one.reason is not LoanReason.SETTLE or one.id not in told),
        *(LateLoan(loan_id, state, LoanReason.CLEARANCE) for loan_id, state in open_.items()),
        *(LateLoan(loan_id, state, LoanReason.REQUIRED) for loan_id, state in required.items()),
    ]


class Late:
    """When a loan in one of its states is late."""

    def __init__(self, scope: Scope, now: datetime) -> None:
        self.scope, self.now, self.today = scope, now, civil_date(now)
        entered = func.coalesce(
            select(func.max(LoanStep.at)).where(col(LoanStep.loan_id) == col(Loan.id)).scalar_subquery(),
            col(Loan.created_at),
        )
        self._too_long = entered < start_of_day(self.today - ACT_WITHIN)
        self._before_today = entered < start_of_day(self.today)

    def before_start(self) -> ColumnElement[bool]:
        """A part that somebody has in a loan whose start date has not passed."""
        begins = col(Loan.start_date)
        return and_(begins >= self.today, self._before_today, or_(self._too_long, begins == self.today))

    def extension(self) -> ColumnElement[bool]:
        """A part that somebody has in an extension."""
        return and_(
            col(Loan.state) == LoanState.EXTENSION_PENDING,
            or_(self._too_long, col(Loan.last_day) < self.today),
        )

    def asks_security(self) -> ColumnElement[bool]:
        """Where it may be late that a security officer agrees, or sees to what the post needs."""
        state = col(Loan.state)
        signed = and_(
            state == LoanState.AGREEMENT_SIGNED,
            self._before_today,
            or_(self._too_long, col(Loan.start_date) <= self.today),
        )
        approved = state.in_((LoanState.HOME_APPROVED, LoanState.HOST_APPROVED))
        return or_(signed, and_(approved, self.before_start()), self.extension())

    def queries(self) -> list[Select[Any, Any, Any]]:
        """Ids and states, each with its reason; of clearances that something is to be settled."""
        state, today = col(Loan.state), self.today
        outside = exists().where(
            col(Organisation.id) == col(Loan.host_organisation_id),
            col(Organisation.kind) == OrganisationKind.OUTSIDE,
        )
        waits = {
            LoanReason.SUBMIT: state == LoanState.DRAFT,
            LoanReason.HOME: state == LoanState.EMPLOYEE_SUBMITTED,
            LoanReason.HOST: and_(state == LoanState.HOME_APPROVED, ~outside),
            LoanReason.OUTSIDE: and_(state == LoanState.HOME_APPROVED, outside),
            LoanReason.SIGN: state == LoanState.HOST_APPROVED,
            LoanReason.SETTLE: state == LoanState.AGREEMENT_SIGNED,
        }
        extends = {
            LoanReason.HOME: _lacks(LoanSide.HOME),
            LoanReason.HOST: and_(_lacks(LoanSide.HOST), ~outside),
            LoanReason.OUTSIDE: and_(outside, _open(col(LoanAgreement.outside_reference) == "")),
            LoanReason.SIGN: _open(col(LoanAgreement.signed_at).is_(None)),
        }
        passed = or_(
            state.in_({LoanState.DRAFT} | states.BEFORE_SIGNING),
            and_(state == LoanState.AGREEMENT_SIGNED, self._before_today),
        )
        confirmed = col(Loan.return_confirmed_by).is_not(None)
        returning = state.in_((LoanState.RETURN_DUE, LoanState.ENDED_EARLY, LoanState.OVERDUE))
        return [
            *(self._select(reason, self.before_start(), which) for reason, which in waits.items()),
            *(self._select(reason, self.extension(), which) for reason, which in extends.items()),
            self._select(LoanReason.DATES, passed, col(Loan.start_date) < today),
            self._select(LoanReason.HOLD, state == LoanState.ON_HOLD, self._held_too_long()),
            self._select(
                LoanReason.BEGIN, state == LoanState.SCHEDULED, col(Loan.begins_at) < self.now - A_DAY
            ),
            self._select(LoanReason.RETURN, returning, ~confirmed, col(Loan.last_day) < today),
            self._select(LoanReason.FIRST_DAY, col(Loan.restart_due_on) < today),
            self._select(LoanReason.EARLY_END, self.scope.homes(), self._asked_back_too_long()),
        ]

    def _held_too_long(self) -> ColumnElement[bool]:
        """When a hold is looked at again its own side alone knows; that the start has passed, everybody."""
        home = or_(col(Loan.hold_side) == LoanSide.HOME, col(Loan.hold_side).is_(None))
        own = or_(
            and_(home, self.scope.homes()), and_(col(Loan.hold_side) == LoanSide.HOST, self.scope.hosts())
        )
        return or_(col(Loan.start_date) < self.today, and_(own, col(Loan.review_on) < self.today))

    def _asked_back_too_long(self) -> ColumnElement[bool]:
        asked_at, day = col(Loan.end_asked_at), col(Loan.end_asked_day)
        return and_(
            col(Loan.state).in_(states.AT_HOST),
            col(Loan.ends_at) > self.now,
            day < col(Loan.last_day),
            asked_at < start_of_day(self.today - A_DAY),
            or_(asked_at < start_of_day(self.today - ACT_WITHIN), day < self.today),
        )

    def _select(self, reason: LoanReason, *which: ColumnElement[bool]) -> Select[Any, Any, Any]:
        text = type_coerce(literal(reason.value), String()).label("reason")
        return select(col(Loan.id), col(Loan.state), text).where(self.scope.loans(), *which)


def _lacks(side: LoanSide) -> ColumnElement[bool]:
    """Whether one side has not approved the agreement that is open."""
    approved = exists().where(
        col(LoanApproval.agreement_id) == col(LoanAgreement.id), col(LoanApproval.side) == side
    )
    return _open(~approved)


def _open(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        col(LoanAgreement.loan_id) == col(Loan.id),
        col(LoanAgreement.outcome) == AgreementOutcome.OPEN,
        which,
    )
