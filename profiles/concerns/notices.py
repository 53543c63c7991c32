"""The mails about concerns. They say that there is one and until when, never about whom or what."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.concerns import owners
from profiles.concerns.models import Concern
from profiles.organisations.reading import names_ever
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_of
from profiles.roles.parties import one_with
from profiles.temporal import civil_date


def raised(session: Session, concern: Concern, now: datetime) -> None:
    """Tell who is to answer, and acknowledge it to the person."""
    officers = owners.officers_of(session, concern, now)
    _tell_officers(session, concern, officers, "Somebody says that something is wrong", now)
    text = (
        f"{_name(session, concern, now)} has what you said is wrong, and answers by "
        f"{concern.answer_by:%-d %B %Y}.\n\nTo read it again, sign in to Lanyard and open “What you said is "
        "wrong”."
    )
    _mail(session, concern.person_id, "What you said is wrong has arrived", text, now)


def due_soon(session: Session, concern: Concern, now: datetime) -> None:
    """Remind them, and tell the data protection officers that it is late soon."""
    officers = {
        *owners.officers_of(session, concern, now),
        *owners.data_protection_officers(session, concern, now),
    }
    _tell_officers(session, concern, sorted(officers), "What somebody says is wrong still waits", now)


def answered(session: Session, concern: Concern, now: datetime) -> None:
    """Tell the person that there is an answer."""
    text = (
        f"{_name(session, concern, now)} has answered what you said is wrong.\n\nTo read the answer, sign in "
        "to Lanyard and open “What you said is wrong”."
    )
    _mail(session, concern.person_id, "What you said is wrong is answered", text, now)


def _tell_officers(
    session: Session, concern: Concern, officers: Collection[UUID], subject: str, now: datetime
) -> None:
    text = (
        f"Somebody says to {_name(session, concern, now)} that something about them is wrong. Answer by "
        f"{concern.answer_by:%-d %B %Y}.\n\nTo read it, sign in to Lanyard and open “Everything that waits "
        "for you”, What people say is wrong."
    )
    for officer_id in officers:
        if concern.person_id not in one_with(session, officer_id, now):
            _mail(session, officer_id, subject, text, now)


def _name(session: Session, concern: Concern, now: datetime) -> str:
    return names_ever(session, now)[concern.organisation_id]


def _mail(session: Session, person_id: UUID, subject: str, text: str, now: datetime) -> None:
    """Write to somebody's newest address; whoever has none finds the same on their pages."""
    addresses = addresses_of(session, person_id, now)
    if addresses:
        body = f"{text}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
        send_mail(session, addresses[-1], subject, body, now=now, person_id=person_id)
