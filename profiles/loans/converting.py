"""Somebody on loan is to stay: the host prepares a permanent transfer, which goes its own way."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.errors import Conflict
from profiles.loans import policy, reading, states, steps
from profiles.loans.models import Loan, LoanSide, LoanState
from profiles.loans.trail import audit
from profiles.roles.service import Permissions
from profiles.transfers.models import Transfer
from profiles.transfers.preparing import offer_known, prepare_known
from profiles.transfers.terms import Terms
from profiles.transfers.timetable import STANDARD, Timetable

_CONVERTED_IN = (LoanState.ON_LOAN, LoanState.RETURN_DUE)


def get_convertible(
    session: Session, now: datetime, *, loan_id: UUID, officer_id: UUID, permissions: Permissions
) -> Loan:
    """The loan, for an officer who may convert it now. Raises NotFound, NotPermitted, Conflict."""
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    policy.check_may_prepare(loan, LoanSide.HOST, officer_id, permissions)
    allowed = states.allows(loan.regime, loan.state, LoanState.CONVERTING)
    if not allowed or loan.state not in _CONVERTED_IN or loan.ends_at <= now:
        raise Conflict("This loan cannot become a permanent move now.")
    return loan


def plan_conversion(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    terms: Terms,
) -> Transfer:
    """The transfer as ``convert`` would begin it: checked whole, nothing written. Raises what it raises."""
    loan = get_convertible(session, now, loan_id=loan_id, officer_id=officer_id, permissions=permissions)
    return offer_known(
        session,
        now,
        person_id=loan.person_id,
        officer_id=officer_id,
        permissions=permissions,
        importing_organisation_id=loan.host_organisation_id,
        terms=terms,
    )


def convert(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    terms: Terms,
    timetable: Timetable = STANDARD,
) -> Transfer:
    """Begin the transfer to the host. The employee accepts its terms, and both organisations approve it.

    No transfer code is asked for: the host knows by the loan that home holds a record. The loan goes on
    meanwhile, and its end still ends host access. Raises NotFound, NotPermitted, Conflict, or Invalid naming
    the field.
    """
    loan = get_convertible(session, now, loan_id=loan_id, officer_id=officer_id, permissions=permissions)
    steps.claim(session, loan)
    transfer = prepare_known(
        session,
        now,
        person_id=loan.person_id,
        officer_id=officer_id,
        permissions=permissions,
        importing_organisation_id=loan.host_organisation_id,
        terms=terms,
        timetable=timetable,
    )
    loan.transfer_id = transfer.id
    steps.move_to(session, loan, LoanState.CONVERTING, now, officer_id, side=LoanSide.HOST)
    audit(session, Event.LOAN_CONVERTING, loan, officer_id, now, LoanSide.HOST, transfer=str(transfer.id))
    return transfer
