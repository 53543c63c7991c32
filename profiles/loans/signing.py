"""The employee signs, the security officer agrees to share the clearance; with both the loan is scheduled."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid
from profiles.loans import (
    approving,
    clearance,
    extending,
    facts,
    gates,
    notices,
    policy,
    reading,
    states,
    steps,
)
from profiles.loans.models import AgreementOutcome, Loan, LoanSide, LoanState
from profiles.loans.notices import Notice
from profiles.loans.trail import audit
from profiles.roles.service import Permissions


def sign(session: Session, now: datetime, *, loan_id: UUID, person_id: UUID) -> Loan:
    """The employee signs the agreement that both organisations have approved, or an extension.

    Raises NotFound to everybody else, Conflict when none waits for them or the start date has passed.
    """
    loan = reading.get_own(session, loan_id, person_id)
    if loan.state is LoanState.EXTENSION_PENDING:
        agreement = reading.get_open(session, loan.id)
        extending.check_in_time(loan, now)
        if agreement.signed_at is not None:
            raise Conflict("You have signed this already.")
        steps.claim(session, loan)
        agreement.signed_at = now
        session.add_all([loan, agreement])
        session.flush()
        audit(session, Event.LOAN_SIGNED, loan, person_id, now, agreement=str(agreement.number))
        extending.take_effect_if_signed(session, loan, agreement, now, person_id)
        return loan
    if loan.state is not LoanState.HOST_APPROVED:
        raise Conflict("No agreement waits for your signature now.")
    if gates.Gate.START in gates.failing(session, loan, now):
        raise Conflict(
            "The start date has passed before everybody agreed. HR of your organisation gives the loan other "
            "dates first."
        )
    agreement = reading.get_open(session, loan.id)
    agreement.signed_at, agreement.outcome = now, AgreementOutcome.SIGNED
    session.add(agreement)
    steps.move_to(session, loan, LoanState.AGREEMENT_SIGNED, now, person_id)
    audit(session, Event.LOAN_SIGNED, loan, person_id, now, agreement=str(agreement.number))
    _schedule_or_ask(session, loan, now, person_id)
    return loan


def agree_clearance(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    shown: str,
) -> Loan:
    """A security officer of home agrees to share what they were ``shown``, for the loan or its extension.

    Raises NotFound to everybody else, NotPermitted to the employee and to whoever prepared or approved it,
    Conflict when nothing waits for them, or something else than they were shown.
    """
    loan = steps.get(session, loan_id)
    agreement = reading.newest(session, loan.id)
    approvals = reading.approvals_of(session, agreement.id)
    policy.check_may_agree_clearance(loan, agreement, officer_id, permissions, approvals)
    _check_asked(session, loan, now)
    steps.claim(session, loan)
    loan.clearance_agreed_by = officer_id
    agreed_to = clearance.get_shown(session, loan, now, shown)
    loan.agreed_clearances = [str(one.clearance_id) for one in agreed_to]
    session.add(loan)
    session.flush()
    audit(session, Event.LOAN_CLEARANCE_AGREED, loan, officer_id, now, LoanSide.HOME)
    if loan.state is LoanState.EXTENSION_PENDING:
        extending.check_in_time(loan, now)
        extending.take_effect_if_signed(session, loan, agreement, now, officer_id)
    _schedule_or_ask(session, loan, now, officer_id)
    return loan


def refuse_clearance(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    reason: str,
) -> Loan:
    """The security officer does not agree, which declines the loan or refuses the extension.

    Only the home organisation reads why.
    """
    loan = steps.get(session, loan_id)
    policy.check_may_decide_clearance(loan, officer_id, permissions)
    _check_asked(session, loan, now)
    if not reason.strip():
        raise Invalid("Say why, for HR of your organisation.", field="reason")
    if loan.state is LoanState.EXTENSION_PENDING:
        extending.refuse_for_security(session, loan, now, officer_id, reason.strip())
        return loan
    approving.end_before_start(
        session,
        loan,
        LoanState.DECLINED,
        now,
        officer_id,
        side=LoanSide.HOME,
        reason=reason.strip(),
        reason_for=LoanSide.HOME,
    )
    return loan


def schedule_if_met(session: Session, loan: Loan, now: datetime, by: UUID | None) -> bool:
    """Record the facts of a loan that all have signed unless a gate fails; say whether it did."""
    if loan.state is not LoanState.AGREEMENT_SIGNED or gates.failing(session, loan, now):
        return False
    agreement = reading.newest(session, loan.id)
    facts.schedule(session, loan, agreement, now, by)
    steps.move_to(session, loan, LoanState.SCHEDULED, now, by)
    audit(session, Event.LOAN_SCHEDULED, loan, by, now)
    notices.tell(session, Notice.SCHEDULED, loan, now)
    return True


def _schedule_or_ask(session: Session, loan: Loan, now: datetime, by: UUID) -> None:
    """Schedule it; where the post needs a clearance that is not there, tell those who can record one."""
    if schedule_if_met(session, loan, now, by) or loan.state is not LoanState.AGREEMENT_SIGNED:
        return
    if gates.lacks_clearance(gates.failing(session, loan, now)):
        notices.ask_for_clearance(session, loan, now)


def _check_asked(session: Session, loan: Loan, now: datetime) -> None:
    asked_in = states.BEFORE_START - {LoanState.DRAFT, LoanState.EMPLOYEE_SUBMITTED, LoanState.ON_HOLD}
    asked_in |= {LoanState.EXTENSION_PENDING}
    if loan.state not in asked_in or not clearance.is_open(session, loan, now):
        raise Conflict("This loan does not wait for a security officer now.")
