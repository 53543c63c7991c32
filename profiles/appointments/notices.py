"""The mails of an appointment. They name nobody, but to payroll, which may have taken somebody up already."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from profiles.appointments.models import Appointment, AppointmentState
from profiles.entitlements.explanation import with_article
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.people.second_officers import tell
from profiles.people.service import addresses_of, display_name, name_of
from profiles.roles.permissions import Permission
from profiles.temporal import civil_date
from profiles.transfers.models import MoveInvitation


def ask(session: Session, appointment: Appointment, where: str, now: datetime) -> None:
    """Tell whoever can decide on it."""
    tell(
        session,
        now,
        permission=Permission.APPROVE_TRANSFER,
        organisation_id=appointment.organisation_id,
        what="an appointment of somebody who comes back",
        where=where,
        except_for=(appointment.prepared_by, appointment.person_id, appointment.vetted_by),
    )


def offered(session: Session, appointment: Appointment, link: str, now: datetime) -> None:
    """Send the person the link to the terms; what they are stands on the page that their passkey opens."""
    who = _who(session, appointment, now)
    _tell_person(
        session,
        appointment,
        "Read and accept the terms of your employment",
        f"{who[:1].upper()}{who[1:]} has prepared your employment. Nothing begins before you have "
        "accepted its terms.\n\nRead them with your passkey:"
        f"\n\n{link}\n\nIf they are not what you have agreed, do not accept them, and tell them.",
        now,
    )


def not_accepted(session: Session, appointment: Appointment, due_on: date, now: datetime) -> None:
    """Tell the officer who prepared it that the person has not accepted yet."""
    body = (
        f"Somebody who comes back to {_who(session, appointment, now)} has not accepted the terms that you "
        f"prepared, and a colleague is to decide on them by {due_on:%-d %B %Y}.\n\nTo send them the link "
        "again, sign in to Lanyard and open Appointments."
    )
    _tell(session, [appointment.prepared_by], "An appointment is not accepted yet", body, now)


def clearance_needed(
    session: Session, appointment: Appointment, officer_ids: Iterable[UUID], now: datetime
) -> None:
    """Tell security officers that the post of somebody who comes back needs a clearance."""
    body = (
        f"The post of somebody who comes back to {_who(session, appointment, now)} needs a clearance, and "
        "none is recorded that they could use there. Nobody approves their appointment before you have said "
        "how it stands.\n\nTo do so, sign in to Lanyard and open your tasks."
    )
    _tell(session, officer_ids, "A clearance is needed", body, now)


def clearance_said(session: Session, appointment: Appointment, now: datetime) -> None:
    """Tell the officer who prepared it that the clearance is not there yet, as far as is known."""
    body = (
        f"A security officer has said how the clearance stands that an appointment at "
        f"{_who(session, appointment, now)} needs, which you prepared. It is not there yet, so nobody can "
        "approve the appointment.\n\nTo read how it stands, sign in to Lanyard and open Appointments."
    )
    _tell(session, [appointment.prepared_by], "An appointment waits for its clearance", body, now)


def waits_again(session: Session, appointment: Appointment, now: datetime) -> None:
    """Tell the person, and the officer who prepared it, that what was agreed waits again."""
    who, day = _who(session, appointment, now), f"{appointment.start_date:%-d %B %Y}"
    _tell_person(
        session,
        appointment,
        "Your employment waits again",
        f"{who[:1].upper()}{who[1:]} had recorded that you begin there on {day}. Something that the post "
        "needs is not there any more, so it has to be agreed anew. If you have questions, ask them.",
        now,
    )
    body = (
        f"An appointment at {who} that you prepared was agreed, and the clearance that the post needs is not "
        f"there any more. Nothing begins on {day} before it is there and a colleague has approved anew.\n\n"
        "To read how it stands, sign in to Lanyard and open Appointments."
    )
    _tell(session, [appointment.prepared_by], "An appointment waits again", body, now)


def agreed(session: Session, appointment: Appointment, now: datetime) -> None:
    """Tell the person, who works nowhere yet, at the address to which the invitation went."""
    who, day = _who(session, appointment, now), f"{appointment.start_date:%-d %B %Y}"
    begins, then = ("began", "now") if appointment.begins_at <= now else ("begin", "that day")
    _tell_person(
        session,
        appointment,
        "Your employment is recorded",
        f"{who[:1].upper()}{who[1:]} has recorded that you {begins} there on {day}.\n\nYour Lanyard account "
        f"is the one that you had. From {then} on you sign in with your passkey. "
        "Roles and a clearance that ended are given to you anew, if you need them.",
        now,
    )


def manager_asked(
    session: Session, appointment: Appointment, person_ids: Iterable[UUID], now: datetime
) -> None:
    """Tell the line manager, and who stands in for them, that they arrange the first day."""
    who, day = _who(session, appointment, now), f"{appointment.start_date:%-d %B %Y}"
    body = (
        f"Somebody comes back to {who} on {day}, and you are named as their line manager, or stand in for "
        "them.\n\nTo see who it is, and to say that the first day is arranged, sign in to Lanyard and open "
        "“Everything that waits for you”."
    )
    _tell(session, person_ids, "A first day waits for you", body, now)


def manager_let_go(
    session: Session, appointment: Appointment, person_ids: Iterable[UUID], now: datetime
) -> None:
    """Tell who was to arrange it that they do not any more."""
    who, day = _who(session, appointment, now), f"{appointment.start_date:%-d %B %Y}"
    body = (
        f"Somebody was to come back to {who} on {day}, and you were named as their line manager, or stood in "
        "for them. They do not come, or HR have named another one: you arrange nothing for them any more."
    )
    _tell(session, person_ids, "A first day is not yours any more", body, now)


def manager_waits(
    session: Session, appointment: Appointment, person_ids: Iterable[UUID], now: datetime
) -> None:
    """Tell who expects them that what was agreed waits again."""
    who, day = _who(session, appointment, now), f"{appointment.start_date:%-d %B %Y}"
    body = (
        f"Somebody was to come back to {who} on {day}, and you are named as their line manager, or stand in "
        "for them. It has to be agreed anew, so do not count on that day yet. You are told when it is "
        "agreed, or when they do not come."
    )
    _tell(session, person_ids, "A first day waits again", body, now)


def manager_expects(
    session: Session, appointment: Appointment, person_ids: Iterable[UUID], now: datetime
) -> None:
    """Tell who has arranged the first day that it stands again."""
    who, day = _who(session, appointment, now), f"{appointment.start_date:%-d %B %Y}"
    body = (
        f"It is agreed anew that somebody comes back to {who} on {day}, whose line manager you are, or for "
        "whom you stand in. That the first day is arranged is confirmed already: you do nothing more in "
        "Lanyard."
    )
    _tell(session, person_ids, "A first day stands again", body, now)


def payroll_asked(
    session: Session, appointment: Appointment, officer_ids: Iterable[UUID], now: datetime
) -> None:
    """Tell payroll that somebody comes back, and that it takes up what it needs."""
    name, who, day = _named(session, appointment, now)
    body = (
        f"{name} comes back to {who} on {day}, and there is something that only payroll can say.\n\nTo see "
        "what, sign in to Lanyard and open “Everything that waits for you”."
    )
    _tell(session, officer_ids, "A return waits for payroll", body, now)


def payroll_waits(
    session: Session, appointment: Appointment, officer_ids: Iterable[UUID], now: datetime
) -> None:
    """Tell payroll that what was agreed waits again."""
    name, who, day = _named(session, appointment, now)
    body = (
        f"{name} was to come back to {who} on {day}. It has to be agreed anew, so they are not to be paid "
        "from that day yet. You are told when it is agreed, or when they do not come."
    )
    _tell(session, officer_ids, "A return waits again", body, now)


def payroll_let_go(
    session: Session, appointment: Appointment, officer_ids: Iterable[UUID], now: datetime
) -> None:
    """Tell payroll that nobody comes."""
    name, who, day = _named(session, appointment, now)
    body = (
        f"{name} was to come back to {who} on {day}, and does not. If you have taken them up, take that "
        "back: they are not paid."
    )
    _tell(session, officer_ids, "Somebody does not come back", body, now)


def pay_wrong(session: Session, appointment: Appointment, now: datetime) -> None:
    """Tell the person, and the officer who prepared it, that payroll puts something right."""
    body = (
        f"Payroll of {_who(session, appointment, now)} puts something right after a return there. "
        "It is asked about again until everything is right."
    )
    people = [appointment.person_id, appointment.prepared_by]
    _tell(session, people, "Payroll puts something right", body, now)


def task_due(
    session: Session, appointment: Appointment, person_ids: Iterable[UUID], due_on: date, now: datetime
) -> None:
    """Remind who is to act of the day by which they do."""
    body = (
        f"Somebody comes back to {_who(session, appointment, now)}, and something of it waits for you, by "
        f"{due_on:%-d %B %Y}.\n\nTo do it, sign in to Lanyard and open your tasks."
    )
    _tell(session, person_ids, "A return waits for you", body, now)


def task_late(
    session: Session, appointment: Appointment, person_ids: Iterable[UUID], due_on: date, now: datetime
) -> None:
    """Tell who sees to it that nobody has acted."""
    body = (
        f"Somebody comes back to {_who(session, appointment, now)}, and something of it was to be done by "
        f"{due_on:%-d %B %Y}. Please see to it that it is."
    )
    _tell(session, person_ids, "Something of a return is late", body, now)


def ended(session: Session, appointment: Appointment, now: datetime) -> None:
    """Tell the person that it does not begin, and the officer who prepared it."""
    who = _who(session, appointment, now)
    _tell_person(
        session,
        appointment,
        "Your employment does not begin",
        f"What was prepared for you at {who} does not begin. If you do not know why, ask them.",
        now,
    )
    addresses = addresses_of(session, appointment.prepared_by, now)
    if addresses and appointment.decided_by != appointment.prepared_by:
        word = "refused" if appointment.state is AppointmentState.REFUSED else "cancelled"
        body = f"A colleague has {word} an appointment at {who} that you prepared."
        if appointment.decided_by is None:
            body = f"Nobody decided on an appointment at {who} that you prepared in time."
        body = f"{body}\n\nTo read why, sign in to Lanyard and open Appointments."
        _send(session, addresses[-1], f"An appointment is {word}", body, now)


def remind(
    session: Session, appointment: Appointment, officer_ids: Iterable[UUID], due_on: date, now: datetime
) -> None:
    """Remind those who can decide of the day by which they do."""
    body = (
        f"An appointment of somebody who comes back to {_who(session, appointment, now)} waits for you, by "
        f"{due_on:%-d %B %Y}.\n\nTo decide on it, sign in to Lanyard and open Appointments."
    )
    _tell(session, officer_ids, "An appointment waits for you", body, now)


def escalate(
    session: Session,
    appointment: Appointment,
    person_ids: Iterable[UUID],
    due_on: date,
    now: datetime,
    *,
    late: str,
) -> None:
    """Tell who sees to it that nobody has decided; ``late`` says who was to."""
    who = _who(session, appointment, now)
    body = (
        f"An appointment of somebody who comes back to {who} waits for {late} there, who were to decide by "
        f"{due_on:%-d %B %Y}. Please see to it that they do: if nobody decides it ends by itself."
    )
    _tell(session, person_ids, "An appointment is late", body, now)


def _tell(session: Session, person_ids: Iterable[UUID], subject: str, body: str, now: datetime) -> None:
    for person_id in person_ids:
        if addresses := addresses_of(session, person_id, now):
            _send(session, addresses[-1], subject, body, now)


def _tell_person(session: Session, appointment: Appointment, subject: str, body: str, now: datetime) -> None:
    invitation = session.get(MoveInvitation, appointment.invitation_id)
    told = addresses_of(session, appointment.person_id, now)
    if invitation is not None:
        told = list(dict.fromkeys([*told, invitation.address]))
    for address in told:
        _send(session, address, subject, body, now)


def _named(session: Session, appointment: Appointment, now: datetime) -> tuple[str, str, str]:
    name = display_name(name_of(session, appointment.person_id, now))
    return name, _who(session, appointment, now), f"{appointment.start_date:%-d %B %Y}"


def _who(session: Session, appointment: Appointment, now: datetime) -> str:
    return with_article(organisations.get(session, appointment.organisation_id, now).name)


def _send(session: Session, to: str, subject: str, body: str, now: datetime) -> None:
    signed = f"{body}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
    send_mail(session, to, subject, signed, now=now)
