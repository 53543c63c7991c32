"""The first morning: what the employee signs in with when the old laptop, address and account are gone.

Which ways in last is asked of the application, which knows credentials; here they are names. The employee
says which of them they will have with them: a passkey on a laptop that is given back opens nothing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid, NotFound
from profiles.transfers import interruptions, notices, steps, tasks
from profiles.transfers.models import TaskKind, Transfer, TransferState
from profiles.transfers.trail import audit

OUTCOME = "They keep a way to sign in."
BEFORE_LEAVING = (
    TransferState.IN_PROGRESS,
    TransferState.ON_HOLD,
    TransferState.SCHEDULED,
    TransferState.BLOCKED,
)


def confirm(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    person_id: UUID,
    ways_in: Collection[str],
    way_in: str,
) -> Transfer:
    """The employee says which of ``ways_in``, that last beyond the move, they will have on the first morning.

    A move that is blocked for want of one goes on. Raises NotFound to everybody else, Conflict when the last
    day has passed, or Invalid naming ``way_in``.
    """
    transfer = steps.get(session, transfer_id)
    if transfer.person_id != person_id:
        raise NotFound("There is no such transfer.")
    if not may_confirm(transfer, now):
        raise Conflict("This can only be said before the last day has ended.")
    if way_in not in ways_in:
        raise Invalid("Choose what you will sign in with.", field="way_in")
    transfer.way_in = way_in
    tasks.complete(session, transfer, TaskKind.SIGN_IN, person_id, now, OUTCOME, None)
    interruptions.look_again(session, transfer, now)
    return transfer


def may_confirm(transfer: Transfer, now: datetime) -> bool:
    """Whether it is still to be said, or may be said anew."""
    if transfer.state is TransferState.IN_PROGRESS:
        return True
    return transfer.state in BEFORE_LEAVING and now < transfer.leave_at


def look(session: Session, transfer: Transfer, ways_in: Sequence[str], now: datetime) -> None:
    """Open the task again when the way in that the employee named has gone.

    Once the move is agreed another one that they have takes its place: they have changed their phone.
    """
    if not transfer.way_in or transfer.way_in in ways_in or transfer.state not in BEFORE_LEAVING:
        return
    transfer.way_in = ways_in[0] if ways_in and transfer.state is not TransferState.IN_PROGRESS else ""
    session.add(transfer)
    if not transfer.way_in:
        tasks.reopen(session, transfer, TaskKind.SIGN_IN)
        audit(session, Event.TRANSFER_WAY_IN_GONE, transfer, None, now, None)
        notices.way_in_gone(session, transfer, now)


def named(session: Session) -> list[tuple[UUID, UUID, str]]:
    """For each move before its last day, whose it is, and the way in that they named."""
    query = select(Transfer.id, Transfer.person_id, Transfer.way_in).where(
        col(Transfer.in_flight).is_(True),
        col(Transfer.state).in_(BEFORE_LEAVING),
        col(Transfer.way_in) != "",
    )
    return list(session.exec(query).all())
