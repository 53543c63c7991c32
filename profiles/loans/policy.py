"""Who may do what with a loan: separation of duties."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.loans.models import Loan, LoanAgreement, LoanApproval, LoanSide
from profiles.roles.parties import are_one_between
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions


def organisation_of(loan: Loan, side: LoanSide) -> UUID:
    """The organisation on one side of a loan."""
    return loan.home_organisation_id if side is LoanSide.HOME else loan.host_organisation_id


def sides_of(loan: Loan, permissions: Permissions) -> frozenset[LoanSide]:
    """The sides for which somebody may see a loan: the host's once the home organisation has approved."""
    return frozenset(
        side
        for side in LoanSide
        if permissions.allows(Permission.SEE_TRANSFERS, organisation_of(loan, side))
        and (side is LoanSide.HOME or loan.host_informed)
    )


def check_may_see(loan: Loan, person_id: UUID, permissions: Permissions) -> None:
    """Raise NotFound to everybody but the employee and HR of the organisations that know of it."""
    if loan.person_id != person_id and not sides_of(loan, permissions):
        raise NotFound("There is no such loan.")


def may_draft(person_id: UUID, officer_id: UUID, home_id: UUID, permissions: Permissions) -> bool:
    """Whether an officer of the home organisation may begin a loan of this person."""
    own = permissions.are_of(person_id) or officer_id == person_id
    return permissions.allows(Permission.PREPARE_TRANSFER, home_id) and not own


def check_may_prepare(loan: Loan, side: LoanSide, officer_id: UUID, permissions: Permissions) -> None:
    """Raise NotPermitted unless the officer prepares for this side, on somebody else's loan."""
    if not permissions.allows(Permission.PREPARE_TRANSFER, organisation_of(loan, side)) or (
        side not in sides_of(loan, permissions)
    ):
        raise NotPermitted("You may not prepare loans for that organisation.")
    _refuse_own(loan, officer_id, permissions)


def check_may_decide(loan: Loan, side: LoanSide, officer_id: UUID, permissions: Permissions) -> None:
    """Raise NotPermitted unless the officer decides for this side, on somebody else's loan."""
    if not permissions.allows(Permission.APPROVE_TRANSFER, organisation_of(loan, side)) or (
        side not in sides_of(loan, permissions)
    ):
        raise NotPermitted("You may not decide on loans for that organisation.")
    _refuse_own(loan, officer_id, permissions)


def check_may_approve(
    loan: Loan,
    agreement: LoanAgreement,
    side: LoanSide,
    officer_id: UUID,
    permissions: Permissions,
    approvals: Collection[LoanApproval],
) -> None:
    """Raise NotPermitted or Conflict unless this officer may approve the agreement for this side now.

    Nobody approves their own loan or what they prepared, the two organisations' approvals come from different
    people, and each organisation approves once. A deputy and the absent officer are one person here, and so
    are all who act for the two through one shared service.
    """
    check_may_decide(loan, side, officer_id, permissions)
    prepared = (agreement.proposed_by, agreement.described_by)
    if any(permissions.are_of(one) or one == officer_id for one in prepared if one):
        raise NotPermitted("You prepared this agreement, so somebody else must approve it.")
    if loan.clearance_agreed_by and permissions.are_of(loan.clearance_agreed_by):
        raise NotPermitted("You have decided on a part of this loan, so somebody else must approve it.")
    if any(approval.side is side for approval in approvals):
        raise Conflict("Your organisation has approved this agreement already.")
    if any(permissions.are_of(approval.officer_id) for approval in approvals):
        raise NotPermitted("You approved for the other organisation, so somebody else must approve here.")
    operators = permissions.operators.get(organisation_of(loan, side), frozenset())
    if any(approval.operator_id in operators for approval in approvals):
        raise NotPermitted(
            "Your shared service approved for the other organisation, so an officer of this one must approve."
        )


def ends_alone(
    session: Session, loan: Loan, side: LoanSide, officer_id: UUID, permissions: Permissions, now: datetime
) -> bool:
    """Whether an officer who ends it early acts for the host and nothing else: home agreed to its end before.

    Whoever decides for both organisations, or acts through a shared service that does, is of home: they would
    open what is theirs.
    """
    at_home = permissions.allows(Permission.APPROVE_TRANSFER, loan.home_organisation_id)
    serves_both = are_one_between(session, officer_id, officer_id, both(loan), now)
    return side is LoanSide.HOST and not (at_home or serves_both)


def check_may_agree_to_end(
    session: Session, loan: Loan, officer_id: UUID, permissions: Permissions, now: datetime
) -> None:
    """Raise NotPermitted unless this is another officer of home than who asked for the early end.

    A shared service that acts for the host too does not undo alone what two parties agreed.
    """
    check_may_decide(loan, LoanSide.HOME, officer_id, permissions)
    if permissions.are_of(loan.end_asked_by) or officer_id == loan.end_asked_by:
        raise NotPermitted("You asked for this, so somebody else must agree.")
    if are_one_between(session, officer_id, loan.end_asked_by, both(loan), now):
        raise NotPermitted(
            "Your shared service asked for this, and acts for both organisations, so an officer outside it "
            "must agree. The host’s own officers can end it at once."
        )


def both(loan: Loan) -> tuple[UUID, ...]:
    """Home and host."""
    return tuple(organisation_of(loan, side) for side in LoanSide)


def check_may_decide_clearance(loan: Loan, officer_id: UUID, permissions: Permissions) -> None:
    """Raise NotFound to all but security officers of the home organisation, NotPermitted to the employee."""
    if not permissions.allows(Permission.MANAGE_CLEARANCES, loan.home_organisation_id):
        raise NotFound("There is no such loan.")
    if permissions.are_of(loan.person_id) or officer_id == loan.person_id:
        raise NotPermitted("You cannot decide on your own clearance.")


def check_may_agree_clearance(
    loan: Loan,
    agreement: LoanAgreement,
    officer_id: UUID,
    permissions: Permissions,
    approvals: Collection[LoanApproval],
) -> None:
    """Raise NotFound, or NotPermitted to whoever proposed, described or approved what is agreed.

    A deputy and the absent officer are one person here.
    """
    check_may_decide_clearance(loan, officer_id, permissions)
    parts = {agreement.proposed_by, agreement.described_by, *(one.officer_id for one in approvals)}
    if any(permissions.are_of(one) or one == officer_id for one in parts if one):
        raise NotPermitted("You have decided on a part of this loan, so somebody else must agree.")


def _refuse_own(loan: Loan, officer_id: UUID, permissions: Permissions) -> None:
    if permissions.are_of(loan.person_id) or officer_id == loan.person_id:
        raise NotPermitted("You cannot decide on your own loan.")
