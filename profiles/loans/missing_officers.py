"""What an organisation lacks for a loan: the parts that nobody can do, told to those who give roles."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.loans import clearance, outside, policy
from profiles.loans.models import Loan, LoanAgreement, LoanSide
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.transfers import nobody
from profiles.transfers.parts import Doer

_PERMISSION = {Doer.HR: Permission.APPROVE_TRANSFER, Doer.SECURITY_OFFICER: Permission.MANAGE_CLEARANCES}


@dataclass(frozen=True)
class MissingForLoan:
    """A part that nobody at an organisation can do, because nobody there has the role and is free to."""

    side: LoanSide
    doer: Doer


def missing_officers(
    session: Session, loan: Loan, agreement: LoanAgreement, now: datetime
) -> list[MissingForLoan]:
    """The parts that a loan will come to and nobody can do; at the host one describes, another approves."""
    found = []
    if not officers(session, loan, LoanSide.HOME, Doer.HR, now) - {agreement.proposed_by}:
        found.append(MissingForLoan(LoanSide.HOME, Doer.HR))
    answers = outside.home_answers(session, loan, now)
    if not answers and len(officers(session, loan, LoanSide.HOST, Doer.HR, now)) < 2:
        found.append(MissingForLoan(LoanSide.HOST, Doer.HR))
    security = officers(session, loan, LoanSide.HOME, Doer.SECURITY_OFFICER, now)
    if clearance.shareable(session, loan, now) and not security - {agreement.proposed_by}:
        found.append(MissingForLoan(LoanSide.HOME, Doer.SECURITY_OFFICER))
    return found


def officers(
    session: Session,
    loan: Loan,
    side: LoanSide,
    doer: Doer,
    now: datetime,
    permission: Permission | None = None,
) -> frozenset[UUID]:
    """Those of a side who hold the role for a part, or this permission there, except the employee."""
    where = policy.organisation_of(loan, side)
    return frozenset(who_may(session, permission or _PERMISSION[doer], where, now)) - {loan.person_id}


def tell(session: Session, loan: Loan, agreement: LoanAgreement, now: datetime) -> None:
    """Tell the administrators of the organisations, and of the platform, what is missing where."""
    for one in missing_officers(session, loan, agreement, now):
        nobody.tell_administrators(session, policy.organisation_of(loan, one.side), one.doer, now)
