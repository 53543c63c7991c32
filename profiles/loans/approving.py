"""The two organisations' part: the host describes the post, each approves or declines."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.clearances.levels import ClearanceLevel
from profiles.employments.managers import find_manager
from profiles.errors import Conflict, Invalid
from profiles.loans import clearance, drafting, extending, facts, notices, policy, reading, steps
from profiles.loans.models import Loan, LoanAgreement, LoanApproval, LoanSide, LoanState
from profiles.loans.notices import Notice
from profiles.loans.trail import audit
from profiles.organisations import service as organisations
from profiles.roles.parties import check_two_between
from profiles.roles.service import Permissions

_WAITS_IN = {LoanSide.HOME: LoanState.EMPLOYEE_SUBMITTED, LoanSide.HOST: LoanState.HOME_APPROVED}
_FOLLOWING = {LoanSide.HOME: LoanState.HOME_APPROVED, LoanSide.HOST: LoanState.HOST_APPROVED}


@dataclass(frozen=True)
class HostPost:
    """The post at the host; ``local_grade`` is the host's label, ``line_manager`` a work address there."""

    local_grade: str
    job_title: str
    profession: str = ""
    unit: str = ""
    location: str = ""
    line_manager: str = ""
    required_level: ClearanceLevel | None = None


def describe_post(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    post: HostPost,
) -> LoanAgreement:
    """HR of the host say which post it is; until the host has approved it can be said anew.

    Raises NotFound, NotPermitted, Conflict, or Invalid naming the field.
    """
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    policy.check_may_prepare(loan, LoanSide.HOST, officer_id, permissions)
    if loan.state is not LoanState.HOME_APPROVED:
        raise Conflict("This loan does not wait for a description of the post now.")
    if post.local_grade not in organisations.grades_of(session, loan.host_organisation_id, now):
        raise Invalid("Choose one of your organisation's grades.", field="local_grade")
    if not post.job_title.strip():
        raise Invalid("Enter the job title.", field="job_title")
    manager_id = find_manager(session, loan.person_id, loan.host_organisation_id, post.line_manager, now)
    steps.claim(session, loan)
    agreement = reading.get_open(session, loan.id)
    agreement.line_manager_id, agreement.required_level = manager_id, post.required_level
    agreement.local_grade, agreement.job_title = post.local_grade, post.job_title.strip()
    agreement.profession, agreement.unit, agreement.location = post.profession, post.unit, post.location
    agreement.described_by = officer_id
    session.add_all([loan, agreement])
    session.flush()
    audit(session, Event.LOAN_POST_DESCRIBED, loan, officer_id, now, LoanSide.HOST)
    notices.tell(session, Notice.DESCRIBED, loan, now, but=[officer_id])
    return agreement


def check_may_approve(
    session: Session, loan: Loan, side: LoanSide, officer_id: UUID, permissions: Permissions, now: datetime
) -> LoanAgreement:
    """The agreement that this officer may approve for this side now. Raises NotPermitted, Conflict."""
    policy.check_may_decide(loan, side, officer_id, permissions)
    waits = loan.state is LoanState.EXTENSION_PENDING or loan.state is _WAITS_IN[side]
    if not waits:
        raise Conflict("This loan does not wait for your organisation's approval now.")
    agreement = reading.get_open(session, loan.id)
    approvals = reading.approvals_of(session, agreement.id)
    policy.check_may_approve(loan, agreement, side, officer_id, permissions, approvals)
    check_two_between(session, officer_id, [one.officer_id for one in approvals], policy.both(loan), now)
    if side is LoanSide.HOST and agreement.described_by is None:
        raise Conflict("Nobody has described the post yet.")
    return agreement


def approve(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    side: LoanSide,
    officer_id: UUID,
    permissions: Permissions,
) -> Loan:
    """Approve the agreement for one organisation. Raises NotFound, NotPermitted, Conflict."""
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    agreement = check_may_approve(session, loan, side, officer_id, permissions, now)
    through = permissions.operators.get(policy.organisation_of(loan, side), frozenset())
    extends = loan.state is LoanState.EXTENSION_PENDING
    if extends:
        extending.check_in_time(loan, now)
        steps.claim(session, loan)
    else:
        drafting.check_not_begun(loan, now)
        loan.host_informed = True
        steps.move_to(session, loan, _FOLLOWING[side], now, officer_id, side=side)
    session.add(
        LoanApproval(
            agreement_id=agreement.id,
            side=side,
            officer_id=officer_id,
            operator_id=min(through, default=None),
            approved_at=now,
        )
    )
    session.flush()
    audit(session, Event.LOAN_APPROVED, loan, officer_id, now, side, agreement=str(agreement.number))
    if extends:
        extending.take_effect_if_signed(session, loan, agreement, now, officer_id)
    elif side is LoanSide.HOME:
        notices.tell(session, Notice.HOME_APPROVED, loan, now)
        if clearance.is_open(session, loan, now):
            notices.ask_security(session, loan, now)
    else:
        notices.tell(session, Notice.TO_SIGN, loan, now)
    return loan


def decline(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    side: LoanSide,
    officer_id: UUID,
    permissions: Permissions,
    reason: str,
) -> Loan:
    """End a loan before it begins, for an organisation, with a reason that all three read."""
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    policy.check_may_decide(loan, side, officer_id, permissions)
    if not reason.strip():
        raise Invalid("Say why, so that the others know what to do.", field="reason")
    end_before_start(session, loan, LoanState.DECLINED, now, officer_id, side=side, reason=reason.strip())
    return loan


def withdraw(session: Session, now: datetime, *, loan_id: UUID, person_id: UUID) -> Loan:
    """The employee ends the loan before it begins. Raises NotFound to everybody else, Conflict."""
    loan = reading.get_own(session, loan_id, person_id)
    end_before_start(session, loan, LoanState.WITHDRAWN, now, person_id)
    return loan


def end_before_start(
    session: Session,
    loan: Loan,
    following: LoanState,
    now: datetime,
    by: UUID | None,
    *,
    side: LoanSide | None = None,
    reason: str = "",
    reason_for: LoanSide | None = None,
) -> None:
    """Take back what was recorded and end the loan; everybody who knows of it is told."""
    drafting.check_not_begun(loan, now)
    if loan.state is LoanState.SCHEDULED:
        facts.retract(session, loan, now, by)
    drafting.lapse_agreements(session, loan)
    steps.move_to(session, loan, following, now, by, side=side, reason=reason, reason_for=reason_for)
    audit(session, Event.LOAN_ENDED, loan, by, now, side)
    notices.tell(session, Notice.ENDED, loan, now, but=[by])
