"""The mails about coming back without a passkey. They name nobody, and hold no code.

Whose account it may be is told to the person alone, and to the security officers of whoever employed them
last, on a page: the organisation that appoints learns it when the account has answered.
"""

from datetime import datetime

from sqlmodel import Session

from profiles.appointments import matching
from profiles.appointments.claim_models import ReturnClaim
from profiles.entitlements.explanation import with_article
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.people.second_officers import tell
from profiles.people.service import addresses_of
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.sign_in.service import addresses_around
from profiles.temporal import civil_date
from profiles.transfers.models import MoveInvitation

WHERE = "Recoveries"


def ask(session: Session, claim: ReturnClaim, now: datetime) -> None:
    """Somebody whom HR invited has no passkey any more."""
    who = _who(session, claim, now)
    body = (
        f"Somebody whom {who} has invited says that they worked in the Civil Service before, and have no "
        f"passkey any more.\n\nTwo officers meet them. To read what to look at, sign in to Lanyard and open "
        f"“{WHERE}”."
    )
    for officer_id in who_may(session, Permission.REQUEST_RECOVERY, claim.organisation_id, now):
        for address in addresses_of(session, officer_id, now)[-1:]:
            _send(session, address, "Somebody comes back without a passkey", body, now)


def ask_second(session: Session, claim: ReturnClaim, now: datetime) -> None:
    """One officer has met them."""
    tell(
        session,
        now,
        permission=Permission.CONFIRM_RECOVERY,
        organisation_id=claim.organisation_id,
        what="the check of somebody who comes back without a passkey",
        where=f"“{WHERE}”",
        except_for=(claim.first_officer,),
    )


def confirmed(session: Session, claim: ReturnClaim, now: datetime, stop_link: str) -> None:
    """The waiting time has begun: warn whoever would know that it is not the person."""
    ready = f"{civil_date(claim.ready_at or now):%-d %B %Y}"
    _send_to_invited(
        session,
        claim,
        "You have been checked",
        f"Two officers of {_who(session, claim, now)} have checked who you are. From {ready} on each of them "
        "has a code for you. Open the page of your invitation again, and enter both.",
        now,
    )
    if claim.person_id is None:
        return
    what = (
        "Somebody who says that they are you asks for a new passkey for your Lanyard account, so as to begin "
        f"an employment. Two officers have checked who they are. From {ready} on they can make it, and "
        f"everything that opened the account before is removed.\n\nIf this is not you, stop it: open "
        f"{stop_link} and press the button there. It works without signing in. If it is you, do nothing."
    )
    for address in addresses_around(session, claim.person_id, now):
        _send(session, address, "Somebody asks to come back to your account", what, now)
    _tell_last_employer(
        session,
        claim,
        "Somebody asks to come back to an account",
        "Somebody asks for a new passkey for the account of a person who worked for you last. Two officers "
        f"of the organisation that appoints them have met them. From {ready} on the passkey can be made.\n\n"
        "If you have reason to think that it is not them, stop it: sign in to Lanyard and open “Recoveries”.",
        now,
    )


def stopped(session: Session, claim: ReturnClaim, now: datetime) -> None:
    """Tell security officers where it was checked: somebody may have pretended to be another."""
    body = (
        "The account to which somebody asked to come back is said not to be theirs. Somebody may have "
        "pretended to be another person, to two of your officers. Find out who, before you appoint them.\n\n"
        "Who checked them stands in “Audit”."
    )
    for officer_id in who_may(session, Permission.HANDLE_SECURITY_REPORTS, claim.organisation_id, now):
        for address in addresses_of(session, officer_id, now)[-1:]:
            _send(session, address, "A return to an account was stopped", body, now)
    _send_to_invited(
        session,
        claim,
        "Your return to your account was stopped",
        f"It was stopped, and no passkey can be made. Speak to HR of {_who(session, claim, now)}.",
        now,
    )


def used(session: Session, claim: ReturnClaim, now: datetime) -> None:
    """Every old way in is gone."""
    what = (
        "A new passkey was made for your Lanyard account with the codes of two officers. Everything that "
        "opened it before is removed. If you did not do this, tell the organisation that invited you, and "
        "the one that you worked for last, at once."
    )
    if claim.person_id is not None:
        for address in addresses_around(session, claim.person_id, now):
            _send(session, address, "Your account has a new passkey", what, now)
    _send_to_invited(session, claim, "Your account has a new passkey", what, now)


def _tell_last_employer(session: Session, claim: ReturnClaim, subject: str, body: str, now: datetime) -> None:
    last = matching.last_employer(session, claim.person_id, now) if claim.person_id else None
    if last is None:
        return
    for officer_id in who_may(session, Permission.HANDLE_SECURITY_REPORTS, last.organisation_id, now):
        for address in addresses_of(session, officer_id, now)[-1:]:
            _send(session, address, subject, body, now)


def _send_to_invited(session: Session, claim: ReturnClaim, subject: str, body: str, now: datetime) -> None:
    invitation = session.get(MoveInvitation, claim.invitation_id)
    if invitation is not None:
        _send(session, invitation.address, subject, body, now)


def _who(session: Session, claim: ReturnClaim, now: datetime) -> str:
    return with_article(organisations.get(session, claim.organisation_id, now).name)


def _send(session: Session, to: str, subject: str, body: str, now: datetime) -> None:
    signed = f"{body}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
    send_mail(session, to, subject, signed, now=now)
