"""Tells who looks after an organisation that it has nobody for a part of a move; they learn of no person."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.entitlements.explanation import with_article
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_read_now
from profiles.roles.models import Role
from profiles.roles.service import holders, platform_administrators
from profiles.temporal import civil_date
from profiles.transfers.doers import MissingOfficer, missing_officers
from profiles.transfers.models import Transfer
from profiles.transfers.parts import Doer
from profiles.transfers.policy import organisation_of

SUBJECT = "Somebody is to be given a role"
_NEEDS = {
    Doer.HR: "an HR officer who can approve it",
    Doer.SECURITY_OFFICER: "a security officer",
    Doer.PAYROLL: "a payroll officer",
}


def tell_all(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell of every part that a move which begins will come to, and that nobody can do."""
    for one in missing_officers(session, transfer, now):
        tell(session, transfer, one, now)


def tell(session: Session, transfer: Transfer, missing: MissingOfficer, now: datetime) -> None:
    """Tell the administrators of a side, and of the platform, who give roles, what is missing there."""
    tell_administrators(session, organisation_of(transfer, missing.side), missing.doer, now)


def tell_administrators(session: Session, organisation_id: UUID, doer: Doer, now: datetime) -> None:
    """The same for any organisation that exists now, to each of them once."""
    known = organisations.tree(session, now).organisations.get(organisation_id)
    if known is None:
        return
    body = (
        f"Somebody is moving to or from {with_article(known.name)}, or going on loan, and that waits for "
        f"{_NEEDS[doer]} there. There is nobody who can act.\n\nTo ask for the role for somebody of that "
        "organisation, sign in to Lanyard and open Roles. Another officer confirms it. What waits is shown "
        "to them at once then.\n\n"
        f"Sent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
    )
    administrators = holders(session, [Role.ORGANISATION_ADMINISTRATOR], organisation_id, now)
    for person_id in dict.fromkeys([*administrators, *platform_administrators(session, now)]):
        for address in addresses_read_now(session, person_id, now):
            send_mail(session, address, SUBJECT, body, now=now, person_id=person_id)
