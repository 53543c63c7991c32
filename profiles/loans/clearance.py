"""The clearance goes with the loan as shared: the home security officer agrees to it, never HR.

While a loan lasts, what home sponsors may be used at the host too; whoever does not agree declines the loan.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from profiles.clearances.service import ClearanceView, clearances_of
from profiles.clearances.states import USABLE
from profiles.loans.models import Loan
from profiles.organisations import service as organisations


def shareable(session: Session, loan: Loan, now: datetime) -> Sequence[ClearanceView]:
    """The clearances that the home organisation, or one below it, sponsors, and that may be used."""
    ours = organisations.tree(session, now).subtree_of(loan.home_organisation_id)
    return [
        one
        for one in clearances_of(session, loan.person_id, now)
        if one.status in USABLE and any(sponsor_id in ours for sponsor_id, _kind in one.sponsors)
    ]


def is_open(session: Session, loan: Loan, now: datetime) -> bool:
    """Whether a security officer still has to agree."""
    return loan.clearance_agreed_by is None and bool(shareable(session, loan, now))
