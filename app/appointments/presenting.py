"""What pages say of an appointment."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from sqlmodel import Session

from app.display_formats import civil_date, money
from app.listed_names import known_name, listed_name
from app.people.effects import items_in_words
from app.portable_profile.words import contracts, share
from app.transfers.presenting import PreviewItem
from app.transfers.scales import doubt_about, ranges_in_words, scales_of_offer
from app.translation import gettext as _
from identity.sign_in import passkeys
from profiles.appointments import claims, clearance, service
from profiles.appointments.models import Appointment
from profiles.appointments.reminding import due_on
from profiles.entitlements.explanation import with_article
from profiles.organisations import service as organisations
from profiles.pay.models import PayScale
from profiles.roles.service import Permissions
from profiles.temporal import civil_date as day_of
from profiles.transfers.clearance_answers import Answer


def name_of(session: Session, appointment: Appointment, now: datetime) -> str:
    """Who begins."""
    return known_name(session, appointment.person_id, now)


def why_cannot_accept(session: Session, person_id: UUID) -> str | None:
    """That the person cannot accept terms, and what to do: it takes a passkey. None where they have one."""
    if passkeys.known_of(session, person_id):
        return None
    return _(
        "They have no passkey, so they cannot read and accept terms. If they can still sign in, they make "
        "one in their profile. If not, invite them anew: they come back without a passkey."
    )


def organisation_of(session: Session, appointment: Appointment, now: datetime) -> str:
    """Where they begin."""
    return organisations.get(session, appointment.organisation_id, now).name


def rows_of(session: Session, appointment: Appointment, now: datetime) -> list[tuple[str, str]]:
    """The whole of it, for a summary list."""
    manager = appointment.line_manager_id
    scales = ranges_in_words(_scales(session, appointment, now))
    return [
        (_("Name"), name_of(session, appointment, now)),
        (_("Organisation"), organisation_of(session, appointment, now)),
        (_("Start date"), civil_date(appointment.start_date)),
        *([(_("Last day"), civil_date(appointment.last_day))] if appointment.last_day else []),
        (_("Grade"), appointment.local_grade),
        (_("Job title"), appointment.job_title),
        (_("Profession"), appointment.profession),
        (_("Team or unit"), appointment.unit),
        (_("Place of work"), appointment.location),
        (_("Contract"), contracts()[appointment.contract_type]),
        (_("Continuous service since"), civil_date(appointment.continuous_service_from)),
        (_("Employment number"), appointment.employment_number),
        (_("New work e-mail address"), appointment.work_address),
        (_("Hours"), share(appointment.fte_thousandths)),
        (_("Yearly salary, full-time"), money(appointment.salary_pence)),
        (_("Pay location"), appointment.pay_location or _("None")),
        *([(_("Pay scale of the grade"), "; ".join(scales))] if scales else []),
        (_("Clearance needed"), appointment.required_level or _("None")),
        (_("BPSS check"), _("Passed on %(date)s", date=civil_date(appointment.bpss_checked_on))),
        (_("Line manager"), known_name(session, manager, now) if manager else ""),
    ]


def clearance_rows(session: Session, appointment: Appointment, now: datetime) -> list[tuple[str, str]]:
    """How the clearance stands that the post needs, for a summary list; nothing where nothing was said."""
    noted = clearance_noted(session, appointment, now)
    if not noted:
        return []
    rows = [(_("How the clearance stands"), noted)]
    if appointment.dispensed_until is not None:
        rows += [
            (_("What is done meanwhile"), appointment.mitigations),
            (_("Leave to start before it ends"), civil_date(appointment.dispensed_until)),
        ]
    return rows


def clearance_noted(session: Session, appointment: Appointment, now: datetime) -> str:
    """What a security officer said last of the clearance that the post needs; empty where nothing.

    What was granted and is lost before the first day is not called granted.
    """
    if appointment.clearance_said is None:
        return ""
    if appointment.clearance_said is Answer.GRANTED and clearance.is_lacking(session, appointment, now):
        return _("It was granted, and is not there any more, or too old for the first day.")
    return {
        Answer.APPLIED: _("It is applied for."),
        Answer.GRANTED: _("It is granted."),
        Answer.REFUSED: _("The vetting authority has refused it."),
        Answer.DISPENSED: _("They may start before it is there (dispensation)."),
    }[appointment.clearance_said]


def items_of(session: Session, appointment: Appointment, now: datetime) -> list[PreviewItem]:
    """What begins at the organisation's apps, in words."""
    name = name_of(session, appointment, now)
    return items_in_words(service.preview_for(session, appointment, now), name)


def doubt_about_salary(session: Session, appointment: Appointment, now: datetime) -> str:
    """That the salary lies outside the scales of its grade; empty where it does not."""
    return doubt_about(appointment.salary_pence, _scales(session, appointment, now))


def _scales(session: Session, appointment: Appointment, now: datetime) -> Sequence[PayScale]:
    return scales_of_offer(session, appointment.organisation_id, appointment, appointment.begins_at, now)


def waiting_rows(
    session: Session, officer_id: UUID, allowed: Permissions, now: datetime
) -> list[dict[str, Any]]:
    """What waits for the officer as the second one, or as a security officer."""
    approve, clear = (
        _("Approve or refuse an appointment"),
        _("Say how the clearance stands that a post needs"),
    )
    page, clearing = "appointments.appointment", "appointments.needed_clearance"
    rows = [
        *(
            _row(session, one, now, page, approve)
            for one in service.waiting_for(session, officer_id, allowed, now)
        ),
        *(
            _row(session, one, now, clearing, clear)
            for one in clearance.waiting_for(session, officer_id, allowed, now)
        ),
    ]
    for one in claims.waiting_for(session, officer_id, allowed, now):
        what = _("Show your code") if one.ready_at else _("Meet somebody who comes back without a passkey")
        organisation = organisations.get(session, one.organisation_id, now).name
        rows.append(
            {
                "href": url_for("appointments.claim", invitation_id=one.invitation_id),
                "name": f"{one.given_names} {one.family_name}",
                "what": what,
                "due": civil_date(one.expires_at),
                "late": False,
                "whose": with_article(organisation),
            }
        )
    return rows


def listed(
    session: Session, found: Iterable[Appointment], now: datetime
) -> list[tuple[Appointment, str, bool]]:
    """Appointments with what a list calls the person, and whether each waits for the clearance."""
    return [
        (one, listed_name(session, one.person_id, now), clearance.waits(session, one, now)) for one in found
    ]


def _row(session: Session, appointment: Appointment, now: datetime, page: str, what: str) -> dict[str, Any]:
    due = due_on(appointment)
    return {
        "href": url_for(page, appointment_id=appointment.id),
        "name": listed_name(session, appointment.person_id, now),
        "what": what,
        "due": civil_date(due),
        "late": due < day_of(now),
        "whose": with_article(organisation_of(session, appointment, now)),
    }
