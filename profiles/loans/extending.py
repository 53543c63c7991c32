"""A longer loan: a new agreement of all three, or the loan ends on the day that was agreed before."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid
from profiles.loans import clearance, facts, gates, limits, notices, policy, reading, steps
from profiles.loans.limits import STANDARD, LoanLimits
from profiles.loans.models import (
    AgreementOutcome,
    Loan,
    LoanAgreement,
    LoanSide,
    LoanState,
    Payer,
)
from profiles.loans.notices import Notice
from profiles.loans.trail import audit
from profiles.roles.service import Permissions
from profiles.temporal import end_of_day

_EXTENDED_IN = (LoanState.ON_LOAN, LoanState.RETURN_DUE)
_KEPT = {
    *("loan_id", "local_grade", "job_title", "profession", "unit", "location"),
    *("line_manager_id", "required_level"),
}
"""Of the agreement that is extended: the post stays."""


def propose(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    side: LoanSide,
    officer_id: UUID,
    permissions: Permissions,
    last_day: date,
    payer: Payer,
    rules: LoanLimits = STANDARD,
) -> LoanAgreement:
    """HR of either organisation propose a later last day; the post stays, because another needs another loan.

    Raises NotFound, NotPermitted, Conflict, or Invalid naming the field.
    """
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    policy.check_may_prepare(loan, side, officer_id, permissions)
    if loan.state not in _EXTENDED_IN:
        raise Conflict("This loan cannot be extended now.")
    check_in_time(loan, now)
    if last_day <= loan.last_day:
        raise Invalid("The new last day must be after the one that is agreed.", field="last_day")
    limits.check_length(loan.start_date, last_day, payer, limits.limits_in(loan.regime, rules))
    ends = gates.employment_ends_at(session, loan, now)
    if ends is not None and ends < end_of_day(last_day):
        raise Invalid("The employment ends before that day.", field="last_day")
    held = reading.newest(session, loan.id)
    number = max(one.number for one in reading.agreements_of(session, loan.id)) + 1
    kept = held.model_dump(include=_KEPT)
    agreement = LoanAgreement(
        **kept,
        number=number,
        outcome=AgreementOutcome.OPEN,
        start_date=loan.last_day + timedelta(days=1),
        last_day=last_day,
        payer=payer,
        proposed_by=officer_id,
        proposed_at=now,
        described_by=officer_id,
    )
    loan.clearance_agreed_by, loan.agreed_clearances = None, []
    steps.move_to(session, loan, LoanState.EXTENSION_PENDING, now, officer_id, side=side)
    session.add(agreement)
    session.flush()
    audit(session, Event.LOAN_EXTENSION_PROPOSED, loan, officer_id, now, side)
    notices.tell(session, Notice.EXTENSION_PROPOSED, loan, now, but=[officer_id])
    if clearance.is_open(session, loan, now):
        notices.ask_security(session, loan, now)
    return agreement


def take_effect_if_signed(
    session: Session, loan: Loan, agreement: LoanAgreement, now: datetime, by: UUID
) -> None:
    """With both approvals and the signature the loan lasts until the new last day.

    Where a clearance is shared, the security officer of home has agreed to it anew, too.
    """
    sides = {one.side for one in reading.approvals_of(session, agreement.id)}
    # A body outside for which nobody acts here has signed elsewhere, and the reference of that is kept.
    needed = {LoanSide.HOME} if agreement.outside_reference else set(LoanSide)
    if agreement.signed_at is None or not needed <= sides:
        return
    if clearance.is_open(session, loan, now):
        return
    if gates.is_moving(session, loan):
        raise Conflict("The employee is being moved to another organisation, so the loan is not extended.")
    ends_at = end_of_day(agreement.last_day)
    facts.move_end(session, loan, ends_at, now, by)
    agreement.outcome = AgreementOutcome.SIGNED
    loan.last_day, loan.ends_at, loan.return_confirmed_by = agreement.last_day, ends_at, None
    session.add_all([loan, agreement])
    steps.move_to(session, loan, LoanState.ON_LOAN, now, by)
    audit(session, Event.LOAN_EXTENDED, loan, by, now)
    notices.tell(session, Notice.EXTENDED, loan, now)


def refuse(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    side: LoanSide,
    officer_id: UUID,
    permissions: Permissions,
    reason: str,
) -> Loan:
    """An organisation does not agree to the extension, with a reason that all three read."""
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    policy.check_may_decide(loan, side, officer_id, permissions)
    if not reason.strip():
        raise Invalid("Say why, so that the others know what to do.", field="reason")
    _refuse(session, loan, now, officer_id, side, reason.strip())
    return loan


def refuse_own(session: Session, now: datetime, *, loan_id: UUID, person_id: UUID) -> Loan:
    """The employee does not agree to the extension. Raises NotFound to everybody else."""
    loan = reading.get_own(session, loan_id, person_id)
    _refuse(session, loan, now, person_id, None, "")
    return loan


def refuse_for_security(session: Session, loan: Loan, now: datetime, by: UUID, reason: str) -> None:
    """The security officer of home does not agree that the clearance is shared for longer."""
    _refuse(session, loan, now, by, LoanSide.HOME, reason, reason_for=LoanSide.HOME)


def check_in_time(loan: Loan, now: datetime) -> None:
    """Raise Conflict when the agreed end has come, also when no worker has said so yet."""
    if loan.ends_at <= now:
        raise Conflict("This loan has ended, so it cannot be extended any more.")


def _refuse(
    session: Session,
    loan: Loan,
    now: datetime,
    by: UUID,
    side: LoanSide | None,
    reason: str,
    *,
    reason_for: LoanSide | None = None,
) -> None:
    if loan.state is not LoanState.EXTENSION_PENDING:
        raise Conflict("No extension of this loan is proposed now.")
    agreement = reading.get_open(session, loan.id)
    agreement.outcome = AgreementOutcome.REFUSED
    session.add(agreement)
    steps.move_to(session, loan, LoanState.ON_LOAN, now, by, side=side, reason=reason, reason_for=reason_for)
    audit(session, Event.LOAN_EXTENSION_REFUSED, loan, by, now, side)
    notices.tell(session, Notice.EXTENSION_REFUSED, loan, now, but=[by])
