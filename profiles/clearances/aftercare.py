"""What comes after a clearance was granted: extensions, caveats, aftercare, and starting without one."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.clearances import states
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import (
    CaveatKind,
    Clearance,
    ClearanceCaveat,
    ClearanceEvent,
    ClearanceEventKind,
    Dispensation,
)
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.temporal import Provenance, civil_date, current, record, replace


def extend(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    clearance_id: UUID,
    until: date,
    reference: str = "",
) -> Clearance:
    """Record that the vetting authority lets a clearance be used for longer, through the civil day ``until``.

    An extension may pass what the level lasts at most. Raises NotFound, Conflict for one that cannot be used
    now, Invalid when it would not be longer.
    """
    held = _held(session, clearance_id, now)
    if held.status not in states.USABLE or held.expires_on is None:
        raise Conflict("Only a clearance that can be used, and expires, can be extended.")
    if until <= held.expires_on:
        raise Invalid("The extension must end after the clearance would expire.", field="until")
    if until <= civil_date(now):
        raise Invalid("The extension must end after today.", field="until")
    extended = replace(
        session,
        held,
        now,
        provenance,
        expires_on=until,
        extended_from=held.extended_from or held.expires_on,
    )
    note(
        session,
        now,
        provenance,
        initiator,
        clearance_id=clearance_id,
        kind=ClearanceEventKind.EXTENDED,
        reference=reference,
    )
    return extended


def note(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    clearance_id: UUID,
    kind: ClearanceEventKind,
    happened_at: datetime | None = None,
    reference: str = "",
    next_review_on: date | None = None,
) -> ClearanceEvent:
    """Record what happened to a clearance; a review or an appraisal may set when the next is due.

    Raises NotFound, Invalid for what has not happened yet.
    """
    held, at = _held(session, clearance_id, now), happened_at or now
    if at > now:
        raise Invalid("Record it when it has happened.", field="happened_at")
    if next_review_on is not None:
        replace(session, held, now, provenance, review_due_on=next_review_on)
    event = record(
        session,
        ClearanceEvent(
            person_id=held.person_id,
            clearance_id=clearance_id,
            kind=kind,
            reference=reference,
            **provenance.stamp(now, at),
        ),
    )
    append(
        session,
        Event.CLEARANCE_EVENT_RECORDED,
        initiator,
        now,
        person_id=held.person_id,
        personal={"level": held.level.value, "kind": kind.value},
    )
    return event


def add_caveat(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    clearance_id: UUID,
    name: str,
    kind: CaveatKind,
    organisation_id: UUID | None = None,
    valid_from: datetime | None = None,
) -> ClearanceCaveat:
    """Add a named caveat; a condition that is met later is ended then (``profiles.temporal.end``).

    Raises NotFound, Invalid, Conflict when the clearance has one of this name.
    """
    held = _held(session, clearance_id, now)
    if not name.strip():
        raise Invalid("Enter the name of the caveat.", field="name")
    if (kind is CaveatKind.ORGANISATION) != (organisation_id is not None):
        raise Invalid("Say the one organisation where it may be used.", field="organisation_id")
    caveat = record(
        session,
        ClearanceCaveat(
            person_id=held.person_id,
            clearance_id=clearance_id,
            name=name.strip(),
            kind=kind,
            organisation_id=organisation_id,
            **provenance.stamp(now, valid_from or now),
        ),
    )
    append(
        session,
        Event.CLEARANCE_CAVEAT_RECORDED,
        initiator,
        now,
        person_id=held.person_id,
        personal={"level": held.level.value, "kind": kind.value},
    )
    return caveat


def dispense(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    person_id: UUID,
    organisation_id: UUID,
    level: ClearanceLevel,
    mitigations: str,
    approved_by: UUID,
    valid_from: datetime,
    valid_to: datetime,
) -> Dispensation:
    """Record that somebody may start before a clearance of this level is there; it opens no app.

    Raises NotPermitted when the person or whoever records it approves it, Invalid without mitigations.
    """
    if approved_by in (person_id, provenance.recorded_by):
        raise NotPermitted("Somebody else must approve this: neither the person nor who records it.")
    if not mitigations.strip():
        raise Invalid("Say what is done meanwhile.", field="mitigations")
    dispensation = record(
        session,
        Dispensation(
            person_id=person_id,
            organisation_id=organisation_id,
            level=level,
            mitigations=mitigations.strip(),
            approved_by=approved_by,
            **provenance.stamp(now, valid_from, valid_to),
        ),
    )
    append(
        session,
        Event.DISPENSATION_GIVEN,
        initiator,
        now,
        person_id=person_id,
        organisation_id=organisation_id,
        details={"approved_by": str(approved_by)},
        personal={"level": level.value},
    )
    return dispensation


def _held(session: Session, clearance_id: UUID, now: datetime) -> Clearance:
    held = current(session, Clearance, now, now, fact_id=clearance_id)
    if not held:
        raise NotFound("There is no such clearance now.")
    return held[0]
