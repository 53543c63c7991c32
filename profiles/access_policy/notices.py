"""The mails about requests for roles of apps, and roles in Lanyard: they name nobody but their reader."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from profiles.apps.models import App
from profiles.organisations.reading import names_ever
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_of
from profiles.roles.models import Role
from profiles.temporal import civil_date


def asked(session: Session, app: App, officer_ids: Collection[UUID], now: datetime) -> None:
    """Tell those who can decide."""
    text = (
        f"Somebody asks for a role of {app.name}. It expires after 30 days.\n\n"
        "To decide, sign in to Lanyard and open Your profile, Roles that people ask for."
    )
    for officer_id in officer_ids:
        _mail(session, officer_id, f"A role of {app.name} is asked for", text, now)


def approved(session: Session, app: App, person_id: UUID, last_day: date, now: datetime) -> None:
    """Tell the person until when they have it."""
    until = f"{last_day:%-d %B %Y}"
    text = f"You have the role of {app.name} that you asked for, until {until}. Then it ends by itself."
    _mail(session, person_id, "You have the role that you asked for", text, now)


def refused(session: Session, app: App, person_id: UUID, now: datetime) -> None:
    """Tell the person where to read why."""
    text = (
        f"You were refused the role of {app.name} that you asked for.\n\n"
        "To read why, sign in to Lanyard and open Your apps."
    )
    _mail(session, person_id, "The role that you asked for was refused", text, now)


def role_given(
    session: Session, person_id: UUID, role: Role, organisation_id: UUID, first_day: date, now: datetime
) -> None:
    """Tell the person which role in Lanyard they hold, where, and from when."""
    text = (
        f"You are {_named(session, role, organisation_id, now)} in Lanyard from {first_day:%-d %B %Y} on. "
        "Two officers agreed to it.\n\nIf this surprises you, tell your organisation's security team."
    )
    _mail(session, person_id, "You have a role in Lanyard", text, now)


def role_ended(
    session: Session, person_id: UUID, role: Role, organisation_id: UUID | None, now: datetime
) -> None:
    """Tell the person that they hold it no longer."""
    text = (
        f"You are no longer {_named(session, role, organisation_id, now)} in Lanyard.\n\n"
        "If this surprises you, tell your organisation's security team."
    )
    _mail(session, person_id, "A role in Lanyard has ended", text, now)


def _named(session: Session, role: Role, organisation_id: UUID | None, now: datetime) -> str:
    name = role.value.replace("_", " ")
    if organisation_id is None:
        return name
    return f"{name} at {names_ever(session, now)[organisation_id]}"


def _mail(session: Session, person_id: UUID, subject: str, text: str, now: datetime) -> None:
    """Write to the person's newest address; whoever has none finds the same on their pages."""
    addresses = addresses_of(session, person_id, now)
    if addresses:
        body = f"{text}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
        send_mail(session, addresses[-1], subject, body, now=now, person_id=person_id)
