"""What must still be so when a move takes effect: looked at when it is scheduled, and again until it happens.

Access does not wait for this: a suspended clearance, account or organisation opens nothing by itself. What is
found here keeps the record from saying that somebody begins who does not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, or_, select

from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship
from profiles.employments.models import Employment
from profiles.organisations import service as organisations
from profiles.suspensions.service import find_account_suspension
from profiles.temporal import current, history
from profiles.transfers import required, states, tasks
from profiles.transfers.clearance_levels import find_source
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.parts import Doer
from profiles.transfers.previous import never_came
from profiles.transfers.sources import source_of


class Gate(StrEnum):
    """What can stop a move that both organisations have approved."""

    RECORD = "record"
    """The old employment does not end with the last day any more, because its record was changed."""
    ORGANISATION = "organisation"
    """The new organisation does not exist on the start date."""
    CLEARANCE = "clearance"
    """The clearance that goes along is suspended, so that somebody is to decide on it first."""
    REQUIRED = "required"
    """The clearance that the new post needs is not there any more, nor a dispensation."""
    ACCOUNT = "account"
    """A security officer has suspended the account. After *leave* the old department keeps nobody by it."""
    SIGN_IN = "sign_in"
    """The employee has lost the way in that they keep. After *leave* the new department's HR helps them."""


MENDED_BY: dict[Gate, Side | None] = {
    Gate.RECORD: Side.EXPORTING,
    Gate.ORGANISATION: Side.IMPORTING,
    Gate.CLEARANCE: Side.EXPORTING,
    Gate.REQUIRED: Side.IMPORTING,
    Gate.ACCOUNT: Side.EXPORTING,
    Gate.SIGN_IN: None,
}
"""Who is told what it is, and can mend it, the employee where it is no side; the others learn whose it is."""

OF_SECURITY = frozenset({Gate.CLEARANCE, Gate.REQUIRED, Gate.ACCOUNT})
"""What a security officer of that side decides on; HR there see to it that somebody does."""

STOPS_HALFWAY = frozenset({Gate.ORGANISATION, Gate.CLEARANCE})
"""What still stops a move after *leave*; by the rest the old department would keep who has left it."""

SETTLED_BY_HAND = frozenset({Gate.RECORD})
"""What does not mend itself: an officer of that side says that the move goes on all the same."""


def doer_of(gate: Gate) -> Doer:
    """Who mends it."""
    if MENDED_BY[gate] is None:
        return Doer.EMPLOYEE
    return Doer.SECURITY_OFFICER if gate in OF_SECURITY else Doer.HR


@dataclass(frozen=True)
class Left:
    """Somebody's employment ends, at ``at``, before the move could end it."""

    at: datetime


def left_before(session: Session, transfer: Transfer, now: datetime) -> Left | None:
    """Whether the employment that is moved ends sooner, by a resignation, a dismissal or a death."""
    versions = history(session, Employment, now, fact_id=transfer.employment_id)
    if not versions:
        return Left(now) if now < transfer.leave_at else None
    ends = [one.valid_to for one in versions]
    if None in ends:
        return None
    last = max(one for one in ends if one is not None)
    return Left(last) if ends_first(session, transfer, last, now) else None


def ends_first(session: Session, transfer: Transfer, last: datetime, now: datetime) -> bool:
    """Whether the employment that is moved, which ends at ``last``, ends before the move could end it.

    Who never came has a last day that is long over; until that is agreed, what ends by now ends first.
    """
    if last < transfer.leave_at:
        return True
    return last <= now and transfer.state not in states.RECORDED and never_came(session, transfer)


def failing(session: Session, transfer: Transfer, now: datetime) -> tuple[Gate, ...]:
    """The gates of a scheduled, or a blocked, transfer that fail now, in their order."""
    found = []
    if transfer.state is TransferState.SCHEDULED and _ends_later(session, transfer, now):
        found.append(Gate.RECORD)
    at = max(now, transfer.join_at)
    if transfer.importing_organisation_id not in organisations.tree(session, at, now).organisations:
        found.append(Gate.ORGANISATION)
    if transfer.clearance_released and _clearance_is_suspended(session, transfer, now):
        found.append(Gate.CLEARANCE)
    elif _lacks_required(session, transfer, now):
        found.append(Gate.REQUIRED)
    here_still = transfer.state is TransferState.SCHEDULED or transfer.leave_at > now
    if here_still and find_account_suspension(session, transfer.person_id, now) is not None:
        found.append(Gate.ACCOUNT)
    if here_still and not tasks.get(session, transfer, TaskKind.SIGN_IN).done_at:
        found.append(Gate.SIGN_IN)
    return tuple(found)


def packed(gates: Iterable[Gate]) -> str:
    """The gates as an interruption keeps them."""
    return ",".join(gate.value for gate in gates)


def unpacked(kept: str) -> tuple[Gate, ...]:
    """The gates that an interruption keeps."""
    return tuple(Gate(name) for name in kept.split(",") if name)


def _lacks_required(session: Session, transfer: Transfer, now: datetime) -> bool:
    """Whether nothing covers what the new post needs: before the last day is over, or as it begins."""
    if transfer.leave_at > now:
        return required.find_cover(session, transfer, now) is None
    if transfer.state is not TransferState.SCHEDULED:
        return False
    return required.find_cover(session, transfer, now, max(now, transfer.join_at)) is None


def _ends_later(session: Session, transfer: Transfer, now: datetime) -> bool:
    versions = history(session, Employment, now, fact_id=transfer.employment_id)
    return any(one.valid_to is None or one.valid_to > transfer.leave_at for one in versions)


def _clearance_is_suspended(session: Session, transfer: Transfer, now: datetime) -> bool:
    """Whether one that the move takes along is; one that was withdrawn stays so, and nothing waits for it."""
    taken = select(col(Sponsorship.clearance_id)).where(
        col(Sponsorship.person_id) == transfer.person_id,
        col(Sponsorship.source) == source_of(transfer),
        or_(
            col(Sponsorship.organisation_id) == transfer.importing_organisation_id,
            col(Sponsorship.valid_to) == transfer.leave_at,
        ),
    )
    suspended = [
        one
        for clearance_id in set(session.exec(taken))
        for one in current(session, Clearance, now, now, fact_id=clearance_id)
        if one.status is ClearanceStatus.SUSPENDED
    ]
    return find_source(suspended, transfer.required_level) is not None
