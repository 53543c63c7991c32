"""Finds the transfers that something recorded meanwhile concerns: leavers, gates that fail or are met again.

Whoever changes a record lets the same transaction look at that person's transfers; the worker looks at all.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func
from sqlmodel import Session, and_, col, or_, select

from profiles.clearances.models import Clearance, ClearanceLimit, Sponsorship
from profiles.clearances.states import CUTTING
from profiles.employments.models import Employment
from profiles.organisations import service as organisations
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import as_of, known
from profiles.transfers import (
    clearance,
    ending,
    gates,
    interruptions,
    pay_corrections,
    service,
    steps,
    suspended_between,
)
from profiles.transfers.gates import Gate
from profiles.transfers.models import TaskKind, Transfer, TransferState, TransferStep, TransferTask


def look_at_people(session: Session, person_ids: Collection[UUID], now: datetime) -> list[UUID]:
    """Look again at these people's transfers; return whose has changed.

    Of a move that has happened payroll hears what was corrected of its first day.
    """
    pay_corrections.look_at_people(session, person_ids, now)
    moving = select(Transfer).where(
        col(Transfer.person_id).in_(person_ids), col(Transfer.in_flight).is_(True)
    )
    found = session.exec(moving.order_by(col(Transfer.id))).all()
    return [one.person_id for one in found if look(session, one, now)]


def look(session: Session, transfer: Transfer, now: datetime) -> bool:
    """End the transfer of a leaver; block what fails, let go on what does not any more. Say whether it did.

    What has begun is not taken back: that is a compensating transfer, or a correction. Between *leave* and
    *join* what has not begun still is, also where nothing ran to note that they have left.
    """
    if transfer.state is TransferState.SCHEDULED and transfer.leave_at <= now:
        if transfer.join_at <= now or gates.STOPS_HALFWAY.isdisjoint(gates.failing(session, transfer, now)):
            return False
        service.advance(session, transfer, now)
    if transfer.state is TransferState.LEFT and transfer.join_at <= now:
        return False
    if ending.cancel_of_leaver(session, transfer, now):
        return True
    if transfer.state in (TransferState.IN_PROGRESS, TransferState.BLOCKED) and not steps.has_left(
        session, transfer
    ):
        clearance.look(session, transfer, now)
    changed = interruptions.look_again(session, transfer, now)
    suspended_between.tell(session, transfer, now)
    return changed


def look_at_joiners(session: Session, organisation_id: UUID, now: datetime) -> list[UUID]:
    """Look again at who is to join an organisation in a post that needs a clearance; return whose changed.

    It has changed which clearances it uses.
    """
    joining = select(Transfer).where(
        col(Transfer.importing_organisation_id) == organisation_id,
        col(Transfer.in_flight).is_(True),
        col(Transfer.required_level).is_not(None),
    )
    found = session.exec(joining.order_by(col(Transfer.id))).all()
    return [one.person_id for one in found if look(session, one, now)]


def concerned(session: Session, now: datetime) -> list[UUID]:
    """The ids of the transfers that may have to change: few, found without looking at each."""
    flying = col(Transfer.in_flight).is_(True)
    agreed = col(Transfer.state).in_((TransferState.SCHEDULED, TransferState.LEFT))
    employed = and_(col(Employment.fact_id) == col(Transfer.employment_id), known(Employment, now))
    sooner = col(Employment.valid_to) < col(Transfer.leave_at)
    over = col(Employment.valid_to) <= now
    later = or_(col(Employment.valid_to).is_(None), col(Employment.valid_to) > col(Transfer.leave_at))
    held = and_(col(Clearance.person_id) == col(Transfer.person_id), as_of(Clearance, now, now))
    cut = col(Clearance.status).in_(CUTTING)
    looked_for = and_(
        col(TransferTask.transfer_id) == col(Transfer.id),
        col(TransferTask.kind) == TaskKind.CLEARANCE_READY,
        col(TransferTask.done_at).is_(None),
    )
    suspended = and_(
        col(AccountSuspension.person_id) == col(Transfer.person_id), as_of(AccountSuspension, now, now)
    )
    waits = and_(
        col(TransferTask.transfer_id) == col(Transfer.id),
        col(TransferTask.kind) == TaskKind.SIGN_IN,
        col(TransferTask.done_at).is_(None),
    )
    queries = [
        select(Transfer.id).where(flying, employed, sooner),
        select(Transfer.id).where(flying, ~agreed, col(Transfer.reverses_id).is_not(None), employed, over),
        select(Transfer.id).where(col(Transfer.state) == TransferState.SCHEDULED, employed, later),
        select(Transfer.id).where(agreed, col(Transfer.required_level).is_not(None), held, cut),
        select(Transfer.id).where(col(Transfer.state) == TransferState.IN_PROGRESS, looked_for),
        select(Transfer.id).where(agreed, suspended),
        select(Transfer.id).where(col(Transfer.state) == TransferState.SCHEDULED, waits),
        select(Transfer.id).where(col(Transfer.state) == TransferState.BLOCKED),
        select(Transfer.id).where(agreed, col(Transfer.importing_organisation_id).in_(_closed(session, now))),
    ]
    found = {one for query in queries for one in session.exec(query)}
    return sorted(found | _without_cover(session, now))


def _without_cover(session: Session, now: datetime) -> set[UUID]:
    """Those agreed of whose clearance, or of what the new department uses, something was recorded since.

    They are those whose post needs one that nothing covers now.
    """
    recorded = select(func.max(col(TransferStep.at))).where(
        col(TransferStep.transfer_id) == col(Transfer.id),
        col(TransferStep.to_state) == TransferState.SCHEDULED,
    )
    planned = recorded.correlate(Transfer).scalar_subquery()

    def since(model: type[Clearance | Sponsorship | ClearanceLimit]) -> ColumnElement[bool]:
        return or_(col(model.recorded_at) > planned, col(model.superseded_at) > planned)

    changed = or_(
        exists().where(col(Clearance.person_id) == col(Transfer.person_id), since(Clearance)),
        exists().where(col(Sponsorship.person_id) == col(Transfer.person_id), since(Sponsorship)),
        exists().where(
            col(ClearanceLimit.organisation_id) == col(Transfer.importing_organisation_id),
            since(ClearanceLimit),
        ),
    )
    agreed = select(Transfer).where(
        col(Transfer.state) == TransferState.SCHEDULED, col(Transfer.required_level).is_not(None), changed
    )
    lacking = (Gate.REQUIRED, Gate.CLEARANCE)
    return {
        one.id
        for one in session.exec(agreed)
        if any(gate in lacking for gate in gates.failing(session, one, now))
    }


def _closed(session: Session, now: datetime) -> list[UUID]:
    """The organisations joined by somebody that do not exist, now or on that somebody's start date."""
    going = select(Transfer.importing_organisation_id, Transfer.join_at).where(
        col(Transfer.state).in_((TransferState.SCHEDULED, TransferState.LEFT))
    )
    there: dict[datetime, frozenset[UUID]] = {}
    closed: set[UUID] = set()
    for organisation_id, join_at in session.exec(going.distinct()):
        at = max(now, join_at)
        if at not in there:
            there[at] = frozenset(organisations.tree(session, at, now).organisations)
        if organisation_id not in there[at]:
            closed.add(organisation_id)
    return sorted(closed)
