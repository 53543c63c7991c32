"""Somebody has left and never joins: they resigned before the first day, died, or the offer is withdrawn.

The old post has ended and stays so. What has not begun yet never does, and payroll is told to pay nothing.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.apps.models import App
from profiles.audit.catalogue import Event
from profiles.clearances.models import Clearance, Sponsorship
from profiles.clearances.service import as_left
from profiles.clearances.states import AT_LEAVE
from profiles.employments.models import Employment
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, NotPermitted
from profiles.organisations import service as organisations
from profiles.people.models import WorkAddress, WorkPhone, WorkPlace
from profiles.portable_profile.kinds import MODELS
from profiles.portable_profile.leavers import MISTAKEN_DEATH, has_died, note_death, take_back_death
from profiles.portable_profile.rules import BY_EMPLOYMENT
from profiles.roles.models import RoleAssignment
from profiles.roles.service import Permissions
from profiles.temporal import Provenance, current, end, history, record, supersede
from profiles.transfers import (
    facts,
    interruptions,
    notices,
    policy,
    required,
    service,
    standing_in,
    steps,
)
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState, TransferStep
from profiles.transfers.sources import source_of
from profiles.transfers.trail import audit


class Why(StrEnum):
    """Why somebody who has left never joins. Only the side that says so reads which it was."""

    RESIGNED = "resigned"
    DIED = "died"
    OFFER_WITHDRAWN = "offer_withdrawn"


SAID_BY = {Side.IMPORTING: frozenset(Why), Side.EXPORTING: frozenset({Why.DIED})}
"""The old department keeps nobody any more, but may be the first to hear of a death."""

_GIVEN = (RoleAssignment, WorkAddress, WorkPhone, WorkPlace, Sponsorship)


def is_on_the_way(session: Session, transfer: Transfer, now: datetime) -> bool:
    """Whether the old post has ended and the new one has not begun, which it never does while blocked."""
    if transfer.state is TransferState.BLOCKED:
        return steps.has_left(session, transfer)
    leaving = transfer.state in (TransferState.SCHEDULED, TransferState.LEFT)
    return leaving and transfer.leave_at <= now < transfer.join_at


def end_before_joining(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    side: Side,
    officer_id: UUID,
    permissions: Permissions,
    why: Why,
) -> Transfer:
    """End the transfer of somebody who never joins, and take back all that would begin with the start date.

    Raises NotFound, NotPermitted, Conflict.
    """
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    policy.check_may_decide(transfer, side, officer_id, permissions)
    if why not in SAID_BY[side]:
        raise NotPermitted("HR of the new department say so.")
    if not is_on_the_way(session, transfer, now):
        raise Conflict("This can be said after the last day, and before they have joined.")
    service.advance(session, transfer, now)
    stopped = interruptions.find_open(session, transfer.id)
    steps.move_to(
        session, transfer, TransferState.CANCELLED, now, officer_id, reason=why.value, reason_for=side
    )
    if stopped is not None:
        interruptions.close(session, stopped, now, officer_id)
    _take_back(session, transfer, now, officer_id)
    required.give_up(session, transfer, now, officer_id)
    if why is Why.DIED:
        note_death(session, transfer.person_id, now)
    audit(session, Event.TRANSFER_ENDED, transfer, officer_id, now, side)
    managers = standing_in.asked_to_do(session, transfer, TaskKind.FIRST_DAY, now)
    notices.not_joining(session, transfer, managers, now, tell_employee=why is not Why.DIED)
    return transfer


def find_death(session: Session, transfer: Transfer, now: datetime) -> TransferStep | None:
    """The step that recorded a death, where that can still be taken back: it was a mistake."""
    if transfer.state is not TransferState.CANCELLED or not has_died(session, [transfer.person_id]):
        return None
    said = select(TransferStep).where(
        col(TransferStep.transfer_id) == transfer.id,
        col(TransferStep.to_state) == TransferState.CANCELLED,
        col(TransferStep.reason) == Why.DIED.value,
        col(TransferStep.from_state).in_((TransferState.LEFT, TransferState.BLOCKED)),
        col(TransferStep.at) > now - MISTAKEN_DEATH,
    )
    step = session.exec(said).first()
    return step if step is not None and step.at >= transfer.leave_at else None


def take_back_death_of(
    session: Session, now: datetime, *, transfer_id: UUID, officer_id: UUID, permissions: Permissions
) -> Transfer:
    """They have not died. The move stays cancelled: they are brought in anew. Raises as the ending does."""
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    step = find_death(session, transfer, now)
    if step is None or step.reason_for is None:
        raise Conflict("There is no death to take back: none is recorded here, or it was too long ago.")
    policy.check_may_decide(transfer, step.reason_for, officer_id, permissions)
    steps.claim(session, transfer)
    take_back_death(session, transfer.person_id, now)
    audit(session, Event.TRANSFER_DEATH_TAKEN_BACK, transfer, officer_id, now, step.reason_for)
    return transfer


def _take_back(session: Session, transfer: Transfer, now: datetime, by: UUID) -> None:
    """What the plan would begin, what was added to it since, and the clearance that was to come along."""
    coming = _planned(session, transfer, Sponsorship)
    begun = {one.fact_id for one in _planned(session, transfer, Employment)}
    facts.retract_beginning(session, transfer, now, by)
    for model in (MODELS[kind] for kind in BY_EMPLOYMENT):
        _supersede(session, model, transfer, now, by, col(getattr(model, "employment_id")).in_(begun))  # noqa: B009
    theirs = organisations.tree(session, now).subtree_of(transfer.importing_organisation_id)
    for given in _GIVEN:
        _supersede_later(session, given, transfer, now, by, col(given.organisation_id).in_(theirs))
    apps = select(App.id).where(col(App.organisation_id).in_(theirs))
    _supersede_later(session, Entitlement, transfer, now, by, col(Entitlement.app_id).in_(apps))
    _lapse(session, transfer, {one.clearance_id for one in coming}, now, by)


def _supersede_later(
    session: Session, model: type[Any], transfer: Transfer, now: datetime, by: UUID, which: Any
) -> None:
    later = col(model.valid_from) >= transfer.join_at
    _supersede(session, model, transfer, now, by, which & later & ~col(model.source).startswith("loan:"))


def _supersede(
    session: Session, model: type[Any], transfer: Transfer, now: datetime, by: UUID, which: Any
) -> None:
    held = select(model).where(
        col(model.person_id) == transfer.person_id, col(model.superseded_at).is_(None), which
    )
    for fact in session.exec(held.order_by(col(model.id))).all():
        supersede(session, fact, now, by)


def _planned(session: Session, transfer: Transfer, model: type[Any]) -> list[Any]:
    """All versions of what the move was to begin, those taken back by a block too."""
    planned = select(model).where(
        col(model.person_id) == transfer.person_id,
        col(model.source) == source_of(transfer),
        col(model.valid_from) >= transfer.join_at,
    )
    return list(session.exec(planned).all())


def _lapse(session: Session, transfer: Transfer, coming: set[UUID], now: datetime, by: UUID) -> None:
    """Nobody answers for a clearance that was to come along: it lapses, as with any last day."""
    answered = {
        one.clearance_id
        for one in history(session, Sponsorship, now, person_id=transfer.person_id)
        if one.valid_to is None or one.valid_to > now
    }
    provenance = Provenance(by, source_of(transfer), "they do not join")
    for held in current(session, Clearance, now, now, person_id=transfer.person_id):
        status = AT_LEAVE.get(held.status)
        if held.fact_id not in coming - answered or status is None:
            continue
        end(session, held, now, now, provenance)
        stamp = provenance.stamp(now, now) | {"person_id": transfer.person_id}
        record(session, as_left(held, status, stamp))
