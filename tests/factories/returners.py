"""Somebody who has left HMRC, whom the Home Office invites, and the appointment that it prepares."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from profiles.appointments import accepting, clearance, service
from profiles.appointments.models import Appointment
from profiles.appointments.service import Contract
from profiles.employments.models import ContractType, Employment
from profiles.portable_profile.leaving import leave
from profiles.roles.models import Role
from profiles.sign_in.service import find_person_by_address
from profiles.temporal import Provenance, current, end, end_of_day
from profiles.transfers.clearance_answers import Answer
from tests.factories.move_invitations import POST, accept, confirm, invite
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move

ENDS = end_of_day(date(2026, 3, 6))
LATER = datetime(2026, 5, 1, 9, tzinfo=UTC)
STARTS = date(2026, 6, 1)
CONTRACT = Contract()
WHERE = "http://localhost/appointments"


def let_leave(move: Move) -> Move:
    """The employee leaves with 6 March, and what rests on the employment with them; it is 1 May now."""
    move = replace(move, now=move.now + timedelta(hours=1))
    (held,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    provenance = Provenance(move.hmrc_officer, "leaving", "the employment ends")
    said = Employment(**(held.model_dump() | {"valid_to": ENDS}))
    leave(move.session, said, ENDS, move.now, provenance)
    end(move.session, held, ENDS, move.now, provenance)
    fixed = ContractType.FIXED_TERM
    terms = replace(move.terms, start_date=STARTS, last_day=None, contract_type=fixed, required_level=None)
    return replace(move, now=LATER, terms=terms)


def invite_back(move: Move) -> str:
    """The token of an invitation."""
    return invite(move, post=replace(POST, start_date=STARTS))


def asked(move: Move, invitation_id: UUID, officer: UUID | None = None, **changes: Any) -> dict[str, Any]:
    """What HR of the Home Office ask for."""
    officer = officer or move.preparer
    return {
        "officer_id": officer,
        "permissions": move.permissions(officer),
        "invitation_id": invitation_id,
        "terms_offered": replace(move.terms, **changes),
        "contract": CONTRACT,
    }


def link_to(appointment_id: UUID) -> str:
    """What would be the link to the terms."""
    return f"http://localhost/invited/terms/{appointment_id}"


def prepare(move: Move, wanted: dict[str, Any]) -> Appointment:
    """One that waits for the second officer, because the person has accepted the terms."""
    return accepted(move, service.prepare(move.session, move.now, link_to=link_to, **wanted))


def accepted(move: Move, appointment: Appointment) -> Appointment:
    """The same, once the person has accepted the terms."""
    by = {"appointment_id": appointment.id, "person_id": move.employee}
    return accepting.accept_terms(move.session, move.now, where=WHERE, **by)


def make_appointment(move: Move, **changes: Any) -> Appointment:
    """One that waits for the second officer."""
    invitation = confirm(move, accept(move, invite_back(move)))
    return prepare(move, asked(move, invitation.id, **changes))


def by(move: Move, appointment: Appointment, officer: UUID | None = None) -> dict[str, Any]:
    """Who decides on it, the second officer unless said otherwise."""
    officer = officer or move.home_office_officer
    return {
        "appointment_id": appointment.id,
        "officer_id": officer,
        "permissions": move.permissions(officer),
    }


def approve(move: Move, appointment: Appointment, officer: UUID | None = None) -> Appointment:
    said = service.shown(move.session, appointment, move.now)
    return service.approve(move.session, move.now, said=said, **by(move, appointment, officer))


def security_officer(move: Move) -> UUID:
    """The Home Office's security officer, hired when first asked for."""
    address = "sean.vetter@ho.gov.uk"
    found = find_person_by_address(move.session, address, move.now)
    if found is None:
        found = make_employee(move.session, move.now, move.home_office, "sean.vetter").person_id
        give_role(move.session, move.now, found, Role.SECURITY_OFFICER, move.home_office.id)
    return found


def say(
    move: Move, appointment: Appointment, said: Answer, officer: UUID | None = None, **more: Any
) -> Appointment:
    """What a security officer says of the clearance that the post needs."""
    who = by(move, appointment, officer or security_officer(move))
    return clearance.answer(move.session, move.now, said=said, where=WHERE, **who, **more)


def grant(move: Move, appointment: Appointment) -> Appointment:
    """The vetting authority has granted it."""
    return say(move, appointment, Answer.GRANTED, decided_on=date(2026, 4, 20))
