"""What an appointment records from its first day on: the preview shows the same facts.

An employment, a post, pay and a work address, and leave to start before the clearance is there, if any;
until the last day where there is one. Nothing of what ended with the employment before is among them: roles,
grants and a lapsed clearance are given or reinstated anew, by whoever decides on them.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.appointments.models import Appointment
from profiles.clearances.models import Dispensation
from profiles.employments.models import Employment, Posting, PostingKind
from profiles.entitlements.preview import AccessChange
from profiles.entitlements.service import facts_of, preview, surroundings_of
from profiles.errors import Conflict
from profiles.pay.models import PayReason, PayRecord
from profiles.pay.outside import take_scale
from profiles.people.models import WorkAddress
from profiles.portable_profile.leaving import ending_with
from profiles.temporal import INSTANT, Fact, Provenance, end_of_day, history, record, replace, supersede
from profiles.transfers.clearance_answers import Answer
from profiles.transfers.facts import MovePlan
from profiles.transfers.preview import facts_after

_RECORDED = (Employment, Posting, PayRecord, WorkAddress, Dispensation)


def source_of(appointment: Appointment) -> str:
    """The source that every fact of this appointment names."""
    return f"appointment:{appointment.id}"


def plan(appointment: Appointment, now: datetime, by: UUID | None) -> tuple[Fact, ...]:
    """The facts, not yet in the database."""
    provenance = Provenance(by, source_of(appointment), "appointment")
    ends_at = end_of_day(appointment.last_day) if appointment.last_day is not None else None
    stamp = provenance.stamp(now, appointment.begins_at, ends_at) | {
        "person_id": appointment.person_id,
        "organisation_id": appointment.organisation_id,
    }
    employment = Employment(
        number=appointment.employment_number,
        continuous_service_from=appointment.continuous_service_from,
        contract_type=appointment.contract_type,
        **stamp,
    )
    of_it = stamp | {"employment_id": employment.fact_id}
    posting = Posting(
        kind=PostingKind.HOME,
        local_grade=appointment.local_grade,
        job_title=appointment.job_title,
        profession=appointment.profession,
        unit=appointment.unit,
        location=appointment.location,
        required_clearance=appointment.required_level,
        line_manager_id=appointment.line_manager_id,
        **of_it,
    )
    pay = PayRecord(
        salary_pence=appointment.salary_pence,
        fte_thousandths=appointment.fte_thousandths,
        location=appointment.pay_location,
        pay_reason=PayReason.APPOINTMENT,
        **of_it,
    )
    address = WorkAddress(address=appointment.work_address, **stamp)
    return employment, posting, pay, address, *_dispensed(appointment, stamp)


def _dispensed(appointment: Appointment, stamp: dict[str, Any]) -> tuple[Dispensation, ...]:
    """Leave to start before the clearance, not beyond the last day."""
    level, until = appointment.required_level, appointment.dispensed_until
    by = appointment.clearance_said_by
    if appointment.clearance_said is not Answer.DISPENSED or not (level and until and by):
        return ()
    ends_at = min(one for one in (end_of_day(until), stamp["valid_to"]) if one is not None)
    of_it = stamp | {"valid_to": ends_at}
    return (Dispensation(level=level, mitigations=appointment.mitigations, approved_by=by, **of_it),)


def schedule(session: Session, appointment: Appointment, now: datetime, by: UUID) -> None:
    """Record them: on the first day access turns by itself. The pay takes the scale of its grade."""
    for fact in plan(appointment, now, by):
        if isinstance(fact, PayRecord):
            take_scale(session, fact, now, local_grade=appointment.local_grade)
        record(session, fact)


def name_manager(
    session: Session, appointment: Appointment, manager_id: UUID, now: datetime, by: UUID
) -> None:
    """Let the post begin under this line manager."""
    mine = {"person_id": appointment.person_id, "source": source_of(appointment)}
    for post in history(session, Posting, now, **mine):
        provenance = Provenance(by, post.source, "another line manager before the start")
        replace(session, post, now, provenance, line_manager_id=manager_id)


def retract(session: Session, appointment: Appointment, now: datetime, by: UUID | None) -> None:
    """Before the first day: none of them begins.

    Raises Conflict when the record was changed since, or something else was recorded for the time to come.
    """
    mine = {"person_id": appointment.person_id, "source": source_of(appointment)}
    found = [fact for model in _RECORDED for fact in history(session, model, now, **mine)]
    if len(found) != len(plan(appointment, now, by)) or _rests_on(session, appointment, found, now):
        raise Conflict(
            "The record was changed since. Say on the person’s page that they leave, with the first day as "
            "the last."
        )
    for fact in found:
        supersede(session, fact, now, by)


def _rests_on(session: Session, appointment: Appointment, found: Sequence[Fact], now: datetime) -> bool:
    """Whether anything else begins with the employment: a role that was given ahead, or an allowance."""
    source, begins_at = source_of(appointment), appointment.begins_at
    (employment,) = (one for one in found if isinstance(one, Employment))
    coming = ending_with(session, employment, begins_at, now)
    return any(one.source != source and one.valid_from >= begins_at for one in coming)


def preview_appointment(
    session: Session, appointment: Appointment, now: datetime, organisation_ids: Collection[UUID] | None
) -> list[AccessChange]:
    """What begins at these organisations' apps, by the same decision as access itself.

    On the first day, or now where that has passed.
    """
    before = facts_of(session, appointment.person_id, now)
    begins_at = appointment.begins_at
    move = MovePlan(begins_at, begins_at, (), plan(appointment, now, None))
    around = surroundings_of(session, {appointment.organisation_id}, now)
    return preview(
        session,
        before,
        facts_after(before, move, around),
        now if begins_at <= now else min(now, begins_at - INSTANT),
        max(now, begins_at),
        known_at=now,
        organisation_ids=organisation_ids,
    )
