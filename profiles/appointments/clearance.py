"""The clearance that the post needs: nobody approves an appointment before it is there, or a dispensation.

What they had before has lapsed, and HR see nothing of it. A security officer of the organisation says how it
stands, as for somebody who moves there; who let somebody start before it does not approve as well.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.appointments import notices, steps
from profiles.appointments.models import Appointment, AppointmentState
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator
from profiles.clearances import service as clearances
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.clearances.states import USABLE
from profiles.clearances.validity import STANDARD, ValidityPeriods
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations.move_rules import MoveRules, rules_between
from profiles.roles.parties import one_with
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, who_may
from profiles.temporal import Provenance, current
from profiles.transfers.clearance_answers import (
    SETTLES_NOTHING,
    Answer,
    check_dispensation,
    record_granted,
    take_back_granted,
)
from profiles.transfers.clearance_levels import find_source, lasting_at, sponsored_by


def is_missing(session: Session, appointment: Appointment, now: datetime) -> bool:
    """Whether neither a clearance nor a dispensation covers what the post needs from the first day on.

    What the organisation does not sponsor, what expires before, or is too old by its limit then, covers
    nothing.
    """
    level, place = appointment.required_level, appointment.organisation_id
    if level is None or appointment.clearance_said is Answer.DISPENSED:
        return False
    person_id = appointment.person_id
    held = [one for one in current(session, Clearance, now, now, person_id=person_id) if one.status in USABLE]
    lasts = lasting_at(session, place, appointment.start_date, held, now)
    return find_source(sponsored_by(session, place, person_id, lasts, now, now), level) is None


def waits(session: Session, appointment: Appointment, now: datetime) -> bool:
    """Whether a security officer is to say how it stands."""
    return appointment.state is AppointmentState.WAITING and is_missing(session, appointment, now)


def is_lacking(session: Session, appointment: Appointment, now: datetime) -> bool:
    """Whether what is to begin has none: it waits for it, or was agreed and has lost it since."""
    is_to_begin = appointment.state is AppointmentState.AGREED and appointment.begins_at > now
    waiting = appointment.state is AppointmentState.WAITING
    return (waiting or is_to_begin) and is_missing(session, appointment, now)


def rules_of(session: Session, appointment: Appointment) -> MoveRules:
    """The rules of whoever begins there; they say whether somebody may start before the clearance."""
    return rules_between(session, appointment.organisation_id, appointment.organisation_id)


def may_act(appointment: Appointment, officer_id: UUID, permissions: Permissions) -> bool:
    """Whether somebody is a security officer there, and not the person."""
    decides = permissions.allows(Permission.MANAGE_CLEARANCES, appointment.organisation_id)
    return decides and not permissions.are_of(appointment.person_id) and officer_id != appointment.person_id


def get_for(
    session: Session, appointment_id: UUID, officer_id: UUID, permissions: Permissions
) -> Appointment:
    """An appointment to a post that needs a clearance, for the security officers there.

    Raises NotFound to all others, NotPermitted for one's own.
    """
    found = session.get(Appointment, appointment_id)
    if (
        found is None
        or found.required_level is None
        or not permissions.allows(Permission.MANAGE_CLEARANCES, found.organisation_id)
    ):
        raise NotFound("There is no such appointment.")
    if not may_act(found, officer_id, permissions):
        raise NotPermitted("You cannot decide on your own clearance.")
    return found


def answer(
    session: Session,
    now: datetime,
    *,
    appointment_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    said: Answer,
    where: str,
    decided_on: date | None = None,
    until: date | None = None,
    mitigations: str = "",
    periods: ValidityPeriods = STANDARD,
) -> Appointment:
    """Record an application, what the authority decided on ``decided_on``, or a dispensation ``until`` a day.

    HR, who approve, are the second to decide on it; they are told that it waits at ``where``. Raises
    NotFound, NotPermitted, Conflict, or Invalid naming the field.
    """
    appointment = get_for(session, appointment_id, officer_id, permissions)
    level = appointment.required_level
    if appointment.state is not AppointmentState.WAITING or level is None:
        raise Conflict("This appointment does not wait for you now.")
    if not is_missing(session, appointment, now):
        raise Conflict("The clearance that the post needs is settled already.")
    values: dict[str, Any] = {"dispensed_until": None, "mitigations": ""}
    if said is Answer.DISPENSED:
        if not rules_of(session, appointment).may_start_uncleared:
            raise Conflict("Nobody starts there before the clearance is there.")
        until = check_dispensation(mitigations, until, appointment.start_date)
        values = {"dispensed_until": until, "mitigations": mitigations.strip()}
    elif said is Answer.GRANTED:
        provenance = Provenance(officer_id, _source_of(appointment), "granted for an appointment")
        _make_room(session, appointment, level, decided_on, now, provenance, officer_id)
        record_granted(
            session,
            now,
            provenance,
            officer_id,
            person_id=appointment.person_id,
            level=level,
            decided_on=decided_on,
            sponsor_id=appointment.organisation_id,
            periods=periods,
        )
        if is_missing(session, appointment, now):
            raise Invalid("By your limit it would be over before the start date.", field="decided_on")
    steps.change(
        session,
        appointment,
        reminded_at=None,
        escalated_at=None,
        clearance_said=said,
        clearance_said_by=officer_id,
        clearance_said_at=now,
        **values,
    )
    event = Event.APPOINTMENT_CLEARANCE_SAID
    steps.note(session, appointment, event, officer_id, now, said=said.value)
    if said in SETTLES_NOTHING:
        notices.clearance_said(session, appointment, now)
    elif appointment.accepted_at is not None:
        notices.ask(session, appointment, where, now)
    return appointment


def _make_room(
    session: Session,
    appointment: Appointment,
    level: ClearanceLevel,
    decided_on: date | None,
    now: datetime,
    provenance: Provenance,
    officer_id: UUID,
) -> None:
    """What the organisation sponsors of that level, too old for the first day, gives way to a later decision.

    Raises Invalid naming ``decided_on`` where it is no later one.
    """
    place, person_id = appointment.organisation_id, appointment.person_id
    held = current(session, Clearance, now, now, person_id=person_id, level=level)
    for one in sponsored_by(session, place, person_id, held, now, now):
        if one.status not in USABLE or decided_on is None:
            continue
        if one.decided_on is not None and decided_on <= one.decided_on:
            raise Invalid(
                "The one that they hold was decided on that day or later. Enter the day of the new decision.",
                field="decided_on",
            )
        clearances.set_status(
            session,
            now,
            provenance,
            Initiator.person(officer_id),
            clearance_id=one.fact_id,
            status=ClearanceStatus.LAPSED,
        )


def take_back(session: Session, appointment: Appointment, now: datetime, by: UUID | None) -> None:
    """Nobody begins by it: what was granted for it lapses."""
    source = _source_of(appointment)
    provenance = Provenance(by, source, "the appointment does not happen")
    take_back_granted(session, now, provenance, appointment.person_id, source)


def ask(session: Session, appointment: Appointment, now: datetime) -> None:
    """Tell those who say how it stands that somebody is to begin who has none; nobody where it is there."""
    if waits(session, appointment, now):
        notices.clearance_needed(session, appointment, officers(session, appointment, now), now)


def officers(session: Session, appointment: Appointment, now: datetime) -> list[UUID]:
    """Those who can say it, but not the person nor who is one with them."""
    apart = one_with(session, appointment.person_id, now)
    found = who_may(session, Permission.MANAGE_CLEARANCES, appointment.organisation_id, now)
    return [one for one in found if one not in apart]


def waiting_for(
    session: Session, officer_id: UUID, permissions: Permissions, now: datetime
) -> Sequence[Appointment]:
    """Those of which this security officer is to say how it stands, the oldest first."""
    mine = permissions.organisations(Permission.MANAGE_CLEARANCES)
    query = select(Appointment).where(
        col(Appointment.organisation_id).in_(mine),
        col(Appointment.state) == AppointmentState.WAITING,
        col(Appointment.required_level).is_not(None),
    )
    found = session.exec(query.order_by(col(Appointment.id))).all()
    return [one for one in found if may_act(one, officer_id, permissions) and is_missing(session, one, now)]


def _source_of(appointment: Appointment) -> str:
    return f"appointment-clearance:{appointment.id}"
