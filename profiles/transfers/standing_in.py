"""Who does a line manager's part of a move: the manager, or a deputy whom they have named while away.

A deputy does it for their own side alone: never where they, or who counts as one with them, are the one
who moves or act for the other side.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.employments.service import current_postings
from profiles.organisations import service as organisations
from profiles.roles.parties import one_with
from profiles.roles.service import line_managers_deputies
from profiles.transfers import policy, tasks
from profiles.transfers.models import Side, TaskKind, Transfer, TransferApproval, TransferTask


def works_in(session: Session, organisation_id: UUID, person_id: UUID, now: datetime) -> bool:
    """Whether somebody has a post in this department, or below it."""
    ours = organisations.tree(session, now).subtree_of(organisation_id)
    return any(one.organisation_id in ours for one in current_postings(session, person_id, now))


def works_there(session: Session, transfer: Transfer, side: Side, person_id: UUID, now: datetime) -> bool:
    """Whether somebody has a post in this side's department, or below it."""
    return works_in(session, policy.organisation_of(transfer, side), person_id, now)


def may_act(session: Session, transfer: Transfer, task: TransferTask, person_id: UUID, now: datetime) -> bool:
    """Whether somebody is the line manager who is asked and works there still, or stands in for them."""
    if task.side is None or task.owner_id is None:
        return False
    if not works_there(session, transfer, task.side, task.owner_id, now):
        return False
    return person_id == task.owner_id or person_id in deputies(session, transfer, task, now)


def asked_to_do(session: Session, transfer: Transfer, kind: TaskKind, now: datetime) -> list[UUID]:
    """Who is asked to do a line manager's task of a move; nobody where none is named."""
    found = (one for one in tasks.of_transfer(session, transfer.id) if one.kind is kind)
    return [each for one in found for each in asked_of(session, transfer, one, now)]


def asked_of(session: Session, transfer: Transfer, task: TransferTask, now: datetime) -> list[UUID]:
    """The line manager who is asked, and who stands in for them; nobody where none is named."""
    if task.owner_id is None:
        return []
    return [task.owner_id, *deputies(session, transfer, task, now)]


def deputies(session: Session, transfer: Transfer, task: TransferTask, now: datetime) -> list[UUID]:
    """Who stands in for the line manager who is asked, as far as they may in this move."""
    if task.side is None or task.owner_id is None:
        return []
    named = line_managers_deputies(session, task.owner_id, now)
    others = {transfer.person_id, *_of_the_other_side(session, transfer, task.side)} if named else set()
    return [
        one
        for one in named
        if one != task.owner_id
        and works_there(session, transfer, task.side, one, now)
        and others.isdisjoint(one_with(session, one, now))
    ]


def _of_the_other_side(session: Session, transfer: Transfer, side: Side) -> set[UUID]:
    """Who has acted for the other side of the move, or is asked to."""
    parts = [one for one in tasks.of_transfer(session, transfer.id) if one.side not in (None, side)]
    approvals = select(TransferApproval).where(col(TransferApproval.transfer_id) == transfer.id)
    found = {
        *(each for one in parts for each in (one.owner_id, one.done_by)),
        *(one.officer_id for one in session.exec(approvals) if one.side is not side),
    }
    if side is Side.EXPORTING:
        found |= {transfer.prepared_by, transfer.redated_by}
    return {one for one in found if one is not None}
