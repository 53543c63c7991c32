"""The clearance goes with the loan as shared: the home security officer agrees to it, never HR.

While a loan lasts, what home sponsors may be used at the host too; whoever does not agree declines the loan,
or the extension.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.clearances.models import Sponsorship, SponsorshipKind
from profiles.clearances.service import ClearanceView, clearances_of
from profiles.clearances.states import USABLE
from profiles.errors import Conflict
from profiles.loans import reading
from profiles.loans.models import Loan, LoanState
from profiles.organisations import service as organisations
from profiles.temporal import current
from profiles.transfers.clearance_levels import lasting_at


def shareable(session: Session, loan: Loan, now: datetime) -> Sequence[ClearanceView]:
    """The clearances that may be used and of which home, or one below it, is the primary sponsor."""
    ours = sponsored_until(session, loan, now)
    return [
        one
        for one in clearances_of(session, loan.person_id, now)
        if one.status in USABLE and one.clearance_id in ours
    ]


def sponsored_until(session: Session, loan: Loan, now: datetime) -> Mapping[UUID, datetime | None]:
    """Until when home is the primary sponsor of which clearances, None for no end."""
    ours = organisations.tree(session, now).subtree_of(loan.home_organisation_id)
    return {
        one.clearance_id: one.valid_to
        for one in current(session, Sponsorship, now, now, person_id=loan.person_id)
        if one.kind is SponsorshipKind.PRIMARY and one.organisation_id in ours
    }


def agreed(session: Session, loan: Loan, now: datetime) -> Sequence[ClearanceView]:
    """What may be shared and the security officer has agreed to."""
    return [one for one in shareable(session, loan, now) if str(one.clearance_id) in loan.agreed_clearances]


def asked_for(session: Session, loan: Loan, now: datetime) -> Sequence[ClearanceView]:
    """What a security officer is asked about: of an extension what is shared already."""
    found = shareable(session, loan, now)
    if loan.state is not LoanState.EXTENSION_PENDING:
        return found
    shared = (loan.host_organisation_id, SponsorshipKind.SHARED)
    return [one for one in found if shared in one.sponsors]


def shown(session: Session, loan: Loan, now: datetime) -> str:
    """What a page shows to a security officer who decides: which agreement, and which clearances."""
    found = sorted(f"{one.clearance_id} {one.level.value}" for one in asked_for(session, loan, now))
    return f"{reading.newest(session, loan.id).number}: {', '.join(found)}"


def get_shown(session: Session, loan: Loan, now: datetime, said: str) -> Sequence[ClearanceView]:
    """What is asked about. Raises Conflict unless ``said`` is what a page shows of it now."""
    if said != shown(session, loan, now):
        raise Conflict("This loan or the clearance was changed after you opened the page. Look at it again.")
    return asked_for(session, loan, now)


def is_open(session: Session, loan: Loan, now: datetime) -> bool:
    """Whether a security officer still has to agree, to one clearance at least."""
    return any(str(one.clearance_id) not in loan.agreed_clearances for one in asked_for(session, loan, now))


def is_enough(session: Session, loan: Loan, now: datetime) -> bool:
    """Whether what the post at the host needs, if anything, is shared with it, or sponsored by the host.

    What expires before the loan begins, or is too old by the host's limit then, is not enough.
    """
    needed = reading.newest(session, loan.id).required_level
    if needed is None:
        return True
    there = organisations.tree(session, now).subtree_of(loan.host_organisation_id)
    own = [
        one
        for one in clearances_of(session, loan.person_id, now)
        if one.status in USABLE and any(sponsor_id in there for sponsor_id, _kind in one.sponsors)
    ]
    held = (*agreed(session, loan, now), *own)
    lasts = lasting_at(session, loan.host_organisation_id, loan.start_date, held, now)
    return any(one.level.satisfies(needed) for one in lasts)
