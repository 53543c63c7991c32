"""The mails about agreements: to who can confirm one, to who proposed it, to owners whom one stops."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.apps.models import AgreementProposal, App
from profiles.outbox.models import WriteOff
from profiles.outbox.service import send_mail
from profiles.people.second_officers import tell
from profiles.people.service import addresses_of
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
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


def write_off_proposed(session: Session, app: App, proposer_id: UUID, now: datetime) -> None:
    """Tell those who can confirm it, but not who proposed it."""
    tell(
        session,
        now,
        permission=Permission.CONFIRM_AGREEMENTS,
        organisation_id=app.organisation_id,
        what=f"writing off what {app.name} has not confirmed",
        where="Apps and agreements",
        except_for=(proposer_id,),
    )


def write_off_confirmed(session: Session, app: App, write_off: WriteOff, now: datetime) -> None:
    """Tell who proposed it."""
    text = f"What {app.name} had not confirmed, and you proposed to write off, is written off."
    _mail(session, write_off.proposed_by, f"Written off for {app.name}", text, now)


def stopped(session: Session, app: App, now: datetime) -> None:
    """Tell the app's owners that it gets no new tokens, and what to do."""
    text = (
        f"{app.name} has not confirmed in time that it ended old access. As agreed, nobody can sign in to it "
        "anew until it has.\n\n"
        "See to it that the app answers Lanyard’s logout tokens. Then open Apps and agreements in Lanyard, "
        "the app, and Messages to the app, and choose Try again now."
    )
    _mail_owners(session, app, f"Nobody can sign in to {app.name}", text, now)


def resumed(session: Session, app: App, now: datetime) -> None:
    """Tell the app's owners that people can sign in to it again."""
    text = f"People can sign in to {app.name} again: nothing that it must confirm is overdue any more."
    _mail_owners(session, app, f"People can sign in to {app.name} again", text, now)


def _mail_owners(session: Session, app: App, subject: str, text: str, now: datetime) -> None:
    for owner_id in who_may(session, Permission.MANAGE_CLIENTS, app.organisation_id, now):
        _mail(session, owner_id, subject, text, now)


def _mail(session: Session, person_id: UUID, subject: str, text: str, now: datetime) -> None:
    """Write to the person's newest address; whoever has none finds the same on their pages."""
    addresses = addresses_of(session, person_id, now)
    if addresses:
        body = f"{text}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
        send_mail(session, addresses[-1], subject, body, now=now, person_id=person_id)
