"""An appointment is prepared by one officer, accepted by the person, and agreed by another officer.

It can be taken back until it begins.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select

from profiles.appointments import clearance, facts, notices, steps, tasks
from profiles.appointments.models import Appointment, AppointmentState
from profiles.audit.catalogue import Event
from profiles.employments.managers import find_manager
from profiles.employments.models import ContractType, Employment
from profiles.employments.service import moves_with_many
from profiles.entitlements.preview import AccessChange
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations import service as organisations
from profiles.pay.models import FULL_TIME
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date, known, start_of_day
from profiles.transfers import invitations, terms
from profiles.transfers.models import Transfer
from profiles.transfers.terms import Terms
from profiles.transfers.timetable import STANDARD, Timetable


@dataclass(frozen=True)
class Contract:
    """What an appointment says beside the terms that a move has too."""

    continuous_service_from: date | None = None
    """None for the first day: service was broken."""
    last_day: date | None = None
    """Of an employment for a time: a fixed term, or somebody who comes from a body outside."""


def offer(
    session: Session,
    now: datetime,
    *,
    officer_id: UUID,
    permissions: Permissions,
    invitation_id: UUID,
    terms_offered: Terms,
    contract: Contract,
    backdate_days: int = 0,
) -> Appointment:
    """The appointment as ``prepare`` would make it: checked whole, nothing written or spent.

    Somebody may have begun ``backdate_days`` ago. Raises NotFound, NotPermitted, Conflict, or Invalid naming
    the field.
    """
    invitation = invitations.get_for(session, invitation_id, officer_id, permissions)
    place = invitation.organisation_id
    if not permissions.allows(Permission.PREPARE_TRANSFER, place):
        raise NotPermitted("HR of your organisation does that.")
    person_id = invitations.whose(session, invitation_id, place, officer_id, permissions, now)
    if permissions.are_of(person_id) or person_id == officer_id:
        raise NotPermitted("You cannot prepare your own appointment. Ask a colleague in HR.")
    begins_at = start_of_day(terms_offered.start_date)
    _refuse_employed(session, person_id, now, begins_at)
    _last_day, address = terms.check(
        session, now, person_id, place, terms_offered, backdate_days=backdate_days
    )
    if terms_offered.bpss_checked_on is None:
        raise Invalid("Enter the date of your BPSS check: nobody begins before it.", field="bpss_checked_on")
    if terms_offered.bpss_checked_on > terms_offered.start_date:
        raise Invalid("Nobody begins before the BPSS check: enter a later start date.", field="start_date")
    since = contract.continuous_service_from or terms_offered.start_date
    if since > terms_offered.start_date:
        raise Invalid("Service must not begin after the start date.", field="continuous_service_from")
    _check_last_day(terms_offered, contract)
    return Appointment(
        person_id=person_id,
        organisation_id=place,
        invitation_id=invitation_id,
        start_date=terms_offered.start_date,
        begins_at=begins_at,
        last_day=contract.last_day,
        employment_number=terms_offered.employment_number,
        contract_type=terms_offered.contract_type,
        continuous_service_from=since,
        local_grade=terms_offered.local_grade,
        job_title=terms_offered.job_title,
        profession=terms_offered.profession,
        unit=terms_offered.unit,
        location=terms_offered.location,
        work_address=address,
        salary_pence=terms_offered.salary_pence,
        fte_thousandths=terms_offered.fte_thousandths or FULL_TIME,
        pay_location=terms_offered.pay_location,
        required_level=terms_offered.required_level,
        bpss_checked_on=terms_offered.bpss_checked_on,
        line_manager_id=find_manager(session, person_id, place, terms_offered.line_manager, now),
        prepared_by=officer_id,
        created_at=now,
    )


def prepare(session: Session, now: datetime, *, link_to: Callable[[UUID], str], **asked: Any) -> Appointment:
    """Spend the acceptance of the invitation, and send the person the link to the terms, by ``link_to``.

    Takes and raises what ``offer`` does.
    """
    appointment = offer(session, now, **asked)
    invitations.redeem(session, appointment.invitation_id, now)
    session.add(appointment)
    try:
        session.flush()
    except IntegrityError as error:  # another organisation prepared one at the same moment
        raise Conflict(_NOT_NOW) from error
    steps.note(session, appointment, Event.APPOINTMENT_PREPARED, appointment.prepared_by, now)
    notices.offered(session, appointment, link_to(appointment.id), now)
    clearance.ask(session, appointment, now)
    return appointment


def approve(
    session: Session,
    now: datetime,
    *,
    appointment_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    said: str,
    backdate_days: int = 0,
    timetable: Timetable = STANDARD,
) -> Appointment:
    """The second officer agrees to what was ``shown``, and the facts are recorded from the first day on.

    The line manager and payroll are asked for their part. Where the first day has passed access turns now,
    and opens nothing for the days before. Raises NotFound, NotPermitted, Conflict when it was changed or
    decided meanwhile, or Invalid.
    """
    appointment = _deciding(session, appointment_id, officer_id, permissions)
    if said != shown(session, appointment, now):
        raise Conflict("What this appointment gives access to has changed meanwhile. Look at it again.")
    if appointment.accepted_at is None:
        raise Conflict("They have not accepted the terms yet, so nobody approves them.")
    if clearance.is_missing(session, appointment, now):
        raise Conflict("The clearance that the post needs is not there yet, nor a dispensation.")
    if last_to_decide(appointment, backdate_days) < civil_date(now):
        raise Conflict("The start date is too long ago. Cancel it, and prepare it with a new one.")
    _refuse_employed(session, appointment.person_id, now, appointment.begins_at)
    ago = max(0, (civil_date(now) - appointment.start_date).days)
    terms.check(
        session,
        now,
        appointment.person_id,
        appointment.organisation_id,
        terms_of(appointment),
        backdate_days=ago,
    )
    steps.turn(session, appointment, AppointmentState.AGREED, officer_id, now)
    facts.schedule(session, appointment, now, officer_id)
    tasks.begin(session, appointment, now, timetable)
    steps.note(session, appointment, Event.APPOINTMENT_AGREED, officer_id, now)
    notices.agreed(session, appointment, now)
    return appointment


def refuse(
    session: Session,
    now: datetime,
    *,
    appointment_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    reason: str,
) -> Appointment:
    """The second officer does not agree; nothing is recorded. Raises as ``approve``, Invalid for a reason."""
    appointment = _deciding(session, appointment_id, officer_id, permissions)
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    steps.turn(session, appointment, AppointmentState.REFUSED, officer_id, now, reason.strip())
    _let_go(session, appointment, now, officer_id)
    steps.note(session, appointment, Event.APPOINTMENT_REFUSED, officer_id, now)
    notices.ended(session, appointment, now)
    return appointment


def cancel(
    session: Session,
    now: datetime,
    *,
    appointment_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    reason: str,
) -> Appointment:
    """Take it back, before it is agreed or before the first day: it opens nothing, so one officer does.

    Raises NotFound, NotPermitted, Invalid naming ``reason``, or Conflict when it has begun or is over.
    """
    appointment = get_for(session, appointment_id, permissions)
    check_apart(appointment, officer_id, permissions)
    if not may_cancel(appointment, now):
        raise Conflict("This appointment is over, or has begun. Then they leave, on the person’s page.")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    was_agreed = appointment.state is AppointmentState.AGREED
    steps.turn(session, appointment, AppointmentState.CANCELLED, officer_id, now, reason.strip())
    if was_agreed:
        facts.retract(session, appointment, now, officer_id)
    _let_go(session, appointment, now, officer_id)
    steps.note(session, appointment, Event.APPOINTMENT_CANCELLED, officer_id, now)
    notices.ended(session, appointment, now)
    return appointment


def _let_go(session: Session, appointment: Appointment, now: datetime, by: UUID | None) -> None:
    """Nobody comes: what was granted for them lapses, and whoever was to expect or pay them is told."""
    clearance.take_back(session, appointment, now, by)
    tasks.tell_again(session, appointment, now, comes=False)


def last_to_decide(appointment: Appointment, backdate_days: int) -> date:
    """The last day on which it is decided on: so long after the first day, or after it was prepared."""
    begun = max(appointment.start_date, civil_date(appointment.created_at))
    return begun + timedelta(days=backdate_days)


def expire(session: Session, now: datetime, limit: int, backdate_days: int = 0) -> bool:
    """End those that nobody decided on in time: they hold up every other organisation.

    True when there may be more.
    """
    earliest = civil_date(now) - timedelta(days=backdate_days)
    query = select(Appointment).where(
        col(Appointment.state) == AppointmentState.WAITING,
        col(Appointment.start_date) < earliest,
        col(Appointment.created_at) < start_of_day(earliest),
    )
    found = session.exec(query.order_by(col(Appointment.id)).limit(limit)).all()
    for appointment in found:
        with suppress(Conflict):  # an officer was first
            steps.turn(session, appointment, AppointmentState.CANCELLED, None, now, _TOO_LATE)
            _let_go(session, appointment, now, None)
            steps.note(session, appointment, Event.APPOINTMENT_CANCELLED, None, now)
            notices.ended(session, appointment, now)
    return len(found) >= limit


def may_cancel(appointment: Appointment, now: datetime) -> bool:
    """Whether it can be taken back still."""
    if appointment.state is AppointmentState.AGREED:
        return appointment.begins_at > now
    return appointment.state is AppointmentState.WAITING


def check_may_decide(appointment: Appointment, officer_id: UUID, permissions: Permissions) -> None:
    """Raise NotPermitted unless this is a second officer, who approves there and is not concerned."""
    if not permissions.allows(Permission.APPROVE_TRANSFER, appointment.organisation_id):
        raise NotPermitted("You may not decide on appointments for that organisation.")
    check_apart(appointment, officer_id, permissions)
    if appointment.prepared_by == officer_id or permissions.are_of(appointment.prepared_by):
        raise NotPermitted("You prepared this appointment, so somebody else must approve it.")
    vetted_by = appointment.vetted_by
    if vetted_by is not None and (vetted_by == officer_id or permissions.are_of(vetted_by)):
        raise NotPermitted("You decided on the clearance, so somebody else must approve it.")


def shown(session: Session, appointment: Appointment, now: datetime) -> str:
    """What a page shows of it to somebody who decides: the version, and what begins at the apps there."""
    lines = [str(appointment.version)]
    for one in preview_for(session, appointment, now):
        lines.append(f"{one.app_id}:{one.change}:{one.roles_after}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def preview_for(session: Session, appointment: Appointment, now: datetime) -> list[AccessChange]:
    """What begins at the organisation's own apps, and at those below it."""
    ours = organisations.tree(session, now).subtree_of(appointment.organisation_id)
    return facts.preview_appointment(session, appointment, now, ours)


def terms_of(appointment: Appointment) -> Terms:
    """The terms, as they are checked."""
    return Terms(
        last_day=None,
        **{
            name: getattr(appointment, name)
            for name in Terms.__dataclass_fields__
            if name not in ("last_day", "line_manager")
        },
    )


def get_for(session: Session, appointment_id: UUID, permissions: Permissions) -> Appointment:
    """An appointment for HR of its organisation. Raises NotFound to the others."""
    found = session.exec(
        select(Appointment).where(col(Appointment.id) == appointment_id, _theirs(permissions))
    ).first()
    if found is None:
        raise NotFound("There is no such appointment.")
    return found


def list_for(
    session: Session, permissions: Permissions, *, after: UUID | None, limit: int
) -> Sequence[Appointment]:
    """The appointments of an officer's organisations, the newest first, behind ``after``."""
    query = select(Appointment).where(_theirs(permissions))
    if after is not None:
        query = query.where(col(Appointment.id) < after)
    return session.exec(query.order_by(col(Appointment.id).desc()).limit(limit)).all()


def waiting_for(
    session: Session, officer_id: UUID, permissions: Permissions, now: datetime
) -> list[Appointment]:
    """Those that the officer can approve, the oldest first; refusing waits for nothing."""
    query = select(Appointment).where(
        _theirs(permissions),
        col(Appointment.state) == AppointmentState.WAITING,
        col(Appointment.accepted_at).is_not(None),
    )
    found = []
    for one in session.exec(query.order_by(col(Appointment.id))):
        try:
            check_may_decide(one, officer_id, permissions)
        except NotPermitted:
            continue
        if not clearance.is_missing(session, one, now):
            found.append(one)
    return found


def _theirs(permissions: Permissions) -> Any:
    return col(Appointment.organisation_id).in_(permissions.organisations(Permission.SEE_TRANSFERS))


def _deciding(
    session: Session, appointment_id: UUID, officer_id: UUID, permissions: Permissions
) -> Appointment:
    appointment = get_for(session, appointment_id, permissions)
    check_may_decide(appointment, officer_id, permissions)
    if appointment.state is not AppointmentState.WAITING:
        raise Conflict("A colleague has decided on this appointment already.")
    return appointment


def check_apart(appointment: Appointment, officer_id: UUID, permissions: Permissions) -> None:
    """Raise NotPermitted to the person themselves."""
    if officer_id == appointment.person_id or permissions.are_of(appointment.person_id):
        raise NotPermitted("You cannot decide on your own appointment.")


def _check_last_day(terms_offered: Terms, contract: Contract) -> None:
    if contract.last_day is None:
        return
    if contract.last_day < terms_offered.start_date:
        raise Invalid("The last day must not be before the start date.", field="ends_on")
    if terms_offered.contract_type is ContractType.PERMANENT:
        raise Invalid(
            "A permanent contract has no last day. Choose another contract, or leave it empty.",
            field="ends_on",
        )


def _refuse_employed(session: Session, person_id: UUID, now: datetime, begins_at: datetime) -> None:
    moving = select(Transfer.id).where(
        col(Transfer.person_id) == person_id, col(Transfer.in_flight).is_(True)
    )
    going_on = select(Employment.id).where(
        known(Employment, now),
        col(Employment.person_id) == person_id,
        or_(col(Employment.valid_to).is_(None), col(Employment.valid_to) > min(now, begins_at)),
    )
    busy = session.exec(moving).first() or session.exec(going_on).first()
    if busy is not None or moves_with_many(session, person_id):
        raise Conflict(_NOT_NOW)


_TOO_LATE = "Nobody decided on it in time."
_NOT_NOW = (
    "No employment can begin for this person on that day: another one goes on or is prepared. If they work "
    "in another department, it is a move."
)
