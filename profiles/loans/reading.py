"""Reads loans: for an officer, for the employee, and what belongs to one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, func, or_, select

from profiles.errors import Conflict, NotFound
from profiles.loans import policy, steps
from profiles.loans.models import AgreementOutcome, Loan, LoanAgreement, LoanApproval, LoanState, LoanStep
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import start_of_day


def get_for(session: Session, loan_id: UUID, person_id: UUID, permissions: Permissions) -> Loan:
    """The loan, for the employee or HR of the organisations that know of it. Raises NotFound to others."""
    loan = steps.get(session, loan_id)
    policy.check_may_see(loan, person_id, permissions)
    return loan


def list_for(
    session: Session,
    permissions: Permissions,
    *,
    state: LoanState | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[Loan]:
    """The loans to and from the organisations that somebody acts for, newest first; in one state, or any."""
    query = select(Loan).where(*_theirs(permissions, state)).order_by(col(Loan.id).desc())
    return session.exec(query.limit(limit).offset(offset)).all()


def count_for(session: Session, permissions: Permissions, *, state: LoanState | None = None) -> int:
    """How many they are."""
    return session.exec(select(func.count()).select_from(Loan).where(*_theirs(permissions, state))).one()


def _theirs(permissions: Permissions, state: LoanState | None) -> tuple[ColumnElement[bool], ...]:
    mine = permissions.organisations(Permission.SEE_TRANSFERS)
    theirs = or_(
        col(Loan.home_organisation_id).in_(mine),
        and_(col(Loan.host_organisation_id).in_(mine), col(Loan.host_informed).is_(True)),
    )
    return (theirs,) if state is None else (theirs, col(Loan.state) == state)


def of_person(session: Session, person_id: UUID) -> Sequence[Loan]:
    """A person's own loans, newest first."""
    query = select(Loan).where(col(Loan.person_id) == person_id)
    return session.exec(query.order_by(col(Loan.id).desc())).all()


def get_own(session: Session, loan_id: UUID, person_id: UUID) -> Loan:
    """The employee's own loan. Raises NotFound to everybody else."""
    loan = steps.get(session, loan_id)
    if loan.person_id != person_id:
        raise NotFound("There is no such loan.")
    return loan


def agreements_of(session: Session, loan_id: UUID) -> Sequence[LoanAgreement]:
    """Every agreement of a loan, oldest first."""
    query = select(LoanAgreement).where(col(LoanAgreement.loan_id) == loan_id)
    return session.exec(query.order_by(col(LoanAgreement.number))).all()


def agreed_beginning(session: Session, loan: Loan) -> datetime:
    """When it was to begin by what all had signed, whatever day it was corrected to since."""
    signed = select(col(LoanAgreement.start_date)).where(
        col(LoanAgreement.loan_id) == loan.id, col(LoanAgreement.outcome) == AgreementOutcome.SIGNED
    )
    agreed_on = session.exec(signed.order_by(col(LoanAgreement.number)).limit(1)).first()
    return loan.begins_at if agreed_on is None else start_of_day(agreed_on)


def own_since(session: Session, loan: Loan) -> datetime:
    """From when on what is recorded at the host can be the loan's: nothing was given for days before both."""
    return max(loan.begins_at, agreed_beginning(session, loan))


def find_open(session: Session, loan_id: UUID) -> LoanAgreement | None:
    """The agreement that waits for somebody, if one does."""
    found = agreements_of(session, loan_id)
    return next((one for one in found if one.outcome is AgreementOutcome.OPEN), None)


def get_open(session: Session, loan_id: UUID) -> LoanAgreement:
    """The agreement that waits for somebody. Raises NotFound."""
    found = find_open(session, loan_id)
    if found is None:
        raise NotFound("No agreement of this loan waits for anybody.")
    return found


def newest(session: Session, loan_id: UUID) -> LoanAgreement:
    """The agreement that is open, or else the one that holds, or held."""
    found = agreements_of(session, loan_id)
    signed = [one for one in found if one.outcome is AgreementOutcome.SIGNED]
    return find_open(session, loan_id) or (signed or found)[-1]


def approvals_of(session: Session, agreement_id: UUID) -> Sequence[LoanApproval]:
    """The approvals that an agreement has."""
    query = select(LoanApproval).where(col(LoanApproval.agreement_id) == agreement_id)
    return session.exec(query.order_by(col(LoanApproval.id))).all()


def history_of(session: Session, loan_id: UUID) -> Sequence[LoanStep]:
    """Every change of state, oldest first."""
    query = select(LoanStep).where(col(LoanStep.loan_id) == loan_id)
    return session.exec(query.order_by(col(LoanStep.id))).all()


def shown(loan: Loan, agreement: LoanAgreement) -> str:
    """What a page shows of a loan to somebody who decides: the number of the agreement, and the version."""
    return f"{agreement.number}.{loan.version}"


def check_shown(session: Session, loan: Loan, said: str) -> None:
    """Raise Conflict unless ``said`` is what a page shows now: what was read is what is agreed to."""
    agreement = find_open(session, loan.id)
    if agreement is None or said != shown(loan, agreement):
        raise Conflict("This loan was changed after you opened the page. Look at it again before you decide.")


def entered_at(session: Session, loan: Loan) -> datetime:
    """When the loan came into the state that it is in."""
    into = [one.at for one in history_of(session, loan.id) if one.to_state is loan.state]
    return into[-1] if into else loan.created_at
