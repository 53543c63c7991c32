"""A secondment to a body outside that nobody acts for in Lanyard: home records what it has signed.

The body is in the register as one of kind ``outside``, by name, and needs nobody with a role. One officer
of home prepares, another approves; of the body the reference of the agreement that it has signed is recorded,
and whom to ask there. Nobody of the body ever sees anything. Where somebody has an HR role at the body, they
act for it like every host.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, func, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator
from profiles.columns import new_id
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.loans import clearance, extending, notices, policy, reading, steps
from profiles.loans.models import Loan, LoanAgreement, LoanSide, LoanState
from profiles.loans.notices import Notice
from profiles.loans.trail import audit
from profiles.organisations import service as organisations
from profiles.organisations.models import OrganisationDetail, OrganisationKind
from profiles.organisations.move_rules import Regime
from profiles.organisations.service import OrganisationView
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, who_may
from profiles.temporal import Provenance

NOT_GRADED = "Not graded"
"""The grade of a post in no grade structure that Lanyard knows."""
LONGEST = 200
SOURCE = "secondment"
MOST_A_DAY = 5
"""Bodies that one officer adds."""
WAITS_IN = (LoanState.HOME_APPROVED, LoanState.EXTENSION_PENDING)


@dataclass(frozen=True)
class Signed:
    """What a body outside has signed: the post there, the reference of the agreement and whom to ask."""

    job_title: str
    reference: str
    contact: str
    location: str = ""


def add_body(
    session: Session, now: datetime, *, home_id: UUID, officer_id: UUID, permissions: Permissions, name: str
) -> OrganisationView:
    """Put a body outside into the register, of which home knows the name alone; nobody acts for it.

    Raises NotPermitted, Invalid naming the field where one is called so, or Conflict after too many.
    """
    if not permissions.allows(Permission.PREPARE_TRANSFER, home_id):
        raise NotPermitted("You may not lend anybody of that organisation.")
    said = " ".join(name.split())
    if not said:
        raise Invalid("Enter its name.", field="outside_name")
    for one in organisations.tree(session, now).organisations.values():
        if one.name.casefold() == said.casefold():
            raise Invalid(f"{one.name} is in the list: choose it there.", field="outside_name")
    lately = select(func.count()).where(
        col(OrganisationDetail.recorded_by) == officer_id,
        col(OrganisationDetail.source) == SOURCE,
        col(OrganisationDetail.recorded_at) > now - timedelta(days=1),
    )
    if session.exec(lately).one() >= MOST_A_DAY:
        raise Conflict(f"You have added {MOST_A_DAY} bodies within a day. Add the next one tomorrow.")
    try:
        return organisations.create(
            session,
            now,
            Provenance(officer_id, SOURCE, "the host of a secondment"),
            Initiator.person(officer_id),
            code=f"OUT-{new_id().hex[-12:].upper()}",
            name=said,
            kind=OrganisationKind.OUTSIDE,
            valid_from=now,
        )
    except Invalid as refused:
        raise Invalid(refused.message, field="outside_name") from refused


def home_answers(session: Session, loan: Loan, now: datetime) -> bool:
    """Whether the host is a body outside for which nobody acts in Lanyard."""
    if loan.regime is not Regime.OUTSIDE:
        return False
    return not set(who_may(session, Permission.APPROVE_TRANSFER, loan.host_organisation_id, now)) - {
        loan.person_id
    }


def waits(session: Session, loan: Loan, now: datetime) -> bool:
    """Whether what the body has signed is still to be recorded, for the loan or for an extension."""
    if loan.state not in WAITS_IN or not home_answers(session, loan, now):
        return False
    agreement = reading.find_open(session, loan.id)
    return agreement is not None and not agreement.outside_reference


def check_may_record(
    session: Session, loan: Loan, officer_id: UUID, permissions: Permissions, now: datetime
) -> LoanAgreement:
    """The agreement of which this officer may record it. Raises NotPermitted, Conflict.

    Whoever approved for home does not.
    """
    policy.check_may_prepare(loan, LoanSide.HOME, officer_id, permissions)
    if not waits(session, loan, now):
        raise Conflict("This loan does not wait for what a body outside has signed.")
    agreement = reading.get_open(session, loan.id)
    if any(permissions.are_of(one.officer_id) for one in reading.approvals_of(session, agreement.id)):
        raise NotPermitted("You have approved this, so a colleague records what the other body has signed.")
    return agreement


def record_signed(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    signed: Signed,
) -> Loan:
    """Record what the body has signed, in place of its approval; the employee signs next.

    Raises NotFound, NotPermitted, Conflict, or Invalid naming the field.
    """
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    agreement = check_may_record(session, loan, officer_id, permissions, now)
    _check(signed)
    extends = loan.state is LoanState.EXTENSION_PENDING
    if extends:
        extending.check_in_time(loan, now)
        steps.claim(session, loan)
    else:
        steps.move_to(session, loan, LoanState.HOST_APPROVED, now, officer_id, side=LoanSide.HOME)
        agreement.local_grade, agreement.job_title = NOT_GRADED, signed.job_title.strip()
        agreement.location, agreement.described_by = signed.location.strip(), officer_id
    agreement.outside_reference, agreement.outside_contact = signed.reference.strip(), signed.contact.strip()
    session.add_all([loan, agreement])
    session.flush()
    audit(session, Event.LOAN_OUTSIDE_SIGNED, loan, officer_id, now, LoanSide.HOME)
    if extends:
        extending.take_effect_if_signed(session, loan, agreement, now, officer_id)
        return loan
    notices.tell(session, Notice.TO_SIGN, loan, now)
    if clearance.is_open(session, loan, now):
        notices.ask_security(session, loan, now)
    return loan


def _check(signed: Signed) -> None:
    for field, said, words in (
        ("job_title", signed.job_title, "Enter the job title."),
        ("reference", signed.reference, "Enter the reference of the agreement that they have signed."),
        ("contact", signed.contact, "Enter whom to ask there, and how they are reached."),
    ):
        if not said.strip():
            raise Invalid(words, field=field)
        if len(said.strip()) > LONGEST:
            raise Invalid(f"Use {LONGEST} characters or fewer.", field=field)
