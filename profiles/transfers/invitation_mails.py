"""The mails about an invitation to move. They name the department, and nothing that anybody typed."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.entitlements.explanation import with_article
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_around, addresses_read_now
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import civil_date
from profiles.transfers.models import InvitationState, MoveInvitation

_IGNORE = (
    "If you did not expect this, you need do nothing: they learn nothing of you, and the invitation ends by "
    "itself."
)


def invite(session: Session, invitation: MoveInvitation, link: str, now: datetime) -> None:
    """The one mail that holds the link, which opens nothing without signing in."""
    body = (
        f"{_capital(_who(session, invitation, now))} invites you to join it.\n\n"
        f"To read what they offer, open this page and sign in to your own account: {link}\n\n"
        f"Nothing begins before you have said yes there. It can be answered once, until "
        f"{civil_date(invitation.expires_at):%-d %B %Y}.\n\n{_IGNORE}"
    )
    _send(session, invitation.address, "An invitation to join another department", body, now)


def remind(session: Session, invitation: MoveInvitation, now: datetime) -> None:
    """It ends soon: whoever is to act reads so, the invited at their address or HR."""
    who, day = _who(session, invitation, now), f"{civil_date(invitation.expires_at):%-d %B %Y}"
    if invitation.state is InvitationState.OPEN:
        body = (
            f"{_capital(who)} has invited you to join it, and you have not answered.\n\nTo answer, open the "
            f"page in the mail of {civil_date(invitation.created_at):%-d %B %Y}. The invitation ends on "
            f"{day}.\n\n{_IGNORE}"
        )
        _send(session, invitation.address, "An invitation to join another department ends soon", body, now)
        return
    body = (
        f"Somebody has accepted an invitation of {who}, and their move is not prepared yet. The acceptance "
        f"ends on {day}.\n\nTo go on, sign in to Lanyard and open Invitations."
    )
    _tell_officers(session, invitation, "An accepted invitation ends soon", body, now)


def accepted(session: Session, invitation: MoveInvitation, now: datetime) -> None:
    """Tell the account that answered, at every address that its person may read, and whoever invited."""
    who = _who(session, invitation, now)
    _tell_person(
        session,
        invitation,
        "You have accepted an invitation",
        f"You have accepted the invitation of {who}. They read your name and say whether they meant you, and "
        "can then prepare your move.\n\nIf that was not you, or you think again, sign in to Lanyard and open "
        "“Move to another department”: there you take it back.",
        now,
    )
    _tell_officers(
        session,
        invitation,
        "An invitation is accepted",
        f"Somebody has accepted an invitation of {who}.\n\nTo see who, and to say whether they are whom you "
        "meant, sign in to Lanyard and open Invitations.",
        now,
    )


def declined(session: Session, invitation: MoveInvitation, now: datetime) -> None:
    """Tell whoever invited; who declined is not said."""
    who = _who(session, invitation, now)
    body = f"An invitation of {who} is declined.\n\nTo see which, sign in to Lanyard and open Invitations."
    _tell_officers(session, invitation, "An invitation is declined", body, now)


def withdrawn(session: Session, invitation: MoveInvitation, now: datetime) -> None:
    """Tell the account that accepted."""
    body = (
        f"The invitation of {_who(session, invitation, now)} that you accepted is withdrawn. Nothing changes "
        "for you. If you do not know why, ask them."
    )
    _tell_person(session, invitation, "An invitation is withdrawn", body, now)


def _tell_person(
    session: Session, invitation: MoveInvitation, subject: str, body: str, now: datetime
) -> None:
    if invitation.person_id is not None:
        for address in addresses_around(session, invitation.person_id, now):
            _send(session, address, subject, body, now, invitation.person_id)


def _tell_officers(
    session: Session, invitation: MoveInvitation, subject: str, body: str, now: datetime
) -> None:
    """Whoever invited or, once they offer no posts there any more, HR."""
    place = invitation.organisation_id
    told = [invitation.invited_by]
    if invitation.invited_by not in who_may(session, Permission.OFFER_POSTS, place, now):
        told = who_may(session, Permission.PREPARE_TRANSFER, place, now)
    for officer_id in told:
        if officer_id == invitation.person_id:
            continue
        for address in addresses_read_now(session, officer_id, now):
            _send(session, address, subject, body, now, officer_id)


def _who(session: Session, invitation: MoveInvitation, now: datetime) -> str:
    return with_article(organisations.get(session, invitation.organisation_id, now).name)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _send(
    session: Session, to: str, subject: str, body: str, now: datetime, person_id: UUID | None = None
) -> None:
    signed = f"{body}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
    send_mail(session, to, subject, signed, now=now, person_id=person_id)
