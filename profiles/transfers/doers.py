"""The people who can do what a transfer waits for, and the parts for which a department has nobody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.transfers import policy, restarting, standing_in, tasks
from profiles.transfers.models import Side, TaskKind, Transfer, TransferApproval
from profiles.transfers.parts import Doer
from profiles.transfers.waiting import Act, Waiting

_PERMISSION = {
    Doer.HR: Permission.APPROVE_TRANSFER,
    Doer.SECURITY_OFFICER: Permission.MANAGE_CLEARANCES,
    Doer.PAYROLL: Permission.CONFIRM_PAY,
}


@dataclass(frozen=True)
class MissingOfficer:
    """A part that nobody in a department can do, because nobody there has the role, or only who prepared."""

    side: Side
    doer: Doer


def doers(session: Session, one: Waiting, now: datetime) -> list[UUID]:
    """Who can do it, deputies of absent officers among them."""
    transfer = one.transfer
    if one.side is None:
        return [transfer.person_id]
    if one.doer is Doer.LINE_MANAGER:
        return standing_in.asked_to_do(session, transfer, TaskKind(one.act), now)
    if one.act is Act.AGREE_START:
        return restarting.who_may_decide(session, transfer, now)
    return officers(session, transfer, one.side, one.doer, now, but=_kept_from(session, one))


def _kept_from(session: Session, one: Waiting) -> set[UUID | None]:
    """Who has done what keeps them from doing this, as far as it is known without asking what they may."""
    transfer = one.transfer
    if one.act is not Act.APPROVE:
        return set()
    approvals = select(TransferApproval.officer_id).where(col(TransferApproval.transfer_id) == transfer.id)
    decided = [
        task.done_by
        for task in tasks.of_transfer(session, transfer.id)
        if task.kind in policy.DECIDED_FOR_APPROVAL
    ]
    return {transfer.prepared_by, transfer.redated_by, *session.exec(approvals), *decided}


def find_missing(session: Session, one: Waiting, now: datetime) -> MissingOfficer | None:
    """The part that this waits for, where nobody can do it."""
    if one.side is None or one.doer not in _PERMISSION or doers(session, one, now):
        return None
    return MissingOfficer(one.side, one.doer)


def missing_officers(session: Session, transfer: Transfer, now: datetime) -> list[MissingOfficer]:
    """The parts that a move will come to and nobody can do, as known before it begins."""
    parts = [MissingOfficer(side, Doer.HR) for side in Side]
    if transfer.required_level is not None:
        parts += [MissingOfficer(side, Doer.SECURITY_OFFICER) for side in Side]
    parts.append(MissingOfficer(Side.IMPORTING, Doer.PAYROLL))
    prepared = {transfer.prepared_by, transfer.redated_by}
    return [
        one
        for one in parts
        if not officers(
            session, transfer, one.side, one.doer, now, but=prepared if one.doer is Doer.HR else ()
        )
    ]


def officers(
    session: Session,
    transfer: Transfer,
    side: Side,
    doer: Doer,
    now: datetime,
    *,
    but: Collection[UUID | None] = (),
) -> list[UUID]:
    """Those of a side who hold the role for this part, except the employee and these."""
    found = who_may(session, _PERMISSION[doer], policy.organisation_of(transfer, side), now)
    return [one for one in dict.fromkeys(found) if one != transfer.person_id and one not in but]
