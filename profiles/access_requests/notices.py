"""The mails about access requests. They say a name and days, never what is held."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.access_requests.models import AccessRequest
from profiles.entitlements.explanation import with_article
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_of, display_name, name_of
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import civil_date


def asked(session: Session, request: AccessRequest, now: datetime) -> None:
    """Tell the data protection officers that somebody asks, and until when an answer is in time."""
    _tell_officers(session, request, "Somebody asks for what is held about them", now)


def due_soon(session: Session, request: AccessRequest, now: datetime) -> None:
    """Remind them."""
    _tell_officers(session, request, "A request for personal data still waits for you", now)


def ready(session: Session, request: AccessRequest, now: datetime) -> None:
    """Tell the person that it can be downloaded."""
    text = "{organisation} has answered your request for what is held about you. Download it within 30 days."
    _tell_person(session, request, "What is held about you is ready", text, now)


def refused(session: Session, request: AccessRequest, now: datetime) -> None:
    """Tell the person that it was refused."""
    text = "{organisation} has refused your request for what is held about you."
    _tell_person(session, request, "Your request was refused", text, now)


def extended(session: Session, request: AccessRequest, now: datetime) -> None:
    """Tell the person that it takes longer."""
    text = "{organisation} needs longer for your request for what is held about you: until " + (
        f"{request.due_on:%-d %B %Y}."
    )
    _tell_person(session, request, "Your request takes longer", text, now)


def _tell_person(session: Session, request: AccessRequest, subject: str, text: str, now: datetime) -> None:
    organisation = with_article(organisations.get(session, request.organisation_id, now).name)
    said = text.format(organisation=organisation)
    said = (
        f"{said[:1].upper()}{said[1:]}\n\nTo read more, sign in to Lanyard and open “What is held about you”."
    )
    _mail(session, request.person_id, subject, said, now)


def _tell_officers(session: Session, request: AccessRequest, subject: str, now: datetime) -> None:
    name = display_name(name_of(session, request.person_id, now))
    text = (
        f"{name} asks for what your organisation holds about them. Answer by {request.due_on:%-d %B %Y}.\n\n"
        "To review it, sign in to Lanyard and open Data protection."
    )
    for officer_id in who_may(session, Permission.REVIEW_ACCESS_REQUESTS, request.organisation_id, now):
        if officer_id != request.person_id:
            _mail(session, officer_id, subject, text, now)


def _mail(session: Session, person_id: UUID, subject: str, text: str, now: datetime) -> None:
    """Write to the person's newest address; whoever has none finds the same on their pages."""
    addresses = addresses_of(session, person_id, now)
    if addresses:
        body = f"{text}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
        send_mail(session, addresses[-1], subject, body, now=now, person_id=person_id)
