"""What must be so for a loan that all have agreed to be scheduled, looked at again until it is.

Access does not wait for this: a suspended clearance, account or organisation opens nothing by itself.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from profiles.employments.models import Employment, Posting, PostingKind
from profiles.loans import clearance
from profiles.loans.models import Loan
from profiles.organisations import service as organisations
from profiles.suspensions.service import find_account_suspension
from profiles.temporal import civil_date, history
from profiles.transfers.models import Transfer


class Gate(StrEnum):
    """What keeps a loan from being scheduled."""

    START = "start"
    """The start date has passed before all had agreed: the home organisation gives it other dates."""
    EMPLOYMENT = "employment"
    """The employment ends before the loan would."""
    ORGANISATION = "organisation"
    """The host does not exist for the whole of the loan."""
    TRANSFER = "transfer"
    """The employee is being moved to another organisation."""
    POST = "post"
    """The host has recorded another post on loan for the employee, in a part of that time."""
    ACCOUNT = "account"
    """A security officer has suspended the account."""
    CLEARANCE = "clearance"
    """The security officer of the home organisation has not agreed yet that the clearance is shared."""
    REQUIRED = "required"
    """The post at the host needs a clearance, and none that may be used there is enough."""


SAID_TO_HOST = frozenset({Gate.START, Gate.ORGANISATION, Gate.POST})
"""What the host may read of it; of the rest it learns that something must be settled at home."""


def failing(session: Session, loan: Loan, now: datetime) -> tuple[Gate, ...]:
    """The gates that an agreed loan does not pass now, in their order."""
    found = {
        Gate.START: loan.start_date < civil_date(now),
        Gate.EMPLOYMENT: not employed_through(session, loan, now),
        Gate.ORGANISATION: host_closes_at(session, loan, now) is not None,
        Gate.TRANSFER: is_moving(session, loan),
        Gate.POST: _is_there_already(session, loan, now),
        Gate.ACCOUNT: find_account_suspension(session, loan.person_id, now) is not None,
        Gate.CLEARANCE: clearance.is_open(session, loan, now),
        Gate.REQUIRED: not clearance.is_enough(session, loan, now),
    }
    return tuple(gate for gate, fails in found.items() if fails)


def lacks_clearance(failing: Collection[Gate]) -> bool:
    """Whether the post needs a clearance that is not there: to agree to share what is would not do."""
    return Gate.REQUIRED in failing and Gate.CLEARANCE not in failing


def employed_through(session: Session, loan: Loan, now: datetime) -> bool:
    """Whether the home employment lasts as long as the loan would."""
    ends_at = employment_ends_at(session, loan, now)
    return ends_at is None or ends_at >= loan.ends_at


def employment_ends_at(session: Session, loan: Loan, now: datetime) -> datetime | None:
    """When the home employment ends as it stands, None for never; one that is not there any more ends now."""
    ends = [one.valid_to for one in history(session, Employment, now, fact_id=loan.employment_id)]
    if None in ends:
        return None
    return max((one for one in ends if one is not None), default=now)


def host_closes_at(session: Session, loan: Loan, now: datetime) -> datetime | None:
    """The first moment of the loan at which the host does not exist, as far as known now."""
    return closes_at(organisations.spans_of(session, loan.host_organisation_id, now), loan, now)


def closes_at(
    spans: Sequence[tuple[datetime, datetime | None]], loan: Loan, now: datetime
) -> datetime | None:
    """The same, for a host that exists in these spans."""
    at = max(loan.begins_at, now)
    while at < loan.ends_at:
        until = [end for begins, end in spans if begins <= at and (end is None or end > at)]
        if not until:
            return at
        if None in until:
            return None
        at = max(end for end in until if end is not None)
    return None


def is_moving(session: Session, loan: Loan) -> bool:
    """Whether a transfer of the employee is on its way that this loan has not begun."""
    moving = select(Transfer.id).where(
        col(Transfer.person_id) == loan.person_id, col(Transfer.in_flight).is_(True)
    )
    return any(found != loan.transfer_id for found in session.exec(moving))


def _is_there_already(session: Session, loan: Loan, now: datetime) -> bool:
    there = {"employment_id": loan.employment_id, "organisation_id": loan.host_organisation_id}
    return any(
        one.kind is PostingKind.HOST
        and one.valid_from < loan.ends_at
        and (one.valid_to is None or one.valid_to > loan.begins_at)
        for one in history(session, Posting, now, **there)
    )
