"""What the old department hands on as it approves: the very facts of its own record that the move carries."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from profiles.clearances.models import ClearanceStatus
from profiles.clearances.service import ClearanceView
from profiles.clearances.states import USABLE
from profiles.employments.models import Employment
from profiles.organisations.move_rules import RULES
from profiles.pay.models import PayRecord
from profiles.temporal import INSTANT, Fact, current
from profiles.transfers import clearance, facts
from profiles.transfers.models import Transfer
from profiles.transfers.new_employment import RELEASED

_STANDS = USABLE | {ClearanceStatus.SUSPENDED}


@dataclass(frozen=True)
class HandedOn:
    """What the record of the old employment says on its last day, and what the new department reads of it.

    ``carries`` is whether service, pension, leave and absence go along; elsewhere they are settled with the
    old organisation. ``pay`` is read by the new department before the start, and goes along in no case.
    ``clearances`` are those that the old department sponsors; ``taken`` is the one that goes along, or from
    which the lower one is granted.
    """

    carries: bool
    employment: Employment
    released: tuple[Fact, ...]
    pay: PayRecord | None
    clearances: tuple[ClearanceView, ...]
    taken: ClearanceView | None


def handed_on(session: Session, transfer: Transfer, now: datetime) -> HandedOn:
    """As the move would carry it if it were scheduled now.

    Raises Conflict when the employment that it moves has ended meanwhile.
    """
    ending = facts.plan(session, transfer, now, None).ending
    employment = next(one for one in ending if isinstance(one, Employment))
    carries = RULES[transfer.regime].carries_service
    ends_at = transfer.join_at if carries else transfer.leave_at
    last = min(now, transfer.leave_at - INSTANT)
    paid = current(session, PayRecord, last, now, employment_id=transfer.employment_id)
    stands = [one for one in clearance.releasable(session, transfer, now) if one.status in _STANDS]
    goes_along = transfer.clearance_released and transfer.granted_on is None
    return HandedOn(
        carries,
        employment,
        tuple(
            one
            for one in ending
            if isinstance(one, RELEASED) and (one.valid_to is None or one.valid_to > ends_at)
        ),
        next(iter(paid), None),
        tuple(stands),
        clearance.find_asked(session, transfer, now) if goes_along else None,
    )
