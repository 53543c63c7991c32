"""Whether anybody can do what a loan waits for."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.loans import ending, reading, restarting
from profiles.loans.acting import Act, Waiting
from profiles.loans.missing_officers import MissingForLoan, officers
from profiles.roles.permissions import Permission
from profiles.transfers.parts import Doer

_PREPARES = frozenset({Act.DESCRIBE_POST, Act.CHANGE_DATES, Act.SETTLE_CLEARANCE})
_SECOND = frozenset({Act.APPROVE, Act.AGREE_CLEARANCE})
"""What nobody does who proposed, described or decided on something else of what is agreed."""


def find_missing(session: Session, one: Waiting, now: datetime) -> MissingForLoan | None:
    """The part that this waits for, where nobody can do it."""
    if one.side is None:
        return None
    if one.act is Act.AGREE_TO_END:
        return None if ending.who_may_agree(session, one.loan, now) else MissingForLoan(one.side, Doer.HR)
    if one.act is Act.AGREE_START:
        return None if restarting.who_may_agree(session, one.loan, now) else MissingForLoan(one.side, Doer.HR)
    doer = Doer.SECURITY_OFFICER if one.act is Act.AGREE_CLEARANCE else Doer.HR
    permission = Permission.PREPARE_TRANSFER if one.act in _PREPARES else None
    found = officers(session, one.loan, one.side, doer, now, permission)
    return None if found - _barred(session, one) else MissingForLoan(one.side, doer)


def _barred(session: Session, one: Waiting) -> frozenset[UUID | None]:
    """Who has a part in it already that keeps them from this one."""
    if one.act not in _SECOND:
        return frozenset()
    agreement = reading.newest(session, one.loan.id)
    approved = {approval.officer_id for approval in reading.approvals_of(session, agreement.id)}
    agreed = {one.loan.clearance_agreed_by} if one.act is Act.APPROVE else set()
    return frozenset({agreement.proposed_by, agreement.described_by, *approved, *agreed})
