"""Invitations of the Home Office, and the link that the mail held."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from profiles.outbox.models import OutboxMessage
from profiles.transfers import invitations, invited
from profiles.transfers.invitations import Post
from profiles.transfers.models import MoveInvitation
from tests.factories.transfers import Move

ADDRESS = "priya@home.example"
LIFE = timedelta(days=14)
PAGE = "http://localhost/invited/"
POST = Post("Senior Caseworker", "Visas", "Croydon", date(2026, 3, 16))


def invite(move: Move, address: str = ADDRESS, *, officer: UUID | None = None, **changes: Any) -> str:
    """The token of an invitation by HR of the Home Office; empty where no mail went."""
    officer = officer or move.preparer
    before = len(mails_with_link(move))
    invitations.invite(
        move.session,
        move.now,
        **{
            "officer_id": officer,
            "permissions": move.permissions(officer),
            "organisation_id": move.home_office.id,
            "unverified_address": address,
            "post": POST,
            "life": LIFE,
            "link": lambda token: f"{PAGE}{token}",
        }
        | changes,
    )
    mails = mails_with_link(move)
    return mails[-1].split(PAGE)[1].split()[0] if len(mails) > before else ""


def mails_with_link(move: Move) -> list[str]:
    """The text of each mail that holds a link, the oldest first."""
    found = move.session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id)))
    return [one.payload["body"] for one in found if PAGE in one.payload.get("body", "")]


def accept(move: Move, token: str, person_id: UUID | None = None) -> MoveInvitation:
    """The employee says yes."""
    return invited.accept(
        move.session,
        move.now,
        unverified_token=token,
        person_id=person_id or move.employee,
        life=LIFE,
    )


def confirm(move: Move, invitation: MoveInvitation, officer: UUID | None = None) -> MoveInvitation:
    """HR meant them."""
    officer = officer or move.preparer
    return invitations.confirm(
        move.session,
        move.now,
        invitation_id=invitation.id,
        officer_id=officer,
        permissions=move.permissions(officer),
    )
