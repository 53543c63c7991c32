"""Moves a transfer from state to state by a conditional UPDATE: of two who act at once, one is told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from profiles.errors import Conflict, NotFound
from profiles.transfers import states
from profiles.transfers.models import Side, Transfer, TransferState, TransferStep

AFTER_LEAVING = states.ENDED | {TransferState.LEFT, TransferState.JOINED, TransferState.RECONCILING}
"""Where the end of the old employment is what the transfer itself brought, or nothing to it any more."""


def get(session: Session, transfer_id: UUID) -> Transfer:
    """The transfer with this id, as it stands. Raises NotFound."""
    found = session.exec(select(Transfer).where(col(Transfer.id) == transfer_id)).first()
    if found is None:
        raise NotFound("There is no such transfer.")
    return found


def move_to(
    session: Session,
    transfer: Transfer,
    following: TransferState,
    now: datetime,
    by: UUID | None,
    *,
    reason: str = "",
    reason_for: Side | None = None,
) -> None:
    """Take one step of the state machine and keep it in the history. Raises InvalidTransition, Conflict.

    ``reason_for`` is the one side that may read the reason.
    """
    present = transfer.state
    states.check(present, following)
    claim(session, transfer)
    transfer.state = following
    transfer.in_flight = following not in states.ENDED and following is not TransferState.RECONCILING
    session.add(transfer)
    session.add(
        TransferStep(
            transfer_id=transfer.id,
            from_state=present,
            to_state=following,
            at=now,
            by=by,
            reason=reason,
            reason_for=reason_for,
        )
    )
    session.flush()


def claim(session: Session, transfer: Transfer) -> None:
    """Make sure that nobody has changed the transfer since it was read. Raises Conflict otherwise."""
    claimed = session.execute(
        update(Transfer)
        .where(col(Transfer.id) == transfer.id, col(Transfer.version) == transfer.version)
        .values(version=transfer.version + 1)
        .execution_options(synchronize_session="fetch")
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody else changed this transfer meanwhile. Look at it again.")
