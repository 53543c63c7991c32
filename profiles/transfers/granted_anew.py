"""A level that somebody holds with the old department is granted anew, for the new one, before the last day.

The transfer keeps the decision until the move is recorded: a level is held once at a time, and until the last
day it is the old department's. What is suspended or withdrawn there meanwhile holds the new one too.
"""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship
from profiles.clearances.validity import ValidityPeriods
from profiles.errors import Conflict, Invalid
from profiles.organisations import service as organisations
from profiles.temporal import Provenance, civil_date, current
from profiles.transfers import tasks
from profiles.transfers.clearance_levels import lasting
from profiles.transfers.models import TaskKind, Transfer
from profiles.transfers.sources import source_of

_SPEAKS_AGAINST = frozenset({ClearanceStatus.SUSPENDED, ClearanceStatus.WITHDRAWN})


def keep(
    session: Session,
    transfer: Transfer,
    held: Clearance,
    decided_on: date,
    now: datetime,
    periods: ValidityPeriods,
) -> None:
    """Keep with the transfer that the level which ``held`` has was granted anew on a day.

    Raises Conflict while the old department may still release the one that is held, and where others than it
    sponsor that; Invalid naming ``decided_on`` where it is no later decision.
    """
    if tasks.get(session, transfer, TaskKind.CLEARANCE).done_at is None:
        raise Conflict(
            "The old department has not decided yet whether the clearance that they hold goes along."
        )
    if not _is_the_old_departments(session, transfer, held, now):
        raise Conflict(
            "They hold this level elsewhere too. Record what is granted after they have joined; they start "
            "before only with a dispensation."
        )
    if decided_on > civil_date(now):
        raise Invalid("The day of the decision must not be in the future.", field="decided_on")
    if held.decided_on is not None and decided_on <= held.decided_on:
        raise Invalid(
            "The one that they hold was decided on that day or later. Enter the day of the new decision.",
            field="decided_on",
        )
    transfer.granted_on = decided_on
    transfer.granted_until = periods.expiry(held.level, decided_on, None)
    session.add(transfer)
    if find(session, transfer, now) is None:
        raise Invalid("By your limit it would be over before the start date.", field="decided_on")


def find(session: Session, transfer: Transfer, now: datetime, by: UUID | None = None) -> Clearance | None:
    """The new one as the move would record it, not in the database; None where none is, or must not be."""
    level = transfer.required_level
    if transfer.granted_on is None or level is None:
        return None
    for held in current(session, Clearance, now, now, person_id=transfer.person_id, level=level):
        if held.status in _SPEAKS_AGAINST or not _is_the_old_departments(session, transfer, held, now):
            return None
    new = Clearance(
        person_id=transfer.person_id,
        level=level,
        status=ClearanceStatus.ACTIVE,
        decided_on=transfer.granted_on,
        expires_on=transfer.granted_until,
        **Provenance(by, source_of(transfer), "granted anew for a transfer").stamp(now, transfer.join_at),
    )
    return next(iter(lasting(session, transfer, [new], now)), None)


def forget(transfer: Transfer) -> None:
    """The move does not happen, or needs another level."""
    transfer.granted_on, transfer.granted_until = None, None


def _is_the_old_departments(session: Session, transfer: Transfer, held: Clearance, now: datetime) -> bool:
    """Whether nobody but the old department sponsors or shares it."""
    theirs = organisations.tree(session, now).subtree_of(transfer.exporting_organisation_id)
    sponsors = current(session, Sponsorship, now, now, clearance_id=held.fact_id)
    return all(one.organisation_id in theirs for one in sponsors)
