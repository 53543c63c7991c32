"""Whom a recovery is told to: the person at every address that may be read, and security officers.

The mails name nobody and hold no code. Those to the person have a link that stops the recovery and opens
nothing.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from identity.recovery.models import Recovery
from identity.sign_in import alerts
from profiles.outbox.service import send_mail
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.sign_in.service import addresses_around, known_addresses, organisation_name

_IF_NOT_YOU = "If you did not do this, tell your security officer at once."


def confirmed(session: Session, recovery: Recovery, now: datetime, *, link: str) -> None:
    """The waiting time has begun."""
    whose = organisation_name(session, recovery.organisation_id, now)
    what = (
        f"Somebody who says that they are you has asked {whose} for new ways to sign in to Lanyard, and two "
        "of its officers have checked who they are. After a waiting time, and unless you stop it, they "
        "replace all the ways in that you have."
    )
    _tell_person(session, recovery, "Your account is being recovered", what, now, _how_to_stop(link))
    _tell_security(
        session,
        recovery.organisation_id,
        now,
        "A recovery has begun",
        "Two officers of your organisation have begun to recover the account of somebody who works there. "
        "If you have any doubt, cancel it.",
    )


def taken_over(session: Session, recovery: Recovery, now: datetime, *, link: str) -> None:
    """Another officer acts in the place of one of the two."""
    what = (
        "One of the two officers who recover your account cannot go on, so another has checked who asks and "
        "hands over the code in their place."
    )
    _tell_person(session, recovery, "Another officer recovers your account", what, now, _how_to_stop(link))
    _tell_security(
        session,
        recovery.organisation_id,
        now,
        "A recovery was taken over",
        "Another officer of your organisation has taken the place of one of the two who recover somebody's "
        "account. If you have any doubt, cancel it.",
    )


def code_issued(session: Session, recovery: Recovery, now: datetime, *, link: str) -> None:
    """An officer has been shown their code."""
    what = (
        "The waiting time for the recovery of your account is over, and an officer has been shown the code "
        "that they hand over. With the codes of both officers every way into your account is replaced."
    )
    _tell_person(session, recovery, "Your account can now be recovered", what, now, _how_to_stop(link))


def cancelled(session: Session, recovery: Recovery, now: datetime) -> None:
    """An officer has ended it."""
    what = "The recovery of your account was cancelled by an officer. Nothing has changed for you."
    _tell_person(session, recovery, "The recovery of your account was cancelled", what, now, _IF_NOT_YOU)


def expired(session: Session, recovery: Recovery, now: datetime) -> None:
    """Nobody used it in time."""
    what = "The recovery of your account was not finished in time. Nothing has changed for you."
    _tell_person(session, recovery, "The recovery of your account has ended", what, now, _IF_NOT_YOU)


def stopped(session: Session, recovery: Recovery, now: datetime) -> None:
    """The person has stopped it, so somebody else may have asked."""
    what = (
        "The recovery of your account was stopped, because you said that you had not asked for it. Nothing "
        "has changed for you, and your security officers have been told."
    )
    what_to_do = "If you did ask for it, ring your HR team: somebody else may be reading your mail."
    _tell_person(session, recovery, "The recovery of your account was stopped", what, now, what_to_do)
    _tell_security(
        session,
        recovery.organisation_id,
        now,
        "A recovery was stopped by its person",
        "Somebody who works at your organisation says that they did not ask for the recovery of their "
        "account. Somebody else may have pretended to be them, to two of your officers; or somebody else "
        "reads their mail. Find out which.",
    )


def completed(session: Session, recovery: Recovery, now: datetime) -> None:
    """Every old way in is gone."""
    what = (
        "Your account was recovered with the codes of two officers. Every way in that you had before is "
        "removed, and every session has ended."
    )
    _tell_person(session, recovery, "Your account was recovered", what, now, _IF_NOT_YOU)


def limit_reached(session: Session, organisation_id: UUID, now: datetime) -> None:
    """More recoveries are begun than usual."""
    _tell_security(
        session,
        organisation_id,
        now,
        "Many recoveries at once",
        "More accounts of people at your organisation are being recovered than usual, so no more can be "
        "begun for some time. Look at who begins them, and whether the people asked for it.",
    )


def _how_to_stop(link: str) -> str:
    return (
        f"If this was not you, stop it: open {link} and press the button there. It works without signing in, "
        "and stops the recovery at once. If it was you, do nothing."
    )


def _tell_person(
    session: Session, recovery: Recovery, subject: str, what: str, now: datetime, what_to_do: str
) -> None:
    addresses = addresses_around(session, recovery.person_id, now)
    alerts.tell(session, recovery.person_id, subject, what, now, what_to_do=what_to_do, addresses=addresses)


def _tell_security(session: Session, organisation_id: UUID, now: datetime, subject: str, text: str) -> None:
    body = f"{text}\n\nSign in to Lanyard and look at “Recoveries”.\n"
    for officer_id in who_may(session, Permission.HANDLE_SECURITY_REPORTS, organisation_id, now):
        for address in known_addresses(session, officer_id, now):
            send_mail(session, address, subject, body, now=now, person_id=officer_id)
