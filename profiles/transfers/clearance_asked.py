"""How a clearance stands in a move: asked for, released or not, as it was at a point of both time lines.

What the record of a clearance says is the vetting authority's and its sponsor's. What two departments say to
each other of it is the move's, and read from there (ADR 67).
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.clearances.models import ClearanceStatus
from profiles.transfers import clearance, states, tasks
from profiles.transfers.models import TaskKind, Transfer, TransferState, TransferStep

_SAID = {
    clearance.RELEASED: ClearanceStatus.EXPORTER_RELEASED,
    clearance.KEPT: ClearanceStatus.EXPORTER_REFUSED,
}


def asked_in_moves(
    session: Session,
    person_id: UUID,
    valid_at: datetime,
    known_at: datetime,
    exporting: Collection[UUID] | None = None,
) -> dict[UUID, ClearanceStatus]:
    """What moves ask of a person's clearances (by ``fact_id``) at that point, and what was said to it.

    ``exporting`` are the organisations out of which a move is seen; without any named, it is the person who
    looks, and sees all. A word that was replaced by another before the approval is not kept.
    """
    at = min(valid_at, known_at)
    moves = select(Transfer).where(
        col(Transfer.person_id) == person_id,
        col(Transfer.required_level).is_not(None),
        col(Transfer.created_at) <= at,
        col(Transfer.leave_at) > valid_at,
    )
    found: dict[UUID, ClearanceStatus] = {}
    for transfer in session.exec(moves):
        if exporting is not None and transfer.exporting_organisation_id not in exporting:
            continue
        asked = clearance.find_asked(session, transfer, at) if _is_under_way(session, transfer, at) else None
        if asked is not None:
            found[asked.clearance_id] = _said(session, transfer, at)
    return found


def _is_under_way(session: Session, transfer: Transfer, at: datetime) -> bool:
    steps = select(TransferStep.to_state).where(
        col(TransferStep.transfer_id) == transfer.id, col(TransferStep.at) <= at
    )
    reached = set(session.exec(steps))
    return TransferState.IN_PROGRESS in reached and not reached & states.ENDED


def _said(session: Session, transfer: Transfer, at: datetime) -> ClearanceStatus:
    task = tasks.get(session, transfer, TaskKind.CLEARANCE)
    if task.done_at is None or task.done_at > at:
        return ClearanceStatus.TRANSFER_REQUESTED
    return _SAID.get(task.outcome, ClearanceStatus.TRANSFER_REQUESTED)
