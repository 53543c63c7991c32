"""What a security officer says of a clearance that a post needs, before somebody begins in it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from profiles.audit.service import Initiator
from profiles.clearances import service as clearances
from profiles.clearances.left import left_suspended
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship
from profiles.clearances.states import USABLE
from profiles.clearances.validity import ValidityPeriods
from profiles.errors import Conflict, Invalid
from profiles.temporal import Provenance, current, end


class Answer(StrEnum):
    """How a clearance stands that is not there."""

    APPLIED = "applied"
    GRANTED = "granted"
    REFUSED = "refused"
    DISPENSED = "dispensed"


SETTLES_NOTHING = frozenset({Answer.APPLIED, Answer.REFUSED})
"""What is noted, and still waits."""


def record_granted(
    session: Session,
    now: datetime,
    provenance: Provenance,
    officer_id: UUID,
    *,
    person_id: UUID,
    level: ClearanceLevel,
    decided_on: date | None,
    sponsor_id: UUID,
    periods: ValidityPeriods,
) -> None:
    """Record what the vetting authority granted before the first day, with its sponsor.

    Raises Invalid naming ``decided_on``, and Conflict where they hold that level, if only suspended, or left
    with it suspended.
    """
    if decided_on is None:
        raise Invalid("Enter the day of the decision.", field="decided_on")
    if left_suspended(session, person_id, level, now):
        raise Conflict(
            "They left an earlier employer with this level suspended, and one officer does not put another "
            "decision in its place. Record what is granted under People after they have joined, where a "
            "second officer decides; they start before only with a dispensation."
        )
    held = current(session, Clearance, now, now, person_id=person_id, level=level)
    if any(one.status is ClearanceStatus.SUSPENDED for one in held):
        raise Conflict(
            "They hold this level, and it is suspended: what is granted anew does not lift that. Whoever "
            "sponsors it lifts or withdraws it under People, of somebody who comes back once they have "
            "begun. They start before only with a dispensation."
        )
    clearances.record_decision(
        session,
        now,
        provenance,
        Initiator.person(officer_id),
        person_id=person_id,
        level=level,
        decided_on=decided_on,
        sponsor_id=sponsor_id,
        valid_from=now,
        periods=periods,
    )


def take_back_granted(
    session: Session, now: datetime, provenance: Provenance, person_id: UUID, source: str
) -> None:
    """What was granted for a post that nobody begins in lapses; ``source`` is that of what was granted.

    It is found by its sponsorship: each change of its status has a source of its own. What is suspended stays
    so, and nobody sponsors it any more: who wants it next decides with a second officer.
    """
    by = provenance.recorded_by
    for sponsorship in current(session, Sponsorship, now, now, person_id=person_id, source=source):
        for one in current(session, Clearance, now, now, fact_id=sponsorship.clearance_id):
            if one.status is ClearanceStatus.SUSPENDED:
                end(session, sponsorship, now, now, provenance)
            if one.status in USABLE:
                clearances.set_status(
                    session,
                    now,
                    provenance,
                    Initiator.person(by) if by else Initiator.system("time"),
                    clearance_id=one.fact_id,
                    status=ClearanceStatus.LAPSED,
                )


def check_dispensation(mitigations: str, until: date | None, starts_on: date) -> date:
    """Until when somebody may start before it is there. Raises Invalid naming the field."""
    if not mitigations.strip():
        raise Invalid("Say what is done meanwhile.", field="mitigations")
    if until is None or until < starts_on:
        raise Invalid("The dispensation must last beyond the start date.", field="until")
    return until
