"""The mails about agreements: to who can confirm one, and to who proposed it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.apps.models import AgreementProposal, App
from profiles.outbox.service import send_mail
from profiles.people.second_officers import tell
from profiles.people.service import addresses_of
from profiles.roles.permissions import Permission
from profiles.temporal import civil_date


def proposed(session: Session, app: App, proposer_id: UUID, now: datetime) -> None:
    """Tell those who can confirm it, but not who proposed it."""
    tell(
        session,
        now,
        permission=Permission.CONFIRM_AGREEMENTS,
        organisation_id=app.organisation_id,
        what=f"a data-sharing agreement of {app.name}",
        where="Apps and agreements",
        subject="An agreement waits for you",
        except_for=(proposer_id,),
    )


def confirmed(session: Session, app: App, proposal: AgreementProposal, now: datetime) -> None:
    """Tell who proposed it."""
    text = (
        f"The agreement of {app.name} that you proposed is confirmed. It holds until "
        f"{proposal.ends_on:%-d %B %Y}."
    )
    _mail(session, proposal.proposed_by, "Your agreement is confirmed", text, now)


def _mail(session: Session, person_id: UUID, subject: str, text: str, now: datetime) -> None:
    """Write to the person's newest address; whoever has none finds the same on their pages."""
    addresses = addresses_of(session, person_id, now)
    if addresses:
        body = f"{text}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
        send_mail(session, addresses[-1], subject, body, now=now, person_id=person_id)
